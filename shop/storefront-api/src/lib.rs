//! The contract between the single-page app and its server: the JSON of requests and responses, the limits that both check, and the
//! configuration block that the server writes into `index.html`. It also has what both draw in the same way.
//!
//! The compiler checks both sides against these types.

#![warn(missing_docs)]

pub mod account;
pub mod catalogue;
pub mod contact;
pub mod endpoints;
pub mod forums;
pub mod orders;
pub mod pages;
pub mod pictures;
pub mod post_text;
pub mod problems;
pub mod product_threads;
pub mod qr_code;
pub mod typed;

pub use forums::{MAX_POST_CHARS, NewPost, Post};

use product_threads::ThreadSummary;
use serde::{Deserialize, Serialize};

macro_rules! stored_data {
    ($($(#[$doc:meta])+ $kind:ident = $english:literal,)+) => {
        /// Data about users that the server stores, in the words of the privacy page. Each table that the export of an account reads names
        /// one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum StoredData {
            $($(#[$doc])+ $kind,)+
        }

        impl StoredData {
            /// Every kind of data.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The words of the privacy page in English, in the order of [`Self::ALL`]. `storefront-messages` translates them.
            pub const NAMES: &[&str] = &[$($english),+];
        }
    };
}

stored_data! {
    /// The email. FusionAuth stores it, and the Store with an order.
    Email = "your email",
    /// The name that others see.
    DisplayName = "your display name",
    /// The cart.
    Cart = "your cart",
    /// The orders, with their postal addresses.
    Orders = "your orders",
    /// The posts in the Forums, with drafts, and which threads the user has read.
    Posts = "your posts",
}

/// A product of the Store. Variants of one product form a *family*, which has a main product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Stable id, such as `enamel-mug`.
    pub id: String,
    /// The name that people read.
    pub name: String,
    /// A description of one or two sentences.
    pub description: String,
    /// The price of one item, in minor units (cents).
    pub price: i64,
    /// ISO 4217 code of `price`.
    pub currency: String,
    /// The stock: how many can be ordered.
    pub stock: i64,
    /// The id of its category, such as `kitchen`. Empty: it has no category.
    #[serde(default)]
    pub category: String,
    /// The option in which its variants differ: `colour` or `size`. Empty: it has no variants.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub option: String,
    /// All products of its family, including this one, the main product first. Empty: it has no variants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// The threads about the main product of its family, the newest first: those that the product's page shows, and one more if there are
    /// more. `None` in lists, if the Store has no Forums, and if the server could not read them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<Vec<ThreadSummary>>,
    /// What only the product's page shows. `None` in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<ProductDetails>,
}

/// What the page of a product shows besides the product itself. All products of a family have the same details.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductDetails {
    /// The dimensions, such as `9 cm high, 350 ml`. Empty: unknown. So are the other two.
    pub dimensions: String,
    /// The material.
    pub material: String,
    /// How to look after the product.
    pub care: String,
    /// The sentence about the days on which the product is expected if it is ordered now, with the standard delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Products of the same category, at most [`RELATED_PRODUCTS`].
    pub related: Vec<RelatedProduct>,
}

/// The maximum number of related products on the page of a product.
pub const RELATED_PRODUCTS: usize = 3;

/// A product on the page of another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedProduct {
    /// The product's id.
    pub id: String,
    /// The product's name.
    pub name: String,
    /// The price of one item, in the currency of the product on whose page it stands.
    pub price: i64,
}

/// One product of a family. The products of a family differ in one option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The product's id.
    pub id: String,
    /// The product's value of the option, such as `Blue`.
    pub value: String,
    /// The colour that a page shows for the value, such as `#23426b`. Empty: there is no such colour.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub swatch: String,
    /// The product's name.
    pub name: String,
    /// The product's description. Empty in lists.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The product's price.
    pub price: i64,
    /// The product's stock.
    pub stock: i64,
}

