//! Cookies as FusionAuth reads and writes them. They never have a `Domain`, so a browser sends them only to the host that set them.

use super::json;
use crate::domain::sessions::AccessToken;
use crate::state::{AppState, OpaqueToken, SameSite};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

pub(crate) const ACCESS_TOKEN: &str = "access_token";
pub(crate) const REFRESH_TOKEN: &str = "refresh_token";
pub(crate) const TRUST: &str = "fusionauth.trust";

/// How long a browser keeps a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// Until the browser is closed.
    Session,
    Seconds(i64),
}

/// The first cookie of this name in the request that is not empty.
pub(crate) fn get(headers: &HeaderMap, name: &str) -> Option<String> {
    values(headers, name).find(|it| !it.is_empty())
}

/// Whether the request has a cookie of this name, empty or not.
fn is_present(headers: &HeaderMap, name: &str) -> bool {
    values(headers, name).next().is_some()
}

/// A `Set-Cookie` header. No cookie library is used, so that the attributes have the same order as in FusionAuth's own headers. The cookie
/// is `Secure` if the browser used https.
pub(crate) fn set(request: &HeaderMap, same_site: SameSite, name: &str, value: &str, lifetime: Lifetime) -> Option<HeaderValue> {
    compose(request, " HttpOnly;", same_site, name, value, lifetime)
}

/// Like [`set`], for a cookie that the page's scripts may read.
pub(crate) fn set_for_scripts(
    request: &HeaderMap,
    same_site: SameSite,
    name: &str,
    value: &str,
    lifetime: Lifetime,
) -> Option<HeaderValue> {
    compose(request, "", same_site, name, value, lifetime)
}

fn compose(request: &HeaderMap, http_only: &str, same_site: SameSite, name: &str, value: &str, lifetime: Lifetime) -> Option<HeaderValue> {
    let max_age = match lifetime {
        Lifetime::Session => String::new(),
        Lifetime::Seconds(seconds) => format!(" Max-Age={seconds};"),
    };
    let same_site = match same_site {
        SameSite::Lax => "Lax",
        SameSite::Strict => "Strict",
    };
    let secure = if is_https(request) { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value};{http_only}{max_age} Path=/; SameSite={same_site}{secure}")).ok()
}

/// A `Set-Cookie` header that deletes a cookie.
pub(crate) fn delete(name: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{name}=; Max-Age=0; Path=/")).ok()
}

/// Whether the browser used https, according to the `X-Forwarded-Proto` header of a proxy.
pub(crate) fn is_https(request: &HeaderMap) -> bool {
    request.get("x-forwarded-proto").is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// A JSON answer that also sets the cookies of the tokens in it. The number with the refresh token is the lifetime of its
/// cookie in seconds.
pub(crate) fn json_with_tokens(
    emulator: &AppState,
    request: &HeaderMap,
    status: StatusCode,
    body: &Value,
    access_token: &AccessToken,
    refresh_token: Option<(&OpaqueToken, i64)>,
) -> Response {
    let mut response = json(status, body);
    let same_site = emulator.behaviours().same_site;
    let access_token = set(request, same_site, ACCESS_TOKEN, &access_token.text, Lifetime::Session);
    let refresh_token =
        refresh_token.and_then(|(it, seconds)| set(request, same_site, REFRESH_TOKEN, it.expose(), Lifetime::Seconds(seconds)));
    append(&mut response, [access_token, refresh_token]);
    response
}

/// Adds headers that delete the cookies of the access token and of the refresh token, if the request has them.
pub(crate) fn delete_tokens(request: &HeaderMap, response: &mut Response) {
    append(response, [ACCESS_TOKEN, REFRESH_TOKEN].into_iter().filter(|it| is_present(request, it)).map(delete));
}

/// Appends `Set-Cookie` headers to an answer.
pub(crate) fn append(response: &mut Response, cookies: impl IntoIterator<Item = Option<HeaderValue>>) {
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = String> + 'a {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let pairs = lines.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.filter(move |(it, _)| *it == name).map(|(_, value)| value.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_exactly_fusionauths() {
        let plain = HeaderMap::new();
        let https = HeaderMap::from_iter([("x-forwarded-proto".parse().unwrap(), HeaderValue::from_static("https"))]);
        let text = |line: Option<HeaderValue>| line.unwrap().to_str().unwrap().to_owned();
        assert_eq!(
            text(set(&plain, SameSite::Lax, ACCESS_TOKEN, "j", Lifetime::Session)),
            "access_token=j; HttpOnly; Path=/; SameSite=Lax"
        );
        assert_eq!(
            text(set(&plain, SameSite::Lax, REFRESH_TOKEN, "r", Lifetime::Seconds(2_592_000))),
            "refresh_token=r; HttpOnly; Max-Age=2592000; Path=/; SameSite=Lax"
        );
        assert_eq!(
            text(set(&https, SameSite::Lax, ACCESS_TOKEN, "j", Lifetime::Session)),
            "access_token=j; HttpOnly; Path=/; SameSite=Lax; Secure"
        );
        assert_eq!(text(delete(ACCESS_TOKEN)), "access_token=; Max-Age=0; Path=/");
    }

    #[test]
    fn cookies_are_found_among_others() {
        let headers =
            HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static("a=1; refresh_token=; refresh_token=r; xrefresh_token=x"))]);
        assert_eq!(get(&headers, REFRESH_TOKEN).as_deref(), Some("r"));
        assert_eq!(get(&headers, ACCESS_TOKEN), None);
        assert!(!is_present(&headers, ACCESS_TOKEN) && is_present(&headers, REFRESH_TOKEN));
    }
}
