//! The email that the user has typed into any form before the sign-in. The next of these forms begins with it. It stays in memory, because no
//! URL and no storage may hold it.

use crate::ui::{document, form::typed};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

/// The typed email. It is empty after a sign-in, because the next user of this tab may be somebody else.
#[derive(Clone, Copy)]
pub struct TypedEmail(StoredValue<String>);

impl TypedEmail {
    /// Provides the email as a context, and keeps it up to date: when the user types, and before a click opens another form.
    pub fn provide() -> Self {
        let email = Self(StoredValue::new(String::new()));
        provide_context(email);
        // Only the forms before a sign-in have such an input. Password managers may fill it in without an input event.
        let look = move || {
            if let Some(input) = document::element("input[autocomplete^=username]:not([hidden])") {
                email.set(typed::email_in(input.unchecked_ref()));
            }
        };
        _ = window_event_listener(ev::input, move |_| look());
        _ = window_event_listener(ev::click, move |_| look());
        email
    }

    /// The email, or an empty text.
    pub fn get(self) -> String {
        self.0.get_value()
    }

    /// Replaces the email.
    pub fn set(self, email: String) {
        self.0.set_value(email);
    }
}

/// The context that [`TypedEmail::provide`] has provided.
pub fn use_typed_email() -> TypedEmail {
    use_context().expect("provided by the shell")
}
