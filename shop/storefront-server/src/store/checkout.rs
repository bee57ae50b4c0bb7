//! The checkout: `GET /api/checkout` returns the cart as it can be ordered now, with the form, and `PUT /api/checkout` saves the form. So a
//! reload, another device or an expired session loses nothing. The browser never stores a postal address.
//!
//! The idempotency key of an order contains the number of the user's orders so far. So the key is the same in every tab and after a reload,
//! until the user has placed an order, and the server need not store the key. `PUT` carries the key, too. A form that arrives after its order
//! is ignored, because the order has deleted the draft with its postal address.

use crate::auth::{email_proof, verify::EmailStatus};
use crate::clock::now_ms;
use crate::http::{body::JsonBody, endpoint::endpoint, idempotency::IdempotencyKey, problem::ApiResult};
use crate::store::{cart, delivery, stored_orders};
use crate::{database, drafts, state::Backend, user_request::UserRequest};
use axum::{Json, Router};
use sqlx::{AnyConnection, AnyPool};
use storefront_api::orders::{Checkout, CheckoutForm, Delivery, EmailState};
use storefront_api::{CredentialTransport, Done, endpoints};

/// How long the checkout shows the latest order when the cart is empty.
const LATEST_ORDER_MS: i64 = 60 * 60 * 1_000;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::CHECKOUT, load).merge(endpoint(endpoints::SAVE_CHECKOUT, save))
}

async fn load(request: UserRequest) -> ApiResult<Json<Checkout>> {
    Ok(Json(of_user(&request).await?))
}

async fn save(request: UserRequest, key: IdempotencyKey, JsonBody(form): JsonBody<CheckoutForm>) -> ApiResult<Json<Done>> {
    let (db, user_id) = (&request.backend.db, &*request.user.user_id);
    let body = serde_json::json!(form).to_string();
    database::retried(|| async {
        let mut transaction = database::begin_write(db).await?;
        // This statement changes nothing. It only makes this transaction wait for an order that is being placed.
        let lock = sqlx::query("UPDATE carts SET changes = changes WHERE user_id = $1").bind(user_id);
        lock.execute(&mut *transaction).await?;
        if !key.differs_from(&order_key(&mut transaction, user_id).await?) {
            drafts::save_checkout(&mut *transaction, user_id, &body).await?;
        }
        transaction.commit().await
    })
    .await?;
    Ok(Json(Done {}))
}

/// The idempotency key of the user's next order.
async fn order_key(db: &mut AnyConnection, user_id: &str) -> sqlx::Result<String> {
    Ok(format!("order-{}", stored_orders::count(db, user_id).await? + 1))
}

/// The checkout of this user: the cart as it can be ordered now, the deliveries with their prices, the form and the key.
pub(crate) async fn of_user(request: &UserRequest) -> ApiResult<Checkout> {
    let UserRequest { backend, user, .. } = request;
    // This comes first, because a request that waits for a second connection while it holds one could wait for itself.
    let email_state = email_state(request).await;
    let db = &mut *backend.db.acquire().await?;
    let cart = cart::read_orderable(db, &user.user_id).await?;
    let latest = stored_orders::latest(db, &user.user_id).await?;
    let form = match draft(db, &user.user_id).await? {
        Some(form) => form,
        None => latest.as_ref().map(|it| CheckoutForm { address: it.address.clone(), delivery: Delivery::Standard }).unwrap_or_default(),
    };
    let is_fresh = |placed_at: i64| placed_at > now_ms() - LATEST_ORDER_MS;
    Ok(Checkout {
        deliveries: delivery::options(cart.total).to_vec(),
        cart,
        form,
        key: order_key(db, &user.user_id).await?,
        confirmation_email: confirmation_email(request),
        email_state,
        latest_order: latest.filter(|it| is_fresh(it.placed_at)).map(|it| it.summary),
    })
}

/// Whether this site can confirm orders by email.
pub(super) fn can_confirm(backend: &Backend) -> bool {
    backend.fusionauth.sends_messages()
}

/// The email that will get the confirmation of this user's order, if this site can send one.
pub(super) fn confirmation_email(UserRequest { backend, user, .. }: &UserRequest) -> Option<String> {
    user.email.clone().filter(|_| can_confirm(backend))
}

/// Whether this user has confirmed the email. Only a session asks FusionAuth, because it does not say so itself. Without an answer, it counts
/// as confirmed, so the checkout does not wait for FusionAuth.
pub(super) async fn email_state(UserRequest { backend, user, .. }: &UserRequest) -> EmailState {
    let (db, id) = (&backend.db, &user.user_id);
    match (user.email_status, backend.site.workflow.credential_transport()) {
        (EmailStatus::Unverified, _) => EmailState::Unconfirmed,
        (_, CredentialTransport::SessionCookies) => email_proof::of_user(&backend.fusionauth, db, id).await.unwrap_or_default(),
        _ => email_proof::noted(db, id).await.unwrap_or_default(),
    }
}

/// Saves the user's form, replacing the previous one.
pub(crate) async fn keep(db: &AnyPool, user_id: &str, form: &CheckoutForm) -> sqlx::Result<()> {
    let body = serde_json::json!(form).to_string();
    database::retried(|| drafts::save_checkout(db, user_id, &body)).await
}

/// The user's saved form. Placing an order deletes it.
async fn draft(db: &mut AnyConnection, user_id: &str) -> sqlx::Result<Option<CheckoutForm>> {
    let query = sqlx::query_scalar("SELECT body FROM checkout_drafts WHERE user_id = $1").bind(user_id);
    let body: Option<String> = query.fetch_optional(db).await?;
    Ok(body.and_then(|it| serde_json::from_str(&it).ok()))
}
