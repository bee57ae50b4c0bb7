//! The cart of a guest in the API: `GET /api/guest-cart`, `POST /api/guest-cart/lines`, and `PUT` and `DELETE` of
//! `/api/guest-cart/lines/{product}`.
//!
//! The cookie `storefront_guest_cart` identifies the cart. Adding a product without this cookie begins a cart. The server ignores the
//! credential of a sign-in here, so that no item for the user's own cart gets into a guest's cart, or the other way round.

use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::{body::JsonBody, endpoint::endpoint, problem::ApiResult};
use crate::store::cart::{CartOwner, LineRequest, LineResponse, add_to_cart, cart_of, change_line, is_gone};
use crate::store::{CURRENCY, error::Error};
use crate::{state::Backend, user_request::ApiRequest, users::guest::Guest};
use axum::{Json, Router, http::StatusCode};
use storefront_api::{AddToCart, Cart, SetQuantity, endpoints};

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::GUEST_CART, load)
        .merge(endpoint(endpoints::ADD_TO_GUEST_CART, add))
        .merge(endpoint(endpoints::SET_GUEST_QUANTITY, set_quantity))
        .merge(endpoint(endpoints::REMOVE_GUEST_LINE, remove))
}

async fn load(ApiRequest { backend, cookies, .. }: ApiRequest) -> ApiResult<Json<Cart>> {
    let cart = match Guest::of(&cookies) {
        Some(guest) => cart_of(&backend.db, &guest.owner()).await?,
        None => Cart { currency: CURRENCY.to_owned(), lines: Vec::new(), total: 0, notice: None },
    };
    Ok(Json(cart))
}

async fn add(request: ApiRequest, key: IdempotencyKey, JsonBody(wanted): JsonBody<AddToCart>) -> ApiResult<StoredResponse> {
    let ApiRequest { backend, client, cookies, .. } = request;
    backend.attempts.guest_additions.take_from(client).await?;
    let owner = CartOwner::Guest(Guest::of(&cookies).unwrap_or_else(Guest::without_cart));
    let response = add_to_cart(&backend.db, &owner, key, &wanted).await?;
    match (response.status(), owner) {
        (StatusCode::OK, CartOwner::Guest(guest)) => guest.remember(&cookies),
        _ if is_gone(&response) => Guest::forget(&cookies),
        _ => {}
    }
    Ok(response)
}

async fn set_quantity(request: ApiRequest, line: LineRequest, JsonBody(sent): JsonBody<SetQuantity>) -> ApiResult<LineResponse> {
    change(&request, &line, Some(sent.quantity)).await
}

async fn remove(request: ApiRequest, line: LineRequest) -> ApiResult<LineResponse> {
    change(&request, &line, None).await
}

async fn change(ApiRequest { backend, cookies, .. }: &ApiRequest, line: &LineRequest, quantity: Option<i64>) -> ApiResult<LineResponse> {
    let result = match Guest::of(cookies) {
        Some(guest) => {
            guest.remember(cookies);
            change_line(&backend.db, &CartOwner::Guest(guest), line, quantity).await
        }
        None => Err(Error::GuestCartGone),
    };
    if matches!(result, Err(Error::GuestCartGone)) {
        Guest::forget(cookies);
    }
    Ok(result?)
}
