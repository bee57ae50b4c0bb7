//! The message on the sign-in page that says why the user must sign in.

use crate::t;
use storefront_api::App;

/// Why no user is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionMessage {
    /// The user signed out in this browser.
    SignedOut,
    /// The user signed out on every device.
    SignedOutEverywhere,
    /// The user signed out on every device, and FusionAuth has not confirmed yet that the other sessions have ended.
    SignedOutHereOnly,
    /// The session expired.
    Expired,
    /// Another sign-in in the same browser replaced the session.
    Displaced,
    /// The page that the visitor asked for needs a sign-in.
    SignInFirst,
}

impl SessionMessage {
    /// The text.
    pub fn text(self) -> &'static str {
        match self {
            Self::SignedOut => t!("You are signed out."),
            Self::SignedOutEverywhere => t!("You are signed out on every device."),
            Self::SignedOutHereOnly => {
                t!("You are signed out here. We'll sign out your other devices as soon as the sign-in service responds.")
            }
            Self::Expired => t!("Your session has ended. Sign in to pick up where you left off."),
            Self::Displaced => {
                t!("Another sign-in in this browser signed you out. Sign in to pick up where you left off.")
            }
            Self::SignInFirst => t!("Sign in to continue."),
        }
    }
}

/// The name of an application in links and texts.
pub fn app_name(app: App) -> &'static str {
    match app {
        App::Store => "Store",
        App::Forums => t!("Forums"),
    }
}

/// The sentence on the page of a verification link, for an owner of the mailbox who has not created the account.
pub fn registered_on(email: &str, date: &str) -> String {
    t!("Someone created an account with {} on {}. If it wasn't you, delete the account.", email, date)
}
