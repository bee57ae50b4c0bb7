//! The cart of a user: `GET /api/load-shopping-cart`, `POST /api/shopping-cart/lines`, `PUT` and `DELETE` of
//! `/api/shopping-cart/lines/{product}`, and `POST /api/shopping-cart/acknowledgement`. The server-rendered pages and the API for guests
//! (`guest_api`) use the same functions.
//!
//! The response to every change is the whole new cart. A `PUT` contains the new quantity, so a repeated `PUT` changes nothing. A `POST`
//! adds to the quantity. If it has an `Idempotency-Key`, a repeated `POST` adds nothing. The response to a repeated request is the current
//! cart, because every client shows the cart in the response.
//!
//! The entity tag of a line is its version, which every change of the line raises. A new line begins with a random version, so a line that
//! is removed and added again never repeats an earlier version. The app sends a late or repeated change with `If-Match` and the version
//! that the shopper has seen, or with `If-None-Match: *` if the cart had no such line. If the line was changed since, the app gets 412. A
//! change without a precondition always takes effect: the app sends it as soon as the shopper makes it.

use crate::database;
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::problem::{ApiResult, ProblemResponse};
use crate::http::{body::JsonBody, endpoint::endpoint};
use crate::product_text;
use crate::product_threads::is_product_id;
use crate::secret::random;
use crate::store::{CURRENCY, cart_row, error::Error, guest_cart, notice};
use crate::users::guest::Guest;
use crate::{state::Backend, user_request::UserRequest};
use axum::extract::{FromRequestParts, Path};
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use sqlx::{AnyConnection, AnyExecutor, AnyPool};
use storefront_api::{AcknowledgeNotice, AddToCart, Cart, CartLine, MAX_QUANTITY, Problem, SetQuantity, endpoints, problems::ProblemCode};

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::CART, load)
        .merge(endpoint(endpoints::ADD_TO_CART, add))
        .merge(endpoint(endpoints::SET_QUANTITY, set_quantity))
        .merge(endpoint(endpoints::REMOVE_LINE, remove))
        .merge(endpoint(endpoints::ACKNOWLEDGE_NOTICE, acknowledge))
}

/// The owner of a cart.
pub enum CartOwner {
    /// The id of a user.
    User(String),
    /// A guest.
    Guest(Guest),
}

impl CartOwner {
    /// The `user_id` in the tables of the carts. For a guest it is a hash of the id in the cookie.
    pub fn id(&self) -> String {
        match self {
            Self::User(id) => id.clone(),
            Self::Guest(guest) => guest.owner(),
        }
    }

    /// Begins a write: other writers of the same cart wait, and a guest's cart is kept for another 30 days.
    async fn begin(&self, db: &mut AnyConnection) -> Result<(), Error> {
        match self {
            Self::User(id) => Ok(cart_row::lock(db, id).await?),
            Self::Guest(guest) => guest_cart::keep(db, guest).await,
        }
    }
}

async fn load(UserRequest { backend, user, .. }: UserRequest) -> ApiResult<Json<Cart>> {
    Ok(Json(cart_of(&backend.db, &user.user_id).await?))
}

async fn add(request: UserRequest, key: IdempotencyKey, JsonBody(wanted): JsonBody<AddToCart>) -> ApiResult<StoredResponse> {
    add_to_cart(&request.backend.db, &CartOwner::User(request.user.user_id), key, &wanted).await
}

async fn set_quantity(request: UserRequest, line: LineRequest, JsonBody(sent): JsonBody<SetQuantity>) -> ApiResult<LineResponse> {
    let owner = CartOwner::User(request.user.user_id);
    Ok(change_line(&request.backend.db, &owner, &line, Some(sent.quantity)).await?)
}

async fn remove(UserRequest { backend, user, .. }: UserRequest, line: LineRequest) -> ApiResult<LineResponse> {
    Ok(change_line(&backend.db, &CartOwner::User(user.user_id), &line, None).await?)
}

async fn acknowledge(request: UserRequest, JsonBody(sent): JsonBody<AcknowledgeNotice>) -> ApiResult<Json<Cart>> {
    Ok(Json(accept_notice(&request.backend.db, &request.user.user_id, &sent.notice).await?))
}