impl Product {
    /// The product of the same family with this id. Fields that [`Variant`] lacks are copied from this product. `None`: the family has no
    /// such product.
    pub fn variant(&self, id: &str) -> Option<Self> {
        let Variant { id, name, description, price, stock, .. } = self.variants.iter().find(|it| it.id == id)?.clone();
        Some(Self { id, name, description, price, stock, ..self.clone() })
    }

    /// Whether the shopper must choose a variant on the product's page before the product can be bought: the size. A list shows the colour
    /// of what it sells, but no size.
    pub fn needs_choice(&self) -> bool {
        self.option == "size" && self.variants.iter().any(|it| it.stock > 0)
    }

    /// The id and the name of the main product of its family, or its own if it has no family. Threads are about this product.
    pub fn main_product(&self) -> (&str, &str) {
        self.variants.first().map_or((&self.id, &self.name), |main| (&main.id, &main.name))
    }
}

/// The cart of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// ISO 4217 code of every price in the cart.
    pub currency: String,
    /// The lines, in the order in which they were added.
    pub lines: Vec<CartLine>,
    /// Sum of all lines, in minor units.
    pub total: i64,
    /// A text about changes of the cart, until the user acknowledges it: the merge with the cart from before the sign-in, changed prices,
    /// and products that are low in stock.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notice: Option<String>,
}

impl Cart {
    /// See [`cart_version`].
    pub fn version(&self) -> u32 {
        cart_version(self.lines.iter().map(|it| (&*it.product, it.quantity, it.unit_price)), self.notice.is_some())
    }
}

/// A hash of a cart. The server sends it as an event, and the app compares it with the hash of the cart on the page. It changes when a line
/// is added or removed, when a quantity or a price changes, and when a notice appears or disappears. `lines` are product, quantity and
/// price, in any order. Two different carts have the same hash with a probability of 1 in 2^32.
pub fn cart_version<'a>(lines: impl Iterator<Item = (&'a str, i64, i64)>, has_notice: bool) -> u32 {
    // FNV-1a
    let of_line = |(product, quantity, price): (&str, i64, i64)| {
        let bytes = product.bytes().chain(quantity.to_le_bytes()).chain(price.to_le_bytes());
        bytes.fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    };
    lines.map(of_line).fold(u32::from(has_notice), u32::wrapping_add)
}

/// Body of `POST /api/shopping-cart/acknowledgement`: the user has read the notice and accepts the changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeNotice {
    /// The text that the user has read. If the cart has another notice now, the server changes nothing.
    pub notice: String,
}

/// The header of `GET /api/products` with the number of items in the guest's cart. It is absent if there is no cart.
pub const GUEST_CART_ITEMS: &str = "guest-cart-items";

/// One product in a cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartLine {
    /// The product's id.
    pub product: String,
    /// The product's name.
    pub name: String,
    /// The variant, such as `White`. Empty if the product has no variants, or if its name says the variant.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// The price of one item, in minor units.
    pub unit_price: i64,
    /// The quantity, from 1 to [`MAX_QUANTITY`].
    pub quantity: i64,
    /// The version, which changes with each write of the line. A later change sends it as an entity tag. A server of the previous release
    /// does not send it.
    #[serde(default)]
    pub version: i64,
}

impl CartLine {
    /// The product's name with the variant.
    pub fn full_name(&self) -> String {
        match &*self.variant {
            "" => self.name.clone(),
            variant => format!("{}, {variant}", self.name),
        }
    }
}

/// The maximum quantity of one product in a cart.
pub const MAX_QUANTITY: i64 = 99;

/// The maximum quantity that the page of a product offers. Shoppers who want more change the quantity in the cart.
pub const MAX_CHOICE: i64 = 10;

/// Body of `PUT /api/shopping-cart/lines/{product}`: the new quantity, not a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetQuantity {
    /// The new quantity, from 1 to [`MAX_QUANTITY`] and not above the product's stock.
    pub quantity: i64,
}

/// Body of `POST /api/shopping-cart/lines`: how many more of a product to add to the cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddToCart {
    /// The product's id.
    pub product: String,
    /// The quantity to add, at least 1. Together with the quantity that is already in the cart, it is at most [`MAX_QUANTITY`], and not
    /// above the product's stock.
    pub quantity: i64,
}

