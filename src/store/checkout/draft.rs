//! Saves the checkout form: in the user's account, a moment after each change, and in memory until the backend has confirmed the change.
//!
//! The browser's storage never contains a postal address. The session may expire before the backend has received the last keystrokes. Then
//! the form shows the copy in memory when the same user signs in again. No other user sees that copy, and a sign-out on any page deletes
//! it.

use crate::{
    core::Route,
    data::{ApiError, Mutation, Mutations, TypedText, call_with},
    ui::{set_timeout, spawn_for_user},
};
use leptos::prelude::*;
use std::{cell::RefCell, time::Duration};
use storefront_api::{Done, endpoints, orders::CheckoutForm};
use storefront_messages::t;

/// The delay between the last keystroke and the request.
const DELAY: Duration = Duration::from_millis(400);

thread_local! {
    /// The id of a user, and the form that this user has filled in and the backend has not confirmed.
    static UNSAVED: RefCell<Option<(String, Unsaved)>> = const { RefCell::new(None) };
}

/// A form, and the key of the checkout that the page showed with it. After the order with this key, the backend ignores the form, so a
/// request that arrives late stores no postal address again.
#[derive(Clone)]
struct Unsaved {
    key: String,
    form: CheckoutForm,
}

/// A handle to the draft: it is `Copy`.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    mutations: Mutations,
    changes: StoredValue<u32>,
}

impl Draft {
    /// Opens the draft of the signed-in user for the caller's page, and saves it when the page is left.
    pub(super) fn open(mutations: Mutations) -> Self {
        let draft = Self { mutations, changes: StoredValue::new(0) };
        mutations.register_typed_text(Box::new(move |action| {
            match action {
                TypedText::Save => draft.save_before_sign_out(),
                TypedText::Check => {}
                TypedText::Drop => forget(),
            }
            draft.typed().is_some()
        }));
        on_cleanup(move || draft.save());
        draft
    }

    /// The form that the signed-in user has filled in and the backend has not confirmed.
    pub(super) fn typed(self) -> Option<CheckoutForm> {
        self.unsaved().map(|unsaved| unsaved.form)
    }

    fn unsaved(self) -> Option<Unsaved> {
        let user = self.mutations.current_user()?;
        UNSAVED.with_borrow(|unsaved| unsaved.as_ref().filter(|(owner, _)| *owner == user).map(|(_, unsaved)| unsaved.clone()))
    }

    /// Stores the form of the checkout with this key in memory, and saves it at the backend after `DELAY` unless the form changes again.
    pub(super) fn keep(self, key: String, form: CheckoutForm) {
        let Some(user) = self.mutations.current_user() else { return };
        UNSAVED.set(Some((user, Unsaved { key, form })));
        let change = self.changes.try_update_value(|changes| {
            *changes += 1;
            *changes
        });
        let save = move || {
            if change.is_some() && self.changes.try_get_value() == change {
                self.save();
            }
        };
        set_timeout(save, DELAY);
    }

    /// Saves the form at the backend. Without an answer, the form stays in memory, and the app sends it after the next change.
    fn save(self) {
        let Some(Unsaved { key, form }) = self.unsaved() else { return };
        let mutations = self.mutations;
        // The task outlives the page, because the app also saves the form when the user leaves the page.
        spawn_for_user(mutations.session, async move {
            if call_with(endpoints::SAVE_CHECKOUT, &[], &form).key(key).send(mutations.session).await.is_ok() {
                saved(&form);
            }
        });
    }

    /// Does the same as [`save`](Self::save), but the sign-out waits for the answer.
    fn save_before_sign_out(self) {
        let Some(Unsaved { key, form }) = self.unsaved() else { return };
        let request = call_with(endpoints::SAVE_CHECKOUT, &[], &form).key(key);
        self.mutations.enqueue(Mutation {
            page: Route::Checkout,
            also_at: None,
            failure: t!("We couldn't save your delivery details.").to_owned(),
            send: move |session| request.clone().send(session),
            // After a failure, the form stays in memory.
            done: move |answer: Result<Done, ApiError>| _ = answer.map(|_| saved(&form)),
        });
    }
}

/// Forgets the form that the backend has saved, unless the user has changed it since.
fn saved(form: &CheckoutForm) {
    UNSAVED.with_borrow_mut(|unsaved| {
        if unsaved.as_ref().is_some_and(|(_, newest)| newest.form == *form) {
            *unsaved = None;
        }
    });
}

/// Forgets the form, because the user has placed the order or signed out.
pub(super) fn forget() {
    UNSAVED.set(None);
}
