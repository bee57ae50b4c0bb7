//! The pages of both applications. Links use [`Route::href`]. `boot.js` repeats the paths of the pages that need a session, because it
//! needs them before the wasm has loaded. A test compares the paths in `boot.js` with these.

use super::part::Part;
use storefront_api::App;
use storefront_messages::{HelpPage, t};

/// A page of the Store or of the Forums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The Store's products. Public.
    Products,
    /// One product of the Store. Its id follows the path. Public.
    Product,
    /// The Store's cart.
    Cart,
    /// The Store's checkout.
    Checkout,
    /// The user's orders at the Store, or one of them if its id follows the path.
    Orders,
    /// The Forums' posts.
    Posts,
    /// One thread of the Forums. Its id follows the path. Without an id, the path shows the posts.
    Thread,
    /// The sign-in form, in both applications.
    Login,
    /// The registration form, in both applications.
    Register,
    /// The form that requests a reset link.
    ForgotPassword,
    /// The form for a new password. A link in an email opens it, with an id after the path.
    ChangePassword,
    /// The page that verifies an email. A link in an email opens it, with an id after the path. A link that signs in opens it, too, with
    /// codes in the fragment.
    VerifyEmail,
    /// Like [`Route::VerifyEmail`], for a registration.
    VerifyRegistration,
    /// The user's account, in both applications.
    Account,
    /// The help pages for customers, in both applications. Public.
    Help(HelpPage),
    /// Every other URL.
    NotFound,
}

/// The pages of the Store.
const STORE: &[Route] = &[
    Route::Products,
    Route::Product,
    Route::Cart,
    Route::Checkout,
    Route::Orders,
    Route::Login,
    Route::Register,
    Route::ForgotPassword,
    Route::ChangePassword,
    Route::VerifyEmail,
    Route::VerifyRegistration,
    Route::Account,
    Route::Help(HelpPage::Delivery),
    Route::Help(HelpPage::Returns),
    Route::Help(HelpPage::Privacy),
    Route::Help(HelpPage::Contact),
];

/// The pages of the Forums.
const FORUMS: &[Route] = &[
    Route::Posts,
    Route::Thread,
    Route::Login,
    Route::Register,
    Route::ForgotPassword,
    Route::ChangePassword,
    Route::VerifyEmail,
    Route::VerifyRegistration,
    Route::Account,
    Route::Help(HelpPage::Delivery),
    Route::Help(HelpPage::Returns),
    Route::Help(HelpPage::Privacy),
    Route::Help(HelpPage::Contact),
];

/// The URL of the Store's search: the products page with an empty query, which focuses the search field.
pub const SEARCH: &str = "/?q=";

impl Route {
    /// The page at `path`. A trailing slash makes no difference.
    pub fn at(app: App, path: &str) -> Self {
        let path = path.trim_end_matches('/');
        let matches_path = |route: &Self| match path.strip_prefix(route.href().trim_end_matches('/')) {
            Some("") => true,
            Some(rest) => (route.is_mailed() || matches!(route, Self::Product | Self::Orders | Self::Thread)) && rest.starts_with('/'),
            None => false,
        };
        pages(app).iter().copied().find(matches_path).unwrap_or(Self::NotFound)
    }

    /// The path of the page, within its application. [`Route::NotFound`] has no path of its own: its link leads to the start page.
    pub fn href(self) -> &'static str {
        match self {
            Self::Products | Self::Posts | Self::NotFound => "/",
            Self::Product => "/products",
            Self::Thread => "/posts",
            Self::Cart => "/cart",
            Self::Checkout => "/checkout",
            Self::Orders => "/orders",
            Self::Login => "/login",
            Self::Register => "/register",
            Self::ForgotPassword => "/forgot-password",
            Self::ChangePassword => "/change-password",
            Self::VerifyEmail => "/verify-email",
            Self::VerifyRegistration => "/verify-registration",
            Self::Account => "/account",
            Self::Help(HelpPage::Delivery) => "/delivery",
            Self::Help(HelpPage::Returns) => "/returns",
            Self::Help(HelpPage::Privacy) => "/privacy",
            Self::Help(HelpPage::Contact) => "/contact",
        }
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

