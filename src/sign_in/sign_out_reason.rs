//! The texts for the ways in which a session ends.

use leptos_fusionauth::SignOutReason;
use storefront_messages::t;

/// The text that tells the user why the session ended.
pub fn explain(cause: SignOutReason) -> &'static str {
    match cause {
        SignOutReason::UserRequest => t!("You are signed out."),
        SignOutReason::Replaced => {
            t!("Another sign-in in this browser signed you out. Sign in to pick up where you left off.")
        }
        // `Expired`, and any reason that a later version of the session library adds.
        _ => t!("Your session has ended. Sign in to pick up where you left off."),
    }
}
