//! Orders of the Store: the JSON of `/api/checkout` and `/api/orders`. Prices are in minor units.

use crate::Cart;
use serde::{Deserialize, Serialize};

/// The postal address of an order. In requests it may contain any text; in responses the backend has normalised it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    /// The recipient's full name.
    pub full_name: String,
    /// Street and number.
    pub street: String,
    /// A second line, such as a floor or a company. It may be empty.
    pub street_extra: String,
    /// The postal code.
    pub postal_code: String,
    /// The city.
    pub city: String,
    /// The country, one of [`COUNTRIES`].
    pub country: String,
}

/// The maximum length of one text of an [`Address`], in characters.
pub const MAX_ADDRESS_CHARS: usize = 100;

/// The countries that the Store delivers to: ISO 3166-1 codes, in the order of the selection list.
pub const COUNTRIES: [&str; 6] = ["AT", "BE", "DE", "FR", "LU", "NL"];

/// How an order is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Within a few working days.
    #[default]
    Standard,
    /// On the next working day.
    Express,
}

/// A delivery that the user can choose for a cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryOption {
    /// The delivery.
    pub delivery: Delivery,
    /// The price for this cart.
    pub price: i64,
    /// The sum of goods from which the delivery is free. `None` if it never is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_from: Option<i64>,
    /// The sentence about the days on which an order is expected that is placed now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
}

impl DeliveryOption {
    /// How much more goods of this sum must cost so that the delivery is free. `None` if it is free, or never is.
    pub fn missing_for_free(&self, goods: i64) -> Option<i64> {
        self.free_from.map(|from| from.saturating_sub(goods)).filter(|missing| *missing > 0)
    }
}

impl Checkout {
    /// How much more the goods must cost so that the delivery is free. `None` if it is free, or never is.
    pub fn missing_for_free(&self, delivery: Delivery) -> Option<i64> {
        self.deliveries.iter().find(|it| it.delivery == delivery)?.missing_for_free(self.cart.total)
    }
}

/// The checkout form: body of `PUT /api/checkout`, whose `Idempotency-Key` is [`Checkout::key`]. The server keeps the form until the user
/// places the order, and ignores a form whose order was placed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CheckoutForm {
    /// The postal address.
    pub address: Address,
    /// How the order is delivered.
    pub delivery: Delivery,
}

/// The response to `GET /api/checkout`: the cart as the user can order it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkout {
    /// The cart.
    pub cart: Cart,
    /// All deliveries with their prices for this cart.
    pub deliveries: Vec<DeliveryOption>,
    /// The saved form, or the postal address of the latest order.
    pub form: CheckoutForm,
    /// The `Idempotency-Key` of this attempt. It stays the same until an order is placed, even after a reload and in other tabs.
    pub key: String,
    /// The email that receives the confirmation. `None` if this site sends none.
    pub confirmation_email: Option<String>,
    /// Whether every order gets its confirmation at once.
    #[serde(default)]
    pub email_state: EmailState,
    /// The latest order, if it was placed in the last hour, for a shopper who did not get the response to it.
    pub latest_order: Option<OrderSummary>,
}

/// Whether the buyer has confirmed the email.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EmailState {
    /// Every order gets its message.
    #[default]
    Confirmed,
    /// One order in a day gets its message. The others get theirs after the confirmation.
    Unconfirmed,
}

/// Body of `POST /api/orders`: the cart as the user saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlaceOrder {
    /// The postal address.
    pub address: Address,
    /// How the order is delivered.
    pub delivery: Delivery,
    /// The lines that the user has seen.
    pub lines: Vec<ReviewedLine>,
    /// The total that the user has seen, including the delivery.
    pub total: i64,
}

/// Body of `POST /api/guest-orders`: an order without an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlaceGuestOrder {
    /// The email that receives the confirmation with the order's link.
    pub email: String,
    /// The cart as the guest saw it.
    pub order: PlaceOrder,
}

/// A line as the user has seen it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewedLine {
    /// The product's id.
    pub product: String,
    /// The quantity.
    pub quantity: i64,
    /// The price of one item.
    pub unit_price: i64,
}

/// The state of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderState {
    /// It is being packed, and can be cancelled.
    Placed,
    /// It is on its way.
    Shipped,
    /// It has arrived.
    Arrived,
    /// The user has cancelled it.
    Cancelled,
    /// A state of a later version of the server. The service worker may still start the app of an earlier version.
    #[serde(other)]
    Unknown,
}

/// An order in a list, and the response to `POST /api/orders`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderSummary {
    /// The id, which is part of the order's URLs.
    pub id: String,
    /// The number that people read, such as `K7QP-2M9X`.
    pub number: String,
    /// The state of the order.
    pub state: OrderState,
    /// RFC 3339, UTC.
    pub placed_at: String,
    /// ISO 4217 code of every price of the order.
    pub currency: String,
    /// How many items it has.
    pub items: i64,
    /// The sum of all lines and the delivery.
    pub total: i64,
}

/// The response to `GET /api/orders`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Orders {
    /// The orders, the newest first, [`ORDERS_PER_PAGE`] at most.
    pub orders: Vec<OrderSummary>,
    /// The position of the next page, if there are older orders: `GET /api/orders?before={next}` returns them.
    pub next: Option<String>,
    /// The order without an account that this browser's link opens, if it has the user's proven email.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest_order: Option<ClaimableOrder>,
}

/// An order without an account that the user can add to the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimableOrder {
    /// As [`OrderSummary::number`].
    pub number: String,
    /// As [`OrderSummary::placed_at`].
    pub placed_at: String,
    /// The city of the postal address.
    pub city: String,
}

/// How many orders one response lists.
pub const ORDERS_PER_PAGE: usize = 20;

/// The response to `GET /api/orders/{id}` and to `POST /api/orders/{id}/cancellation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The order as in a list.
    pub summary: OrderSummary,
    /// The products of the order.
    pub lines: Vec<OrderLine>,
    /// How the order is delivered.
    pub delivery: Delivery,
    /// The price of the delivery.
    pub delivery_price: i64,
    /// The sentence about the days on which the order is expected. `None` if it has arrived or is cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The postal address.
    pub address: Address,
    /// The email that receives the confirmation. `None` if this site sends none.
    pub confirmation_email: Option<String>,
    /// Whether every order gets its confirmation at once.
    #[serde(default)]
    pub email_state: EmailState,
    /// The seller's name and postal address, if they are configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<String>,
}

/// The response to `POST /api/orders/{id}/repetition`, which puts the products of an order into the cart again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repetition {
    /// The cart after that.
    pub cart: Cart,
    /// A text for people: what the cart contains now, and which products of the order it lacks.
    pub message: String,
}

/// One product of an order, as it was when the order was placed. A later price, name or language does not change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderLine {
    /// The product's id.
    pub product: String,
    /// The product's name with the variant, in the language of the order.
    pub name: String,
    /// The price of one item.
    pub unit_price: i64,
    /// The quantity.
    pub quantity: i64,
    /// Whether the Store still has a page for the product.
    #[serde(default)]
    pub has_page: bool,
}