/// Accepts the notice that the user has read. Nothing changes if the cart has another notice now. The result is the cart.
pub(crate) async fn accept_notice(db: &AnyPool, user_id: &str, notice: &str) -> sqlx::Result<Cart> {
    database::retried(async || {
        let mut transaction = database::begin_write(db).await?;
        cart_row::lock(&mut transaction, user_id).await?;
        let before = read_cart(&mut transaction, user_id).await?;
        if before.notice.as_deref() != Some(notice) {
            return Ok(before); // without a commit, so that other tabs need not read the cart again
        }
        notice::accept(&mut transaction, user_id).await?;
        let cart = read_cart(&mut transaction, user_id).await?;
        transaction.commit().await?;
        Ok(cart)
    })
    .await
}

/// Adds to a cart, once for each key. The database stores neither the cart nor a refusal for the key, so a repeated request gets a current
/// response. The response is the whole cart, or a problem document that says why nothing was added: [`Error::QuantityOutOfRange`],
/// [`Error::CartLineFull`], [`Error::OutOfStock`], [`Error::StockInCart`], [`Error::ProductUnknown`] or [`Error::GuestCartGone`].
///
/// # Errors
/// [`http::Error::IdempotencyKeyReused`](crate::http::error::Error::IdempotencyKeyReused), or a database error.
pub async fn add_to_cart(db: &AnyPool, owner: &CartOwner, key: IdempotencyKey, wanted: &AddToCart) -> ApiResult<StoredResponse> {
    let id = owner.id();
    let write = key.write(db, &id, "add to cart", wanted);
    let add = async |db: &mut AnyConnection| {
        owner.begin(db).await?;
        add_line(db, &id, wanted).await
    };
    match write.in_transaction(StatusCode::OK, add).await {
        Ok(response) if response.status() == StatusCode::OK => response.with_result(&cart_of(db, &id).await?),
        Err(problem) if problem.is_because_of_state() => StoredResponse::refusal(problem),
        response => response,
    }
}

/// Whether an addition was refused because of [`Error::GuestCartGone`].
pub fn is_gone(response: &StoredResponse) -> bool {
    response.status() == StatusCode::CONFLICT && response.json::<Problem>().is_ok_and(|it| it.kind == ProblemCode::GuestCartGone.kind())
}

async fn add_line(db: &mut AnyConnection, user_id: &str, AddToCart { product, quantity }: &AddToCart) -> Result<(), Error> {
    if !is_product_id(product) {
        return Err(Error::ProductUnknown);
    }
    if !(1..=MAX_QUANTITY).contains(quantity) {
        return Err(Error::QuantityOutOfRange);
    }
    // One statement reads, decides and writes, so that of two concurrent requests none overwrites the result of the other.
    let written = sqlx::query(
        "INSERT INTO cart_lines (user_id, product, quantity, position, seen_price, version)
         SELECT $1, id, $3, (SELECT COALESCE(MAX(position), 0) + 1 FROM cart_lines WHERE user_id = $1), price, $5
         FROM products WHERE id = $2 AND stock >= $3
         ON CONFLICT (user_id, product) DO UPDATE
         SET quantity = cart_lines.quantity + excluded.quantity, version = cart_lines.version + 1
         WHERE cart_lines.quantity + excluded.quantity <= $4
           AND cart_lines.quantity + excluded.quantity <= (SELECT stock FROM products WHERE id = excluded.product)",
    )
    .bind(user_id)
    .bind(product)
    .bind(quantity)
    .bind(MAX_QUANTITY)
    .bind(first_version())
    .execute(&mut *db)
    .await?;
    if written.rows_affected() == 1 {
        return Ok(());
    }
    let has = quantity_and_version(db, user_id, product).await?.map_or(0, |(quantity, _)| quantity);
    Err(match stock_of(db, product).await? {
        None => Error::ProductUnknown,
        Some(stock) if has + quantity <= stock => Error::CartLineFull(has),
        Some(stock) if has == 0 => Error::OutOfStock(stock),
        Some(stock) => Error::StockInCart { stock, has },
    })
}

/// The line that a request changes.
pub struct LineRequest {
    /// The product's id.
    pub product: String,
    /// The condition under which the line may be changed.
    pub precondition: Option<Precondition>,
}

