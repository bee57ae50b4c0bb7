//! The parts of the program that a release loads apart from the rest, when a page that needs them is opened or soon after the first page is
//! shown. No part contains code that the sign-in form or the cart needs.

use storefront_api::App;

/// A part. [`wasm_part::part_function`] puts functions into it, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The pages of an account.
    Account,
    /// The authenticator app of an account, with the drawing of its QR code.
    Authenticator,
    /// Rarely used code of the cart: notices, edits that wait, and changes by other devices.
    Cart,
    /// The checkout.
    Checkout,
    /// The Forums' pages.
    Forums,
    /// The German texts of the first load.
    German,
    /// The German texts of the other parts.
    GermanOfParts,
    /// The pages of orders.
    Orders,
    /// Passkeys.
    Passkeys,
    /// The Store's pages except the cart.
    Products,
    /// The pages around the sign-in form: registration and forgotten passwords. Also those for customers, which have a few sentences each.
    SignIn,
    /// The steps after a refused sign-in: the second factor's code, a new password, and so on.
    SignInSteps,
    /// The verification of an email address or of a registration.
    Verification,
}

impl Part {
    /// The name by which functions and files belong to the part.
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

    /// The parts that one click may need, in the order in which they are preloaded.
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
