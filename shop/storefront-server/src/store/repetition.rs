//! "Order again": puts the products of an order into the user's cart.
//!
//! After that, the cart has at least the ordered quantity of each product, or what is in stock. The server adds nothing to a line that has
//! this quantity already. So a double click, two tabs and a repeated request end with the same cart, and need no idempotency key. Nothing
//! is ordered: the cart shows the current prices.

use crate::database;
use crate::store::{cart, cart_row, error::Error};
use sqlx::{AnyConnection, AnyPool};
use storefront_messages::t;

/// A line of the order, and the line of the cart with the same product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    product: String,
    name: String,
    ordered: i64,
    /// `None` if the Store no longer sells the product.
    stock: Option<i64>,
    in_cart: i64,
}

impl Line {
    /// The quantity that the cart should have.
    fn wanted(&self) -> i64 {
        self.ordered.min(self.stock.unwrap_or(0))
    }

    fn is_whole(&self) -> bool {
        self.in_cart >= self.ordered
    }

    /// Why the cart has less than was ordered. `None` if the stock would be sufficient: the user has changed the cart since.
    fn reason(&self) -> Option<String> {
        let Self { name, in_cart, .. } = self;
        match self.stock {
            _ if self.is_whole() => None,
            None => Some(t!("We no longer sell {}.", name)),
            Some(0) => Some(t!("{} is sold out.", name)),
            Some(stock) if stock < self.ordered => Some(t!("{}: your cart has {}. We have no more in stock.", name, in_cart)),
            Some(_) => None,
        }
    }
}

/// Puts the products of this user's order into the cart. Returns the lines after that.
///
/// # Errors
/// [`Error::OrderUnknown`], also for the order of another user, or a database error.
pub(super) async fn repeat(db: &AnyPool, user_id: &str, order: &str) -> Result<Vec<Line>, Error> {
    database::retried(async || {
        let mut transaction = database::begin_write(db).await?;
        cart_row::lock(&mut transaction, user_id).await?;
        let mut lines = read(&mut transaction, user_id, order).await?;
        for line in &mut lines {
            let wanted = line.wanted();
            if wanted <= line.in_cart {
                continue;
            }
            match cart::set_line(&mut transaction, user_id, &line.product, wanted).await {
                Ok(()) => line.in_cart = wanted,
                // Somebody has bought the product since the read.
                Err(Error::OutOfStock(stock)) => line.stock = Some(stock),
                Err(Error::ProductUnknown) => line.stock = None,
                Err(error) => return Err(error),
            }
        }
        transaction.commit().await?;
        Ok(lines)
    })
    .await
}

/// The lines of this user's order, compared with the user's cart.
///
/// # Errors
/// [`Error::OrderUnknown`], also for the order of another user, or a database error.
pub(super) async fn compare(db: &AnyPool, user_id: &str, order: &str) -> Result<Vec<Line>, Error> {
    read(&mut *db.acquire().await?, user_id, order).await
}

async fn read(db: &mut AnyConnection, user_id: &str, order: &str) -> Result<Vec<Line>, Error> {
    // Every order has lines, so an order without lines is not this user's.
    let rows: Vec<(String, String, i64, Option<i64>, i64)> = sqlx::query_as(
        "SELECT order_lines.product, order_lines.name, order_lines.quantity, products.stock, COALESCE(cart_lines.quantity, 0)
         FROM orders JOIN order_lines ON order_lines.order_id = orders.id
         LEFT JOIN products ON products.id = order_lines.product
         LEFT JOIN cart_lines ON cart_lines.product = order_lines.product AND cart_lines.user_id = orders.user_id
         WHERE orders.id = $1 AND orders.user_id = $2 ORDER BY order_lines.position",
    )
    .bind(order)
    .bind(user_id)
    .fetch_all(db)
    .await?;
    if rows.is_empty() {
        return Err(Error::OrderUnknown);
    }
    Ok(rows.into_iter().map(|(product, name, ordered, stock, in_cart)| Line { product, name, ordered, stock, in_cart }).collect())
}

/// What the cart contains of the order, and which products it lacks.
pub(super) fn message(lines: &[Line]) -> String {
    let reasons: Vec<String> = lines.iter().filter_map(Line::reason).collect();
    let result = match lines.iter().filter(|it| it.is_whole()).count() {
        whole if whole == lines.len() => t!("Everything from this order is in your cart."),
        0 if lines.iter().all(|it| it.in_cart == 0) => t!("We couldn't add anything to your cart."),
        0 => "",
        _ => t!("The other products of this order are in your cart."),
    };
    let sentences: Vec<&str> = reasons.iter().map(String::as_str).chain([result]).filter(|it| !it.is_empty()).collect();
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, ordered: i64, stock: Option<i64>, in_cart: i64) -> Line {
        Line { product: name.to_lowercase(), name: name.to_owned(), ordered, stock, in_cart }
    }

    #[test]
    fn the_message_names_what_the_cart_lacks() {
        let (mug, knife) = (line("Mug", 2, Some(9), 2), line("Knife", 1, Some(9), 1));
        let (atlas, axe, old) = (line("Atlas", 1, Some(0), 0), line("Axe", 3, Some(2), 2), line("Old pan", 1, None, 0));
        let table: [(&[Line], &str); 7] = [
            (&[mug.clone(), knife.clone()], "Everything from this order is in your cart."),
            (&[mug.clone(), atlas.clone()], "Atlas is sold out. The other products of this order are in your cart."),
            (&[atlas.clone(), old.clone()], "Atlas is sold out. We no longer sell Old pan. We couldn't add anything to your cart."),
            (std::slice::from_ref(&axe), "Axe: your cart has 2. We have no more in stock."),
            (
                &[axe.clone(), old, knife],
                "Axe: your cart has 2. We have no more in stock. We no longer sell Old pan. The other products of this order are in your cart.",
            ),
            // The cart had the product before the Store sold the last one.
            (&[line("Lamp", 1, Some(0), 1)], "Everything from this order is in your cart."),
            // The user has removed the other line since.
            (&[mug, line("Knife", 1, Some(9), 0)], "The other products of this order are in your cart."),
        ];
        for (lines, expected) in table {
            assert_eq!(message(lines), expected, "{lines:?}");
        }
    }
}
