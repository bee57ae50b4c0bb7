//! Texts about orders, their postal addresses and their delivery.

use crate::{t, texts};

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
    /// `postalCode` does not match the country's form. The example is a postal code of that form.
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

    /// What to do.
    pub fn text(self) -> String {
        texts::address(self)
    }
}

/// The state of an order, in a word or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderMessage {
    /// It is being packed.
    Placed,
    /// It is on its way.
    Shipped,
    /// It was cancelled.
    Cancelled,
}

impl OrderMessage {
    /// The state as a label.
    pub fn label(self) -> &'static str {
        texts::order_label(self)
    }

    /// The text that says what happens next.
    pub fn next(self) -> &'static str {
        texts::order_next(self)
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
    /// The name, with how long it takes.
    pub fn text(self) -> &'static str {
        texts::delivery(self)
    }
}

/// The text of the cart about its prices and the delivery costs. The Store's `checkout.rs` has the amounts.
pub fn cart_costs() -> &'static str {
    t!("Prices include tax. Delivery costs €4.90 and is free from €50.")
}

/// The name of a country that the Store delivers to, by its ISO 3166-1 code.
pub fn country_name(code: &str) -> &'static str {
    texts::country(code)
}
