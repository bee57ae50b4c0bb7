//! Orders: `POST /api/orders` places an order, `POST /api/orders/{id}/cancellation` cancels one, and `POST /api/orders/{id}/repetition` puts
//! its products into the cart again (`repetition`). The calls `GET /api/orders` and `GET /api/orders/{id}` return the user's orders. The
//! server-rendered pages use the same functions, and so do guests (`guest_orders`).
//!
//! An order contains exactly what the user has seen: the request contains the lines and the total. If prices, quantities or the stock
//! differ now, the Store orders nothing, and the answer contains the current checkout. One transaction takes the goods from the stock,
//! writes the order, empties the cart and queues the confirmation. Placing and cancelling an order lock the products in the order of their
//! ids, so that no two of these transactions deadlock.

use crate::auth::cookies::Cookies;
use crate::http::client_address::ClientAddress;
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::problem::{ApiResult, ProblemResponse, field_error};
use crate::http::{body::JsonBody, endpoint::endpoint};
use crate::secret::{Secret, random_label};
use crate::sign_in::registration::email_error;
use crate::store::order_links::{self, LinkSecret};
use crate::store::stored_orders::{find, page_of, rfc3339};
use crate::store::{
    CURRENCY, address, cart, cart_row, checkout, delivery, error::Error, guest_cart, guest_claims, order_emails, repetition,
};
use crate::{clock::now_ms, database, state::Backend, typed, user_request::UserRequest, users::guest::Guest};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::{StatusCode, request::Parts};
use axum::{Json, Router};
use serde::Deserialize;
use sqlx::AnyConnection;
use storefront_api::orders::{Address, Order, OrderState, OrderSummary, Orders, PlaceGuestOrder, PlaceOrder, Repetition, ReviewedLine};
use storefront_api::{Cart, CartLine, endpoints};
use uuid::Uuid;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::ORDERS, list)
        .merge(endpoint(endpoints::PLACE_ORDER, place))
        .merge(endpoint(endpoints::ORDER, one))
        .merge(endpoint(endpoints::CANCEL_ORDER, cancellation))
        .merge(endpoint(endpoints::REPEAT_ORDER, repeat))
}

/// The query of a list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    /// The id of an order: the list contains only older orders. Empty for the beginning of the list.
    before: String,
}

impl ListQuery {
    /// The id of the order than which all orders of the list are older, if the query has one.
    ///
    /// # Errors
    /// [`Error::OrderUnknown`] if the text is not an id.
    pub(crate) fn before(&self) -> Result<Option<Uuid>, Error> {
        if self.before.is_empty() { Ok(None) } else { self.before.parse().map(Some).map_err(|_| Error::OrderUnknown) }
    }
}

async fn list(request: UserRequest, Query(query): Query<ListQuery>) -> ApiResult<Json<Orders>> {
    Ok(Json(list_of(&request, &query).await?))
}

/// A page of this user's orders. The first page names the order without an account that the user can add.
pub(super) async fn list_of(request: &UserRequest, query: &ListQuery) -> ApiResult<Orders> {
    let before = query.before()?;
    let orders = page_of(&request.backend.db, &request.user.user_id, before).await?;
    let guest_order = if before.is_none() { guest_claims::claimable(request).await } else { None };
    Ok(Orders { guest_order, ..orders })
}

async fn one(request: UserRequest, OrderId(id): OrderId) -> ApiResult<Json<Order>> {
    Ok(Json(of_user(&request, &id).await?))
}

/// One order of this user, with what the page says about its message and the seller.
pub(super) async fn of_user(request: &UserRequest, id: &str) -> Result<Order, Error> {
    let order = find(&request.backend.db, &request.user.user_id, id).await?;
    Ok(Order { email_state: checkout::email_state(request).await, seller: request.backend.config.seller.clone(), ..order })
}

async fn place(request: UserRequest, key: IdempotencyKey, JsonBody(wanted): JsonBody<PlaceOrder>) -> ApiResult<StoredResponse> {
    match place_order(&request, key, &wanted).await {
        Err(problem) if problem.is_because_of_state() => Err(problem.with_member("checkout", &checkout::of_user(&request).await?)),
        response => response,
    }
}

