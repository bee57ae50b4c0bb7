//! The deliveries: what each costs, its id in the database and in forms, and its texts.

use storefront_api::orders::Delivery;
use storefront_messages::DeliveryMessage;

/// The sum of goods from which the standard delivery is free, in cents.
const FREE_DELIVERY_FROM: i64 = 5_000;

/// The delivery cost for goods of this sum, in cents.
pub(super) fn price(delivery: Delivery, goods: i64) -> i64 {
    match delivery {
        Delivery::Standard if goods >= FREE_DELIVERY_FROM => 0,
        Delivery::Standard => 490,
        Delivery::Express => 990,
    }
}

/// The id of a delivery in the database and in forms.
pub(super) fn id(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Standard => "standard",
        Delivery::Express => "express",
    }
}

/// The texts about a delivery.
pub(super) fn message(delivery: Delivery) -> DeliveryMessage {
    match delivery {
        Delivery::Standard => DeliveryMessage::Standard,
        Delivery::Express => DeliveryMessage::Express,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pages::format::money, store::currency::CURRENCY};

    #[test]
    fn the_cart_says_what_a_delivery_costs() {
        let text = storefront_messages::cart_costs();
        let standard = money(price(Delivery::Standard, FREE_DELIVERY_FROM - 1), CURRENCY);
        assert!(text.contains(&format!("costs {standard} and is free from €{}.", FREE_DELIVERY_FROM / 100)), "{text}");
        assert_eq!(price(Delivery::Standard, FREE_DELIVERY_FROM), 0);
    }
}
