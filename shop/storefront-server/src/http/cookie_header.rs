//! Reads the cookies of a request from its `Cookie` headers.

use axum::http::{HeaderMap, header};

/// The maximum length of a value, in bytes. No browser keeps a longer cookie (RFC 6265bis). The limit also bounds the values that the
/// database stores, such as a refresh token that FusionAuth must still revoke.
const LONGEST_VALUE: usize = 4_096;

/// The value of the first non-empty cookie with this name. Any host of the same domain may have set it.
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    all(headers, name).next()
}

/// All non-empty cookies of this name, except those too long for a browser to have sent.
pub fn all<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let pairs = lines.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.filter(move |(it, value)| *it == name && (1..=LONGEST_VALUE).contains(&value.len())).map(|(_, value)| value)
}

/// Whether a request has different values of this cookie. Any host of the same domain may have set one of them, for the parent domain or on
/// a longer path, and nobody can tell which one the right host has set.
pub fn is_ambiguous(headers: &HeaderMap, name: &str) -> bool {
    let mut values = all(headers, name);
    values.next().is_some_and(|first| values.any(|it| it != first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_no_browser_keeps_is_none() {
        let headers = |value: &str| HeaderMap::from_iter([(header::COOKIE, format!("a=; b={value}").parse().unwrap())]);
        assert_eq!(find(&headers(&"x".repeat(4_096)), "b").map(str::len), Some(4_096));
        assert_eq!(find(&headers(&"x".repeat(4_097)), "b"), None);
        assert_eq!(find(&headers("x"), "a"), None);
    }
}
