//! Prices and states of orders, in words.

use crate::ui::format::money;
use leptos::prelude::*;
use storefront_api::orders::{Delivery, OrderState};
use storefront_messages::{DeliveryMessage, OrderMessage, t};

/// A price, or "Free".
pub(super) fn price(price: i64, currency: &str) -> String {
    if price == 0 { t!("Free").to_owned() } else { money(price, currency) }
}

pub(super) fn delivery_message(delivery: Delivery) -> DeliveryMessage {
    match delivery {
        Delivery::Standard => DeliveryMessage::Standard,
        Delivery::Express => DeliveryMessage::Express,
    }
}

pub(super) fn message(state: OrderState) -> OrderMessage {
    match state {
        OrderState::Placed => OrderMessage::Placed,
        OrderState::Shipped => OrderMessage::Shipped,
        OrderState::Cancelled => OrderMessage::Cancelled,
    }
}

/// The state of an order.
#[component]
pub(super) fn OrderStateLabel(state: OrderState) -> impl IntoView {
    let class = if state == OrderState::Cancelled { "order-state is-cancelled" } else { "order-state" };
    view! { <span class=class>{message(state).label()}</span> }
}
