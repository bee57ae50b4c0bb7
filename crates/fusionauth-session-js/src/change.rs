//! Passes the changes of a session to JavaScript.

use fusionauth_session_web::{Connection, SessionChange, SessionState, SignOutReason};
use js_sys::{Array, Function};
use wasm_bindgen::JsValue;

/// Calls `on_change` with the name of a change and its values: `loading`; `signed-out` with the reason; `signed-in` with the user's id and
/// email and the connection; `token`; and `storage-unavailable`.
pub(crate) fn pass(on_change: &Function, change: &SessionChange) {
    let text = |it: &str| JsValue::from(it);
    let arguments = match change {
        SessionChange::State(SessionState::Loading) => Array::of1(&text("loading")),
        SessionChange::State(SessionState::SignedOut(reason)) => {
            let reason = match reason {
                Some(SignOutReason::UserRequest) => text("user-request"),
                Some(SignOutReason::Expired) => text("expired"),
                Some(_) => text("replaced"),
                None => JsValue::NULL,
            };
            Array::of2(&text("signed-out"), &reason)
        }
        SessionChange::State(SessionState::SignedIn { user, connection }) => {
            let connection = text(if *connection == Connection::Good { "good" } else { "reconnecting" });
            let email = user.email.as_deref().map_or(JsValue::NULL, text);
            Array::of4(&text("signed-in"), &text(&user.id), &email, &connection)
        }
        SessionChange::Token => Array::of1(&text("token")),
        // The only notice.
        _ => Array::of1(&text("storage-unavailable")),
    };
    // The package's function does not throw.
    let _ = on_change.apply(&JsValue::UNDEFINED, &arguments);
}
