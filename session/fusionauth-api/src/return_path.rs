//! Whether a user may be sent to a URL after signing in. The URL comes from a link, and anybody can write a link, so everything that could
//! lead to another origin, or back to the sign-in page, is refused.

/// The maximum length of an accepted path, in bytes: servers and proxies refuse much longer request lines.
pub const MAX_LENGTH: usize = 2_000;

/// Whether `path` is a path of the current origin and neither one of `sign_in_pages` nor below one of them.
///
/// Refuses other origins (`//host`, `/\host`, `https:`), every byte that a URL must encode (browsers drop tabs and line breaks while they
/// parse, so `/<tab>/host` is `//host`), and dot segments, which could hide a sign-in page.
///
/// ```
/// use fusionauth_api::return_path::is_safe;
///
/// assert!(is_safe("/cart?sort=name", &["/login"]));
/// assert!(!is_safe("//evil.test", &["/login"]));
/// assert!(!is_safe("/login?next=%2F", &["/login"]));
/// ```
pub fn is_safe(path: &str, sign_in_pages: &[&str]) -> bool {
    let bytes = path.as_bytes();
    let is_local = bytes.first() == Some(&b'/') && bytes.get(1) != Some(&b'/');
    let is_plain = bytes.len() <= MAX_LENGTH && bytes.iter().all(|it| it.is_ascii_graphic() && *it != b'\\');
    let of_page = |page: &&str| path.strip_prefix(*page).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    is_local && is_plain && !sign_in_pages.iter().any(of_page) && !has_dot_segment(bytes)
}

/// Whether a segment of the path, without query and fragment, is `.` or `..`; a dot may be encoded as `%2e`.
fn has_dot_segment(bytes: &[u8]) -> bool {
    let path = bytes.split(|it| matches!(it, b'?' | b'#')).next().unwrap_or_default();
    path.split(|it| *it == b'/').any(|segment| {
        let mut rest = segment;
        while let [b'.', after @ ..] | [b'%', b'2', b'e' | b'E', after @ ..] = rest {
            rest = after;
        }
        !segment.is_empty() && rest.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAGES: [&str; 2] = ["/login", "/logout"];

    #[test]
    fn what_leads_elsewhere_or_back_is_refused() {
        let refused = [
            "",
            "cart",
            " /cart",
            "//evil.test",
            "///evil.test",
            "/\\evil.test",
            "\\\\evil.test",
            "/a\\b",
            "https://evil.test/",
            "https:/evil.test",
            "javascript:alert(1)",
            "/\t/evil.test",
            "/\n/evil.test",
            "/\r/evil.test",
            "\t//evil.test",
            "/\u{0}",
            "/\u{7f}",
            "/\u{a0}",
            "/a b",
            "/ä",
            "/./",
            "/.//evil.test",
            "/a/..//evil.test",
            "/a/../login",
            "/%2e%2E/login",
            "/.%2e",
            "/login",
            "/login?next=/login",
            "/login#x",
            "/login/code",
            "/logout",
        ];
        for path in refused {
            assert!(!is_safe(path, &PAGES), "{path:?}");
        }
        assert!(!is_safe(&format!("/{}", "a".repeat(MAX_LENGTH)), &PAGES));
    }

    #[test]
    fn paths_of_this_origin_are_taken() {
        let accepted = [
            "/",
            "/cart?a=1#b",
            "/?next=https://other.test/../x",
            "/#/../x",
            "/logins",
            "/a//b",
            "/%2F%2Fevil.test",
            "/%09",
            "/.well-known/x",
            "/a..b/%2e5",
        ];
        for path in accepted {
            assert!(is_safe(path, &PAGES), "{path:?}");
        }
        assert!(is_safe(&format!("/{}", "a".repeat(MAX_LENGTH - 1)), &PAGES));
        assert!(is_safe("/login", &[]));
    }

    proptest! {
        /// The crate `url` parses as browsers do (WHATWG URL), so it shows which URL a browser would open.
        #[test]
        fn accepted_paths_stay_on_this_origin(path in "[/\\\\.a%2eE?#@:\t\n ä-]{0,12}") {
            if is_safe(&path, &PAGES) {
                let there = url::Url::parse("http://store.test/login").unwrap().join(&path).unwrap();
                prop_assert_eq!(there.host_str(), Some("store.test"));
                prop_assert!(!there.path().starts_with("//") && there.path() != "/login");
            }
        }
    }
}
