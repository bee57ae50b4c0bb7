//! The table of the single-page app's pages. The app chooses its page with it, the server tells an unknown path from a page, and `boot.js`
//! gets an extract in the configuration block ([`first_loads`]), because it must know before the program has loaded which pages need a
//! session.

use crate::{App, endpoints};
use serde::Serialize;
use std::collections::BTreeMap;

/// A part of the program. A release build loads a part when the user opens a page that needs it, or soon after the first page is shown.
/// The code of the sign-in form and of the cart page belongs to no part: it is in the first load, with which the app starts. The texts of
/// each language are parts, too (`src/ui/part.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The account page.
    Account,
    /// The Forums' pages.
    Forums,
    /// Registration, forgotten passwords, the steps that a sign-in may need after the password, verification, the help pages, and the tasks
    /// that start after the first page is shown.
    SignIn,
    /// The Store's pages except the cart, and rarely used code of the cart: notices, unanswered edits, and changes by other devices.
    Store,
}

impl Part {
    /// The name of the part in the attribute `#[part]` and in the names of the part's files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Forums => "forums",
            Self::SignIn => "sign_in",
            Self::Store => "store",
        }
    }

    /// The parts of an application that the app preloads, in their order.
    pub fn of(app: App) -> [Self; 3] {
        let pages = match app {
            App::Store => Self::Store,
            App::Forums => Self::Forums,
        };
        [pages, Self::SignIn, Self::Account]
    }
}

