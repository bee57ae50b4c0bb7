//! The cart of a guest, and its merge into the user's cart at the first request after a sign-in or a registration.
//!
//! The lines of all carts are in one table. The lines of a guest have [`Guest::owner`] instead of a user's id. A guest's cart exists if it
//! has a row in `guest_carts`. The request that deletes this row moves the lines, so only one of two concurrent merges moves them. A
//! guest's write also needs the row, so that nothing is added to a cart that another request has just merged.

use crate::clock::now_ms;
use crate::http::problem::ApiResult;
use crate::store::cart_row::{self, Merge};
use crate::store::error::Error;
use crate::users::guest::{GUEST_CART_LIFE_SECONDS, Guest};
use crate::{auth::cookies::Cookies, database, state::Backend, user_request::CurrentUser};
use axum::extract::{FromRequestParts, Request, State};
use axum::{middleware::Next, response::Response};
use sqlx::{AnyConnection, AnyPool};
use storefront_api::MAX_QUANTITY;

/// Creates a guest's cart, or prolongs its life, so that it lasts for 30 days from now. This is a part of the transaction that changes the
/// cart.
///
/// # Errors
/// [`Error::GuestCartGone`] if the cart of the cookie was merged or purged, or a database error.
pub async fn keep(db: &mut AnyConnection, guest: &Guest) -> Result<(), Error> {
    let statement = match guest.is_new() {
        true => "INSERT INTO guest_carts (owner, expires_at) VALUES ($1, $2)",
        false => "UPDATE guest_carts SET expires_at = $2 WHERE owner = $1",
    };
    let expires_at = now_ms() + GUEST_CART_LIFE_SECONDS as i64 * 1_000;
    let kept = sqlx::query(statement).bind(guest.owner()).bind(expires_at).execute(db).await?;
    if kept.rows_affected() == 0 { Err(Error::GuestCartGone) } else { Ok(()) }
}

/// Ends a guest's cart, in the transaction of its order, so that of two concurrent orders one finds no cart. The lines stay.
///
/// # Errors
/// [`Error::CartEmpty`] if the cart was ordered, merged or purged, or a database error.
pub(super) async fn end(db: &mut AnyConnection, owner: &str) -> Result<(), Error> {
    let ended = sqlx::query("DELETE FROM guest_carts WHERE owner = $1").bind(owner).execute(db).await?;
    if ended.rows_affected() == 0 { Err(Error::CartEmpty) } else { Ok(()) }
}

/// Middleware for requests of a user: merges the browser's guest cart into the user's cart before the request is answered.
pub(crate) async fn merge_layer(State(backend): State<Backend>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Some(cookies) = parts.extensions.get::<Cookies>().cloned()
        && let Some(guest) = Guest::of(&cookies)
        && let Ok(CurrentUser(user)) = CurrentUser::from_request_parts(&mut parts, &backend).await
    {
        match merge(&backend.db, &guest, &user.user_id).await {
            Ok(()) => Guest::forget(&cookies),
            // The next request tries again, because the cookie stays.
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "a guest's cart could not be merged into a user's"),
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Merges the browser's guest cart into the user's cart for a server-rendered page, as [`merge_layer`] does for the API.
pub(crate) async fn merge_into(db: &AnyPool, cookies: &Cookies, user_id: &str) -> ApiResult<()> {
    if let Some(guest) = Guest::of(cookies) {
        merge(db, &guest, user_id).await?;
        Guest::forget(cookies);
    }
    Ok(())
}

/// Adds the guest's cart to the user's cart, and deletes the guest's cart. Quantities add up, within the stock and the maximum of a line.
/// The merge never lowers a quantity in the user's own cart.
///
/// # Errors
/// A database error. Nothing is changed then, and the next request tries again.
pub async fn merge(db: &AnyPool, guest: &Guest, user_id: &str) -> sqlx::Result<()> {
    database::retried(async || {
        let owner = guest.owner();
        let mut transaction = database::begin_write(db).await?;
        let deleted = sqlx::query("DELETE FROM guest_carts WHERE owner = $1").bind(&owner).execute(&mut *transaction).await?;
        if deleted.rows_affected() == 0 {
            return Ok(());
        }
        cart_row::lock(&mut transaction, user_id).await?;
        let lines: Vec<(String, i64, i64, i64, Option<i64>, i64)> = sqlx::query_as(
            "SELECT products.id, cart_lines.quantity, COALESCE(own.quantity, 0), products.stock, cart_lines.seen_price, cart_lines.version
             FROM cart_lines JOIN products ON products.id = cart_lines.product
             LEFT JOIN cart_lines AS own ON own.product = cart_lines.product AND own.user_id = $2
             WHERE cart_lines.user_id = $1 ORDER BY cart_lines.position, products.id",
        )
        .bind(&owner)
        .bind(user_id)
        .fetch_all(&mut *transaction)
        .await?;
        let mut merge = (!lines.is_empty()).then_some(Merge::Whole);
        for (product, chosen, own, stock, seen_price, version) in lines {
            let quantity = merged_quantity(chosen, own, stock);
            if quantity < own + chosen {
                merge = Some(Merge::InPart);
            }
            if quantity > own {
                // A line that moves unchanged keeps its version, so that it still meets the precondition of a change from before the
                // sign-in.
                let write = sqlx::query(
                    "INSERT INTO cart_lines (user_id, product, quantity, position, seen_price, version)
                     VALUES ($1, $2, $3, (SELECT COALESCE(MAX(position), 0) + 1 FROM cart_lines WHERE user_id = $1), $4, $5)
                     ON CONFLICT (user_id, product) DO UPDATE SET quantity = excluded.quantity, version = cart_lines.version + 1",
                );
                let version = if quantity == chosen { version } else { version + 1 };
                write.bind(user_id).bind(product).bind(quantity).bind(seen_price).bind(version).execute(&mut *transaction).await?;
            }
        }
        sqlx::query("DELETE FROM cart_lines WHERE user_id = $1").bind(&owner).execute(&mut *transaction).await?;
        if let Some(merge) = merge {
            cart_row::note_merge(&mut transaction, user_id, merge).await?;
        }
        transaction.commit().await
    })
    .await
}

/// The quantity of the user's line after a merge.
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
