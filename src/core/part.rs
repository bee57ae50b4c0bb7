//! The parts of the program. A release build loads a part when the user opens a page that needs it, or soon after the first page is shown.
//! The code of the sign-in form and of the cart page belongs to no part: it is in the first load, with which the app starts.

use storefront_api::App;

/// A part. [`wasm_part::part_function`] assigns functions to a part by the part's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The account page.
    Account,
    /// The forms for an authenticator app on the account page, with the drawing of the QR code.
    Authenticator,
    /// Rarely used code of the cart: notices, unanswered edits, and changes by other devices.
    Cart,
    /// The checkout.
    Checkout,
    /// The Forums' pages.
    Forums,
    /// The German texts for the code in the first load.
    German,
    /// The German texts for the code in the parts.
    GermanOfParts,
    /// The pages of orders.
    Orders,
    /// Passkeys.
    Passkeys,
    /// The Store's pages except the cart.
    Products,
    /// Registration, forgotten passwords, the help pages, and the tasks that start after the first page is shown.
    SignIn,
    /// The steps that a sign-in may need after the password: the second factor's code, a new password, and so on.
    SignInSteps,
    /// The verification of an email address or of a registration.
    Verification,
}

impl Part {
    /// The name of the part in [`wasm_part::part_function`] and in the names of the part's files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Authenticator => "authenticator",
            Self::Cart => "cart",
            Self::Checkout => "checkout",
            Self::Forums => "forums",
            Self::German => "german",
            Self::GermanOfParts => "german_of_parts",
            Self::Orders => "orders",
            Self::Passkeys => "passkeys",
            Self::Products => "products",
            Self::SignIn => "sign_in",
            Self::SignInSteps => "sign_in_steps",
            Self::Verification => "verification",
        }
    }

    /// The parts of an application, except the German texts, in the order in which the app preloads them.
    pub fn of(app: App) -> &'static [Self] {
        match app {
            App::Store => &[
                Self::Products,
                Self::Cart,
                Self::Checkout,
                Self::Orders,
                Self::SignIn,
                Self::SignInSteps,
                Self::Verification,
                Self::Account,
                Self::Authenticator,
                Self::Passkeys,
            ],
            App::Forums => {
                &[Self::Forums, Self::SignIn, Self::SignInSteps, Self::Verification, Self::Account, Self::Authenticator, Self::Passkeys]
            }
        }
    }
}
