//! The cart of a visitor, which becomes part of the user's cart at the first request after a sign-in or a registration.
//!
//! Its lines are those of any cart, under [`Guest::owner`] in place of a user's id. The row in `guest_carts` says that the cart is there:
//! whoever deletes it has the lines, so of two requests that merge at once one does.

use crate::clock::now_ms;
use crate::database::retried;
use crate::users::guest::{GUEST_CART_LIFE_SECONDS, Guest};
use sqlx::{AnyExecutor, AnyPool};
use storefront_api::MAX_QUANTITY;

/// What a merge has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// There was nothing to merge.
    Nothing,
    /// The user's cart has all that the visitor had chosen.
    Whole,
    /// Of something there was not enough in stock, or the line would have held more than a line may.
    Lowered,
}

/// Keeps a visitor's cart for another 30 days from now.
///
/// # Errors
/// The database's.
pub async fn keep(db: impl AnyExecutor<'_>, guest: &Guest) -> Result<(), sqlx::Error> {
    let statement = sqlx::query(
        "INSERT INTO guest_carts (owner, expires_at) VALUES ($1, $2) ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at",
    );
    let expires_at = now_ms() + GUEST_CART_LIFE_SECONDS as i64 * 1_000;
    statement.bind(guest.owner()).bind(expires_at).execute(db).await.map(drop)
}

/// Adds what is in the visitor's cart to the user's, and deletes the visitor's: quantities add up, within the stock and what a line may
/// hold. What the user's own cart holds is never lowered.
///
/// # Errors
/// The database's. Nothing is changed then, and the next request merges.
pub async fn merge(db: &AnyPool, guest: &Guest, user_id: &str) -> Result<Merge, sqlx::Error> {
    retried(|| merge_in_transaction(db, guest, user_id)).await
}

async fn merge_in_transaction(db: &AnyPool, guest: &Guest, user_id: &str) -> Result<Merge, sqlx::Error> {
    let owner = guest.owner();
    let mut transaction = db.begin().await?;
    let deleted = sqlx::query("DELETE FROM guest_carts WHERE owner = $1").bind(&owner).execute(&mut *transaction).await?;
    if deleted.rows_affected() == 0 {
        return Ok(Merge::Nothing);
    }
    let lines: Vec<(String, i64, i64, i64)> = sqlx::query_as(
        "SELECT products.id, cart_lines.quantity, COALESCE(own.quantity, 0), products.stock
         FROM cart_lines JOIN products ON products.id = cart_lines.product
         LEFT JOIN cart_lines AS own ON own.product = cart_lines.product AND own.user_id = $2
         WHERE cart_lines.user_id = $1 ORDER BY cart_lines.position, products.id",
    )
    .bind(&owner)
    .bind(user_id)
    .fetch_all(&mut *transaction)
    .await?;
    let mut merge = if lines.is_empty() { Merge::Nothing } else { Merge::Whole };
    for (product, chosen, own, stock) in lines {
        let quantity = merged_quantity(chosen, own, stock);
        if quantity < own + chosen {
            merge = Merge::Lowered;
        }
        if quantity > own {
            let write = sqlx::query(
                "INSERT INTO cart_lines (user_id, product, quantity, position)
                 VALUES ($1, $2, $3, (SELECT COALESCE(MAX(position), 0) + 1 FROM cart_lines WHERE user_id = $1))
                 ON CONFLICT (user_id, product) DO UPDATE SET quantity = excluded.quantity",
            );
            write.bind(user_id).bind(product).bind(quantity).execute(&mut *transaction).await?;
        }
    }
    sqlx::query("DELETE FROM cart_lines WHERE user_id = $1").bind(&owner).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(merge)
}

/// Deletes the carts that nobody has changed for 30 days. Returns how many.
///
/// # Errors
/// The database's.
pub async fn purge(db: &AnyPool, now: i64) -> Result<u64, sqlx::Error> {
    let mut transaction = db.begin().await?;
    let lines = "DELETE FROM cart_lines WHERE user_id IN (SELECT owner FROM guest_carts WHERE expires_at < $1)";
    sqlx::query(lines).bind(now).execute(&mut *transaction).await?;
    let carts = sqlx::query("DELETE FROM guest_carts WHERE expires_at < $1").bind(now).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(carts.rows_affected())
}

/// How many the user's line holds after a merge.
fn merged_quantity(chosen: i64, own: i64, stock: i64) -> i64 {
    own.max((own + chosen).min(MAX_QUANTITY).min(stock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_add_up_within_the_limits_and_never_shrink() {
        for (chosen, own, stock, merged) in
            [(2, 0, 10, 2), (2, 3, 10, 5), (9, 3, 10, 10), (2, 3, 3, 3), (2, 3, 0, 3), (2, 0, 0, 0), (50, 60, 500, MAX_QUANTITY)]
        {
            assert_eq!(merged_quantity(chosen, own, stock), merged, "{chosen} chosen, {own} in the cart, {stock} in stock");
        }
    }
}
