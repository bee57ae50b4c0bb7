//! Puts products into the shopper's cart. The module belongs to the program's part `store`, which a release build loads after the first load.

use super::{
    context::{CartContext, Shopper},
    edit::{Edit, Progress},
};
use crate::{
    core::Route,
    data::{ApiError, Mutation, PageLink, new_key},
    store::api,
};
use leptos::prelude::*;
use leptos_fusionauth::{SessionState, SignOutReason};
use storefront_api::{AddToCart, Cart, problems::ProblemCode};
use storefront_messages::{item_count, t};

/// How long the app retries an addition with the same idempotency key, in milliseconds. The backend forgets a key a day after the first
/// request, and would then add the product a second time. So the app stops retrying earlier, and asks the shopper to add the product again.
const KEY_LIFE_MS: f64 = 23.0 * 3_600_000.0;

impl CartContext {
    /// The progress of the product's last addition: `Unsent` only if it waits for a sign-in. Tracked until the caller is cleaned up.
    pub fn addition(self, product: &str) -> Option<Progress> {
        let state = self.state();
        let is_addition = |edit: &&Edit| edit.change.is_none() && edit.product == product && edit.user == state.user;
        match &state.edits.iter().rfind(is_addition)?.progress {
            Progress::Unsent if self.shopper() != Shopper::Ended => Some(Progress::Pending),
            progress => Some(progress.clone()),
        }
    }

    /// Applies the backend's number of items in this browser's guest cart. `None`: the browser has no guest cart.
    pub fn apply_guest_items(self, items: Option<i64>) {
        match (self.current_user(), items) {
            // The backend has not merged the guest's cart yet: the user has signed in in another tab, or has reloaded the page before a
            // request about the cart.
            (Some(_), Some(_)) => self.load(),
            (Some(_), None) => {}
            (None, _) if self.state_untracked().answers() == 0 => self.keep_guest_items(items),
            (None, _) => {} // an answer about the cart itself is newer
        }
    }

    /// Adds items of a product. Returns whether the user must sign in again first, because the session has expired.
    pub fn add_product(self, product: &str, name: &str, quantity: i64) -> bool {
        let is_ended = self.shopper_in(&self.mutations.session.state().get_untracked()) == Shopper::Ended;
        self.update(|state| {
            let user = state.user.clone();
            let is_addition = |edit: &Edit| edit.change.is_none() && edit.product == product && edit.user == user;
            if is_ended && state.edits.iter().any(|edit| is_addition(edit) && edit.progress == Progress::Unsent) {
                return;
            }
            // After a retryable failure, the new attempt has the same key, because the cart may already contain the addition.
            let is_repeat = |edit: &&Edit| {
                let is_retryable = matches!(&edit.progress, Progress::Failed(error) if error.is_retryable());
                is_retryable && is_addition(edit) && edit.quantity == quantity
            };
            let key = state.edits.iter().find(is_repeat).map_or_else(new_key, |edit| edit.key.clone());
            state.edits.retain(|edit| !is_addition(edit) || edit.is_unanswered());
            let (product, name) = (product.to_owned(), name.to_owned());
            let (made_at, progress) = (js_sys::Date::now(), Progress::Unsent);
            state.edits.push(Edit { user, product, name, key, quantity, change: None, made_at, progress });
        });
        self.send_edits();
        is_ended
    }

    /// Sends the edits that the current shopper may send and that have no request yet.
    pub(super) fn send_edits(self) {
        let session = self.mutations.session.state().get_untracked();
        let is_known = matches!(self.shopper_in(&session), Shopper::User | Shopper::Visitor);
        if !is_known || self.current_user().unwrap_or_default() != self.state_untracked().user {
            return;
        }
        let may_wait = matches!(session, SessionState::SignedOut(cause) if cause != Some(SignOutReason::UserRequest));
        if !self.state_untracked().has_due(may_wait) {
            return;
        }
        for edit in self.update(|state| state.begin(may_wait)).unwrap_or_default() {
            match edit.change {
                None => self.send_addition(edit),
                Some(_) => self.send_change(edit),
            }
        }
    }

    fn send_addition(self, edit: Edit) {
        let (user, owner, sent) = (self.current_user(), self.api_owner(), edit.clone());
        self.mutations.enqueue_for_shopper(Mutation {
            page: Route::Products,
            also_at: Some(PageLink { path: [Route::Product.href(), "/", &edit.product].concat(), title: edit.name.clone() }),
            failure: failure(&edit.name),
            send: move |_| {
                let Edit { product, quantity, key, made_at, .. } = sent.clone();
                async move {
                    if js_sys::Date::now() - made_at > KEY_LIFE_MS {
                        return Err(ApiError::WaitedTooLong);
                    }
                    api::add(owner, &AddToCart { product, quantity }, key).await
                }
            },
            done: move |answer: Result<Cart, ApiError>| match answer {
                Ok(answer) => self.added(user, &edit, answer),
                Err(error) => {
                    // The backend has merged or purged the guest cart, and has deleted the cookie of that cart. So add the product to the
                    // shopper's current cart.
                    let error = if error.is(ProblemCode::GuestCartGone) { ApiError::SignedOut } else { error };
                    self.update(|state| state.end_request(&edit.key, Err(error)));
                    self.send_edits();
                }
            },
        });
    }

    fn added(self, user: Option<String>, edit: &Edit, answer: Cart) {
        self.update(|state| state.end_request(&edit.key, Ok(())));
        self.apply(user, answer, &edit.product);
        let state = self.state_untracked();
        let row = state.row(&edit.product);
        let name = row.as_ref().map_or(&edit.name, |row| &row.item.name);
        self.mutations.context.announce(t!("Added {}. {} in your cart.", name, item_count(state.count())));
    }
}

/// The first sentence of the message about a failed addition.
pub fn failure(name: &str) -> String {
    t!("We couldn't add {} to your cart.", name)
}