/// Who may open a page, and which API path it reads first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Signed-in users. The page's first read depends on its id.
    SignedIn,
    /// Signed-in users. The page first reads this API path, which `boot.js` requests before the program has loaded.
    SignedInReads(&'static str),
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
struct Page {
    route: Route,
    path: &'static str,
    /// Whether a slash and an id may follow the path.
    has_id: bool,
    /// `None`: both applications have the page.
    app: Option<App>,
    access: Access,
    /// `None`: the page is in the first load.
    part: Option<Part>,
}

const fn page(route: Route, path: &'static str) -> Page {
    Page { route, path, has_id: false, app: None, access: Access::Public, part: None }
}

impl Page {
    const fn with_id(self) -> Self {
        Self { has_id: true, ..self }
    }
    const fn of(self, app: App) -> Self {
        Self { app: Some(app), ..self }
    }
    const fn needs(self, access: Access) -> Self {
        Self { access, ..self }
    }
    const fn part(self, part: Part) -> Self {
        Self { part: Some(part), ..self }
    }
}

macro_rules! pages {
    (
        $($(#[$doc:meta])+ $route:ident $path:literal $title:literal $(.$how:ident($($value:expr),*))*,)+
        help:
        $($(#[$help_doc:meta])+ $help:ident $help_path:literal $help_title:literal $(.$help_how:ident($($help_value:expr),*))*,)+
    ) => {
        /// A page of the Store or of the Forums.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Route {
            $($(#[$doc])+ $route,)+
            /// The help pages for customers.
            Help(HelpPage),
            /// Every other URL.
            NotFound,
        }

        /// A help page for customers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum HelpPage {
            $($(#[$help_doc])+ $help,)+
        }

        impl HelpPage {
            /// All pages, in the order of their links.
            pub const ALL: [Self; [$($help_path),+].len()] = [$(Self::$help),+];
        }

        static PAGES: &[Page] = &[
            $(page(Route::$route, $path)$(.$how($($value),*))*,)+
            $(page(Route::Help(HelpPage::$help), $help_path)$(.$help_how($($help_value),*))*,)+
        ];

        /// The titles of the pages in English, in the order of [`Route::row`]. `storefront-messages` translates them. They are no field of
        /// a row, because the app has them already as texts.
        pub const TITLES: &[&str] = &[$($title,)+ $($help_title),+];
    };
}

// Each row is a page: its variant of `Route`, its path, its title, and what differs from `page`.
pages! {
    /// The Store's products.
    Products "/" "Products" .of(App::Store).part(Part::Store),
    /// One product of the Store.
    Product "/products" "Product" .with_id().of(App::Store).part(Part::Store),
    /// The Store's cart. It needs a sign-in in this table, although a guest with items in the cart sees the page without one.
    Cart "/cart" "Your cart" .of(App::Store).needs(Access::SignedInReads(endpoints::CART.info.path)),
    /// The Store's checkout. It needs a sign-in, except for a guest with items in the cart, so the page itself asks for one.
    Checkout "/checkout" "Checkout" .of(App::Store).part(Part::Store),
    /// The order without an account that the browser's cookie opens.
    GuestOrder "/guest-order" "Your orders" .of(App::Store).part(Part::Store),
    /// The user's orders at the Store, or one of them if its id follows the path.
    Orders "/orders" "Your orders" .with_id().of(App::Store).needs(Access::SignedInReads(endpoints::ORDERS.info.path)).part(Part::Store),
    /// The Forums' posts.
    Posts "/" "Posts" .of(App::Forums).needs(Access::SignedInReads(endpoints::THREADS.info.path)).part(Part::Forums),
    /// One thread of the Forums. Without an id, the path shows the posts.
    Thread "/posts" "Posts" .with_id().of(App::Forums).needs(Access::SignedIn).part(Part::Forums),
    /// The sign-in form.
    Login "/login" "Sign in",
    /// The registration form.
    Register "/register" "Create your account" .part(Part::SignIn),
    /// The form that requests a reset link.
    ForgotPassword "/forgot-password" "Forgot your password?" .part(Part::SignIn),
    /// The form for a new password, which a link in an email opens.
    ChangePassword "/change-password" "Choose a new password" .with_id().part(Part::SignIn),
    // The link says only to the page's part what it is for.
    /// The page that verifies an email, which a link in an email opens. A link that signs in opens it, too, with codes in the fragment.
    VerifyEmail "/verify-email" "Opening your link…" .with_id().part(Part::SignIn),
    /// Like [`Route::VerifyEmail`], for a registration.
    VerifyRegistration "/verify-registration" "Opening your link…" .with_id().part(Part::SignIn),
    /// The user's account.
    Account "/account" "Your account" .needs(Access::SignedInReads(endpoints::USER.info.path)).part(Part::Account),

    help:
    /// Delivery times and costs.
    Delivery "/delivery" "Delivery" .part(Part::SignIn),
    /// How to return goods.
    Returns "/returns" "Returns" .part(Part::SignIn),
    /// The data about a user: what is stored, where, and who sees it.
    Privacy "/privacy" "Privacy" .part(Part::SignIn),
    /// How to reach the team.
    Contact "/contact" "Contact" .part(Part::SignIn),
}

/// The rows of an application's pages.
fn pages(app: App) -> impl Iterator<Item = &'static Page> {
    PAGES.iter().filter(move |page| page.app.is_none_or(|it| it == app))
}

impl Route {
    /// The page at `path`. A trailing slash makes no difference.
    pub fn at(app: App, path: &str) -> Self {
        let path = path.trim_end_matches('/');
        let matches_path = |page: &&Page| match path.strip_prefix(page.path.trim_end_matches('/')) {
            Some("") => true,
            Some(rest) => page.has_id && rest.starts_with('/'),
            None => false,
        };
        pages(app).find(matches_path).map_or(Self::NotFound, |page| page.route)
    }

    /// Every page of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        PAGES.iter().map(|page| page.route)
    }

    /// The index of the page's row. [`Route::NotFound`] has none.
    pub fn row(self) -> Option<usize> {
        PAGES.iter().position(|page| page.route == self)
    }

    fn page(self) -> Option<&'static Page> {
        PAGES.get(self.row()?)
    }

    /// The path of the page, within its application. [`Route::NotFound`] has no path of its own: its link leads to the start page.
    pub fn href(self) -> &'static str {
        self.page().map_or("/", |page| page.path)
    }

    /// Whether the page needs a sign-in.
    pub fn needs_session(self) -> bool {
        self.page().is_some_and(|page| page.access != Access::Public)
    }

    /// The part of the program that contains the page. `None` if the page is in the first load.
    pub fn part(self) -> Option<Part> {
        self.page()?.part
    }

    /// The page with the list that this page's item belongs to. A page without a list is returned unchanged.
    pub fn list(self) -> Self {
        match self {
            Self::Product => Self::Products,
            Self::Thread => Self::Posts,
            page => page,
        }
    }

    /// Whether links in emails open the page, with an id at the end of its path.
    pub fn is_mailed(self) -> bool {
        matches!(self, Self::ChangePassword | Self::VerifyEmail | Self::VerifyRegistration)
    }

    /// The page that opens after a sign-in, unless another page asked for the sign-in.
    pub fn after_sign_in(app: App) -> Self {
        match app {
            App::Store => Self::Cart,
            App::Forums => Self::Posts,
        }
    }
}

/// What `boot.js` loads for a page before the program has loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FirstLoad {
    /// The API path that the page reads first. A page with one needs a session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<&'static str>,
    /// The name of the part of the program that contains the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<&'static str>,
}

/// What `boot.js` loads first, by the paths of an application's pages. Every visitor downloads it, so it lacks the pages of
/// [`Part::SignIn`], where few visits begin. It also lacks the pages that always have an id, because they have no fixed path.
pub fn first_loads(app: App) -> BTreeMap<&'static str, FirstLoad> {
    let first_load = |page: &'static Page| {
        let read = match page.access {
            Access::SignedInReads(path) => Some(path),
            Access::SignedIn | Access::Public => None,
        };
        let part = page.part.filter(|part| *part != Part::SignIn && (!page.has_id || read.is_some())).map(Part::name);
        (read.is_some() || part.is_some()).then_some((page.path, FirstLoad { read, part }))
    };
    pages(app).filter_map(first_load).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPS: [App; 2] = [App::Store, App::Forums];

    #[test]
    fn every_path_leads_to_its_page() {
        for app in APPS {
            for page in pages(app) {
                assert_eq!(Route::at(app, page.path), page.route, "{app:?}");
                assert_eq!(Route::at(app, &format!("{}/", page.path.trim_end_matches('/'))), page.route, "{app:?}");
                assert_eq!(page.route.href(), page.path);
            }
            assert!(Route::after_sign_in(app).needs_session() && pages(app).any(|page| page.route == Route::after_sign_in(app)));
        }
        assert_eq!((Route::at(App::Store, ""), Route::NotFound.href()), (Route::Products, "/"));
    }

    #[test]
    fn an_id_follows_the_pages_that_have_one() {
        for app in APPS {
            assert_eq!(Route::at(app, "/change-password/YkQY5Gsyo4Rl"), Route::ChangePassword);
            assert_eq!(Route::at(app, "/verify-email/YkQY5Gsyo4Rl"), Route::VerifyEmail);
            assert_eq!(Route::at(app, "/verify-registration/YkQY5Gsyo4Rl"), Route::VerifyRegistration);
            for path in ["/change-passwords", "/forgot-password/YkQY5Gsyo4Rl", "/login/1", "/nowhere/at/all"] {
                assert_eq!(Route::at(app, path), Route::NotFound, "{path}");
            }
        }
        assert_eq!(Route::at(App::Store, "/products/enamel-mug"), Route::Product);
        assert_eq!(Route::at(App::Store, "/orders/9f3c"), Route::Orders);
        assert_eq!(Route::at(App::Forums, "/posts/0d6f3f0e-6f0e"), Route::Thread);
        for path in ["/carts", "/cart/1", "/product", "/productsx/1", "/posts"] {
            assert_eq!(Route::at(App::Store, path), Route::NotFound, "{path}");
        }
        assert_eq!(Route::at(App::Forums, "/cart"), Route::NotFound);
    }

    #[test]
    fn no_page_is_at_a_path_that_the_server_answers_itself() {
        for Page { path, .. } in PAGES {
            assert!(path.starts_with('/') && !path.contains('.'), "the server would look for a file at {path}");
            assert!(!path.starts_with("/api") && *path != "/healthz", "the server would answer {path} without the app");
        }
    }

    #[test]
    fn an_application_preloads_the_parts_of_all_its_pages() {
        for app in APPS {
            assert!(pages(app).filter_map(|page| page.part).all(|part| Part::of(app).contains(&part)), "{app:?}");
        }
    }

    #[test]
    fn boot_js_gets_the_pages_that_need_a_session_and_those_in_a_part() {
        let table = |app| serde_json::to_value(first_loads(app)).unwrap();
        let store = serde_json::json!({
            "/": { "part": "store" },
            "/account": { "read": "/api/user", "part": "account" },
            "/cart": { "read": "/api/load-shopping-cart" },
            "/checkout": { "part": "store" },
            "/guest-order": { "part": "store" },
            "/orders": { "read": "/api/orders", "part": "store" },
        });
        assert_eq!(table(App::Store), store);
        let forums = serde_json::json!({
            "/": { "read": "/api/load-posts", "part": "forums" },
            "/account": { "read": "/api/user", "part": "account" },
        });
        assert_eq!(table(App::Forums), forums);
    }

    #[test]
    fn the_cart_of_the_page_has_the_limit_of_a_quantity() {
        let (_, template) = include_str!("../../../index.html").split_once("<template id=\"cart-page\"").unwrap();
        assert!(template.contains(&format!(" max=\"{}\" ", crate::MAX_QUANTITY)));
    }
}
