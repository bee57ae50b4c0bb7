//! The queries that read orders.

use crate::store::{delivery, error::Error};
use crate::{clock::rfc3339_of_ms, http::error::Error as HttpError};
use sqlx::{Any, AnyConnection, AnyPool, any::AnyArguments, query::QueryAs};
use storefront_api::orders::{Address, Delivery, EmailState, ORDERS_PER_PAGE, Order, OrderLine, OrderState, OrderSummary, Orders};
use storefront_messages::Language;
use uuid::Uuid;

/// The number of orders that this user has placed.
pub(super) async fn count(db: &mut AnyConnection, user_id: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM orders WHERE user_id = $1").bind(user_id).fetch_one(db).await
}

/// The latest order of a user.
pub(super) struct LatestOrder {
    pub(super) summary: OrderSummary,
    pub(super) address: Address,
    /// In milliseconds since 1970.
    pub(super) placed_at: i64,
}

/// The latest order of this user, if there is one.
pub(super) async fn latest(db: &mut AnyConnection, user_id: &str) -> Result<Option<LatestOrder>, Error> {
    let row: Option<OrderRow> = select("user_id = $1 ORDER BY placed_at DESC, id DESC LIMIT 1").bind(user_id).fetch_optional(db).await?;
    row.map(|row| Ok(LatestOrder { summary: row.summary()?, placed_at: row.placed_at, address: row.address() })).transpose()
}

/// A page of the orders of a user, the newest first. It contains only orders that are older than the order `before`, if the caller names
/// one.
pub(crate) async fn page_of(db: &AnyPool, user_id: &str, before: Option<Uuid>) -> Result<Orders, Error> {
    // The query reads one row more than a page has, to find out whether there is another page.
    let limit = ORDERS_PER_PAGE as i64 + 1;
    let older = "AND (placed_at, id) < (SELECT placed_at, id FROM orders WHERE id = $3 AND user_id = $1)";
    let query = select(match before {
        None => "user_id = $1 ORDER BY placed_at DESC, id DESC LIMIT $2".to_owned(),
        Some(_) => format!("user_id = $1 {older} ORDER BY placed_at DESC, id DESC LIMIT $2"),
    });
    let query = query.bind(user_id).bind(limit);
    let query = match before {
        None => query,
        Some(before) => query.bind(before.to_string()),
    };
    let rows: Vec<OrderRow> = query.fetch_all(db).await?;
    let next = rows.get(ORDERS_PER_PAGE).and(rows.get(ORDERS_PER_PAGE - 1)).map(|it| it.id.clone());
    Ok(Orders { orders: rows.iter().take(ORDERS_PER_PAGE).map(OrderRow::summary).collect::<Result<_, _>>()?, next, guest_order: None })
}

/// One order of this user.
///
/// # Errors
/// [`Error::OrderUnknown`], also for the order of another user, or a database error.
pub(crate) async fn find(db: &AnyPool, user_id: &str, id: &str) -> Result<Order, Error> {
    let row: Option<OrderRow> = select("id = $1 AND user_id = $2").bind(id).bind(user_id).fetch_optional(db).await?;
    let row = row.ok_or(Error::OrderUnknown)?;
    row.into_order(db, Language::current()).await
}

/// One order, of any user, with its texts in this language.
///
/// # Errors
/// [`Error::OrderUnknown`], or a database error.
pub(super) async fn find_any(db: &AnyPool, id: &str, language: Language) -> Result<Order, Error> {
    let row: Option<OrderRow> = select("id = $1").bind(id).fetch_optional(db).await?;
    row.ok_or(Error::OrderUnknown)?.into_order(db, language).await
}

/// The rows of `orders` that match this condition. All columns are named, because a column that is added later would break statements that
/// PostgreSQL has prepared.
fn select(condition: impl std::fmt::Display) -> QueryAs<'static, Any, OrderRow, AnyArguments> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT id, number, state, arrived_at, placed_at, currency, items, delivery, delivery_price, total, full_name, street, street_extra,
             postal_code, city, country, confirmation_email
         FROM orders WHERE {condition}"
    )))
}

#[derive(sqlx_macros::FromRow)]
struct OrderRow {
    id: String,
    number: String,
    state: String,
    arrived_at: Option<i64>,
    placed_at: i64,
    currency: String,
    items: i64,
    delivery: String,
    delivery_price: i64,
    total: i64,
    full_name: String,
    street: String,
    street_extra: String,
    postal_code: String,
    city: String,
    country: String,
    confirmation_email: String,
}

impl OrderRow {
    fn summary(&self) -> Result<OrderSummary, Error> {
        Ok(OrderSummary {
            id: self.id.clone(),
            number: self.number.clone(),
            state: state_of(&self.state, self.arrived_at),
            placed_at: rfc3339(self.placed_at)?,
            currency: self.currency.clone(),
            items: self.items,
            total: self.total,
        })
    }

    fn address(self) -> Address {
        let Self { full_name, street, street_extra, postal_code, city, country, .. } = self;
        Address { full_name, street, street_extra, postal_code, city, country }
    }

    async fn into_order(self, db: &AnyPool, language: Language) -> Result<Order, Error> {
        let lines: Vec<(String, String, i64, i64, Option<String>)> = sqlx::query_as(
            "SELECT order_lines.product, order_lines.name, unit_price, quantity, products.id
             FROM order_lines LEFT JOIN products ON products.id = order_lines.product WHERE order_id = $1 ORDER BY order_lines.position",
        )
        .bind(&self.id)
        .fetch_all(db)
        .await?;
        let line = |(product, name, unit_price, quantity, known): (_, _, _, _, Option<String>)| OrderLine {
            product,
            name,
            unit_price,
            quantity,
            has_page: known.is_some(),
        };
        let delivery = if self.delivery == delivery::id(Delivery::Express) { Delivery::Express } else { Delivery::Standard };
        let summary = self.summary()?;
        Ok(Order {
            expected: language
                .scope(|| delivery::expected(delivery, self.placed_at))
                .filter(|_| matches!(summary.state, OrderState::Placed | OrderState::Shipped)),
            summary,
            lines: lines.into_iter().map(line).collect(),
            delivery,
            delivery_price: self.delivery_price,
            confirmation_email: Some(self.confirmation_email.clone()).filter(|it| !it.is_empty()),
            address: self.address(),
            email_state: EmailState::default(),
            seller: None,
        })
    }
}

/// The state in a row. A newer version of this program may share the database, and knows more states.
fn state_of(state: &str, arrived_at: Option<i64>) -> OrderState {
    match (state, arrived_at) {
        ("placed", _) => OrderState::Placed,
        ("shipped", None) => OrderState::Shipped,
        ("shipped", Some(_)) => OrderState::Arrived,
        ("cancelled", _) => OrderState::Cancelled,
        _ => OrderState::Unknown,
    }
}

/// A time in milliseconds since 1970 as RFC 3339.
///
/// # Errors
/// [`HttpError::Internal`] beyond the year 9999.
pub(super) fn rfc3339(ms: i64) -> Result<String, HttpError> {
    rfc3339_of_ms(ms).ok_or(HttpError::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_of_a_newer_version_is_unknown() {
        let states = ["placed", "shipped", "cancelled", "packed"].map(|state| state_of(state, None));
        assert_eq!(states, [OrderState::Placed, OrderState::Shipped, OrderState::Cancelled, OrderState::Unknown]);
        assert_eq!(state_of("shipped", Some(1)), OrderState::Arrived);
    }
}
