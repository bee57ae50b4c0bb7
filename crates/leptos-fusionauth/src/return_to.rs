/// The sign-in page's address with the way back.
///
/// ```
/// assert_eq!(leptos_fusionauth::login_path("/login", "/cart?sort=name"), "/login?next=%2Fcart%3Fsort%3Dname");
/// assert_eq!(leptos_fusionauth::login_path("/login", "/login?next=%2F"), "/login");
/// ```
pub fn login_path(login: &str, current: &str) -> String {
    if is_safe(current, login) { format!("{login}?next={}", encoded(current)) } else { login.to_owned() }
}

/// Where to go after signing in: the `next` of a query string, if it is a path of this origin and not the sign-in page
/// itself. Whoever writes a link can write a `next`, so everything else is refused: other origins (`//host`, `/\host`,
/// `javascript:`), control characters that browsers drop while parsing, and what is not percent-encoded UTF-8.
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
    decoded(value).filter(|it| is_safe(it, login))
}

fn is_safe(path: &str, login: &str) -> bool {
    let rest = path.strip_prefix('/');
    let is_login = path.strip_prefix(login).is_some_and(|it| it.is_empty() || it.starts_with(['?', '#', '/']));
    rest.is_some_and(|it| !it.starts_with('/')) && !path.contains('\\') && !path.contains(char::is_control) && !is_login
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

fn decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                (high * 16 + low) as u8
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn foreign_and_odd_targets_are_refused() {
        let refused = [
            "",
            "next=",
            "next=cart",
            "next=//evil.test",
            "next=%2F%2Fevil.test",
            "next=/%2Fevil.test",
            "next=/%5Cevil.test",
            "next=/\\evil.test",
            "next=javascript:alert(1)",
            "next=https://evil.test/",
            "next=/%09/evil.test",
            "next=/%0A/evil.test",
            "next=%",
            "next=%2",
            "next=%zz",
            "next=/%ff",
            "next=/login",
            "next=/login?next=/login",
            "next=/login#x",
            "next=/login/",
            "other=/cart",
        ];
        for query in refused {
            assert_eq!(return_to(query, "/login"), None, "{query}");
        }
    }

    #[test]
    fn own_paths_are_taken() {
        for (query, path) in
            [("next=/", "/"), ("a=1&next=/cart", "/cart"), ("?next=%2Fcart%3Fa%3D1%23b", "/cart?a=1#b"), ("next=/logins", "/logins")]
        {
            assert_eq!(return_to(query, "/login").as_deref(), Some(path), "{query}");
        }
    }

    proptest! {
        #[test]
        fn the_way_back_survives_the_way_there(path in "/[a-z0-9 ?&=%#äß]{0,40}") {
            prop_assume!(is_safe(&path, "/login"));
            let there = login_path("/login", &path);
            let query = there.split_once('?').unwrap().1;
            prop_assert_eq!(return_to(query, "/login"), Some(path));
        }

        #[test]
        fn nothing_that_leaves_the_origin_gets_through(query in ".{0,60}") {
            if let Some(path) = return_to(&query, "/login") {
                prop_assert!(path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'));
            }
        }
    }
}
