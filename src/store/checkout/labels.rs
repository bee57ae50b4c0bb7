//! Prices and states of orders, in words.

use crate::ui::format::money;
use leptos::prelude::*;
use storefront_api::orders::OrderState;
use storefront_messages::{order_state, t};

/// A price, or "Free".
pub(super) fn price(price: i64, currency: &str) -> String {
    if price == 0 { t!("Free").to_owned() } else { money(price, currency) }
}

/// The state of an order.
#[component]
pub(super) fn OrderStateLabel(state: OrderState) -> impl IntoView {
    let class = if state == OrderState::Cancelled { "order-state is-cancelled" } else { "order-state" };
    view! { <span class=class>{order_state(state)}</span> }
}