/// The request header that makes a repeated write safe: 1 to [`MAX_IDEMPOTENCY_KEY`] visible ASCII characters, such as a random UUID. The
/// server keeps the key and its answer for a day. A repeated request with the same key gets the same answer and has no further effect.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The maximum length of an [`IDEMPOTENCY_KEY`], in characters.
pub const MAX_IDEMPOTENCY_KEY: usize = 64;

/// The response to `GET /api/user`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// FusionAuth's user id (`sub`).
    pub id: String,
    /// The email address, if the token contains it.
    pub email: Option<String>,
    /// The name that other people see: the user's choice, or a default such as `Shopper 4F2A`.
    pub display_name: String,
}

/// Body of `PUT /api/user`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateUser {
    /// The new display name, from 1 to [`MAX_DISPLAY_NAME_CHARS`] characters.
    pub display_name: String,
}

/// The maximum length of a display name, in characters.
pub const MAX_DISPLAY_NAME_CHARS: usize = 40;

/// The response to every request that fails: `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The kind of problem for programs: a URI reference such as `/problems/quantity-out-of-range`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem for people, in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A text for people: what went wrong this time, and what to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// One error for each invalid member of the request.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<MemberError>,
}

/// The error of one member of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberError {
    /// The member's name, such as `email`.
    pub field: String,
    /// The error for programs, such as `blank`, `too-long` or `taken`.
    pub code: String,
    /// A text for people that says what to do.
    pub message: String,
}

/// Body of `POST /api/register`. This type has no `Debug`, because it holds a password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Register {
    /// The email to sign in with.
    pub email: String,
    /// The password, byte for byte as typed.
    pub password: String,
    /// The first name, if the user enters one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name, if the user enters one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The display name, if the user chooses one: from 1 to [`MAX_DISPLAY_NAME_CHARS`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// Body of `POST /api/passwordless/start`, which emails a code to sign in with.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartPasswordless {
    /// The email or user name that the user has typed.
    pub login_id: String,
}

/// The response to `POST /api/passwordless/start`, the same for known and unknown users. This type has no `Debug`, because it holds a code.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasswordlessStarted {
    /// FusionAuth's code of this sign-in. It signs in only together with the short code from the message.
    pub code: String,
}

/// Body of `POST /api/join`, which registers an existing user of FusionAuth for the application. This type has no `Debug`, because it holds
/// a password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Join {
    /// The email or user name.
    pub login_id: String,
    /// The password, which proves that the sender owns the account.
    pub password: String,
}

/// Body of `POST /api/verification-message/email` and `…/registration`, which send a verification message again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendVerification {
    /// The email that receives the message.
    pub email: String,
}

/// The response to [`SendVerification`], whether or not the user exists. This type has no `Debug`, because it holds an id that verifies an
/// account.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationSent {
    /// The id to send with the code, if the message contains a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_id: Option<String>,
}

/// Body of `POST /api/mailed-link`: the id in the link. This type has no `Debug`, because the id opens an account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MailedLinkId {
    /// Of a link that resets a password.
    ChangePasswordId(String),
    /// Of a link that verifies an email.
    VerificationId(String),
}

/// The response to [`MailedLinkId`]: the account that the link can verify. Both members are `None` for every other link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenedLink {
    /// The account's email.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// When somebody created the account, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<String>,
}

/// Begins the check of the second factor that a reset link requires. This type has no `Debug`, because it holds an id that opens an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartLinkCode {
    /// The id in the reset link.
    pub change_password_id: String,
}

/// Checks the second factor's code for a reset link. This type has no `Debug`, because it holds a code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckLinkCode {
    /// The id of the check.
    pub two_factor_id: String,
    /// The code as the user has typed it.
    pub code: String,
}

/// Body of `POST /api/not-me`, which deletes an account that somebody else has created. This type has no `Debug`, because the id opens an
/// account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotMe {
    /// The id in the link that would verify the email.
    pub verification_id: String,
}

