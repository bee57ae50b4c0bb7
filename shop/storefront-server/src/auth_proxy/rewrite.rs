//! Rewrites FusionAuth's responses. Removes the refresh token from JSON bodies, because a script could read it there, and the browser has it
//! as a cookie. In the workflow `spa-shared-domain`, cookies of the parent domain hold all tokens: this module adds that domain to the
//! cookies, and removes every token from the bodies.

use axum::http::HeaderValue;
use serde_json::Value;
use std::ops::BitOr;

/// FusionAuth's cookies with tokens. FusionAuth's other cookies, such as the proof of an earlier second factor, stay on its own host.
pub(super) const TOKEN_COOKIES: [&str; 2] = ["access_token", "refresh_token"];

/// The members of a JSON body that hold a refresh token.
pub(super) const REFRESH_TOKEN_MEMBERS: &[&str] = &["refreshToken", "refresh_token", "refreshTokens"];

/// The members of a JSON body that hold a token, or the id with which a refresh token can be revoked.
pub(super) const TOKEN_MEMBERS: &[&str] = &["token", "refreshToken", "refreshTokenId", "access_token", "refresh_token", "id_token"];

/// The `Set-Cookie` line, with the parent domain added if the line sets or deletes a token. A line that deletes a cookie needs the domain
/// too, because without it the browser would look for a cookie of FusionAuth's host.
pub(super) fn cookie(line: &HeaderValue, domain: &str) -> HeaderValue {
    let Some(rewritten) = line.to_str().ok().and_then(|it| with_domain(it, domain)) else { return line.clone() };
    HeaderValue::try_from(rewritten).unwrap_or_else(|_| line.clone())
}

fn with_domain(line: &str, domain: &str) -> Option<String> {
    let (name, _) = line.split_once('=')?;
    if !TOKEN_COOKIES.contains(&name.trim()) {
        return None;
    }
    let is_domain = |part: &str| part.trim().split('=').next().is_some_and(|it| it.eq_ignore_ascii_case("domain"));
    let kept: Vec<&str> = line.split(';').enumerate().filter(|(at, part)| *at == 0 || !is_domain(part)).map(|(_, part)| part).collect();
    Some(format!("{}; Domain={domain}", kept.join(";")))
}

/// A JSON body without these members, or `None` if the body contains none. The caller then forwards the body unchanged.
pub(super) fn json(body: &[u8], secret_members: &[&str]) -> Option<Vec<u8>> {
    let mut value = serde_json::from_slice(body).ok()?;
    if strip(&mut value, secret_members) { serde_json::to_vec(&value).ok() } else { None }
}

/// Removes the secret members from a value, at every depth, and returns whether there were any. Members named `data` stay whole: they hold
/// data that applications store about a user.
fn strip(value: &mut Value, secret_members: &[&str]) -> bool {
    match value {
        Value::Object(members) => {
            let before = members.len();
            members.retain(|name, _| !secret_members.contains(&name.as_str()));
            let stripped = members.len() < before;
            members.iter_mut().filter(|(name, _)| *name != "data").map(|(_, it)| strip(it, secret_members)).fold(stripped, BitOr::bitor)
        }
        Value::Array(items) => items.iter_mut().map(|it| strip(it, secret_members)).fold(false, BitOr::bitor),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_cookies_go_to_the_parent_domain() {
        for (line, expected) in [
            (
                "access_token=a.b.c; HttpOnly; Path=/; SameSite=Lax",
                "access_token=a.b.c; HttpOnly; Path=/; SameSite=Lax; Domain=x.localhost",
            ),
            ("refresh_token=r; HttpOnly; Max-Age=9; Path=/", "refresh_token=r; HttpOnly; Max-Age=9; Path=/; Domain=x.localhost"),
            ("access_token=; Max-Age=0; Path=/", "access_token=; Max-Age=0; Path=/; Domain=x.localhost"),
            ("access_token=a; domain=old.localhost; Path=/", "access_token=a; Path=/; Domain=x.localhost"),
            ("fusionauth.trust=t; Path=/", "fusionauth.trust=t; Path=/"),
            ("xaccess_token=t; Path=/", "xaccess_token=t; Path=/"),
        ] {
            assert_eq!(cookie(&HeaderValue::from_static(line), "x.localhost"), expected);
        }
    }

    #[test]
    fn bodies_lose_their_tokens_and_nothing_else() {
        let stripped = |body: &str| json(body.as_bytes(), TOKEN_MEMBERS).map(|it| String::from_utf8(it).unwrap());
        assert_eq!(
            stripped(r#"{"refreshToken":"r","refreshTokenId":"i","token":"t","tokenExpirationInstant":1,"user":{"id":"u"}}"#).as_deref(),
            Some(r#"{"tokenExpirationInstant":1,"user":{"id":"u"}}"#)
        );
        assert_eq!(
            stripped(r#"{"refreshTokens":[{"id":"i","token":"r"}],"registration":{"refreshToken":"r"}}"#).as_deref(),
            Some(r#"{"refreshTokens":[{"id":"i"}],"registration":{}}"#),
            "tokens at every depth are removed"
        );
        for untouched in [r#"{"fieldErrors": {}}"#, "[]", "", "<html>", r#"{"user":{"data":{"token":"of the user's own data"}}}"#] {
            assert_eq!(stripped(untouched), None, "{untouched}");
        }
    }
}
