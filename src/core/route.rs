//! The names of the pages. [`storefront_api::pages`] has the table of all pages.

use storefront_api::pages::Route;
use storefront_messages::{help_title, t};

/// The URL of the Store's search: the products page with an empty query, which focuses the search field.
pub const SEARCH: &str = "/?q=";

/// The page's name, for the document's title and the page's heading.
pub fn page_title(route: Route) -> &'static str {
    match route {
        Route::Products => t!("Products"),
        Route::Product => t!("Product"),
        Route::Cart => t!("Your cart"),
        Route::Checkout => t!("Checkout"),
        Route::Orders | Route::GuestOrder => t!("Your orders"),
        Route::Posts | Route::Thread => t!("Posts"),
        Route::Login => t!("Sign in"),
        Route::Register => t!("Create your account"),
        Route::ForgotPassword => t!("Forgot your password?"),
        Route::ChangePassword => t!("Choose a new password"),
        // The link says only to the page's part what it is for.
        Route::VerifyEmail | Route::VerifyRegistration => t!("Opening your link…"),
        Route::Account => t!("Your account"),
        Route::Help(page) => help_title(page),
        Route::NotFound => t!("Page not found"),
    }
}
