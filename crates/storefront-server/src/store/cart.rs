//! The cart of a user: `GET /api/load-shopping-cart`, `POST /api/shopping-cart/lines`, and `PUT` and `DELETE` of
//! `/api/shopping-cart/lines/{product}`. The server-rendered pages use the same functions.
//!
//! Every change is answered with the whole new cart. `PUT` states the new quantity, so sending it twice changes nothing. `POST` adds, and
//! takes an `Idempotency-Key`, with which sending it twice adds once.

use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::{json_body::JsonBody, problem::ProblemResponse};
use crate::store::{error::Error, products::CURRENCY};
use crate::{auth::current_user::CurrentUser, database::retried, state::Backend};
use axum::extract::{FromRequestParts, Path, State};
use axum::http::{StatusCode, request::Parts};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use sqlx::{AnyConnection, AnyExecutor, AnyPool};
use storefront_api::{AddToCart, Cart, CartLine, MAX_QUANTITY, SetQuantity};

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new()
        .route("/load-shopping-cart", get(load))
        .route("/shopping-cart/lines", post(add))
        .route("/shopping-cart/lines/{product}", put(set_quantity).delete(remove))
}

async fn load(State(backend): State<Backend>, CurrentUser(user): CurrentUser) -> Result<Json<Cart>, ProblemResponse> {
    Ok(Json(cart_of(&backend.db, &user.user_id).await?))
}

async fn add(
    State(backend): State<Backend>,
    CurrentUser(user): CurrentUser,
    key: IdempotencyKey,
    JsonBody(wanted): JsonBody<AddToCart>,
) -> Result<StoredResponse, ProblemResponse> {
    add_to_cart(&backend.db, &user.user_id, key, &wanted).await
}

async fn set_quantity(
    State(backend): State<Backend>,
    CurrentUser(user): CurrentUser,
    ProductId(product): ProductId,
    JsonBody(SetQuantity { quantity }): JsonBody<SetQuantity>,
) -> Result<Json<Cart>, ProblemResponse> {
    set_line(&backend.db, &user.user_id, &product, quantity).await?;
    Ok(Json(cart_of(&backend.db, &user.user_id).await?))
}

async fn remove(
    State(backend): State<Backend>,
    CurrentUser(user): CurrentUser,
    ProductId(product): ProductId,
) -> Result<Json<Cart>, ProblemResponse> {
    remove_line(&backend.db, &user.user_id, &product).await?;
    Ok(Json(cart_of(&backend.db, &user.user_id).await?))
}

/// Adds to a cart, once for each key. The response is the whole cart, or a problem document that says why nothing was added:
/// [`Error::QuantityOutOfRange`], [`Error::CartLineFull`], [`Error::OutOfStock`], [`Error::StockInCart`] or [`Error::ProductUnknown`].
///
/// # Errors
/// [`http::Error::IdempotencyKeyReused`](crate::http::error::Error::IdempotencyKeyReused), or the database's.
pub async fn add_to_cart(db: &AnyPool, user_id: &str, key: IdempotencyKey, wanted: &AddToCart) -> Result<StoredResponse, ProblemResponse> {
    let write = key.write(db, user_id, "add to cart", wanted);
    write.in_transaction(StatusCode::OK, async |db| add_line(db, user_id, wanted).await).await
}

async fn add_line(db: &mut AnyConnection, user_id: &str, AddToCart { product, quantity }: &AddToCart) -> Result<Cart, Error> {
    if !is_product_id(product) {
        return Err(Error::ProductUnknown);
    }
    if !(1..=MAX_QUANTITY).contains(quantity) {
        return Err(Error::QuantityOutOfRange);
    }
    // One statement reads, decides and writes, so that of several requests at once each adds to what the others have left.
    let written = sqlx::query(
        "INSERT INTO cart_lines (user_id, product, quantity, position)
         SELECT $1, id, $3, (SELECT COALESCE(MAX(position), 0) + 1 FROM cart_lines WHERE user_id = $1)
         FROM products WHERE id = $2 AND stock >= $3
         ON CONFLICT (user_id, product) DO UPDATE SET quantity = cart_lines.quantity + excluded.quantity
         WHERE cart_lines.quantity + excluded.quantity <= $4
           AND cart_lines.quantity + excluded.quantity <= (SELECT stock FROM products WHERE id = excluded.product)",
    )
    .bind(user_id)
    .bind(product)
    .bind(quantity)
    .bind(MAX_QUANTITY)
    .execute(&mut *db)
    .await?;
    let cart = cart_of(&mut *db, user_id).await?;
    if written.rows_affected() == 1 {
        return Ok(cart);
    }
    let has = cart.lines.iter().find(|it| it.product == *product).map_or(0, |it| it.quantity);
    Err(match stock_of(db, product).await? {
        None => Error::ProductUnknown,
        Some(stock) if has + quantity <= stock => Error::CartLineFull(has),
        Some(stock) if has == 0 => Error::OutOfStock(stock),
        Some(stock) => Error::StockInCart { stock, has },
    })
}