    /// Whether the page needs a sign-in. True for the cart page, too, although a guest with items in the cart sees that page without one.
    pub fn needs_session(self) -> bool {
        matches!(self, Self::Cart | Self::Checkout | Self::Orders | Self::Posts | Self::Thread | Self::Account)
    }

    /// The part of the program that contains the page. `None` if the page is in the first load.
    pub fn part(self) -> Option<Part> {
        match self {
            Self::Products | Self::Product | Self::Checkout | Self::Orders => Some(Part::Store),
            Self::Posts | Self::Thread => Some(Part::Forums),
            Self::Register | Self::ForgotPassword | Self::ChangePassword | Self::VerifyEmail | Self::VerifyRegistration | Self::Help(_) => {
                Some(Part::SignIn)
            }
            Self::Account => Some(Part::Account),
            Self::Cart | Self::Login | Self::NotFound => None,
        }
    }

    /// The page's name, for the document's title and the page's heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Products => t!("Products"),
            Self::Product => t!("Product"),
            Self::Cart => t!("Your cart"),
            Self::Checkout => t!("Checkout"),
            Self::Orders => t!("Your orders"),
            Self::Posts | Self::Thread => t!("Posts"),
            Self::Login => t!("Sign in"),
            Self::Register => t!("Create your account"),
            Self::ForgotPassword => t!("Forgot your password?"),
            Self::ChangePassword => t!("Choose a new password"),
            // The link says only to the page's part what it is for.
            Self::VerifyEmail | Self::VerifyRegistration => t!("Opening your link…"),
            Self::Account => t!("Your account"),
            Self::Help(page) => page.title(),
            Self::NotFound => t!("Page not found"),
        }
    }

    /// The page that opens after a sign-in, unless another page asked for the sign-in.
    pub fn after_sign_in(app: App) -> Self {
        match app {
            App::Store => Self::Cart,
            App::Forums => Self::Posts,
        }
    }
}

