//! The cart of a guest in the API: `GET /api/guest-cart`, `POST /api/guest-cart/lines`, and `PUT` and `DELETE` of
//! `/api/guest-cart/lines/{product}`.
//!
//! The cookie `storefront_guest_cart` identifies the cart. Adding a product without this cookie begins a cart. The server ignores the
//! credential of a sign-in here, so that no item for the user's own cart gets into a guest's cart, or the other way round.

use crate::auth::cookies::Cookies;
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::{client_address::ClientAddress, endpoint::endpoint, json_body::JsonBody, problem::ProblemResponse};
use crate::state::Backend;
use crate::store::cart::{CartOwner, LineChange, LineRequest, LineResponse, add_to_cart, cart_of, change_line, is_gone};
use crate::store::{currency::CURRENCY, error::Error};
use crate::users::guest::Guest;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router};
use storefront_api::{AddToCart, Cart, SetQuantity, endpoints};

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::GUEST_CART, load)
        .merge(endpoint(endpoints::ADD_TO_GUEST_CART, add))
        .merge(endpoint(endpoints::SET_GUEST_QUANTITY, set_quantity))
        .merge(endpoint(endpoints::REMOVE_GUEST_LINE, remove))
}

async fn load(State(backend): State<Backend>, cookies: Cookies) -> Result<Json<Cart>, ProblemResponse> {
    let cart = match Guest::of(&cookies) {
        Some(guest) => cart_of(&backend.db, &guest.owner()).await?,
        None => Cart { currency: CURRENCY.to_owned(), lines: Vec::new(), total: 0, notice: None },
    };
    Ok(Json(cart))
}

async fn add(
    State(backend): State<Backend>,
    client: ClientAddress,
    cookies: Cookies,
    key: IdempotencyKey,
    JsonBody(wanted): JsonBody<AddToCart>,
) -> Result<StoredResponse, ProblemResponse> {
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

async fn set_quantity(
    State(backend): State<Backend>,
    cookies: Cookies,
    line: LineRequest,
    JsonBody(SetQuantity { quantity }): JsonBody<SetQuantity>,
) -> Result<LineResponse, ProblemResponse> {
    change(&backend, &cookies, &line, LineChange::Set(quantity)).await
}

async fn remove(State(backend): State<Backend>, cookies: Cookies, line: LineRequest) -> Result<LineResponse, ProblemResponse> {
    change(&backend, &cookies, &line, LineChange::Remove).await
}

async fn change(backend: &Backend, cookies: &Cookies, line: &LineRequest, change: LineChange) -> Result<LineResponse, ProblemResponse> {
    let result = match Guest::of(cookies) {
        Some(guest) => {
            guest.remember(cookies);
            change_line(&backend.db, &CartOwner::Guest(guest), line, change).await
        }
        None => Err(Error::GuestCartGone),
    };
    if matches!(result, Err(Error::GuestCartGone)) {
        Guest::forget(cookies);
    }
    Ok(result?)
}