async fn cancellation(request: UserRequest, OrderId(id): OrderId) -> ApiResult<Json<Order>> {
    let UserRequest { backend, user, origin, .. } = &request;
    cancel(backend, Some(origin), &user.user_id, &id).await?;
    Ok(Json(of_user(&request, &id).await?))
}

async fn repeat(UserRequest { backend, user, .. }: UserRequest, OrderId(id): OrderId) -> ApiResult<Json<Repetition>> {
    let lines = repetition::repeat(&backend.db, &user.user_id, &id).await?;
    Ok(Json(Repetition { cart: cart::cart_of(&backend.db, &user.user_id).await?, message: repetition::message(&lines) }))
}

/// The `{id}` of a path. Any other text than an id is an unknown order, and never reaches the database.
pub(crate) struct OrderId(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for OrderId {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let Path(id) = Path::<Uuid>::from_request_parts(parts, state).await.map_err(|_| Error::OrderUnknown)?;
        Ok(Self(id.to_string()))
    }
}

/// Places an order, once for each key. The response is its [`OrderSummary`].
///
/// # Errors
/// [`Error::AddressUnusable`], [`Error::TooManyOrders`], [`Error::CartEmpty`], [`Error::CheckoutChanged`],
/// [`http::Error::IdempotencyKeyReused`](crate::http::error::Error::IdempotencyKeyReused), or a database error. If there is an error,
/// nothing was ordered. Unless the error is `IdempotencyKeyReused`, the client can use the same key for another attempt.
pub(crate) async fn place_order(request: &UserRequest, key: IdempotencyKey, wanted: &PlaceOrder) -> ApiResult<StoredResponse> {
    let UserRequest { backend, client, user, origin, .. } = request;
    let address = address::normalized(&wanted.address)?;
    backend.attempts.order(*client, &user.user_id).await.map_err(Error::TooManyOrders)?;
    let write = key.write(&backend.db, &user.user_id, "place an order", wanted);
    let email = checkout::confirmation_email(request);
    let buyer = Buyer::User { id: &user.user_id, origin };
    let order = NewOrder { buyer, wanted, address: &address, confirmation_email: email.as_deref() };
    write.in_transaction(StatusCode::CREATED, async |db| order.insert(db, backend.fusionauth.application_id()).await).await
}

/// A guest's request.
pub(crate) struct GuestRequest<'a> {
    pub(crate) backend: &'a Backend,
    pub(crate) client: ClientAddress,
    pub(crate) cookies: &'a Cookies,
    /// The origin at which the browser reached this site, for the order's link.
    pub(crate) origin: &'a str,
}

/// Places an order without an account, once for each key. The response is its [`OrderSummary`], with the cookie that opens the order, also
/// for a repeated request. A guest's cart is ordered once, so its id is the owner of the key.
///
/// # Errors
/// As [`place_order`]; also [`Error::GuestsClosed`].
pub(crate) async fn place_guest_order(
    GuestRequest { backend, client, cookies, origin }: &GuestRequest<'_>,
    key: IdempotencyKey,
    wanted: &PlaceGuestOrder,
) -> ApiResult<StoredResponse> {
    let link_key = order_links::key_of(backend)?;
    let (email, address) = recipient(wanted)?;
    backend.attempts.guest_attempt(*client).await.map_err(Error::TooManyOrders)?;
    let cart_owner = Guest::of(cookies).ok_or(Error::CartEmpty)?.owner();
    let write = key.write(&backend.db, &cart_owner, "place an order", wanted);
    let buyer = Buyer::Guest { cart_owner: &cart_owner, link_key, origin };
    let order = NewOrder { buyer, wanted: &wanted.order, address: &address, confirmation_email: Some(&email) };
    let insert = async |db: &mut AnyConnection| {
        let order = order.insert(db, backend.fusionauth.application_id()).await?;
        // Last, so that nothing is counted that is not ordered, such as a repeated request.
        backend.attempts.guest_order(db, *client, &email).await?.map_err(Error::TooManyOrders)?;
        Ok::<_, Error>(order)
    };
    let response = write.in_transaction(StatusCode::CREATED, insert).await;
    if let Ok(response) = &response
        && response.status() == StatusCode::CREATED
    {
        LinkSecret::of_order(link_key, &response.json::<OrderSummary>()?.id).remember(cookies);
        Guest::forget(cookies);
    }
    response
}

