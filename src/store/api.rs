//! Sends the requests of the Store to the backend: one function for each endpoint, which returns the decoded answer.

use crate::data::client::{ApiError, fetch, fetch_anonymous, request};
use leptos_fusionauth::{ApiRequest, Method, Session};
use storefront_api::{AddToCart, Cart, Product, SetQuantity};

/// The products. Public.
pub async fn products() -> Result<Vec<Product>, ApiError> {
    fetch_anonymous(ApiRequest::get("/api/products")).await
}

/// The cart of whoever is signed in.
pub async fn cart(session: Session) -> Result<Cart, ApiError> {
    fetch(session, ApiRequest::get("/api/load-shopping-cart")).await
}

/// Adds to the cart. All tries of one addition have the same key, so that the backend adds once.
pub async fn add(session: Session, body: &AddToCart, key: String) -> Result<Cart, ApiError> {
    fetch(session, request(Method::POST, "/api/shopping-cart/lines", body, Some(key))).await
}

/// Sets the quantity of a line; adds the line if there is none.
pub async fn set_quantity(session: Session, product: &str, quantity: i64) -> Result<Cart, ApiError> {
    fetch(session, request(Method::PUT, line_url(product), &SetQuantity { quantity }, None)).await
}

/// Removes a line.
pub async fn remove_line(session: Session, product: &str) -> Result<Cart, ApiError> {
    fetch(session, ApiRequest::delete(line_url(product))).await
}

fn line_url(product: &str) -> String {
    format!("/api/shopping-cart/lines/{}", String::from(js_sys::encode_uri_component(product)))
}
