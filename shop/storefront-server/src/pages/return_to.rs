//! The page that the browser opens after a sign-in.
//!
//! The URL of the sign-in form contains the path of this page as `next`. Anybody can write a link with any `next`, so the server accepts
//! only paths of its own origin.

use crate::http::percent::encoded;
use storefront_api::App;

/// The page that the browser opens after a sign-in without `next`, as in the published workflows.
pub(crate) fn after_sign_in(app: App) -> &'static str {
    match app {
        App::Store => "/shopping-cart",
        App::Forums => "/posts",
    }
}

/// The URL of the sign-in form with `back` as `next`. The URL has no `next`, as in the published workflows, if the browser opens `back`
/// anyway after a sign-in.
pub(crate) fn login_path(app: App, back: &str) -> String {
    if is_safe(back) && back != after_sign_in(app) { format!("/login?next={}", encoded(back)) } else { "/login".to_owned() }
}

/// `next` if it is a path of this origin and not the sign-in page itself, else [`after_sign_in`].
pub(crate) fn target(app: App, next: &str) -> &str {
    if is_safe(next) { next } else { after_sign_in(app) }
}

fn is_safe(path: &str) -> bool {
    fusionauth_api::return_path::is_safe(path, &["/login", "/logout"])
}

/// Whether `back` is a URL of this origin to which the browser may return after a form of that page.
pub(super) fn is_way_back(back: &str) -> bool {
    fusionauth_api::return_path::is_safe(back, &["/logout", "/language"])
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
