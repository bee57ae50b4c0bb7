//! Moves orders without an account into an account: `POST /api/guest-orders/claim`.
//!
//! Orders move only by a click of a signed-in user, and only those with the email that FusionAuth has *now* for this user and that the user
//! has proven: an access token may contain a former email, and anybody can type or register any email. The order's link proves nothing about
//! the email, because the browser that has placed the order has its secret, too.

use crate::auth::email_proof;
use crate::clock::now_ms;
use crate::database;
use crate::http::{endpoint::endpoint, problem::ApiResult};
use crate::store::{error::Error, order_links::LinkSecret, stored_orders};
use crate::{state::Backend, user_request::UserRequest};
use axum::{Json, Router};
use sqlx::AnyPool;
use storefront_api::{endpoints, orders::Orders};

/// The route below `/api`.
pub(crate) fn router() -> Router<Backend> {
    endpoint(endpoints::CLAIM_GUEST_ORDERS, handle)
}

async fn handle(request: UserRequest) -> ApiResult<Json<Orders>> {
    claim(&request).await?;
    Ok(Json(stored_orders::page_of(&request.backend.db, &request.user.user_id, None).await?))
}

/// How many orders without an account this user can move into the account. The email of the access token only saves a question to
/// FusionAuth for users without such orders.
pub(super) async fn claimable(UserRequest { backend, user, .. }: &UserRequest) -> ApiResult<i64> {
    let db = &backend.db;
    if count(db, user.email.as_deref().unwrap_or_default()).await? == 0 {
        return Ok(0);
    }
    match email_proof::proven_email(&backend.fusionauth, db, &user.user_id).await? {
        Some(email) => Ok(count(db, &email).await?),
        None => Ok(0),
    }
}

async fn count(db: &AnyPool, email: &str) -> sqlx::Result<i64> {
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM guest_orders WHERE email = $1 AND expires_at > $2");
    count.bind(email.to_lowercase()).bind(now_ms()).fetch_one(db).await
}

/// Moves the orders with this user's proven email into the account, with their postal addresses. Their links end.
///
/// # Errors
/// [`Error::EmailNotProven`], that FusionAuth does not answer, or a database error.
pub(super) async fn claim(UserRequest { backend, user, cookies, .. }: &UserRequest) -> ApiResult<()> {
    let email = email_proof::proven_email(&backend.fusionauth, &backend.db, &user.user_id).await?.ok_or(Error::EmailNotProven)?;
    database::retried(async || {
        let mut transaction = database::begin_write(&backend.db).await?;
        let email = email.to_lowercase();
        let mine = "UPDATE orders SET user_id = $1 WHERE user_id IN (SELECT owner FROM guest_orders WHERE email = $2 AND expires_at > $3)";
        sqlx::query(mine).bind(&user.user_id).bind(&email).bind(now_ms()).execute(&mut *transaction).await?;
        let links = "DELETE FROM guest_orders WHERE email = $1 AND NOT EXISTS (SELECT 1 FROM orders WHERE user_id = owner)";
        sqlx::query(links).bind(&email).execute(&mut *transaction).await?;
        transaction.commit().await
    })
    .await?;
    LinkSecret::forget(cookies);
    Ok(())
}
