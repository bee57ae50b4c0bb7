//! Sends the requests of the Store to the backend: one function for each endpoint, which returns the decoded answer.

use crate::data::client::{ApiError, fetch, fetch_anonymous, fetch_anonymous_with_headers, fetch_events, fetch_for, request};
use gloo_net::http::Method;
use leptos_fusionauth::{ApiRequest, BodyChunks, Session};
use std::{pin::Pin, time::Duration};
use storefront_api::Done;
use storefront_api::catalogue::{PRODUCT_COUNT, ProductPage, SEARCHED_FOR, decode};
use storefront_api::orders::{Checkout, CheckoutForm, Order, OrderSummary, Orders, PlaceOrder, Repetition};
use storefront_api::{AcknowledgeNotice, AddToCart, Cart, GUEST_CART_ITEMS, Product, SetQuantity};

/// The owner of the cart in a request: the signed-in user or, without a session, the guest whom the browser's cookie identifies.
pub type CartOwner = Option<Session>;

/// The URL of the list of products, without the query of a filter.
pub const PRODUCTS: &str = "/api/products";

/// Reads a page of the list of products, and the number of items in the guest's cart, if this browser has one. `url` is [`PRODUCTS`] with
/// the query of a filter, or the URL of the next page. The request needs no sign-in.
// Boxed, because otherwise the request would be compiled into each caller.
pub fn products(url: String) -> Pin<Box<dyn Future<Output = Products>>> {
    Box::pin(product_page(url))
}

/// A page of the list, and the number of items in the guest's cart.
type Products = Result<(ProductPage, Option<i64>), ApiError>;

async fn product_page(url: String) -> Products {
    let names = [PRODUCT_COUNT, SEARCHED_FOR, "link", GUEST_CART_ITEMS];
    let (products, headers): (Vec<Product>, _) = fetch_anonymous_with_headers(ApiRequest::get(url), names).await?;
    let [count, searched_for, link, guest_items] = headers;
    let page = ProductPage {
        count: count.and_then(|it| it.parse().ok()).unwrap_or(products.len() as i64),
        searched_for: searched_for.and_then(|it| decode(&it)),
        next: link.and_then(|it| linked(&it).map(ToOwned::to_owned)),
        products,
    };
    Ok((page, guest_items.and_then(|it| it.parse().ok())))
}

/// The URL in a `Link` header with one link.
fn linked(link: &str) -> Option<&str> {
    let end = link.bytes().position(|byte| byte == b'>')?;
    link.get(1..end)
}

/// Reads one product. The request needs no sign-in.
pub async fn product(id: &str) -> Result<Product, ApiError> {
    let id = String::from(js_sys::encode_uri_component(id));
    fetch_anonymous(ApiRequest::get(format!("/api/products/{id}"))).await
}

/// Reads the cart.
pub async fn cart(owner: CartOwner) -> Result<Cart, ApiError> {
    let url = match owner {
        Some(_) => "/api/load-shopping-cart",
        None => "/api/guest-cart",
    };
    fetch_for(owner, ApiRequest::get(url)).await
}

/// A stream that is silent for this long counts as blocked, because the backend sends something every 20 seconds.
const SILENCE: Duration = Duration::from_secs(45);

/// Opens the stream of the cart's events. Each event contains the version of the cart at the backend.
pub async fn cart_events(session: Session) -> Result<BodyChunks, ApiError> {
    fetch_events(session, ApiRequest::get("/api/shopping-cart/events"), SILENCE).await
}

/// Adds a product to the cart. All attempts of one addition have the same key, so that the backend adds the product once.
pub async fn add(owner: CartOwner, body: &AddToCart, key: String) -> Result<Cart, ApiError> {
    let url = match owner {
        Some(_) => "/api/shopping-cart/lines",
        None => "/api/guest-cart/lines",
    };
    fetch_for(owner, request(Method::POST, url, body, Some(key))).await
}

/// The version of a line that is not in the cart.
pub const NO_LINE: i64 = -1;

/// Sets the quantity of a line, or adds the line if the cart does not contain it. A quantity of 0 removes the line. With `expected`, the
/// backend rejects the request unless the line has that version.
pub async fn change_line(owner: CartOwner, product: &str, quantity: i64, expected: Option<i64>) -> Result<Cart, ApiError> {
    let url = line_url(owner, product);
    let request = match quantity {
        0 => ApiRequest::delete(url),
        quantity => request(Method::PUT, url, &SetQuantity { quantity }, None),
    };
    let request = match expected {
        None => request,
        Some(NO_LINE) => request.header("If-None-Match", "*"),
        Some(version) => request.header("If-Match", &format!("\"{version}\"")),
    };
    fetch_for(owner, request).await
}

/// Tells the backend that the user accepts the cart's notice.
pub async fn acknowledge(session: Session, notice: String) -> Result<Cart, ApiError> {
    fetch(session, request(Method::POST, "/api/shopping-cart/acknowledgement", &AcknowledgeNotice { notice }, None)).await
}

/// Reads the data of the checkout page: the cart, the deliveries with their prices, and the saved form.
pub async fn checkout(session: Session) -> Result<Checkout, ApiError> {
    fetch(session, ApiRequest::get("/api/checkout")).await
}

/// Saves the form of the checkout with this key. The backend ignores the form if the order with this key was placed.
pub async fn keep_checkout(session: Session, form: &CheckoutForm, key: String) -> Result<Done, ApiError> {
    fetch(session, request(Method::PUT, "/api/checkout", form, Some(key))).await
}

/// Places an order. All attempts of one order have the same key, so that the backend places the order once.
pub async fn place_order(session: Session, order: &PlaceOrder, key: String) -> Result<OrderSummary, ApiError> {
    fetch(session, request(Method::POST, "/api/orders", order, Some(key))).await
}

/// Reads the newest orders, or those that are older than `before`.
pub async fn orders(session: Session, before: Option<String>) -> Result<Orders, ApiError> {
    let query = before.map_or_else(String::new, |before| "?before=".to_owned() + &before);
    fetch(session, ApiRequest::get("/api/orders".to_owned() + &query)).await
}

/// Reads one order.
pub async fn order(session: Session, id: &str) -> Result<Order, ApiError> {
    let id = String::from(js_sys::encode_uri_component(id));
    fetch(session, ApiRequest::get(format!("/api/orders/{id}"))).await
}

/// Cancels an order. A repeated request changes nothing.
pub async fn cancel_order(session: Session, id: &str) -> Result<Order, ApiError> {
    let url = format!("/api/orders/{id}/cancellation");
    fetch(session, request(Method::POST, url, &Done {}, None)).await
}

/// Puts the products of an order into the cart again. A repeated request adds nothing.
pub async fn repeat_order(session: Session, id: &str) -> Result<Repetition, ApiError> {
    fetch(session, request(Method::POST, format!("/api/orders/{id}/repetition"), &Done {}, None)).await
}

fn line_url(owner: CartOwner, product: &str) -> String {
    let product = String::from(js_sys::encode_uri_component(product));
    match owner {
        Some(_) => format!("/api/shopping-cart/lines/{product}"),
        None => format!("/api/guest-cart/lines/{product}"),
    }
}
