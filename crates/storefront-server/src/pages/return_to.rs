//! Where to go after signing in. Whoever writes a link can write a `next`, so only paths of this origin are taken.

use crate::http::percent::encoded;
use storefront_api::App;

/// Where a sign-in leads unless a page asked for it, as published.
pub(crate) fn after_sign_in(app: App) -> &'static str {
    match app {
        App::Store => "/shopping-cart",
        App::Forums => "/posts",
    }
}

/// The sign-in page's address with the way back. The way to where a sign-in leads anyway is left out, as published.
pub(crate) fn login_path(app: App, back: &str) -> String {
    if is_safe(back) && back != after_sign_in(app) { format!("/login?next={}", encoded(back)) } else { "/login".to_owned() }
}

/// `next` if it is a path of this origin and not the sign-in page itself; else where a sign-in leads.
pub(crate) fn target(app: App, next: &str) -> &str {
    if is_safe(next) { next } else { after_sign_in(app) }
}

fn is_safe(path: &str) -> bool {
    fusionauth_api::return_path::is_safe(path, &["/login", "/logout"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_targets_lead_to_where_a_sign_in_leads_anyway() {
        for next in ["", "//evil.test", "/\\evil.test", "/a/../login", "/login", "/logout"] {
            assert_eq!(target(App::Store, next), "/shopping-cart", "{next:?}");
            assert_eq!(login_path(App::Forums, next), "/login", "{next:?}");
        }
        for next in ["/", "/account", "/?a=1#b", "/logins"] {
            assert_eq!(target(App::Store, next), next);
        }
        assert_eq!(login_path(App::Store, "/shopping-cart"), "/login");
        assert_eq!(login_path(App::Store, "/account?a=1"), "/login?next=%2Faccount%3Fa%3D1");
    }
}