/// The email and the postal address of a guest's order.
///
/// # Errors
/// [`Error::AddressUnusable`] with an error for each invalid member.
fn recipient(wanted: &PlaceGuestOrder) -> Result<(String, Address), Error> {
    let email = typed::email(&wanted.email);
    match (email_error(&email), address::normalized(&wanted.order.address)) {
        (None, address) => address.map(|it| (email, it)),
        (Some(message), address) => {
            let others = if let Err(Error::AddressUnusable(errors)) = address { errors } else { Vec::new() };
            Err(Error::AddressUnusable([field_error("email", message)].into_iter().chain(others).collect()))
        }
    }
}

/// The buyer of an order.
enum Buyer<'a> {
    /// A user.
    User { id: &'a str, origin: &'a str },
    /// A guest.
    Guest { cart_owner: &'a str, link_key: &'a Secret, origin: &'a str },
}

struct NewOrder<'a> {
    buyer: Buyer<'a>,
    wanted: &'a PlaceOrder,
    address: &'a Address,
    confirmation_email: Option<&'a str>,
}

impl NewOrder<'_> {
    async fn insert(&self, db: &mut AnyConnection, application: &str) -> Result<OrderSummary, Error> {
        let cart_owner = match self.buyer {
            Buyer::User { id, .. } => {
                cart_row::lock(db, id).await?;
                id
            }
            Buyer::Guest { cart_owner, .. } => {
                guest_cart::end(db, cart_owner).await?;
                cart_owner
            }
        };
        let cart = cart::read_orderable(db, cart_owner).await?;
        if cart.lines.is_empty() {
            return Err(Error::CartEmpty);
        }
        let delivery_price = delivery::price(self.wanted.delivery, cart.total);
        let total = cart.total.saturating_add(delivery_price);
        if total != self.wanted.total || !is_as_reviewed(&cart, &self.wanted.lines) {
            return Err(Error::CheckoutChanged);
        }
        take_stock(db, &cart.lines).await?;
        let placed_at = now_ms();
        let summary = OrderSummary {
            id: Uuid::new_v4().to_string(),
            number: random_label(),
            state: OrderState::Placed,
            placed_at: rfc3339(placed_at)?,
            currency: CURRENCY.to_owned(),
            items: cart.lines.iter().map(|it| it.quantity).sum(),
            total,
        };
        self.insert_order(db, &summary, placed_at, delivery_price).await?;
        insert_lines(db, &summary.id, &cart.lines).await?;
        if self.confirmation_email.is_some() {
            let (Buyer::User { origin, .. } | Buyer::Guest { origin, .. }) = self.buyer;
            order_emails::note(db, &summary.id, application, Some(origin)).await?;
        }
        for statement in [
            "DELETE FROM cart_lines WHERE user_id = $1",
            "UPDATE carts SET merged = '' WHERE user_id = $1",
            "DELETE FROM checkout_drafts WHERE user_id = $1",
        ] {
            sqlx::query(statement).bind(cart_owner).execute(&mut *db).await?;
        }
        Ok(summary)
    }

    async fn insert_order(&self, db: &mut AnyConnection, summary: &OrderSummary, placed_at: i64, delivery_price: i64) -> sqlx::Result<()> {
        let Address { full_name, street, street_extra, postal_code, city, country } = self.address;
        let email = self.confirmation_email.unwrap_or_default();
        let owner = match self.buyer {
            Buyer::User { id, .. } => id.to_owned(),
            Buyer::Guest { link_key, origin, .. } => {
                let owner = LinkSecret::of_order(link_key, &summary.id).owner();
                order_links::insert(db, &owner, origin).await?;
                owner
            }
        };
        // There are 2^40 numbers, so two orders hardly ever get the same one. If they do, this statement fails, and the user's next attempt
        // gets another number.
        let insert = sqlx::query(
            "INSERT INTO orders (id, number, user_id, state, placed_at, currency, items, delivery, delivery_price, total, full_name,
                 street, street_extra, postal_code, city, country, confirmation_email)
             VALUES ($1, $2, $3, 'placed', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        );
        let insert = insert.bind(&summary.id).bind(&summary.number).bind(owner).bind(placed_at).bind(&summary.currency);
        let insert = insert.bind(summary.items).bind(delivery::id(self.wanted.delivery)).bind(delivery_price).bind(summary.total);
        let insert = insert.bind(full_name).bind(street).bind(street_extra).bind(postal_code).bind(city).bind(country);
        insert.bind(email).execute(db).await.map(drop)
    }
}

