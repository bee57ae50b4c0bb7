//! The pages, and which address leads to which.

use storefront_api::App;

/// A page of the Store or of the Forums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The Store's `/`: what can be bought. Public.
    Products,
    /// The Store's `/cart`.
    Cart,
    /// The Forums' `/`.
    Posts,
    /// `/login` of both.
    Login,
    /// The Store's `/register`: an account for both.
    Register,
    /// `/account` of both.
    Account,
    /// Every other address.
    NotFound,
}

impl Route {
    /// The page at `path`. A slash at the end makes no difference.
    pub fn of(app: App, path: &str) -> Self {
        match (path.trim_end_matches('/'), app) {
            ("", App::Store) => Self::Products,
            ("", App::Forums) => Self::Posts,
            ("/cart", App::Store) => Self::Cart,
            ("/login", _) => Self::Login,
            ("/register", App::Store) => Self::Register,
            ("/account", _) => Self::Account,
            _ => Self::NotFound,
        }
    }

    /// The page's name, for the document's title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Products => "Products",
            Self::Cart => "Your cart",
            Self::Posts => "Posts",
            Self::Login => "Sign in",
            Self::Register => "Create your account",
            Self::Account => "Your account",
            Self::NotFound => "Page not found",
        }
    }
}

/// The application's name for people.
pub fn app_name(app: App) -> &'static str {
    match app {
        App::Store => "Store",
        App::Forums => "Forums",
    }
}

/// Where somebody goes after signing in who came from nowhere in particular.
pub fn after_sign_in(app: App) -> &'static str {
    match app {
        App::Store => "/cart",
        App::Forums => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let table = [
            (App::Store, "/", Route::Products),
            (App::Store, "/cart", Route::Cart),
            (App::Store, "/cart/", Route::Cart),
            (App::Store, "/login", Route::Login),
            (App::Store, "/account", Route::Account),
            (App::Store, "/register", Route::Register),
            (App::Forums, "/register", Route::NotFound),
            (App::Store, "/carts", Route::NotFound),
            (App::Forums, "/", Route::Posts),
            (App::Forums, "/cart", Route::NotFound),
            (App::Forums, "/login", Route::Login),
            (App::Forums, "/nowhere/at/all", Route::NotFound),
        ];
        for (app, path, route) in table {
            assert_eq!(Route::of(app, path), route, "{app:?} {path}");
        }
    }
}
