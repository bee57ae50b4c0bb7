//! Passes the changes of a session to JavaScript.

use fusionauth_session_web::{Connection, SessionChange, SessionState, SignOutReason};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A function of the package for the changes. It does not throw.
    pub type OnChange;
    #[wasm_bindgen(method)]
    fn call(this: &OnChange, context: &JsValue, name: &str, first: Option<&str>, email: Option<&str>, connection: Option<&str>);
}

/// Calls `on_change` with the name of a change and its values: `loading`; `signed-out` with the reason; `signed-in` with the user's id and
/// email and the connection; `token`; and `storage-unavailable`.
pub(crate) fn pass(on_change: &OnChange, change: &SessionChange) {
    let (name, first, email, connection) = match change {
        SessionChange::State(SessionState::Loading) => ("loading", None, None, None),
        SessionChange::State(SessionState::SignedOut(reason)) => {
            let reason = reason.map(|it| match it {
                SignOutReason::UserRequest => "user-request",
                SignOutReason::Expired => "expired",
                _ => "replaced",
            });
            ("signed-out", reason, None, None)
        }
        SessionChange::State(SessionState::SignedIn { user, connection }) => {
            let connection = if *connection == Connection::Good { "good" } else { "reconnecting" };
            ("signed-in", Some(&*user.id), user.email.as_deref(), Some(connection))
        }
        SessionChange::Token => ("token", None, None, None),
        // The only notice.
        _ => ("storage-unavailable", None, None, None),
    };
    on_change.call(&JsValue::UNDEFINED, name, first, email, connection);
}