fn is_as_reviewed(cart: &Cart, reviewed: &[ReviewedLine]) -> bool {
    let line = |it: &CartLine| ReviewedLine { product: it.product.clone(), quantity: it.quantity, unit_price: it.unit_price };
    let (mut found, mut reviewed) = (cart.lines.iter().map(line).collect::<Vec<_>>(), reviewed.to_vec());
    found.sort();
    reviewed.sort();
    found == reviewed
}

/// Takes the goods from the stock. A price that has changed since the cart was read is an error, too.
async fn take_stock(db: &mut AnyConnection, lines: &[CartLine]) -> Result<(), Error> {
    let mut lines: Vec<&CartLine> = lines.iter().collect();
    lines.sort_by(|one, other| one.product.cmp(&other.product));
    for line in lines {
        let take = sqlx::query("UPDATE products SET stock = stock - $2 WHERE id = $1 AND stock >= $2 AND price = $3");
        let taken = take.bind(&line.product).bind(line.quantity).bind(line.unit_price).execute(&mut *db).await?;
        if taken.rows_affected() == 0 {
            return Err(Error::CheckoutChanged);
        }
    }
    Ok(())
}

async fn insert_lines(db: &mut AnyConnection, id: &str, lines: &[CartLine]) -> sqlx::Result<()> {
    for (position, line) in (0_i64..).zip(lines) {
        let insert = sqlx::query(
            "INSERT INTO order_lines (order_id, position, product, name, unit_price, quantity) VALUES ($1, $2, $3, $4, $5, $6)",
        );
        let insert = insert.bind(id).bind(position).bind(&line.product).bind(line.full_name()).bind(line.unit_price).bind(line.quantity);
        insert.execute(&mut *db).await?;
    }
    Ok(())
}

/// Cancels an order of this user, puts its goods back into the stock, and queues a message. Cancelling it again changes nothing. `origin` is
/// that of the site where the user does it.
///
/// # Errors
/// [`Error::OrderUnknown`], [`Error::OrderShipped`], or a database error.
pub(crate) async fn cancel(backend: &Backend, origin: Option<&str>, user_id: &str, id: &str) -> Result<(), Error> {
    database::retried(async || {
        let mut transaction = database::begin_write(&backend.db).await?;
        // Of several concurrent requests, only one changes the state, and only that request restocks the goods.
        let cancel = sqlx::query("UPDATE orders SET state = 'cancelled' WHERE id = $1 AND user_id = $2 AND state = 'placed'");
        if cancel.bind(id).bind(user_id).execute(&mut *transaction).await?.rows_affected() == 0 {
            let state = sqlx::query_scalar::<_, String>("SELECT state FROM orders WHERE id = $1 AND user_id = $2").bind(id).bind(user_id);
            return match state.fetch_optional(&mut *transaction).await?.as_deref() {
                None => Err(Error::OrderUnknown),
                Some("cancelled") => Ok(()),
                Some(_) => Err(Error::OrderShipped),
            };
        }
        let lines: Vec<(String, i64)> = sqlx::query_as("SELECT product, quantity FROM order_lines WHERE order_id = $1 ORDER BY product")
            .bind(id)
            .fetch_all(&mut *transaction)
            .await?;
        for (product, quantity) in lines {
            let give = sqlx::query("UPDATE products SET stock = stock + $2 WHERE id = $1").bind(product).bind(quantity);
            give.execute(&mut *transaction).await?;
        }
        // A buyer who has heard nothing of the order hears nothing of its cancellation either.
        if !order_emails::forget(&mut transaction, id).await? && checkout::can_confirm(backend) {
            order_emails::note(&mut transaction, id, backend.fusionauth.application_id(), origin).await?;
        }
        transaction.commit().await?;
        Ok(())
    })
    .await
}
