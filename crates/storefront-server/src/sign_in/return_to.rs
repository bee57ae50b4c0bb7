//! Where to go after signing in. Whoever writes a link can write a `next`, so only paths of this origin are taken.

use crate::{http::percent::encoded, pages::after_sign_in};
use storefront_api::App;

/// The sign-in page's address with the way back. The way to where a sign-in leads anyway is left out, as published.
pub(crate) fn login_path(app: App, back: &str) -> String {
    if is_safe(back) && back != after_sign_in(app) { format!("/login?next={}", encoded(back)) } else { "/login".to_owned() }
}

/// `next` if it is a path of this origin and not the sign-in page itself; else where a sign-in leads.
pub(crate) fn target(app: App, next: &str) -> &str {
    if is_safe(next) { next } else { after_sign_in(app) }
}

/// No other origin (`//host`, `/\host`), no control character, which browsers drop while parsing, and nothing that would
/// lead back here.
fn is_safe(path: &str) -> bool {
    let own = path.strip_prefix('/').is_some_and(|rest| !rest.starts_with(['/', '\\']));
    let back_here = ["/login", "/logout"]
        .into_iter()
        .any(|it| path.strip_prefix(it).is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#', '/'])));
    own && !back_here && path.len() <= 2_000 && path.bytes().all(|it| it.is_ascii_graphic() && it != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn foreign_and_odd_targets_are_refused() {
        for next in [
            "",
            "cart",
            "//evil.test",
            "/\\evil.test",
            "/a\\b",
            "javascript:alert(1)",
            "https://evil.test/",
            "/\t/evil.test",
            "/\n/evil.test",
            "/a b",
            "/ä",
            "/login",
            "/login?next=/login",
            "/login#x",
            "/login/code",
            "/logout",
            "\u{7f}",
        ] {
            assert_eq!(target(App::Store, next), "/shopping-cart", "{next:?}");
            assert_eq!(login_path(App::Forums, next), "/login", "{next:?}");
        }
        for next in ["/", "/account", "/?a=1#b", "/logins"] {
            assert_eq!(target(App::Store, next), next);
        }
        assert_eq!(login_path(App::Store, "/shopping-cart"), "/login");
        assert_eq!(login_path(App::Store, "/account?a=1"), "/login?next=%2Faccount%3Fa%3D1");
    }

    proptest! {
        #[test]
        fn whatever_is_taken_is_a_path_here(next in "\\PC*") {
            let target = target(App::Store, &next);
            let base = reqwest::Url::parse("http://store.test/").unwrap();
            let there = base.join(target).unwrap();
            prop_assert_eq!(there.host_str(), Some("store.test"));
        }
    }
}
