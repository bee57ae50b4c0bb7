//! The URL of the sign-in page with the page to return to, and the check of that page.

use fusionauth_api::return_path::is_safe;
use leptos::prelude::window;

/// The path of the page that the browser shows, with its query and fragment, for [`login_path`]. Call it only in a browser.
pub fn current_path() -> String {
    let location = window().location();
    let [path, query, fragment] = [location.pathname(), location.search(), location.hash()].map(Result::unwrap_or_default);
    path + &query + &fragment
}

/// The sign-in page's URL, with the page to return to if that is safe.
///
/// ```
/// assert_eq!(leptos_fusionauth::login_path("/login", "/cart?sort=name"), "/login?next=%2Fcart%3Fsort%3Dname");
/// assert_eq!(leptos_fusionauth::login_path("/login", "/login?next=%2F"), "/login");
/// ```
pub fn login_path(login: &str, current: &str) -> String {
    if is_safe(current, &[login]) { format!("{login}?next={}", encoded(current)) } else { login.to_owned() }
}

/// The page to open after signing in: the `next` of a query string, if it is percent-encoded and
/// [safe](fusionauth_api::return_path::is_safe): a path of this origin, and not the sign-in page itself.
///
/// ```
/// use leptos_fusionauth::return_to;
///
/// assert_eq!(return_to("?next=%2Fcart", "/login").as_deref(), Some("/cart"));
/// assert_eq!(return_to("?next=%2F%2Fevil.test", "/login"), None);
/// ```
pub fn return_to(query: &str, login: &str) -> Option<String> {
    let query = query.strip_prefix('?').unwrap_or(query);
    let value = query.split('&').find_map(|it| it.strip_prefix("next="))?;
    decoded(value).filter(|it| is_safe(it, &[login]))
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push('%');
            out.extend([byte >> 4, byte & 15].map(|it| char::from(b"0123456789ABCDEF"[it as usize])));
        }
    }
    out
}

/// Decodes each byte as a character of its own, because [`is_safe`] accepts only ASCII.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = String::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                char::from((high * 16 + low) as u8)
            }
            b'+' => ' ',
            other => char::from(other),
        });
    }
    Some(out)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn malformed_or_unsafe_paths_are_rejected() {
        for query in [
            "",
            "next=",
            "next=%2F%2Fevil.test",
            "next=/%09/evil.test",
            "next=%",
            "next=%2",
            "next=%zz",
            "next=/%ff",
            "next=/login",
            "other=/cart",
        ] {
            assert_eq!(return_to(query, "/login"), None, "{query}");
        }
    }

    #[test]
    fn safe_paths_are_accepted() {
        for (query, path) in
            [("next=/", "/"), ("a=1&next=/cart", "/cart"), ("?next=%2Fcart%3Fa%3D1%23b", "/cart?a=1#b"), ("next=/logins", "/logins")]
        {
            assert_eq!(return_to(query, "/login").as_deref(), Some(path), "{query}");
        }
    }

    proptest! {
        #[test]
        fn return_to_reads_what_login_path_writes(path in "/[a-z0-9?&=%#+]{0,40}") {
            prop_assume!(is_safe(&path, &["/login"]));
            let there = login_path("/login", &path);
            let query = there.split_once('?').unwrap().1;
            prop_assert_eq!(return_to(query, "/login"), Some(path));
        }
    }
}
