//! The link of an order without an account, and the secret that it contains.
//!
//! A hash of the secret owns the order: it stands in `orders.user_id`. So a secret opens one order and nothing else. The secret is derived
//! from the order's id with a key that is in no database. So the server stores only the hash, and can still put the link into the order's
//! message, and set the cookie again if the answer to the order was lost.
//!
//! Only the first URL of a followed link contains the secret: the server moves the secret into a cookie and redirects, as with every mailed
//! link, because a page without a script cannot read a fragment. Logs and traces name the route by its pattern.

use crate::auth::cookies::{CookieName, Cookies};
use crate::clock::now_ms;
use crate::config::{Config, site::Application};
use crate::secret::{Secret, derive_key, hash_secret};
use crate::state::Backend;
use crate::store::{checkout, error::Error};
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use sqlx::{AnyConnection, AnyPool};
use tower_http::set_header::SetResponseHeaderLayer;

/// How long a link opens its order: 90 days. While the order is still to be sent, the purge moves the end.
pub(crate) const LIFE_MS: i64 = 90 * 24 * 60 * 60 * 1_000;

/// The prefix of the id that `orders` stores for such an order, where it stores the user id for a user's. No user id of FusionAuth contains
/// a colon.
const PREFIX: &str = "order:";

/// The path of the order's page.
pub(super) const PATH: &str = "/guest-order";

/// The secret in a link. It opens an order, so this type has no `Debug`.
pub(super) struct LinkSecret(String);

impl LinkSecret {
    /// The secret of the order with this id.
    pub(super) fn of_order(key: &Secret, order: &str) -> Self {
        Self(hex::encode(derive_key(key.expose(), &format!("order link {order}"))))
    }

    /// The secret in the browser's cookie, which may contain any text.
    pub(super) fn of(cookies: &Cookies) -> Option<Self> {
        cookies.get(CookieName::GuestOrder).map(|it| Self(it.to_owned()))
    }

    /// The owner of the order.
    pub(super) fn owner(&self) -> String {
        format!("{PREFIX}{}", hash_secret("order link", &self.0))
    }

    /// Stores the secret in the browser until it is closed, because the next user of a shared computer must not find the order. The mailed
    /// link opens it again.
    pub(super) fn remember(&self, cookies: &Cookies) {
        cookies.set_until_closed(CookieName::GuestOrder, &self.0);
    }

    /// Deletes the secret in the browser.
    pub(super) fn forget(cookies: &Cookies) {
        cookies.delete(CookieName::GuestOrder);
    }

    /// The path of the link.
    pub(super) fn path(&self) -> String {
        format!("{PATH}/{}", self.0)
    }
}

/// The key of all secrets at this site, if guests can order here: the site must be able to mail the link.
///
/// # Errors
/// [`Error::GuestsClosed`]: the shopper has to sign in.
pub(super) fn key_of(backend: &Backend) -> Result<&Secret, Error> {
    let key = key(&backend.config, &backend.site.application).filter(|_| checkout::can_confirm(backend));
    key.ok_or(Error::GuestsClosed)
}

/// The key of all secrets: the same on all instances. A new key leaves the links valid that were already mailed.
pub(crate) fn key<'a>(config: &'a Config, application: &'a Application) -> Option<&'a Secret> {
    config.encryption_secret.as_ref().or(application.api_key.as_ref())
}

/// The route of the links, in every workflow.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/guest-order/{id}", get(follow)).layer(no_index())
}

async fn follow(cookies: Cookies, Path(secret): Path<String>) -> Response {
    if secret.len() == 64 && secret.bytes().all(|it| it.is_ascii_hexdigit()) {
        LinkSecret(secret).remember(&cookies);
    }
    let headers = [
        (header::LOCATION, HeaderValue::from_static(PATH)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// A layer that keeps pages out of search engines.
pub(super) fn no_index() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"))
}

/// Stores that this owner has an order without an account, in the order's transaction.
pub(super) async fn insert(db: &mut AnyConnection, owner: &str, origin: &str) -> sqlx::Result<()> {
    let insert = sqlx::query("INSERT INTO guest_orders (owner, origin, expires_at) VALUES ($1, $2, $3)");
    insert.bind(owner).bind(origin).bind(now_ms() + LIFE_MS).execute(db).await.map(drop)
}

/// The owner and the id of the order that the browser's cookie opens.
///
/// # Errors
/// [`Error::LinkEnded`] without a valid link, or a database error.
pub(super) async fn opened(db: &AnyPool, cookies: &Cookies) -> Result<(String, String), Error> {
    let owner = LinkSecret::of(cookies).ok_or(Error::LinkEnded)?.owner();
    let query =
        "SELECT orders.id FROM guest_orders JOIN orders ON orders.user_id = guest_orders.owner WHERE owner = $1 AND expires_at > $2";
    let id = sqlx::query_scalar(query).bind(&owner).bind(now_ms()).fetch_optional(db).await?;
    Ok((owner, id.ok_or(Error::LinkEnded)?))
}
