//! The texts for the ways in which a session ends.

use fusionauth_forms::{Design, text_of};
use leptos_fusionauth::SignOutReason;

/// The text that tells the user why the session ended.
pub fn explain<D: Design>(cause: SignOutReason) -> &'static str {
    match cause {
        SignOutReason::UserRequest => text_of!(D, "You are signed out."),
        SignOutReason::Replaced => {
            text_of!(D, "Another sign-in in this browser signed you out. Sign in to pick up where you left off.")
        }
        // `Expired`, and any reason that a later version of the session library adds.
        _ => text_of!(D, "Your session has ended. Sign in to pick up where you left off."),
    }
}