/// Sets the quantity of a product in a cart, and adds the line if there is none.
///
/// # Errors
/// [`Error::QuantityOutOfRange`], [`Error::OutOfStock`], [`Error::ProductUnknown`], or the database's.
pub async fn set_line(db: &AnyPool, user_id: &str, product: &str, quantity: i64) -> Result<(), Error> {
    if !(1..=MAX_QUANTITY).contains(&quantity) {
        return Err(Error::QuantityOutOfRange);
    }
    // One statement decides and writes, so that the stock cannot change between the two.
    let written = retried(|| {
        let statement = sqlx::query(
            "INSERT INTO cart_lines (user_id, product, quantity, position)
             SELECT $1, id, $3, (SELECT COALESCE(MAX(position), 0) + 1 FROM cart_lines WHERE user_id = $1)
             FROM products WHERE id = $2 AND stock >= $3
             ON CONFLICT (user_id, product) DO UPDATE SET quantity = excluded.quantity",
        );
        statement.bind(user_id).bind(product).bind(quantity).execute(db)
    })
    .await?;
    if written.rows_affected() == 0 {
        return Err(stock_of(db, product).await?.map_or(Error::ProductUnknown, Error::OutOfStock));
    }
    Ok(())
}

/// Removes a product from a cart. If the cart does not hold it, nothing is to be done.
///
/// # Errors
/// [`Error::ProductUnknown`], or the database's.
pub async fn remove_line(db: &AnyPool, user_id: &str, product: &str) -> Result<(), Error> {
    let removed =
        retried(|| sqlx::query("DELETE FROM cart_lines WHERE user_id = $1 AND product = $2").bind(user_id).bind(product).execute(db))
            .await?;
    if removed.rows_affected() == 0 && stock_of(db, product).await?.is_none() {
        return Err(Error::ProductUnknown);
    }
    Ok(())
}

/// The `{product}` of a path. Ids are short and plain. Any other text is an unknown product and never reaches the database, because
/// PostgreSQL fails on a NUL byte in a text and SQLite does not.
pub struct ProductId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for ProductId {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ProblemResponse> {
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Error::ProductUnknown)?;
        if is_product_id(&id) { Ok(Self(id)) } else { Err(Error::ProductUnknown.into()) }
    }
}

fn is_product_id(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
}

async fn stock_of(db: impl AnyExecutor<'_>, product: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT stock FROM products WHERE id = $1").bind(product).fetch_optional(db).await
}

/// The cart of a user.
///
/// # Errors
/// The database's.
pub async fn cart_of(db: impl AnyExecutor<'_>, user_id: &str) -> Result<Cart, sqlx::Error> {
    let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "SELECT products.id, products.name, products.price, cart_lines.quantity
         FROM cart_lines JOIN products ON products.id = cart_lines.product
         WHERE cart_lines.user_id = $1 ORDER BY cart_lines.position, products.id",
    )
    .bind(user_id)
    .fetch_all(db)
    .await?;
    let line = |(product, name, unit_price, quantity)| CartLine { product, name, unit_price, quantity };
    let lines: Vec<CartLine> = rows.into_iter().map(line).collect();
    let total = lines.iter().map(|it| it.unit_price.saturating_mul(it.quantity)).fold(0, i64::saturating_add);
    Ok(Cart { currency: CURRENCY.to_owned(), lines, total })
}
