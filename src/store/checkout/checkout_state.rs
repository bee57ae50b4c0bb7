//! The state of the checkout page: the data to order, and the form.

use super::{address::AddressInputs, draft::Draft, guest, order, placing_state::Placing};
use crate::data::{ApiError, call};
use crate::{
    core::Route,
    store::cart::{CartContext, use_cart_context},
    ui::{PageScope, format::money},
};
use leptos::{html, prelude::*};
use storefront_api::endpoints;
use storefront_api::orders::{Checkout, CheckoutForm, Delivery, DeliveryOption};
use storefront_messages::t;

/// Reads the checkout of the user or, without a session, of the guest whom the browser's cookie identifies.
pub(super) async fn read(cart: CartContext) -> Result<Checkout, ApiError> {
    let owner = cart.api_owner();
    let endpoint = if owner.is_some() { endpoints::CHECKOUT } else { endpoints::GUEST_CHECKOUT };
    call(endpoint, &[]).send(owner).await
}

/// A handle to the state of the page: it is `Copy`.
#[derive(Clone, Copy)]
pub(super) struct CheckoutState {
    pub(super) checkout: RwSignal<Checkout>,
    pub(super) delivery: RwSignal<Delivery>,
    /// The input for a guest's email.
    pub(super) email: Option<NodeRef<html::Input>>,
    pub(super) inputs: AddressInputs,
    pub(super) draft: Draft,
    pub(super) placing: Placing,
    /// Whether the backend rejected the order for the reason in the notice.
    pub(super) is_refused: RwSignal<bool>,
    pub(super) scope: PageScope,
}

impl CheckoutState {
    /// Reads the checkout again when another tab has changed or ordered the cart. That read also updates the cart of the header, so each
    /// change causes only one read.
    pub(super) fn follow_cart(self) {
        let cart = use_cart_context();
        Effect::new(move |_| {
            let state = cart.state();
            let seen = &self.checkout.read_untracked().cart;
            // In any order, because a line that was put back has its old place in the app's cart, and the last one at the backend.
            let has_seen_lines = state.rows().count() == seen.lines.len() && state.rows().all(|row| seen.lines.contains(row.item));
            let is_seen = state.notice() == seen.notice.as_ref() && has_seen_lines;
            if state.answers() > 0 && !state.is_pending() && !is_seen && !self.placing.is_busy() {
                self.reload();
            }
        });
    }

    fn reload(self) {
        self.scope.spawn(async move { self.read_again().await });
    }

    /// Reads the checkout again, and updates the page. The typed text stays.
    pub(super) async fn read_again(self) {
        let cart = self.placing.cart;
        let answers = cart.state_untracked().answers();
        if let Ok(checkout) = read(cart).await {
            self.checkout.set(checkout.clone());
            cart.show(checkout.cart, answers);
        }
    }

    /// The typed postal address, and the chosen delivery.
    pub(super) fn typed(self) -> CheckoutForm {
        CheckoutForm { address: self.inputs.read(), delivery: self.delivery.get_untracked() }
    }

    /// The typed email of a guest.
    pub(super) fn guest_email(self) -> Option<String> {
        self.email.map(guest::typed_email)
    }

    /// The URL of the order's page: a guest's has no id.
    pub(super) fn order_href(self, id: &str) -> String {
        if self.email.is_some() { Route::GuestOrder.href().to_owned() } else { order::href(id) }
    }

    /// Whether the cart is empty because the backend has received the order. Not tracked.
    pub(super) fn is_received(self) -> bool {
        self.checkout.with_untracked(|checkout| checkout.cart.lines.is_empty() && checkout.latest_order.is_some())
    }

    /// Keeps what the user has typed as the draft. A guest has none.
    pub(super) fn keep_draft(self) {
        self.draft.keep(self.checkout.with_untracked(|checkout| checkout.key.clone()), self.typed());
    }

    /// The cost of a delivery. Tracked.
    fn delivery_price(self, delivery: Delivery) -> i64 {
        let is_it = |option: &&DeliveryOption| option.delivery == delivery;
        self.checkout.with(|checkout| checkout.deliveries.iter().find(is_it).map_or(0, |option| option.price))
    }

    /// The total. Tracked.
    pub(super) fn total(self) -> i64 {
        self.checkout.with(|checkout| checkout.cart.total).saturating_add(self.delivery_price(self.delivery.get()))
    }

    /// How much is missing until the chosen delivery is free, in words. Tracked.
    pub(super) fn missing_for_free(self) -> Option<String> {
        let missing = self.checkout.with(|checkout| checkout.missing_for_free(self.delivery.get()))?;
        Some(t!("Add {} for free delivery.", self.amount(missing)))
    }

    pub(super) fn amount(self, amount: i64) -> String {
        self.checkout.with(|checkout| money(amount, &checkout.cart.currency))
    }

    /// The cost of a delivery, in words. Tracked.
    pub(super) fn delivery_amount(self, delivery: Delivery) -> String {
        self.checkout.with(|checkout| order::price(self.delivery_price(delivery), &checkout.cart.currency))
    }
}
