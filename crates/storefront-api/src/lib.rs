//! What the SPA and the Store and Forums backends say to each other: JSON shapes, and the configuration block that the
//! server writes into `index.html`.

#![warn(missing_docs)]

use serde::{Deserialize, Serialize};

/// Something the Store sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Stable id, such as `enamel-mug`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// One or two sentences.
    pub description: String,
    /// Price of one, in minor units (cents).
    pub price: i64,
    /// ISO 4217 code of `price`.
    pub currency: String,
    /// How many can be ordered.
    pub stock: i64,
}

/// A shopper's cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// ISO 4217 code of every price in the cart.
    pub currency: String,
    /// In the order in which they were added.
    pub lines: Vec<CartLine>,
    /// Sum of all lines, in minor units.
    pub total: i64,
}

/// One product in a cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartLine {
    /// The product's id.
    pub product: String,
    /// The product's name.
    pub name: String,
    /// Price of one, in minor units.
    pub unit_price: i64,
    /// How many, from 1 to [`MAX_QUANTITY`].
    pub quantity: i64,
}

/// The most of one product that a cart line holds.
pub const MAX_QUANTITY: i64 = 99;

/// Body of `PUT /api/shopping-cart/lines/{product}`: the new quantity, not a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetQuantity {
    /// From 1 to [`MAX_QUANTITY`], and not above the product's stock.
    pub quantity: i64,
}

/// A post in the Forums.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Post {
    /// Stable id.
    pub id: String,
    /// Name of who wrote it.
    pub author: String,
    /// Plain text.
    pub body: String,
    /// RFC 3339, UTC.
    pub created_at: String,
}

/// Body of `POST /api/posts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// From 1 to [`MAX_POST_CHARS`] characters after trimming.
    pub body: String,
}

/// The longest post, in characters.
pub const MAX_POST_CHARS: usize = 2_000;

/// Answer of `GET /api/user`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// FusionAuth's user id (`sub`).
    pub id: String,
    /// E-mail address, if the token says it.
    pub email: Option<String>,
}

/// An error as every backend answers it: `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What to branch on: a URI reference such as `/problems/quantity-out-of-range`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short summary of the kind, the same for every occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong this time and what to do, for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}

/// Which application a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum App {
    /// Products and a cart.
    Store,
    /// Posts.
    Forums,
}

/// The login workflow that a host serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workflow {
    /// The browser signs in at FusionAuth; JWT in local storage, refresh token in FusionAuth's cookie.
    SpaLocalStorage,
}

impl Workflow {
    /// Its name in host names and documents, such as `spa-local-storage`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::SpaLocalStorage => "spa-local-storage",
        }
    }
}

/// The element id of the configuration block in `index.html`: `<script type="application/json" id="storefront-config">`.
pub const CONFIG_ELEMENT_ID: &str = "storefront-config";

/// The configuration block: which application, which workflow, which addresses. It holds nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpaConfig {
    /// Which application this host is.
    pub app: App,
    /// How its sign-in works.
    pub workflow: Workflow,
    /// FusionAuth's origin as the browser sees it, without a slash at the end.
    pub fusionauth_url: String,
    /// This application's id at FusionAuth.
    pub application_id: String,
    /// The other application's origin, for the link between them.
    pub sibling_url: String,
}
