//! What the Store remembers while the tab is open: the number in the header, and changes that wait for a sign-in.

use super::line::DesiredQuantity;
use leptos::prelude::*;
use storefront_api::Cart;

/// A handle to the cart's shared state: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct CartContext {
    /// How many items are in the cart, once that is known.
    pub count: RwSignal<Option<i64>>,
    waiting: StoredValue<Waiting>,
}

/// A change of the cart that was not made because the session had ended.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingEdit {
    /// The product's id.
    pub product: String,
    /// The quantity that the shopper wanted.
    pub desired: DesiredQuantity,
}

#[derive(Default)]
struct Waiting {
    add: Option<String>,
    edit: Option<(String, PendingEdit)>,
}

/// The cart's shared state around the caller.
pub fn use_cart_context() -> CartContext {
    expect_context()
}

impl CartContext {
    /// Provides an empty state to everything below the caller.
    pub fn provide() {
        provide_context(Self { count: RwSignal::new(None), waiting: StoredValue::new(Waiting::default()) });
    }

    /// Shows the cart's number of items in the header.
    pub fn show_count(self, cart: &Cart) {
        self.count.set(Some(cart.lines.iter().map(|line| line.quantity).sum()));
    }

    /// Keeps a product that a visitor wants to add and has to sign in for.
    pub fn keep_add(self, product: String) {
        self.waiting.update_value(|waiting| waiting.add = Some(product));
    }

    /// Returns the product that was kept, once.
    pub fn take_add(self) -> Option<String> {
        self.waiting.try_update_value(|waiting| waiting.add.take()).flatten()
    }

    /// Keeps a change of `user`'s cart.
    pub fn keep_edit(self, user: String, edit: PendingEdit) {
        self.waiting.update_value(|waiting| waiting.edit = Some((user, edit)));
    }

    /// Returns the change that was kept for `user`, once. A change of another user is dropped.
    pub fn take_edit(self, user: &str) -> Option<PendingEdit> {
        let kept = self.waiting.try_update_value(|waiting| waiting.edit.take()).flatten();
        kept.filter(|(owner, _)| owner == user).map(|(_, edit)| edit)
    }
}
