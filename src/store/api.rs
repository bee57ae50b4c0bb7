//! The Store's requests that choose between the user's and the guest's endpoint, or read headers.

use crate::data::{ApiError, Call, call, call_url, call_with};
use leptos_fusionauth::Session;
use std::pin::Pin;
use storefront_api::catalogue::{PRODUCT_COUNT, ProductPage, SEARCHED_FOR, decode};
use storefront_api::{AddToCart, Cart, GUEST_CART_ITEMS, SetQuantity, endpoints};

/// The owner of the cart in a request: the signed-in user or, without a session, the guest whom the browser's cookie identifies.
pub type CartOwner = Option<Session>;

/// Reads a page of the list of products, and the number of items in the guest's cart, if this browser has one. `url` is the
/// path of the endpoint with the query of a filter, or the URL of the next page. The request needs no sign-in.
// Boxed, because otherwise the request would be compiled into each caller.
pub fn products(url: String) -> Pin<Box<dyn Future<Output = Products>>> {
    Box::pin(product_page(url))
}

/// A page of the list, and the number of items in the guest's cart.
type Products = Result<(ProductPage, Option<i64>), ApiError>;

async fn product_page(url: String) -> Products {
    let names = [PRODUCT_COUNT, SEARCHED_FOR, "link", GUEST_CART_ITEMS];
    let (products, headers) = call_url(endpoints::PRODUCTS, url).send_for_headers(None, names).await?;
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

/// Reads the cart.
pub async fn cart(owner: CartOwner) -> Result<Cart, ApiError> {
    call(owned(owner, endpoints::CART, endpoints::GUEST_CART), &[]).send(owner).await
}

/// Adds a product to the cart. All attempts of one addition have the same key, so that the backend adds the product once.
pub async fn add(owner: CartOwner, body: &AddToCart, key: String) -> Result<Cart, ApiError> {
    call_with(owned(owner, endpoints::ADD_TO_CART, endpoints::ADD_TO_GUEST_CART), &[], body).key(key).send(owner).await
}

/// The version of a line that is not in the cart.
pub const NO_LINE: i64 = -1;

/// Sets the quantity of a line, or adds the line if the cart does not contain it. A quantity of 0 removes the line. With `expected`, the
/// backend rejects the request unless the line has that version.
pub async fn change_line(owner: CartOwner, product: &str, quantity: i64, expected: Option<i64>) -> Result<Cart, ApiError> {
    let request: Call<Cart> = match quantity {
        0 => call(owned(owner, endpoints::REMOVE_LINE, endpoints::REMOVE_GUEST_LINE), &[product]),
        quantity => call_with(owned(owner, endpoints::SET_QUANTITY, endpoints::SET_GUEST_QUANTITY), &[product], &SetQuantity { quantity }),
    };
    let request = match expected {
        None => request,
        Some(NO_LINE) => request.header("If-None-Match", "*"),
        Some(version) => request.header("If-Match", &format!("\"{version}\"")),
    };
    request.send(owner).await
}

/// The endpoint of the owner.
fn owned<T>(owner: CartOwner, user: T, guest: T) -> T {
    if owner.is_some() { user } else { guest }
}
