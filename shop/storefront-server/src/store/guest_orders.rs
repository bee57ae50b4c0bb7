//! Orders without an account, in the API and for the pages: `GET /api/guest-checkout`, `POST /api/guest-orders`, and below `/api/guest-order`
//! the order that the browser's cookie opens (`order_links`). An order is never compared with the accounts, so it reveals nothing about them.

use crate::auth::cookies::Cookies;
use crate::database;
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::problem::ApiResult;
use crate::http::{body::JsonBody, endpoint::endpoint, host::port};
use crate::store::order_links::{self, LinkSecret};
use crate::store::orders::{GuestRequest, cancel, place_guest_order};
use crate::store::{checkout, error::Error, order_data, stored_orders};
use crate::users::guest::Guest;
use crate::{state::Backend, user_request::ApiRequest};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::Value;
use sqlx::AnyPool;
use storefront_api::orders::{Checkout, Order, PlaceGuestOrder};
use storefront_api::{Done, endpoints};

/// The routes below `/api` that need no sign-in.
pub(crate) fn router() -> Router<Backend> {
    endpoint(endpoints::GUEST_CHECKOUT, load)
        .merge(endpoint(endpoints::PLACE_GUEST_ORDER, place))
        .merge(endpoint(endpoints::GUEST_ORDER, one))
        .merge(endpoint(endpoints::CANCEL_GUEST_ORDER, cancellation))
        .merge(endpoint(endpoints::EXPORT_GUEST_ORDER, export))
        .merge(endpoint(endpoints::DELETE_GUEST_ORDER, delete))
}

async fn load(ApiRequest { backend, cookies, .. }: ApiRequest) -> ApiResult<Json<Checkout>> {
    order_links::key_of(&backend)?;
    Ok(Json(checkout::of_guest(&backend.db, Guest::of(&cookies).as_ref()).await?))
}

async fn place(
    ApiRequest { backend, client, cookies, .. }: ApiRequest,
    headers: HeaderMap,
    key: IdempotencyKey,
    JsonBody(wanted): JsonBody<PlaceGuestOrder>,
) -> ApiResult<StoredResponse> {
    let request = GuestRequest { backend: &backend, client, cookies: &cookies, origin: &backend.site.origin(port(&headers)) };
    match place_guest_order(&request, key, &wanted).await {
        Err(problem) if problem.is_because_of_state() => {
            Err(problem.with_member("checkout", &checkout::of_guest(&backend.db, Guest::of(&cookies).as_ref()).await?))
        }
        response => response,
    }
}

async fn one(ApiRequest { backend, cookies, .. }: ApiRequest) -> ApiResult<Json<Order>> {
    Ok(Json(opened(&backend.db, &cookies).await?))
}

async fn cancellation(ApiRequest { backend, cookies, .. }: ApiRequest) -> ApiResult<Json<Order>> {
    cancel_opened(&backend.db, &cookies).await?;
    Ok(Json(opened(&backend.db, &cookies).await?))
}

async fn export(ApiRequest { backend, cookies, .. }: ApiRequest) -> ApiResult<Response> {
    data_file(&backend.db, &cookies).await
}

async fn delete(ApiRequest { backend, cookies, .. }: ApiRequest) -> ApiResult<Json<Done>> {
    erase(&backend.db, &cookies).await?;
    Ok(Json(Done {}))
}

/// The order that the browser's cookie opens.
///
/// # Errors
/// [`Error::OrderUnknown`] without a valid link, or a database error.
pub(super) async fn opened(db: &AnyPool, cookies: &Cookies) -> Result<Order, Error> {
    let (owner, id) = order_links::opened(db, cookies).await?;
    stored_orders::find(db, &owner, &id).await
}

/// Cancels the order that the browser's cookie opens.
///
/// # Errors
/// [`Error::OrderUnknown`], [`Error::OrderShipped`], or a database error.
pub(super) async fn cancel_opened(db: &AnyPool, cookies: &Cookies) -> Result<(), Error> {
    let (owner, id) = order_links::opened(db, cookies).await?;
    cancel(db, &owner, &id).await
}

/// A file with the data about the order that the browser's cookie opens.
///
/// # Errors
/// [`Error::OrderUnknown`], or a database error.
pub(super) async fn data_file(db: &AnyPool, cookies: &Cookies) -> ApiResult<Response> {
    let (owner, _) = order_links::opened(db, cookies).await?;
    let data: Value = order_data::orders(db, &owner).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"order.json\"")),
    ];
    Ok((headers, format!("{data:#}")).into_response())
}

/// Deletes what the order that the browser's cookie opens says about a person, cancels the order unless it was sent, and ends its link.
///
/// # Errors
/// [`Error::OrderUnknown`], or a database error.
pub(super) async fn erase(db: &AnyPool, cookies: &Cookies) -> Result<(), Error> {
    let (owner, _) = order_links::opened(db, cookies).await?;
    database::retried(async || {
        let mut transaction = database::begin_write(db).await?;
        for statement in order_data::DELETION.into_iter().chain(["DELETE FROM guest_orders WHERE owner = $1"]) {
            sqlx::query(statement).bind(&owner).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    })
    .await?;
    LinkSecret::forget(cookies);
    Ok(())
}
