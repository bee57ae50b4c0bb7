//! Saves the checkout form: in the user's account, a moment after each change, and in memory until the backend has confirmed it.
//!
//! The browser's storage never contains a postal address. The copy in memory is for a session that expires before the backend has the last
//! keystrokes. The same user finds them in the form after the next sign-in. No other user does, and a sign-out deletes them.

use crate::{
    core::Route,
    data::{ApplyAnswer, Mutation, Mutations},
    store::{api, cart::has_ended_by_itself},
    ui::spawn_for_user,
};
use leptos::prelude::*;
use leptos_fusionauth::SessionState;
use std::{cell::RefCell, time::Duration};
use storefront_api::orders::CheckoutForm;
use storefront_messages::t;

/// The delay between the last keystroke and the request.
const DELAY: Duration = Duration::from_millis(400);

thread_local! {
    /// The id of a user, and the form that this user has filled in and the backend has not confirmed.
    static UNSAVED: RefCell<Option<(String, CheckoutForm)>> = const { RefCell::new(None) };
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
        mutations.save_typed_with(Box::new(move |is_now| {
            if is_now && let Some(form) = draft.typed() {
                draft.save_before_sign_out(form);
            }
            draft.typed().is_some()
        }));
        on_cleanup(move || match mutations.session.state().try_get_untracked() {
            Some(SessionState::SignedIn { .. }) => draft.save(),
            Some(SessionState::SignedOut(Some(cause))) if has_ended_by_itself(Some(cause)) => {}
            _ => forget(),
        });
        draft
    }

    /// The typed text that the backend has not confirmed.
    pub(super) fn typed(self) -> Option<CheckoutForm> {
        let user = self.mutations.current_user()?;
        UNSAVED.with_borrow(|unsaved| unsaved.as_ref().filter(|(owner, _)| *owner == user).map(|(_, form)| form.clone()))
    }

    /// Stores typed text in memory, and saves it after `DELAY` unless it changes again.
    pub(super) fn keep(self, form: CheckoutForm) {
        let Some(user) = self.mutations.current_user() else { return };
        UNSAVED.set(Some((user, form)));
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

    /// Saves the typed text at the backend. Without an answer, the text stays in memory and is sent with the next change.
    fn save(self) {
        let Some(form) = self.typed() else { return };
        let mutations = self.mutations;
        // The task outlives the page, because leaving the page also saves the text.
        spawn_for_user(mutations.session, async move {
            if api::keep_checkout(mutations.session, &form).await.is_ok() {
                saved(&form);
            }
        });
    }

    /// Does the same as [`save`](Self::save), but the sign-out waits for the answer.
    fn save_before_sign_out(self, form: CheckoutForm) {
        self.mutations.enqueue(Mutation {
            page: Route::Checkout,
            also_at: None,
            failure: t!("We couldn't save your delivery details.").to_owned(),
            send: Box::new(move |session| {
                let form = form.clone();
                Box::pin(async move {
                    api::keep_checkout(session, &form).await?;
                    Ok(Box::new(move || saved(&form)) as ApplyAnswer)
                })
            }),
            on_failure: Box::new(|_| ()),
        });
    }
}

/// Forgets the text that the backend has saved, unless the user has typed since.
fn saved(form: &CheckoutForm) {
    UNSAVED.with_borrow_mut(|unsaved| {
        if unsaved.as_ref().is_some_and(|(_, newest)| newest == form) {
            *unsaved = None;
        }
    });
}

/// Forgets the text, because the user has placed the order or signed out.
pub(super) fn forget() {
    UNSAVED.set(None);
}