fn pages(app: App) -> &'static [Route] {
    match app {
        App::Store => STORE,
        App::Forums => FORUMS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use leptos_fusionauth::{login_path, return_to};
    use storefront_api::pages::PathEnd;
    use wasm_bindgen_test::wasm_bindgen_test;

    const APPS: [App; 2] = [App::Store, App::Forums];

    #[wasm_bindgen_test]
    fn every_path_leads_to_its_page() {
        for app in APPS {
            for &route in pages(app) {
                assert_eq!(Route::at(app, route.href()), route, "{app:?}");
                assert_eq!(Route::at(app, &format!("{}/", route.href().trim_end_matches('/'))), route, "{app:?}");
            }
        }
    }

    #[wasm_bindgen_test]
    fn the_id_of_a_mailed_link_follows_its_page() {
        for app in APPS {
            assert_eq!(Route::at(app, "/change-password/YkQY5Gsyo4Rl"), Route::ChangePassword);
            assert_eq!(Route::at(app, "/verify-email/YkQY5Gsyo4Rl"), Route::VerifyEmail);
            assert_eq!(Route::at(app, "/verify-registration/YkQY5Gsyo4Rl"), Route::VerifyRegistration);
            assert_eq!(Route::at(app, "/change-passwords"), Route::NotFound);
            assert_eq!(Route::at(app, "/forgot-password/YkQY5Gsyo4Rl"), Route::NotFound);
        }
        assert_eq!(Route::at(App::Store, "/products/enamel-mug"), Route::Product);
        assert_eq!(Route::at(App::Store, "/orders/9f3c"), Route::Orders);
        assert_eq!(Route::at(App::Forums, "/posts/0d6f3f0e-6f0e"), Route::Thread);
    }

    #[wasm_bindgen_test]
    fn other_paths_and_those_of_the_other_application_lead_nowhere() {
        let table = [(App::Store, "/carts"), (App::Forums, "/cart"), (App::Forums, "/nowhere/at/all")];
        for (app, path) in table {
            assert_eq!(Route::at(app, path), Route::NotFound, "{app:?} {path}");
        }
    }

    #[wasm_bindgen_test]
    fn a_sign_in_leads_back_to_every_page_but_its_own() {
        for app in APPS {
            for &route in pages(app) {
                let to = login_path(Route::Login.href(), route.href());
                let (path, query) = to.split_once('?').unwrap_or((&to, ""));
                assert_eq!(Route::at(app, path), Route::Login);
                let back = return_to(query, Route::Login.href()).map(|back| Route::at(app, &back));
                assert_eq!(back, (route != Route::Login).then_some(route), "{app:?}");
            }
            assert!(Route::after_sign_in(app).needs_session() && pages(app).contains(&Route::after_sign_in(app)));
        }
    }

    #[wasm_bindgen_test]
    fn the_server_knows_every_page() {
        for app in APPS {
            let of_the_server: Vec<_> = storefront_api::pages::of(app).map(|(path, end)| (path, end == PathEnd::Id)).collect();
            let of_the_app: Vec<_> = pages(app)
                .iter()
                .map(|it| (it.href(), Route::at(app, &format!("{}/id", it.href().trim_end_matches('/'))) == *it))
                .collect();
            assert_eq!(of_the_server, of_the_app, "storefront_api::pages of {app:?}");
        }
    }

    #[wasm_bindgen_test]
    fn no_page_is_at_a_path_that_the_server_answers_itself() {
        for route in APPS.iter().flat_map(|app| pages(*app)) {
            let path = route.href();
            assert!(path.starts_with('/') && !path.contains('.'), "the server would look for a file at {path}");
            assert!(!path.starts_with("/api") && path != "/healthz", "the server would answer {path} without the app");
        }
    }

    #[wasm_bindgen_test]
    fn boot_js_shows_the_sign_in_form_at_the_guarded_pages() {
        let boot = include_str!("../../boot.js");
        for (app, name) in [(App::Store, "store"), (App::Forums, "forums")] {
            let entries = boot.split_once(&format!("{name}: {{ ")).and_then(|(_, rest)| rest.split_once(" }")).map(|it| it.0);
            let paths: Vec<_> = entries.unwrap_or_default().split(", ").filter_map(|it| it.split('\'').nth(1)).collect();
            // A thread's page has no fixed path.
            let guarded = pages(app).iter().filter(|route| route.needs_session() && **route != Route::Thread);
            let guarded: Vec<_> = guarded.map(|route| route.href()).collect();
            assert_eq!(paths, guarded, "boot.js must list the guarded pages in `{name}: {{ … }}`");
        }
        assert!(boot.contains(&format!("path === '{}'", Route::Login.href())));
    }

    #[wasm_bindgen_test]
    fn boot_js_names_the_part_of_each_page() {
        let boot = include_str!("../../boot.js");
        let (_, table) = boot.split_once("const parts = {").unwrap();
        for (app, name) in [(App::Store, "store"), (App::Forums, "forums")] {
            // `boot.js` must stay small, because every visitor downloads it. So it leaves out the pages in this part, where few visits
            // begin. It also leaves out the pages of a product and of a thread, because they have no fixed path.
            let is_named = |route: &&Route| !matches!(route, Route::Product | Route::Thread) && route.part() != Some(Part::SignIn);
            let entry = |route: &Route| route.part().map(|part| format!("'{}': '{}'", route.href(), part.name()));
            let entries: Vec<_> = pages(app).iter().filter(is_named).filter_map(entry).collect();
            assert!(table.contains(&format!("{name}: {{ {} }}", entries.join(", "))), "boot.js needs {name}: {{ {} }}", entries.join(", "));
            let later: Vec<_> = pages(app).iter().filter_map(|route| route.part()).collect();
            assert!(later.iter().all(|part| Part::of(app).contains(part)), "`Part::of({app:?})` lacks a part of a page: {later:?}");
        }
    }
}
