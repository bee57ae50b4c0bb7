//! The products of the Store: `GET /api/products` and `GET /api/products/{product}`, which need no sign-in, and the queries for the
//! server-rendered pages.

use crate::store::cart::{ProductId, cart_of};
use crate::store::error::Error;
use crate::{auth::cookies::Cookies, http::problem::ProblemResponse, state::Backend, users::guest::Guest};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, extract::State, routing::get};
use sqlx::AnyPool;
use storefront_api::{GUEST_CART_ITEMS, Product};

/// The currency of every price. There is one, because a cart with several would have no total.
pub const CURRENCY: &str = "EUR";

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new().route("/products", get(list)).route("/products/{product}", get(one))
}

async fn one(State(backend): State<Backend>, ProductId(id): ProductId) -> Result<Json<Product>, ProblemResponse> {
    Ok(Json(find(&backend.db, &id).await?.ok_or(Error::ProductUnknown)?))
}

/// The response to a visitor's browser also says how much is in the cart, so that no page needs another request to show that.
async fn list(State(backend): State<Backend>, cookies: Cookies) -> Result<Response, ProblemResponse> {
    let products = Json(all(&backend.db).await?);
    let Some(guest) = Guest::of(&cookies) else { return Ok(products.into_response()) };
    let items: i64 = cart_of(&backend.db, &guest.owner()).await?.lines.iter().map(|it| it.quantity).sum();
    Ok(([(GUEST_CART_ITEMS, items.to_string())], products).into_response())
}

/// All products, in the order of the catalogue.
///
/// # Errors
/// The database's.
pub async fn all(db: &AnyPool) -> Result<Vec<Product>, sqlx::Error> {
    let rows: Vec<Row> =
        sqlx::query_as("SELECT id, name, description, price, stock FROM products ORDER BY position, id").fetch_all(db).await?;
    Ok(rows.into_iter().map(product).collect())
}

/// The product with this id, if there is one.
///
/// # Errors
/// The database's.
pub async fn find(db: &AnyPool, id: &str) -> Result<Option<Product>, sqlx::Error> {
    let row: Option<Row> =
        sqlx::query_as("SELECT id, name, description, price, stock FROM products WHERE id = $1").bind(id).fetch_optional(db).await?;
    Ok(row.map(product))
}

/// Id, name, description, price and stock.
type Row = (String, String, String, i64, i64);

fn product((id, name, description, price, stock): Row) -> Product {
    Product { id, name, description, price, currency: CURRENCY.to_owned(), stock }
}
