//! Orders without an account, in the API and for the pages: `GET /api/guest-checkout`, `POST /api/guest-orders`, and below `/api/guest-order`
//! the order that the browser's cookie opens (`order_links`). An order is never compared with the accounts, so it reveals nothing about them.

use crate::auth::cookies::Cookies;
use crate::database;
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::problem::ApiResult;
use crate::http::{body::JsonBody, endpoint::endpoint, host::port};
use crate::store::order_links::{self, LinkSecret};
use crate::store::orders::{GuestRequest, cancel, place_guest_order};
use crate::store::{cart, delivery, error::Error, order_data, stored_orders};
use crate::users::guest::Guest;
use crate::{state::Backend, user_data, user_request::ApiRequest};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use sqlx::AnyPool;
use storefront_api::orders::{Checkout, CheckoutForm, EmailState, Order, OrderSummary, PlaceGuestOrder};
use storefront_api::{Done, endpoints, problems::ProblemCode};

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
    Ok(Json(checkout_of(&backend, &cookies).await?))
}

async fn place(
    ApiRequest { backend, client, cookies, .. }: ApiRequest,
    headers: HeaderMap,
    key: IdempotencyKey,
    JsonBody(wanted): JsonBody<PlaceGuestOrder>,
) -> ApiResult<StoredResponse> {
    let request = GuestRequest { backend: &backend, client, cookies: &cookies, origin: &backend.site.origin(port(&headers)) };
    match place_guest_order(&request, key, &wanted).await {
        // This also sets the cookie of an order whose answer was lost.
        Err(problem) if problem.is_because_of_state() || problem.code() == ProblemCode::IdempotencyKeyReused => {
            Err(problem.with_member("checkout", &checkout_of(&backend, &cookies).await?))
        }
        response => response,
    }
}

async fn one(ApiRequest { backend, cookies, .. }: ApiRequest) -> ApiResult<Json<Order>> {
    Ok(Json(opened(&backend, &cookies).await?))
}

async fn cancellation(ApiRequest { backend, cookies, .. }: ApiRequest) -> ApiResult<Json<Order>> {
    cancel_opened(&backend, &cookies).await?;
    Ok(Json(opened(&backend, &cookies).await?))
}

async fn export(ApiRequest { backend, cookies, .. }: ApiRequest) -> ApiResult<Response> {
    data_file(&backend.db, &cookies).await
}

async fn delete(ApiRequest { backend, cookies, .. }: ApiRequest) -> ApiResult<Json<Done>> {
    erase(&backend.db, &cookies).await?;
    Ok(Json(Done {}))
}

/// The checkout of a guest. The server stores no form of a guest.
pub(crate) async fn checkout_of(backend: &Backend, cookies: &Cookies) -> ApiResult<Checkout> {
    let guest = Guest::of(cookies);
    let owner = guest.as_ref().map_or_else(String::new, Guest::owner);
    let cart = cart::read_orderable(&mut *backend.db.acquire().await?, &owner).await?;
    let latest_order = if cart.lines.is_empty() { received(backend, cookies).await? } else { None };
    Ok(Checkout {
        deliveries: delivery::options(cart.total).to_vec(),
        cart,
        form: CheckoutForm::default(),
        key: guest.map_or_else(String::new, |it| it.order_key()),
        confirmation_email: None,
        email_state: EmailState::Confirmed,
        latest_order,
    })
}

/// The order that the browser's cookie opens.
///
/// # Errors
/// [`Error::LinkEnded`] without a valid link, or a database error.
pub(super) async fn opened(backend: &Backend, cookies: &Cookies) -> Result<Order, Error> {
    let (owner, id) = order_links::opened(&backend.db, cookies).await?;
    let order = stored_orders::find(&backend.db, &owner, &id).await?;
    Ok(Order { seller: backend.config.seller.clone(), ..order })
}

/// The order that this guest's browser has sent, if there is nothing to order now. If the answer to the order was lost, this sets the cookie
/// that opens the order.
pub(super) async fn received(backend: &Backend, cookies: &Cookies) -> ApiResult<Option<OrderSummary>> {
    if let Some(guest) = Guest::of(cookies)
        && let Some(answer) = IdempotencyKey::from_form(guest.order_key()).response(&backend.db, &guest.owner()).await?
        && answer.status() == StatusCode::CREATED
    {
        let (secret, id) = (order_links::key_of(backend)?, answer.json::<OrderSummary>()?.id);
        let secret = LinkSecret::of_order(secret, &id);
        match stored_orders::find(&backend.db, &secret.owner(), &id).await {
            Ok(order) => {
                secret.remember(cookies);
                Guest::forget(cookies);
                return Ok(Some(order.summary));
            }
            Err(Error::OrderUnknown) => {}
            Err(error) => return Err(error.into()),
        }
    }
    match opened(backend, cookies).await {
        Ok(order) if Guest::of(cookies).is_none() => Ok(Some(order.summary)),
        // A guest who has a cart again has not ordered this cart.
        Ok(_) => Ok(None),
        Err(Error::LinkEnded | Error::OrderUnknown) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Cancels the order that the browser's cookie opens.
///
/// # Errors
/// [`Error::LinkEnded`], [`Error::OrderShipped`], or a database error.
pub(super) async fn cancel_opened(backend: &Backend, cookies: &Cookies) -> Result<(), Error> {
    let (owner, id) = order_links::opened(&backend.db, cookies).await?;
    cancel(backend, None, &owner, &id).await
}

/// A file with the data about the order that the browser's cookie opens.
///
/// # Errors
/// [`Error::LinkEnded`], or a database error.
pub(super) async fn data_file(db: &AnyPool, cookies: &Cookies) -> ApiResult<Response> {
    let (owner, _) = order_links::opened(db, cookies).await?;
    Ok(user_data::file("order.json", &order_data::orders(db, &owner).await?).into_response())
}

/// Deletes what the order that the browser's cookie opens says about a person, cancels the order unless it was sent, and ends its link.
///
/// # Errors
/// [`Error::LinkEnded`], or a database error.
pub(super) async fn erase(db: &AnyPool, cookies: &Cookies) -> Result<(), Error> {
    let (owner, _) = order_links::opened(db, cookies).await?;
    database::retried(async || {
        let mut transaction = database::begin_write(db).await?;
        for statement in order_data::DELETION {
            sqlx::query(statement).bind(&owner).execute(&mut *transaction).await?;
        }
        let link = sqlx::query("DELETE FROM guest_orders WHERE owner = $1").bind(&owner).execute(&mut *transaction).await?;
        if link.rows_affected() == 0 {
            return Err(Error::LinkEnded);
        }
        transaction.commit().await?;
        Ok(())
    })
    .await?;
    LinkSecret::forget(cookies);
    Ok(())
}