/// The precondition of a change of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// The line has this version.
    Version(i64),
    /// There is no such line.
    NoLine,
}

impl<S: Send + Sync> FromRequestParts<S> for LineRequest {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let ProductId(product) = ProductId::from_request_parts(parts, state).await?;
        let precondition = match (parts.headers.get(header::IF_MATCH), parts.headers.get(header::IF_NONE_MATCH)) {
            (None, None) => None,
            (Some(tag), None) => Some(Precondition::Version(version_of_tag(tag).ok_or(Error::PreconditionMalformed)?)),
            (None, Some(any)) if any == "*" => Some(Precondition::NoLine),
            (_, Some(_)) => return Err(Error::PreconditionMalformed.into()),
        };
        Ok(Self { product, precondition })
    }
}

fn version_of_tag(tag: &HeaderValue) -> Option<i64> {
    tag.to_str().ok()?.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

/// The version of a new line.
fn first_version() -> i64 {
    u32::from_be_bytes(random()).into()
}

/// The response to the change of a line: the whole cart, and the entity tag of the line.
pub struct LineResponse {
    cart: Cart,
    version: Option<i64>,
}

impl IntoResponse for LineResponse {
    fn into_response(self) -> Response {
        let tag = self.version.map(|version| [(header::ETAG, format!("\"{version}\""))]);
        (tag, Json(self.cart)).into_response()
    }
}

/// Changes the quantity of a line of a cart, or adds the line. Without a quantity, the line is removed; if there is none, nothing happens.
///
/// # Errors
/// [`Error::QuantityOutOfRange`], [`Error::OutOfStock`], [`Error::ProductUnknown`], [`Error::LineChanged`], [`Error::GuestCartGone`], or a
/// database error.
pub async fn change_line(db: &AnyPool, owner: &CartOwner, line: &LineRequest, quantity: Option<i64>) -> Result<LineResponse, Error> {
    database::retried(async || {
        let (id, product) = (owner.id(), &*line.product);
        let mut transaction = database::begin_write(db).await?;
        owner.begin(&mut transaction).await?;
        if let Some(expected) = line.precondition {
            let found = quantity_and_version(&mut transaction, &id, product).await?;
            let (has, is_as_expected) = match found {
                Some((has, version)) => (has, expected == Precondition::Version(version)),
                None => (0, expected == Precondition::NoLine),
            };
            // A line that already has the quantity may have got it from an earlier attempt of the same change.
            if !is_as_expected && has != quantity.unwrap_or(0) {
                return Err(Error::LineChanged);
            }
        }
        match quantity {
            Some(quantity) => set_line(&mut transaction, &id, product, quantity).await?,
            None => remove_line(&mut transaction, &id, product).await?,
        }
        let cart = read_cart(&mut transaction, &id).await?;
        transaction.commit().await?;
        Ok(LineResponse { version: cart.lines.iter().find(|it| it.product == product).map(|it| it.version), cart })
    })
    .await
}

async fn quantity_and_version(db: &mut AnyConnection, user_id: &str, product: &str) -> sqlx::Result<Option<(i64, i64)>> {
    let query = sqlx::query_as("SELECT quantity, version FROM cart_lines WHERE user_id = $1 AND product = $2");
    query.bind(user_id).bind(product).fetch_optional(db).await
}

/// Sets the quantity of a line, or adds the line.
///
/// # Errors
/// [`Error::QuantityOutOfRange`], [`Error::OutOfStock`], [`Error::ProductUnknown`], or a database error.
pub(super) async fn set_line(db: &mut AnyConnection, user_id: &str, product: &str, quantity: i64) -> Result<(), Error> {
    if !(1..=MAX_QUANTITY).contains(&quantity) {
        return Err(Error::QuantityOutOfRange);
    }
    // One statement decides and writes, so that the stock cannot change between the two.
    let written = sqlx::query(
        "INSERT INTO cart_lines (user_id, product, quantity, position, seen_price, version)
         SELECT $1, id, $3, (SELECT COALESCE(MAX(position), 0) + 1 FROM cart_lines WHERE user_id = $1), price, $4
         FROM products WHERE id = $2 AND stock >= $3
         ON CONFLICT (user_id, product) DO UPDATE SET quantity = excluded.quantity,
         version = cart_lines.version + CASE WHEN cart_lines.quantity = excluded.quantity THEN 0 ELSE 1 END",
    )
    .bind(user_id)
    .bind(product)
    .bind(quantity)
    .bind(first_version())
    .execute(&mut *db)
    .await?;
    if written.rows_affected() == 0 {
        return Err(stock_of(db, product).await?.map_or(Error::ProductUnknown, Error::OutOfStock));
    }
    Ok(())
}

async fn remove_line(db: &mut AnyConnection, user_id: &str, product: &str) -> Result<(), Error> {
    let remove = sqlx::query("DELETE FROM cart_lines WHERE user_id = $1 AND product = $2").bind(user_id).bind(product);
    if remove.execute(&mut *db).await?.rows_affected() == 0 && stock_of(db, product).await?.is_none() {
        return Err(Error::ProductUnknown);
    }
    Ok(())
}

/// The `{product}` of a path. Ids are short and plain. Any other text is an unknown product and never reaches the database, because
/// PostgreSQL fails on a NUL byte in a text and SQLite does not.
pub struct ProductId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for ProductId {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Error::ProductUnknown)?;
        if is_product_id(&id) { Ok(Self(id)) } else { Err(Error::ProductUnknown.into()) }
    }
}

