//! The products of the Store: `GET /api/products`, which needs no sign-in, and the query for the server-rendered pages.

use crate::{http::problem::ProblemResponse, state::Backend};
use axum::{Json, Router, extract::State, routing::get};
use sqlx::AnyPool;
use storefront_api::Product;

/// The currency of every price. There is one, because a cart with several would have no total.
pub const CURRENCY: &str = "EUR";

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new().route("/products", get(list))
}

async fn list(State(backend): State<Backend>) -> Result<Json<Vec<Product>>, ProblemResponse> {
    Ok(Json(all(&backend.db).await?))
}

/// All products, in the order of the catalogue.
///
/// # Errors
/// The database's.
pub async fn all(db: &AnyPool) -> Result<Vec<Product>, sqlx::Error> {
    let rows: Vec<(String, String, String, i64, i64)> =
        sqlx::query_as("SELECT id, name, description, price, stock FROM products ORDER BY position, id").fetch_all(db).await?;
    let product = |(id, name, description, price, stock)| Product { id, name, description, price, currency: CURRENCY.to_owned(), stock };
    Ok(rows.into_iter().map(product).collect())
}
