//! Moves an order without an account into an account: `POST /api/guest-orders/claim`.
//!
//! An order moves only by a click of a signed-in user whose browser has the order's link, and only if its email is the one that FusionAuth
//! has *now* for this user and that the user has proven. The email alone proves nothing, because anybody can type, register or change to any
//! email. Neither does the link, because the browser that placed the order has its secret, too.

use crate::auth::email_proof;
use crate::database;
use crate::http::{endpoint::endpoint, problem::ApiResult};
use crate::store::{error::Error, guest_orders, order_links::LinkSecret, stored_orders};
use crate::{state::Backend, user_request::UserRequest};
use axum::{Json, Router};
use storefront_api::endpoints;
use storefront_api::orders::{ClaimableOrder, Order, Orders};

/// The route below `/api`.
pub(crate) fn router() -> Router<Backend> {
    endpoint(endpoints::CLAIM_GUEST_ORDERS, handle)
}

async fn handle(request: UserRequest) -> ApiResult<Json<Orders>> {
    claim(&request).await?;
    Ok(Json(stored_orders::page_of(&request.backend.db, &request.user.user_id, None).await?))
}

/// The order that this user can move into the account. Without the link, the list asks FusionAuth nothing. An error hides the offer and
/// never fails the list.
pub(super) async fn claimable(request: &UserRequest) -> Option<ClaimableOrder> {
    let Order { summary, address, confirmation_email, .. } = guest_orders::opened(&request.backend, &request.cookies).await.ok()?;
    let is_mine = is_proven(request, confirmation_email.as_deref()).await.unwrap_or(false);
    is_mine.then_some(ClaimableOrder { number: summary.number, placed_at: summary.placed_at, city: address.city })
}

/// Whether the order's email is the user's, and proven.
async fn is_proven(UserRequest { backend, user, .. }: &UserRequest, email: Option<&str>) -> ApiResult<bool> {
    let proven = email_proof::proven_email(&backend.fusionauth, &backend.db, &user.user_id).await?;
    Ok(proven.zip(email).is_some_and(|(proven, email)| proven.to_lowercase() == email.to_lowercase()))
}

/// The result of a claim.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// The order is now in the account.
    Moved,
    /// The browser has no valid link, for example because an earlier request has moved the order.
    Nothing,
}

/// Moves the order that the browser's cookie opens into the account, with its postal address. Its link ends.
///
/// # Errors
/// [`Error::EmailNotProven`], also if the order has another email, that FusionAuth does not answer, or a database error.
pub(super) async fn claim(request: &UserRequest) -> ApiResult<Claim> {
    let UserRequest { backend, user, cookies, .. } = request;
    let order = match guest_orders::opened(backend, cookies).await {
        Ok(order) => order,
        Err(Error::LinkEnded | Error::OrderUnknown) => return Ok(Claim::Nothing),
        Err(error) => return Err(error.into()),
    };
    if !is_proven(request, order.confirmation_email.as_deref()).await? {
        return Err(Error::EmailNotProven.into());
    }
    let owner = LinkSecret::of(cookies).map(|it| it.owner());
    let moved = database::retried(async || {
        let mut transaction = database::begin_write(&backend.db).await?;
        let mine = sqlx::query("UPDATE orders SET user_id = $1 WHERE id = $2 AND user_id = $3");
        let moved = mine.bind(&user.user_id).bind(&order.summary.id).bind(&owner).execute(&mut *transaction).await?.rows_affected();
        sqlx::query("DELETE FROM guest_orders WHERE owner = $1").bind(&owner).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok::<_, sqlx::Error>(moved)
    })
    .await?;
    if moved == 0 {
        return Ok(Claim::Nothing);
    }
    LinkSecret::forget(cookies);
    Ok(Claim::Moved)
}
