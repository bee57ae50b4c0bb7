//! The orders of a user in the export and in the deletion of the account.

use crate::user_data::{Deletion, Export, UserData, rows};
use serde_json::{Map, Value, json};
use sqlx::AnyPool;
use storefront_api::StoredData;

/// The table of orders.
pub(super) const USER_DATA: UserData = UserData {
    table: "orders",
    export: Export::Value(StoredData::Orders, "orders", |db, user_id| Box::pin(orders(db, user_id))),
    deletion: Deletion::Statements(&DELETION),
};

/// Orders stay for bookkeeping, without the user, the postal address and the email. Orders that have not been shipped are cancelled, because
/// they no longer have a recipient.
pub(super) const DELETION: [&str; 4] = [
    // This only locks the orders. If a user could cancel an order between the next statements, the goods would be restocked twice.
    "UPDATE orders SET user_id = user_id WHERE user_id = $1",
    "UPDATE products SET stock = stock + (
         SELECT SUM(order_lines.quantity) FROM order_lines JOIN orders ON orders.id = order_lines.order_id
         WHERE order_lines.product = products.id AND orders.user_id = $1 AND orders.state = 'placed')
     WHERE id IN (SELECT product FROM order_lines JOIN orders ON orders.id = order_lines.order_id
                  WHERE orders.user_id = $1 AND orders.state = 'placed')",
    "DELETE FROM order_confirmations WHERE order_id IN (SELECT id FROM orders WHERE user_id = $1)",
    "UPDATE orders SET state = CASE state WHEN 'placed' THEN 'cancelled' ELSE state END, user_id = '', full_name = '', street = '',
         street_extra = '', postal_code = '', city = '', country = '', confirmation_email = '' WHERE user_id = $1",
];

/// The orders of this owner.
pub(super) async fn orders(db: &AnyPool, user_id: &str) -> sqlx::Result<Value> {
    let orders =
        "SELECT id, number, state, placed_at, arrived_at, currency, delivery, delivery_price, total, full_name, street, street_extra,
                      postal_code, city, country, confirmation_email
                  FROM orders WHERE user_id = $1 ORDER BY placed_at, id";
    let lines = "SELECT order_id, name, unit_price, quantity FROM order_lines
                 WHERE order_id IN (SELECT id FROM orders WHERE user_id = $1) ORDER BY order_id, position";
    let (orders, lines) = (rows(db, user_id, orders).await?, rows(db, user_id, lines).await?);
    Ok(orders.into_iter().map(|it| order(it, &lines)).collect())
}

/// The members of a postal address.
const ADDRESS: [&str; 6] = ["fullName", "street", "streetExtra", "postalCode", "city", "country"];

/// `lines` contains the lines of all orders.
fn order(mut order: Map<String, Value>, lines: &[Map<String, Value>]) -> Value {
    let of_order = lines.iter().filter(|it| it["orderId"] == order["id"]);
    let lines: Vec<Value> =
        of_order.map(|it| json!({"name": it["name"], "unitPrice": it["unitPrice"], "quantity": it["quantity"]})).collect();
    let mut take = |name: &str| order.remove(name);
    json!({
        "number": take("number"),
        "state": take("state"),
        "placedAt": take("placedAt"),
        "arrivedAt": take("arrivedAt"),
        "currency": take("currency"),
        "lines": lines,
        "delivery": take("delivery"),
        "deliveryPrice": take("deliveryPrice"),
        "total": take("total"),
        "address": Value::from_iter(ADDRESS.map(|it| (it, take(it)))),
        "confirmationEmail": take("confirmationEmail"),
    })
}
