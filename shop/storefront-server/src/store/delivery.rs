//! The deliveries: what each costs, its id in the database and in forms, and its texts.

use storefront_api::orders::{Arrival, Delivery};
use storefront_messages::DeliveryMessage;
use time::{Date, OffsetDateTime, Weekday};

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

/// The sum of goods from which the delivery is free, in cents. `None` if it never is.
pub(super) fn free_from(delivery: Delivery) -> Option<i64> {
    match delivery {
        Delivery::Standard => Some(FREE_DELIVERY_FROM),
        Delivery::Express => None,
    }
}

/// The days on which an order is expected to arrive that was placed at this time, in milliseconds since 1970. Counts the days from Monday
/// to Friday; the server does not know the holidays of each country.
pub(super) fn arrival(delivery: Delivery, placed_at: i64) -> Option<Arrival> {
    let (earliest, latest) = match delivery {
        Delivery::Standard => (2, 4),
        Delivery::Express => (1, 1),
    };
    let placed_on = OffsetDateTime::from_unix_timestamp(placed_at.div_euclid(1_000)).ok()?.date();
    let day = |count| working_day_after(placed_on, count).map(|day| day.to_string());
    Some(Arrival { earliest: day(earliest)?, latest: day(latest)? })
}

/// The working day that is `count` working days after this day. `None` beyond the year 9999.
fn working_day_after(mut day: Date, count: u32) -> Option<Date> {
    for _ in 0..count {
        day = day.next_day()?;
        while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            day = day.next_day()?;
        }
    }
    Some(day)
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
    use crate::{pages::format::money, store::CURRENCY};

    #[test]
    fn no_order_arrives_on_a_weekend() {
        let thursday = 1_795_651_200_000; // 26 November 2026, 00:00 UTC
        let days = |delivery, days_later: i64| {
            arrival(delivery, thursday + days_later * 24 * 60 * 60 * 1_000).map(|it| format!("{} {}", it.earliest, it.latest)).unwrap()
        };
        for (later, standard, express) in [
            (0, "2026-11-30 2026-12-02", "2026-11-27 2026-11-27"),
            (1, "2026-12-01 2026-12-03", "2026-11-30 2026-11-30"),
            (2, "2026-12-01 2026-12-03", "2026-11-30 2026-11-30"),
            (3, "2026-12-01 2026-12-03", "2026-11-30 2026-11-30"),
            (4, "2026-12-02 2026-12-04", "2026-12-01 2026-12-01"),
        ] {
            assert_eq!((&*days(Delivery::Standard, later), &*days(Delivery::Express, later)), (standard, express), "{later}");
        }
        assert_eq!(arrival(Delivery::Standard, i64::MAX), None);
    }

    #[test]
    fn the_cart_says_what_a_delivery_costs() {
        let text = storefront_messages::cart_costs();
        let standard = money(price(Delivery::Standard, FREE_DELIVERY_FROM - 1), CURRENCY);
        assert!(text.contains(&format!("costs {standard} and is free from €{}.", FREE_DELIVERY_FROM / 100)), "{text}");
        assert_eq!(price(Delivery::Standard, FREE_DELIVERY_FROM), 0);
    }
}