/// The response to a request that only reports success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}

/// One of the two applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum App {
    /// The shop: products and a cart.
    Store,
    /// The forum: posts.
    Forums,
}

impl App {
    /// The name of the shop, or of its forums, in titles.
    pub fn full_name(self) -> &'static str {
        match self {
            Self::Store => "Fernhill",
            Self::Forums => "Fernhill Forums",
        }
    }

    /// The same in the header, where a phone has no room for the full name of the forums.
    pub fn brand(self) -> &'static str {
        match self {
            Self::Store => self.full_name(),
            Self::Forums => "Forums",
        }
    }
}

/// How a site signs its users in. Each workflow runs on its own hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workflow {
    /// The browser signs in at FusionAuth; JWT in local storage, refresh token in FusionAuth's cookie.
    SpaLocalStorage,
    /// The browser signs in at its backend; both tokens in cookies of the application's host, the backend renews.
    SpaBackend,
    /// The browser signs in at FusionAuth; both tokens in cookies of the parent domain, the browser renews.
    SpaSharedDomain,
    /// Server-rendered pages; both tokens in cookies of the application's host.
    WebappJwt,
    /// Server-rendered pages; a session id and the refresh token in cookies of the application's host.
    WebappSession,
}

/// Every workflow.
pub const WORKFLOWS: [Workflow; 5] =
    [Workflow::SpaLocalStorage, Workflow::SpaBackend, Workflow::SpaSharedDomain, Workflow::WebappJwt, Workflow::WebappSession];

/// How a request carries its credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialTransport {
    /// An access token in `Authorization: Bearer`, which the app's script adds.
    Bearer,
    /// The backend's cookies on the application's host: JWT and refresh token. The backend renews the JWT.
    JwtCookies,
    /// FusionAuth's cookies on the parent domain. The browser renews the JWT at FusionAuth.
    ParentDomainCookies,
    /// The backend's cookies on the application's host: session id and refresh token. The backend renews the session.
    SessionCookies,
}

impl Workflow {
    /// The name in host names and documents, such as `spa-local-storage`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::SpaLocalStorage => "spa-local-storage",
            Self::SpaBackend => "spa-backend",
            Self::SpaSharedDomain => "spa-shared-domain",
            Self::WebappJwt => "webapp-jwt",
            Self::WebappSession => "webapp-session",
        }
    }

    /// How requests of this workflow carry their credential.
    pub fn credential_transport(self) -> CredentialTransport {
        match self {
            Self::SpaLocalStorage => CredentialTransport::Bearer,
            Self::SpaBackend | Self::WebappJwt => CredentialTransport::JwtCookies,
            Self::SpaSharedDomain => CredentialTransport::ParentDomainCookies,
            Self::WebappSession => CredentialTransport::SessionCookies,
        }
    }
}

/// The element id of the configuration block in `index.html`: `<script type="application/json" id="storefront-config">`.
pub const CONFIG_ELEMENT_ID: &str = "storefront-config";

/// The element id of the preloaded answer to the page's first request, `<script type="application/json" id="first-answer">`. Only pages
/// that the server sends with content have it.
pub const FIRST_ANSWER_ID: &str = "first-answer";

/// The element id of the content in a page that the server sends with content.
pub const FIRST_CONTENT_ID: &str = "first-content";

/// The configuration block: the application, the workflow, and the URLs. It holds nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpaConfig {
    /// The application of this host.
    pub app: App,
    /// The workflow of this host.
    pub workflow: Workflow,
    /// The origin that login, refresh and logout are sent to, without a trailing slash: that of FusionAuth for browsers. In `spa-backend`
    /// it is that of the application's backend, which has login and logout at the same paths, and renews on its own.
    pub fusionauth_url: String,
    /// This application's id at FusionAuth.
    pub application_id: String,
    /// The other application's origin, for the link between them.
    pub sibling_url: String,
    /// How users with a locked or expired account reach the team. Pages show this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}