async fn stock_of(db: impl AnyExecutor<'_>, product: &str) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar("SELECT stock FROM products WHERE id = $1").bind(product).fetch_optional(db).await
}

/// The cart of a user, or of a guest with [`Guest::owner`] as `user_id`.
///
/// # Errors
/// A database error.
pub async fn cart_of(db: &AnyPool, user_id: &str) -> sqlx::Result<Cart> {
    read_cart(&mut *db.acquire().await?, user_id).await
}

/// The cart as its owner has chosen it.
pub(super) async fn read_cart(db: &mut AnyConnection, user_id: &str) -> sqlx::Result<Cart> {
    read_lines(db, user_id, user_id, |chosen, _| chosen).await
}

/// The cart as it can be ordered: with quantities lowered to the stock. Its notice lists the differences from the cart that its owner has
/// chosen, and says nothing about a guest's cart itself.
pub(super) async fn read_orderable(db: &mut AnyConnection, user_id: &str) -> sqlx::Result<Cart> {
    read_lines(db, user_id, "", i64::min).await
}

/// Id, name, value of the option, price, quantity, the price that the user has seen, stock and version.
type LineRow = (String, String, String, i64, i64, Option<i64>, i64, i64);

/// `quantity` computes the quantity of a line from the chosen one and the stock. Lines with the quantity 0 are left out. The notice is for
/// `reader`.
async fn read_lines(db: &mut AnyConnection, user_id: &str, reader: &str, quantity: fn(i64, i64) -> i64) -> sqlx::Result<Cart> {
    let query = format!(
        "SELECT products.id, {}, {}, products.price, cart_lines.quantity, cart_lines.seen_price, products.stock, cart_lines.version
         FROM cart_lines JOIN products ON products.id = cart_lines.product
         WHERE cart_lines.user_id = $1 ORDER BY cart_lines.position, products.id",
        product_text::column("name"),
        product_text::column("option_value"),
    );
    let rows: Vec<LineRow> = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(user_id).fetch_all(&mut *db).await?;
    let merged = cart_row::unacknowledged_merge(db, user_id).await?;
    let mut noted = Vec::with_capacity(rows.len());
    let mut lines = Vec::with_capacity(rows.len());
    for (product, name, value, unit_price, chosen, seen_price, stock, version) in rows {
        noted.push(notice::Line { name: name.clone(), quantity: chosen, price: unit_price, seen_price, stock });
        let is_in_name = name.to_lowercase().contains(&value.to_lowercase());
        let variant = if is_in_name { String::new() } else { value };
        lines.push(CartLine { product, name, variant, unit_price, quantity: quantity(chosen, stock), version });
    }
    lines.retain(|it| it.quantity > 0);
    let notice = notice::text(reader, merged, &noted);
    let total = lines.iter().map(|it| it.unit_price.saturating_mul(it.quantity)).fold(0, i64::saturating_add);
    Ok(Cart { currency: CURRENCY.to_owned(), lines, total, notice })
}
