//! Puts products into the shopper's cart.
//!
//! The module belongs to the program's part `store`, which a release build loads separately, after the first load. The
//! other modules of the cart hold a waiting addition as a function that sends it, so the first load contains no code of this module.

use super::{
    context::{CartContext, Shopper},
    edit::Edit,
    first_edits,
};
use crate::ui::read_until_cleanup;
use crate::{
    core::Route,
    data::{ApiError, Mutation, PageLink, Write, new_key},
    store::api::{self, CartOwner},
};
use leptos::prelude::*;
use leptos_fusionauth::Session;
use std::sync::Arc;
use storefront_api::{AddToCart, Cart, problems::ProblemCode};
use storefront_messages::{item_count, t};
use wasm_part::part;

/// How long the app retries an addition with the same idempotency key, in milliseconds. The backend forgets a key a day after the first
/// request, and would then add the product a second time. So the app stops retrying earlier, and asks the shopper to add the product again.
const KEY_LIFE_MS: f64 = 23.0 * 3_600_000.0;

/// The state of an addition.
#[derive(Clone, PartialEq, Eq)]
pub enum AdditionProgress {
    /// The request waits to be sent, or is in flight.
    Pending,
    /// The product is in the cart.
    Added,
    /// The user's session has expired. The app sends the addition when the same user signs in again.
    WaitsForSignIn,
    /// The backend rejected the request, or there was no answer.
    Failed(ApiError),
}

/// The addition of one item.
#[derive(Clone)]
pub(super) struct Addition {
    edit: Edit,
    progress: AdditionProgress,
}

#[part("store")]
pub(super) fn send_addition(cart: CartContext, edit: Edit) {
    cart.send_addition(edit);
}

#[part("store")]
pub(super) fn pending_additions(cart: CartContext) -> Vec<Edit> {
    cart.pending_additions()
}

impl CartContext {
    /// The state of the product's addition that changed last. Tracked until the caller is cleaned up.
    pub fn addition(self, product: &str) -> Option<AdditionProgress> {
        let additions = read_until_cleanup(self.additions);
        additions.iter().rev().find(|it| it.edit.product == product).map(|it| it.progress.clone())
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
        let all = self.additions.get_untracked();
        if all.iter().any(|it| it.edit.product == product && it.progress == AdditionProgress::WaitsForSignIn) {
            return true;
        }
        // After a retryable failure, the new attempt has the same key, because the cart may already contain the addition.
        let is_repeat = |it: &&Addition| {
            let is_retryable = matches!(&it.progress, AdditionProgress::Failed(error) if error.is_retryable());
            is_retryable && it.edit.product == product && it.edit.quantity == quantity
        };
        let key = all.iter().find(is_repeat).map(|it| it.edit.key.clone()).unwrap_or_else(new_key);
        let (product, name) = (product.to_owned(), name.to_owned());
        self.add(Edit { user: String::new(), product, name, key, quantity, change: None, made_at: js_sys::Date::now() })
    }

    fn add(self, edit: Edit) -> bool {
        let owner = match self.shopper_in(&self.mutations.session.state().get_untracked()) {
            Shopper::User | Shopper::Visitor => {
                self.send_addition(edit);
                return false;
            }
            Shopper::Unknown => {
                self.set_addition(&edit, AdditionProgress::Pending);
                None
            }
            // Only the user whose session has expired may send the addition.
            Shopper::Ended(owner) => {
                first_edits::keep_in_keeper(Edit { user: owner.clone(), ..edit.clone() });
                self.set_addition(&edit, AdditionProgress::WaitsForSignIn);
                Some(owner)
            }
        };
        let is_ended = owner.is_some();
        self.kept.update_value(|kept| kept.additions.push((owner, Box::new(move || self.send_addition(edit)))));
        is_ended
    }

    fn send_addition(self, edit: Edit) {
        self.set_addition(&edit, AdditionProgress::Pending);
        self.mutations.enqueue_for_shopper(Mutation {
            page: Route::Products,
            also_at: Some(PageLink { path: [Route::Product.href(), "/", &edit.product].concat(), title: edit.name.clone() }),
            failure: failure(&edit.name),
            write: SendAddition { cart: self, user: self.current_user(), owner: self.api_owner(), edit },
        });
    }

    fn set_addition(self, edit: &Edit, progress: AdditionProgress) {
        first_edits::keep(&edit.key, || {
            let is_waiting = matches!(progress, AdditionProgress::Pending | AdditionProgress::WaitsForSignIn);
            is_waiting.then(|| Edit { user: self.owner().unwrap_or_default(), ..edit.clone() })
        });
        let edit = edit.clone();
        let mut all = self.additions.get_untracked().to_vec();
        all.retain(|it| it.edit.key != edit.key);
        all.push(Addition { edit, progress });
        self.additions.set(Arc::new(all));
    }

    /// The unanswered additions. Tracked until the caller is cleaned up.
    fn pending_additions(self) -> Vec<Edit> {
        let additions = read_until_cleanup(self.additions);
        additions.iter().filter(|it| it.progress == AdditionProgress::Pending).map(|it| it.edit.clone()).collect()
    }
}

struct SendAddition {
    cart: CartContext,
    user: Option<String>,
    owner: CartOwner,
    edit: Edit,
}

impl Write for SendAddition {
    type Answer = Cart;

    async fn send(&mut self, _: Session) -> Result<Cart, ApiError> {
        if js_sys::Date::now() - self.edit.made_at > KEY_LIFE_MS {
            return Err(ApiError::WaitedTooLong);
        }
        let body = AddToCart { product: self.edit.product.clone(), quantity: self.edit.quantity };
        api::add(self.owner, &body, self.edit.key.clone()).await
    }

    fn apply(self, answer: Cart) {
        let Self { cart, user, edit, .. } = self;
        cart.set_addition(&edit, AdditionProgress::Added);
        cart.apply(user, answer);
        let state = cart.state_untracked();
        let name = state.row(&edit.product).map_or(&edit.name, |row| &row.item.name);
        cart.mutations.context.announce(t!("Added {}. {} in your cart.", name, item_count(state.count())));
    }

    fn failed(self, error: ApiError) {
        let Self { cart, user, edit, .. } = self;
        match error {
            ApiError::SignedOut if user.is_some() && cart.owner() == user => {
                cart.set_addition(&edit, AdditionProgress::WaitsForSignIn);
                cart.kept.update_value(|kept| kept.additions.push((user, Box::new(move || cart.send_addition(edit)))));
            }
            ApiError::SignedOut => {}
            // The backend has merged or purged the guest cart, and has deleted the cookie of that cart. So add the product to the
            // shopper's current cart.
            error if error.is(ProblemCode::GuestCartGone) => _ = cart.add(edit),
            error => cart.set_addition(&edit, AdditionProgress::Failed(error)),
        }
    }
}

/// The first sentence of the message about a failed addition.
pub fn failure(name: &str) -> String {
    t!("We couldn't add {} to your cart.", name)
}
