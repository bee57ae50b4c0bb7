//! Texts about orders, their postal addresses and their delivery.

use crate::t;

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

/// The state of an order, in a word or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderMessage {
    /// The order is being packed.
    Placed,
    /// The order is on its way.
    Shipped,
    /// The order was cancelled.
    Cancelled,
}

impl OrderMessage {
    /// The state as a label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Placed => t!("Being packed"),
            Self::Shipped => t!("On its way"),
            Self::Cancelled => t!("Cancelled"),
        }
    }

    /// The text that says what happens next.
    pub fn next(self) -> &'static str {
        match self {
            Self::Placed => {
                t!("We're packing your order. You can cancel it until we send it. You pay by invoice, which you'll find in the parcel.")
            }
            Self::Shipped => t!("Your order is on its way. You can return it within 30 days."),
            Self::Cancelled => t!("This order is cancelled. We won't send anything, and you don't have to pay."),
        }
    }
}

/// How an order is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryMessage {
    /// Within a few working days.
    Standard,
    /// On the next working day.
    Express,
}

impl DeliveryMessage {
    /// The name of the delivery, with its delivery time.
    pub fn text(self) -> &'static str {
        match self {
            Self::Standard => t!("Standard, 2 to 4 working days"),
            Self::Express => t!("Express, next working day"),
        }
    }
}

/// The sentence about the days on which an order is expected to arrive.
pub fn expected_delivery(earliest: &str, latest: &str) -> String {
    if earliest == latest { t!("Expected delivery: {}", latest) } else { t!("Expected delivery: {} to {}", earliest, latest) }
}

/// The sentence beside the email that gets the confirmation of an order, if the buyer has not confirmed that email.
pub fn unconfirmed_email() -> &'static str {
    t!("Until you confirm your email, we send one such message a day. The others follow once you've confirmed it.")
}

/// The text of the cart about its prices and the delivery costs. The Store's `checkout.rs` has the amounts.
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
