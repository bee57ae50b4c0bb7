//! Puts products into the cart of whoever shops.
//!
//! What calls this is in the part of the products. The rest of the cart keeps an addition that has to wait as a function, so that nothing here
//! is in the first load.

use super::context::{CartContext, Shopper, items};
use crate::{
    core::Route,
    data::{ApiError, ApplyAnswer, Mutation, new_key},
    store::api,
};
use leptos::prelude::*;
use storefront_api::{AddToCart, Cart};
use storefront_messages::t;

/// How far the addition of a product is.
#[derive(Clone, PartialEq, Eq)]
pub enum AdditionProgress {
    /// The request waits or is in flight.
    Pending,
    /// The cart has it.
    Added,
    /// The backend refused the request, or could not be reached.
    Failed(ApiError),
}

/// One item of a product, on its way into the cart.
#[derive(Clone)]
struct CartItem {
    product: String,
    /// The idempotency key of the request that puts the item into the cart.
    key: String,
}

/// The addition of one item.
#[derive(Clone)]
pub struct Addition {
    item: CartItem,
    progress: AdditionProgress,
}

impl CartContext {
    /// How far the addition of the product is that has changed last. Tracked until the caller is cleaned up.
    pub fn addition(self, product: &str) -> Option<AdditionProgress> {
        let additions = self.additions.read_until_cleanup();
        additions.iter().rev().find(|it| it.item.product == product).map(|it| it.progress.clone())
    }

    /// The backend says how many items are in this browser's cart of a visitor, if there is one.
    pub fn guest_items_are(self, items: Option<i64>) {
        match (self.current_user(), items) {
            // A sign-in in another tab, or a reload before the first request after the sign-in.
            (Some(_), Some(_)) => self.load(),
            (Some(_), None) => {}
            (None, _) if self.state_untracked().answers() == 0 => self.keep_guest_items(items),
            (None, _) => {} // an answer about the cart itself is newer
        }
    }

    /// Adds one of a product. Returns whether the user, whose session has ended by itself, has to sign in again first.
    pub fn add_one(self, product: &str) -> bool {
        // A repeat of an addition that got no answer has the same key, because the cart may hold that addition already.
        let is_repeat =
            |it: &&Addition| it.item.product == product && matches!(&it.progress, AdditionProgress::Failed(error) if error.is_retryable());
        let key = self.additions.read_untracked().iter().find(is_repeat).map(|it| it.item.key.clone());
        self.add_item(CartItem { product: product.to_owned(), key: key.unwrap_or_else(new_key) })
    }

    fn add_item(self, item: CartItem) -> bool {
        let owner = match self.shopper_in(&self.mutations.session.state().get_untracked()) {
            Shopper::User | Shopper::Visitor => {
                self.send_addition(item);
                return false;
            }
            Shopper::Unknown => {
                self.set_addition(&item, AdditionProgress::Pending);
                None
            }
            // The addition belongs to the user whose session has ended, and to nobody else.
            Shopper::Ended(owner) => Some(owner),
        };
        let is_ended = owner.is_some();
        self.kept.update_value(|kept| kept.additions.push((owner, Box::new(move || self.send_addition(item)))));
        is_ended
    }

    fn send_addition(self, item: CartItem) {
        self.set_addition(&item, AdditionProgress::Pending);
        let (user, owner, sent) = (self.current_user(), self.api_owner(), item.clone());
        let before = user.clone();
        self.enqueue(Mutation {
            page: Route::Products,
            failure: t!("A product was not added to your cart.").to_owned(),
            send: Box::new(move |_| {
                let (item, user) = (sent.clone(), user.clone());
                Box::pin(async move {
                    let body = AddToCart { product: item.product.clone(), quantity: 1 };
                    let answer = api::add(owner, &body, item.key.clone()).await?;
                    Ok(Box::new(move || self.added(&item, user, answer)) as ApplyAnswer)
                })
            }),
            on_failure: Box::new(move |error| match error {
                ApiError::SignedOut if before.is_some() && self.owner() == before => {
                    self.kept.update_value(|kept| kept.additions.push((before, Box::new(move || self.send_addition(item)))));
                }
                ApiError::SignedOut => {}
                // The cart has become the user's meanwhile, or is too old. The backend has deleted the cookie.
                error if error.code() == Some("guest-cart-gone") => _ = self.add_item(item),
                error => self.set_addition(&item, AdditionProgress::Failed(error)),
            }),
        });
    }

    fn added(self, item: &CartItem, user: Option<String>, answer: Cart) {
        self.set_addition(item, AdditionProgress::Added);
        self.apply(user, answer);
        let state = self.state_untracked();
        let name = state.row(&item.product).map_or(&item.product, |row| &row.item.name);
        self.mutations.context.announce(t!("Added {}. {} in your cart.", name, items(state.count())));
    }

    fn set_addition(self, item: &CartItem, progress: AdditionProgress) {
        let item = item.clone();
        self.additions.update(|all| {
            all.retain(|it| it.item.key != item.key);
            all.push(Addition { item, progress });
        });
    }
}
