//! The deliveries: what each costs, its id in the database and in forms, and its days of arrival.

use crate::clock::now_ms;
use crate::http::endpoint::endpoint;
use crate::pages::format::{money, weekday};
use crate::state::Backend;
use axum::{Json, Router};
use storefront_api::endpoints;
use storefront_api::orders::{Delivery, DeliveryOption};
use storefront_messages::t;
use time::{Date, OffsetDateTime, Weekday};

/// The sum of goods from which the standard delivery is free, in cents.
const FREE_DELIVERY_FROM: i64 = 5_000;

/// The hour of the day, in UTC, from which an order counts as one of the next day. The server does not know the seller's time zone.
const CUT_OFF_HOUR: i64 = 12;

/// The route below `/api`.
pub(crate) fn router() -> Router<Backend> {
    endpoint(endpoints::DELIVERIES, async || Json(options(0)))
}

/// All deliveries for goods of this sum that are ordered now. The standard delivery is the first.
pub(super) fn options(goods: i64) -> [DeliveryOption; 2] {
    [Delivery::Standard, Delivery::Express].map(|it| DeliveryOption {
        delivery: it,
        price: price(it, goods),
        free_from: free_from(it),
        expected: expected(it, now_ms()),
    })
}

/// The delivery cost for goods of this sum, in cents.
pub(super) fn price(delivery: Delivery, goods: i64) -> i64 {
    match delivery {
        Delivery::Standard if goods >= FREE_DELIVERY_FROM => 0,
        Delivery::Standard => 490,
        Delivery::Express => 990,
    }
}

/// The sum of goods from which the delivery is free, in cents. `None` if it never is.
fn free_from(delivery: Delivery) -> Option<i64> {
    match delivery {
        Delivery::Standard => Some(FREE_DELIVERY_FROM),
        Delivery::Express => None,
    }
}

/// The sentence about the days on which an order is expected that was placed at this time, in milliseconds since 1970.
pub(super) fn expected(delivery: Delivery, placed_at: i64) -> Option<String> {
    let days = expected_days(delivery, placed_at)?;
    let [earliest, latest] = days.map(weekday);
    Some(if days[0] == days[1] { t!("Expected delivery: {}", latest) } else { t!("Expected delivery: {} to {}", earliest, latest) })
}

/// The first and the last day on which the order is expected. Counts from the first working day whose [`CUT_OFF_HOUR`] is later. Working
/// days are Monday to Friday; the server does not know the holidays of each country.
fn expected_days(delivery: Delivery, placed_at: i64) -> Option<[Date; 2]> {
    let (earliest, latest) = match delivery {
        Delivery::Standard => (2, 4),
        Delivery::Express => (1, 1),
    };
    let next_cut_off = placed_at.div_euclid(1_000).checked_add((24 - CUT_OFF_HOUR) * 60 * 60)?;
    let packed_on = working_day_from(OffsetDateTime::from_unix_timestamp(next_cut_off).ok()?.date())?;
    Some([working_day_after(packed_on, earliest)?, working_day_after(packed_on, latest)?])
}

/// The working day that is `count` working days after this day. `None` beyond the year 9999.
fn working_day_after(day: Date, count: u32) -> Option<Date> {
    (0..count).try_fold(day, |day, _| working_day_from(day.next_day()?))
}

/// This day, or the next working day.
fn working_day_from(mut day: Date) -> Option<Date> {
    while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        day = day.next_day()?;
    }
    Some(day)
}

/// The price of a delivery, or "Free".
pub(super) fn price_text(price: i64, currency: &str) -> String {
    if price == 0 { t!("Free").to_owned() } else { money(price, currency) }
}

/// The id of a delivery in the database and in forms.
pub(super) fn id(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Standard => "standard",
        Delivery::Express => "express",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pages::format::money, store::CURRENCY};

    #[test]
    fn an_order_counts_from_the_next_cut_off_and_arrives_on_no_weekend() {
        let thursday = 1_795_651_200_000; // 26 November 2026, 00:00 UTC
        let days = |delivery, ms_later: i64| expected_days(delivery, thursday + ms_later).unwrap().map(|it| it.to_string()).join(" ");
        let cut_off = CUT_OFF_HOUR * 60 * 60 * 1_000;
        let day = 24 * 60 * 60 * 1_000;
        for (later, standard, express) in [
            (0, "2026-11-30 2026-12-02", "2026-11-27 2026-11-27"),
            (cut_off - 1, "2026-11-30 2026-12-02", "2026-11-27 2026-11-27"),
            (cut_off, "2026-12-01 2026-12-03", "2026-11-30 2026-11-30"),
            (day + cut_off - 1, "2026-12-01 2026-12-03", "2026-11-30 2026-11-30"),
            (day + cut_off, "2026-12-02 2026-12-04", "2026-12-01 2026-12-01"),
            (2 * day, "2026-12-02 2026-12-04", "2026-12-01 2026-12-01"),
            (4 * day + cut_off - 1, "2026-12-02 2026-12-04", "2026-12-01 2026-12-01"),
            (4 * day + cut_off, "2026-12-03 2026-12-07", "2026-12-02 2026-12-02"),
        ] {
            assert_eq!((&*days(Delivery::Standard, later), &*days(Delivery::Express, later)), (standard, express), "{later}");
        }
        assert_eq!(expected_days(Delivery::Standard, i64::MAX), None);
    }

    #[test]
    fn the_cart_says_what_a_delivery_costs() {
        let text = storefront_messages::cart_costs();
        let standard = money(price(Delivery::Standard, FREE_DELIVERY_FROM - 1), CURRENCY);
        assert!(text.contains(&format!("costs {standard} and is free from €{}.", FREE_DELIVERY_FROM / 100)), "{text}");
        assert_eq!(price(Delivery::Standard, FREE_DELIVERY_FROM), 0);
    }
}
