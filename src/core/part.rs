//! The parts of the program. A release build loads a part when the user opens a page that needs it, or soon after the first page is shown.
//! The code of the sign-in form and of the cart page belongs to no part: it is in the first load, with which the app starts.

use storefront_api::App;

/// A part. [`wasm_part::part`] assigns functions to a part by the part's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The account page.
    Account,
    /// The Forums' pages.
    Forums,
    /// The German texts for the code in the first load.
    German,
    /// The German texts for the code in the parts.
    GermanOfParts,
    /// Registration, forgotten passwords, the steps that a sign-in may need after the password, verification, the help pages, and the tasks
    /// that start after the first page is shown.
    SignIn,
    /// The Store's pages except the cart, and rarely used code of the cart: notices, unanswered edits, and changes by other devices.
    Store,
}

impl Part {
    /// The name of the part in [`wasm_part::part`] and in the names of the part's files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Forums => "forums",
            Self::German => "german",
            Self::GermanOfParts => "german_of_parts",
            Self::SignIn => "sign_in",
            Self::Store => "store",
        }
    }

    /// The parts of an application, except the German texts, in the order in which the app preloads them.
    pub fn of(app: App) -> [Self; 3] {
        let pages = match app {
            App::Store => Self::Store,
            App::Forums => Self::Forums,
        };
        [pages, Self::SignIn, Self::Account]
    }
}
