//! Texts about orders, their postal addresses and their delivery.

use crate::t;
use storefront_api::orders::{Delivery, OrderState};

/// The error of one field of a postal address.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressMessage {
    /// `fullName` is empty.
    NameBlank,
    /// `street` is empty.
    StreetBlank,
    /// `postalCode` is empty.
    PostalCodeBlank,
    /// `postalCode` does not have the format of the country's postal codes. The example has that format.
    PostalCodeUnfit(&'static str),
    /// `city` is empty.
    CityBlank,
    /// The Store does not deliver to `country`.
    CountryUnknown,
    /// The text is too long.
    TooLong,
    /// The text contains characters that a postal address cannot have.
    Unusable,
}

#[cfg(not(target_arch = "wasm32"))]
impl AddressMessage {
    /// The `code` of a field error in a problem document.
    pub fn code(self) -> &'static str {
        match self {
            Self::NameBlank | Self::StreetBlank | Self::PostalCodeBlank | Self::CityBlank => "blank",
            Self::TooLong => "too-long",
            Self::PostalCodeUnfit(_) | Self::CountryUnknown | Self::Unusable => "invalid",
        }
    }

    /// The text that says what to do.
    pub fn text(self) -> String {
        match self {
            Self::NameBlank => t!("Enter the recipient's full name.").to_owned(),
            Self::StreetBlank => t!("Enter the street and house number.").to_owned(),
            Self::PostalCodeBlank => t!("Enter the postal code.").to_owned(),
            Self::PostalCodeUnfit(example) => t!("Enter a postal code for this country, such as {}.", example),
            Self::CityBlank => t!("Enter the city.").to_owned(),
            Self::CountryUnknown => t!("Choose a country from the list.").to_owned(),
            Self::TooLong => t!("Shorten this to 100 characters.").to_owned(),
            Self::Unusable => t!("Remove the characters that we can't print on a parcel label.").to_owned(),
        }
    }
}

/// The state of an order as a label.
pub fn order_state(state: OrderState) -> &'static str {
    match state {
        OrderState::Placed => t!("Being packed"),
        OrderState::Shipped => t!("On its way"),
        OrderState::Arrived => t!("Arrived"),
        OrderState::Cancelled => t!("Cancelled"),
        OrderState::Unknown => t!("Ordered"),
    }
}

/// The text that says what happens next.
pub fn order_next(state: OrderState) -> &'static str {
    match state {
        OrderState::Placed => {
            t!("We're packing your order. You can cancel it until we send it. You pay by invoice, which you'll find in the parcel.")
        }
        OrderState::Shipped => t!("Your order is on its way. You can return it within 30 days."),
        OrderState::Arrived => t!("Your order has arrived. You can return it within 30 days."),
        OrderState::Cancelled => t!("This order is cancelled. We won't send anything, and you don't have to pay."),
        OrderState::Unknown => t!("This page is out of date. Reload it to see what's next for your order."),
    }
}

/// The steps of an order in this state: the name of each, and whether the order is there.
pub fn order_steps(state: OrderState) -> impl Iterator<Item = (&'static str, bool)> {
    let steps: &[OrderState] = match state {
        OrderState::Cancelled => &[OrderState::Placed, OrderState::Cancelled],
        _ => &[OrderState::Placed, OrderState::Shipped, OrderState::Arrived],
    };
    steps.iter().map(move |step| {
        let name = match step {
            OrderState::Placed => t!("Ordered"),
            OrderState::Shipped => t!("Sent"),
            OrderState::Arrived | OrderState::Cancelled | OrderState::Unknown => order_state(*step),
        };
        (name, *step == state)
    })
}

/// The name of a delivery, with its delivery time.
pub fn delivery_name(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Standard => t!("Standard, 2 to 4 working days"),
        Delivery::Express => t!("Express, next working day"),
    }
}

/// The sentence beside the email that gets the confirmation of an order, if the buyer has not confirmed that email.
pub fn unconfirmed_email() -> &'static str {
    t!("Until you confirm your email, we send one such message a day. The others follow once you've confirmed it.")
}

/// The sentence of the cart about the costs of the standard delivery. `missing` is the amount until the delivery is free.
pub fn cart_delivery(price: &str, missing: Option<&str>) -> String {
    missing.map_or_else(|| t!("Delivery is free.").to_owned(), |missing| t!("Delivery costs {}. Add {} for free delivery.", price, missing))
}

/// The text of the cart about its prices and the delivery costs, until the app has read them. The Store's `delivery.rs` has the amounts.
pub fn cart_costs() -> &'static str {
    t!("Prices include tax. Delivery costs €4.90 and is free from €50.")
}

/// The name of a country that the Store delivers to, by its ISO 3166-1 code.
pub fn country_name(code: &str) -> &'static str {
    match code {
        "AT" => t!("Austria"),
        "BE" => t!("Belgium"),
        "DE" => t!("Germany"),
        "FR" => t!("France"),
        "LU" => t!("Luxembourg"),
        "NL" => t!("Netherlands"),
        _ => "",
    }
}
