//! Cookies as FusionAuth reads and writes them: host-only, never with a `Domain`.

use crate::answers::SameSite;
use axum::http::{HeaderMap, HeaderValue, header};

pub(crate) const ACCESS_TOKEN: &str = "access_token";
pub(crate) const REFRESH_TOKEN: &str = "refresh_token";
pub(crate) const TRUST: &str = "fusionauth.trust";

/// How long a browser keeps a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Until it is closed.
    Session,
    Seconds(i64),
}

/// The first cookie of this name that came along and is not empty.
pub(crate) fn get(headers: &HeaderMap, name: &str) -> Option<String> {
    values(headers, name).find(|it| !it.is_empty())
}

/// Whether a cookie of this name came along, empty or not.
pub(crate) fn came(headers: &HeaderMap, name: &str) -> bool {
    values(headers, name).next().is_some()
}

/// A `Set-Cookie` line. The attributes' order is that of FusionAuth's HTTP library; `Secure` is added if the browser came
/// by https, which only a proxy's `X-Forwarded-Proto` can say.
pub(crate) fn set(request: &HeaderMap, same_site: SameSite, name: &str, value: &str, life: Life) -> Option<HeaderValue> {
    let max_age = match life {
        Life::Session => String::new(),
        Life::Seconds(seconds) => format!(" Max-Age={seconds};"),
    };
    let same_site = match same_site {
        SameSite::Lax => "Lax",
        SameSite::Strict => "Strict",
    };
    let secure = if is_https(request) { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; HttpOnly;{max_age} Path=/; SameSite={same_site}{secure}")).ok()
}

/// A `Set-Cookie` line that deletes.
pub(crate) fn delete(name: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{name}=; Max-Age=0; Path=/")).ok()
}

/// Whether the browser came by https.
pub(crate) fn is_https(request: &HeaderMap) -> bool {
    request.get("x-forwarded-proto").is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"https"))
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
        assert_eq!(text(set(&plain, SameSite::Lax, ACCESS_TOKEN, "j", Life::Session)), "access_token=j; HttpOnly; Path=/; SameSite=Lax");
        assert_eq!(
            text(set(&plain, SameSite::Lax, REFRESH_TOKEN, "r", Life::Seconds(2_592_000))),
            "refresh_token=r; HttpOnly; Max-Age=2592000; Path=/; SameSite=Lax"
        );
        assert_eq!(
            text(set(&https, SameSite::Lax, ACCESS_TOKEN, "j", Life::Session)),
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
        assert!(!came(&headers, ACCESS_TOKEN) && came(&headers, REFRESH_TOKEN));
    }
}
