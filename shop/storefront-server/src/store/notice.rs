//! The notice of a cart. It describes the merge with the guest's cart from before the sign-in, changed prices, and lines with too little
//! stock. A changed price or a low stock changes no cart until the shopper has accepted the notice.
//!
//! The shopper accepts the text of the notice. If the text has changed since, nothing happens, because the shopper has not read the new
//! text.

use crate::pages::format::money;
use crate::store::CURRENCY;
use crate::store::cart_row::{self, Merge};
use crate::users::guest::GUEST_PREFIX;
use sqlx::AnyConnection;
use storefront_messages::t;

/// A line of a cart, and the data for its notice.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) quantity: i64,
    pub(super) price: i64,
    pub(super) seen_price: Option<i64>,
    pub(super) stock: i64,
}

impl Line {
    fn price_text(&self) -> Option<String> {
        let seen = self.seen_price.filter(|seen| *seen != self.price)?;
        Some(t!("{} now costs {} instead of {}.", self.name, money(self.price, CURRENCY), money(seen, CURRENCY)))
    }

    fn stock_text(&self) -> Option<String> {
        match self.stock {
            stock if stock >= self.quantity => None,
            0 => Some(t!("{} is sold out. We'll remove it from your cart.", self.name)),
            stock => Some(t!("{}: only {} left. We'll change the quantity in your cart to {}.", self.name, stock, stock)),
        }
    }
}

/// The text of the notice, if there is one. A guest's cart always has a notice. `merged` is the result of merging a cart from before the
/// sign-in.
pub(super) fn text(owner: &str, merged: Option<Merge>, lines: &[Line]) -> Option<String> {
    let about_cart = match merged {
        _ if owner.starts_with(GUEST_PREFIX) => {
            Some(t!("We keep this cart in this browser for 30 days. Sign in to have it on all your devices."))
        }
        merged => merged.map(Merge::text),
    };
    let about_lines = lines.iter().flat_map(|line| [line.price_text(), line.stock_text()]).flatten();
    let sentences: Vec<String> = about_cart.map(ToOwned::to_owned).into_iter().chain(about_lines).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Applies the notice of this cart: stores the current prices as seen, lowers quantities to the stock, and removes sold-out products.
pub(super) async fn accept(db: &mut AnyConnection, owner: &str) -> sqlx::Result<()> {
    const STOCK: &str = "(SELECT stock FROM products WHERE products.id = cart_lines.product)";
    const PRICE: &str = "(SELECT price FROM products WHERE products.id = cart_lines.product)";
    for statement in [
        format!("DELETE FROM cart_lines WHERE user_id = $1 AND {STOCK} = 0"),
        format!("UPDATE cart_lines SET quantity = {STOCK}, version = version + 1 WHERE user_id = $1 AND quantity > {STOCK}"),
        format!("UPDATE cart_lines SET seen_price = {PRICE} WHERE user_id = $1"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).bind(owner).execute(&mut *db).await?;
    }
    cart_row::acknowledge_merge(db, owner).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(quantity: i64, seen_price: Option<i64>, stock: i64) -> Line {
        Line { name: "Mug".to_owned(), quantity, price: 1_490, seen_price, stock }
    }

    #[test]
    fn nothing_is_said_of_a_line_that_is_as_it_was() {
        assert_eq!(text("user", None, &[line(2, Some(1_490), 2), line(2, None, 9)]), None);
    }

    #[test]
    fn every_change_is_told_in_one_text() {
        let lines = [line(1, Some(1_290), 5), line(3, None, 2), line(1, Some(1_490), 0)];
        let expected = "Your cart now includes what you added before you signed in. Mug now costs €14.90 instead of €12.90. \
                        Mug: only 2 left. We'll change the quantity in your cart to 2. Mug is sold out. We'll remove it from your cart.";
        assert_eq!(text("user", Some(Merge::Whole), &lines).as_deref(), Some(expected));
        assert!(
            text("guest:1", None, &lines).is_some_and(|it| it.starts_with("We keep this cart in this browser") && it.contains("sold out"))
        );
    }
}
