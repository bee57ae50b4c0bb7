//! Rewrites FusionAuth's responses. Removes the refresh token from JSON bodies, because a script could read it there, and the browser has it
//! as a cookie. In the workflow `spa-shared-domain`, cookies of the parent domain hold all tokens, so this module removes every token from
//! the bodies.

use serde_json::Value;
use std::ops::BitOr;

/// The members of a JSON body that hold a refresh token.
pub(super) const REFRESH_TOKEN_MEMBERS: &[&str] = &["refreshToken", "refresh_token", "refreshTokens"];

/// The members of a JSON body that hold a token, or the id with which a refresh token can be revoked.
pub(super) const TOKEN_MEMBERS: &[&str] = &["token", "refreshToken", "refreshTokenId", "access_token", "refresh_token", "id_token"];

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
