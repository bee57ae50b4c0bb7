//! The paths of the single-page app's pages, so that the server can tell an unknown path from a page. The app's tests compare its routes
//! with these paths.

use crate::App;

/// The text that may follow the path of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathEnd {
    /// Nothing but a slash.
    Exact,
    /// A slash and an id.
    Id,
}

/// The pages of both applications.
const BOTH: [(&str, PathEnd); 11] = [
    ("/login", PathEnd::Exact),
    ("/register", PathEnd::Exact),
    ("/forgot-password", PathEnd::Exact),
    ("/change-password", PathEnd::Id),
    ("/verify-email", PathEnd::Id),
    ("/verify-registration", PathEnd::Id),
    ("/account", PathEnd::Exact),
    ("/delivery", PathEnd::Exact),
    ("/returns", PathEnd::Exact),
    ("/privacy", PathEnd::Exact),
    ("/contact", PathEnd::Exact),
];
const STORE: [(&str, PathEnd); 5] =
    [("/", PathEnd::Exact), ("/products", PathEnd::Id), ("/cart", PathEnd::Exact), ("/checkout", PathEnd::Exact), ("/orders", PathEnd::Id)];
const FORUMS: [(&str, PathEnd); 2] = [("/", PathEnd::Exact), ("/posts", PathEnd::Id)];

/// The paths of an application's pages.
pub fn of(app: App) -> impl Iterator<Item = (&'static str, PathEnd)> {
    let own = match app {
        App::Store => &STORE[..],
        App::Forums => &FORUMS[..],
    };
    own.iter().chain(&BOTH).copied()
}

/// Whether the application has a page at `path`. The static page itself, `/index.html`, counts as one.
pub fn is_page(app: App, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let matches_path = |(page, end): (&str, PathEnd)| match path.strip_prefix(page.trim_end_matches('/')) {
        Some("") => true,
        Some(rest) => end == PathEnd::Id && rest.starts_with('/'),
        None => false,
    };
    path == "/index.html" || of(app).any(matches_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_distinguished_from_an_unknown_path() {
        for path in ["", "/", "/index.html", "/cart", "/cart/", "/products/enamel-mug", "/change-password", "/change-password/YkQ"] {
            assert!(is_page(App::Store, path), "{path}");
        }
        for path in ["/carts", "/cart/1", "/nowhere", "/product", "/productsx/1", "/login/1"] {
            assert!(!is_page(App::Store, path), "{path}");
        }
        assert!(is_page(App::Forums, "/") && is_page(App::Forums, "/posts/1") && !is_page(App::Forums, "/cart"));
    }
}
