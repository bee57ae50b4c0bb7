//! The products of the Store: `GET /api/products` and `GET /api/products/{product}`, which need no sign-in, and the queries for the
//! server-rendered pages.

use crate::clock::now_ms;
use crate::http::{endpoint::endpoint, percent::encoded, problem::ApiResult};
use crate::store::cart::{ProductId, cart_of};
use crate::store::listing::{self, Cursor, Listing};
use crate::store::variants::{self, Member};
use crate::store::{delivery, error::Error};
use crate::{auth::cookies::Cookies, product_text, product_threads, state::Backend, users::guest::Guest};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use sqlx::AnyPool;
use storefront_api::catalogue::{PRODUCT_COUNT, ProductFilter, ProductPage, SEARCHED_FOR, parameter};
use storefront_api::orders::Delivery;
use storefront_api::{GUEST_CART_ITEMS, Product, ProductDetails, RELATED_PRODUCTS, RelatedProduct, endpoints};

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::PRODUCTS, list).merge(endpoint(endpoints::PRODUCT, one))
}

async fn one(State(backend): State<Backend>, ProductId(id): ProductId) -> ApiResult<Json<Product>> {
    Ok(Json(find_for_page(&backend, &id).await?.ok_or(Error::ProductUnknown)?))
}

/// A page of the products that the query's filter finds, with a `Link` to the next page.
///
/// The response to a guest's browser also contains the number of items in the cart, so that no page needs another request for it.
async fn list(State(backend): State<Backend>, cookies: Cookies, RawQuery(query): RawQuery) -> ApiResult<Response> {
    let query = query.unwrap_or_default();
    let filter = ProductFilter::of_query(&query);
    if let Some(parameter) = filter.unusable_parameter(&query) {
        return Err(Error::FilterUnusable(parameter).into());
    }
    let after = match parameter(&query, "after") {
        Some(text) => Some(Cursor::parse(&text).ok_or(Error::FilterUnusable("after"))?),
        None => None,
    };
    let ProductPage { products, count, searched_for, next } = page_of(&filter, listing::list(&backend.db, &filter, after.as_ref()).await?);
    let mut headers = vec![(HeaderName::from_static(PRODUCT_COUNT), count.to_string())];
    headers.extend(next.map(|next| (header::LINK, format!("<{next}>; rel=\"next\""))));
    headers.extend(searched_for.map(|words| (HeaderName::from_static(SEARCHED_FOR), encoded(&words))));
    if let Some(guest) = Guest::of(&cookies) {
        let items: i64 = cart_of(&backend.db, &guest.owner()).await?.lines.iter().map(|it| it.quantity).sum();
        headers.push((HeaderName::from_static(GUEST_CART_ITEMS), items.to_string()));
    }
    let mut response = Json(products).into_response();
    // Every value is ASCII.
    response.headers_mut().extend(headers.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?))));
    Ok(response)
}

/// The page of a list with this filter, as the app reads it.
pub(crate) fn page_of(filter: &ProductFilter, listing: Listing) -> ProductPage {
    let Listing { products, count, corrected, next } = listing;
    let searched = ProductFilter { search: corrected.clone().unwrap_or_else(|| filter.search.clone()), ..filter.clone() };
    let next = next.map(|next| format!("/api/products{}", next_query(&searched, &next)));
    ProductPage { products, count, searched_for: corrected, next }
}

/// The query of the page that begins after `cursor`.
pub(crate) fn next_query(filter: &ProductFilter, cursor: &Cursor) -> String {
    let query = filter.to_query();
    format!("{query}{}after={}", if query.is_empty() { "?" } else { "&" }, encoded(&cursor.text()))
}

/// The product with this id, with everything that its page shows. The newest threads are about the product or, if it has a family, about the
/// family's main product.
///
/// # Errors
/// A database error while reading the product. If only the threads cannot be read, the product has no threads.
pub(crate) async fn find_for_page(backend: &Backend, id: &str) -> sqlx::Result<Option<Product>> {
    let Some(mut product) = find(&backend.db, id).await? else { return Ok(None) };
    product.details = Some(details_of(&backend.db, &product).await?);
    if backend.site.sibling_application_id().is_some() {
        product.threads = product_threads::newest(&backend.db, product.main_product().0).await;
    }
    Ok(Some(product))
}

/// The product with this id and the variants of its family, if there is one.
pub(crate) async fn find(db: &AnyPool, id: &str) -> sqlx::Result<Option<Product>> {
    let query = format!("SELECT {} FROM products WHERE id = $1", variants::columns());
    let row = sqlx::query(sqlx::AssertSqlSafe(query)).bind(id).fetch_optional(db).await?;
    Ok(match row {
        Some(row) => Some(variants::with_family(db, Member::of(&row)?).await?),
        None => None,
    })
}

/// The ids of up to `limit` products that come after `id` in the order of their ids.
pub(crate) async fn ids_after(db: &AnyPool, id: &str, limit: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("SELECT id FROM products WHERE id > $1 ORDER BY id LIMIT $2").bind(id).bind(limit).fetch_all(db).await
}

/// Every `n`th id, in the order of the ids, except the last id of all, after which no product comes.
pub(crate) async fn every_nth(db: &AnyPool, n: i64) -> sqlx::Result<Vec<String>> {
    let query = "SELECT id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS number, COUNT(*) OVER () AS count FROM products) AS numbered
                 WHERE number % $1 = 0 AND number < count ORDER BY id";
    sqlx::query_scalar(query).bind(n).fetch_all(db).await
}

/// What only the page of a product shows: its dimensions, material and care, and related products.
async fn details_of(db: &AnyPool, product: &Product) -> sqlx::Result<ProductDetails> {
    let main = product.main_product().0;
    let [dimensions, material, care] = ["dimensions", "material", "care"].map(product_text::column);
    let query = format!("SELECT {dimensions}, {material}, {care}, position FROM products WHERE id = $1");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(main);
    let row: Option<(String, String, String, i64)> = query.fetch_optional(db).await?;
    let Some((dimensions, material, care, position)) = row else { return Ok(ProductDetails::default()) };
    let expected = delivery::expected(Delivery::Standard, now_ms());
    Ok(ProductDetails { dimensions, material, care, expected, related: related(db, product, main, position).await? })
}

/// The next products of the same category in the order of the catalogue. The first product follows the last one, so that each product is
/// related to others.
async fn related(db: &AnyPool, product: &Product, main: &str, position: i64) -> sqlx::Result<Vec<RelatedProduct>> {
    let mut related: Vec<RelatedProduct> = Vec::new();
    for condition in ["category = $1 AND position > $3", "category = $1 AND position <= $3", "category <> $1 AND position <> $3"] {
        let missing = RELATED_PRODUCTS - related.len();
        if missing > 0 {
            let query = format!(
                "SELECT id, {}, price FROM products WHERE main_product IS NULL AND stock > 0 AND id <> $2 AND {condition}
                 ORDER BY position, id LIMIT $4",
                product_text::column("name")
            );
            let rows = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(&product.category).bind(main).bind(position).bind(missing as i64);
            let rows: Vec<(String, String, i64)> = rows.fetch_all(db).await?;
            related.extend(rows.into_iter().map(|(id, name, price)| RelatedProduct { id, name, price }));
        }
    }
    Ok(related)
}
