//! Deletes old rows of the database at regular intervals, and makes missing words of the search.
//!
//! Each statement changes a bounded number of rows in its own transaction, because PostgreSQL cancels a statement that takes too long, and
//! in SQLite other writers wait until the statement has ended.

use crate::account::deletion::delete_leftovers;
use crate::auth::family_rules::ADOPTABLE_MS;
use crate::clock::{millis, now_ms};
use crate::database::{is_shared, with_purge_lock};
use crate::features::USER_DATA;
use crate::forums::read_marks;
use crate::search_words;
use crate::store::order_links::LIFE_MS;
use sqlx::AnyPool;
use std::time::Duration;
use tokio::time::{interval, sleep};

/// The time from one purge to the next. Every instance purges, but only one at a time: the others wait for its current batch.
const INTERVAL: Duration = Duration::from_secs(60);

/// The maximum number of rows that a statement changes.
const BATCH: u64 = 1_000;

/// The pause after a statement, in which other writers can get SQLite's lock.
const PAUSE: Duration = Duration::from_millis(10);

/// A request that is in flight while its user is deleted may still write data of the user, for this long at most.
const LONGEST_REQUEST_MS: i64 = 5 * 60 * 1_000;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A kind of rows to delete.
struct OldRows {
    table: &'static str,
    /// The condition that finds these rows. Its `$1` is `before`.
    condition: &'static str,
    before: i64,
    /// The statement that deletes or empties these rows, without its condition.
    change: String,
}

/// Purges until the future is dropped. An expired session stays for `keep_sessions`, because a renewal still needs its row, which says to
/// which sign-in the session belongs.
pub(crate) async fn run(db: AnyPool, keep_sessions: Duration) {
    let mut due = interval(INTERVAL);
    loop {
        due.tick().await;
        purge(&db, now_ms(), keep_sessions).await;
    }
}

/// Deletes all rows that are old at `now`, in milliseconds since 1970, and makes missing words of the search. If one table fails, the
/// others are still purged.
pub async fn purge(db: &AnyPool, now: i64, keep_sessions: Duration) {
    let warn = |table, error: sqlx::Error| {
        tracing::warn!(table, error = &error as &dyn std::error::Error, "old rows cannot be purged");
    };
    for rows in old_rows(now, keep_sessions) {
        change(db, &rows).await.unwrap_or_else(|error| warn(rows.table, error));
    }
    if let Err(error) = with_purge_lock(db, delete_leftovers(USER_DATA, db, now - LONGEST_REQUEST_MS)).await {
        warn("deleted_users", error);
    }
    if let Err(error) = search_words::fill_beside_others(db).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the words of the search cannot be made");
    }
}

/// All kinds of rows to delete, in the order of their deletion.
fn old_rows(now: i64, keep_sessions: Duration) -> [OldRows; 18] {
    let delete = |table, condition, before| OldRows { table, condition, before, change: format!("DELETE FROM {table}") };
    let in_micros = |ms: i64| ms.saturating_mul(1_000); // the Forums store microseconds
    [
        delete("revoked_access", "keep_until <= $1", now),
        delete("address_changes", "expires_at <= $1", now),
        delete("rate_limits", "full_at <= $1", now),
        delete("sessions", "expires_at < $1", now - millis(keep_sessions)),
        delete("renewals", "lease_until < $1 AND settled_at < $1", now - 2 * ADOPTABLE_MS),
        delete("refresh_tokens", "family IN (SELECT id FROM token_families WHERE keep_until < $1)", now),
        // A request may have added a refresh token since the previous statement. If this statement deleted its family, no purge would ever
        // delete that token.
        delete("token_families", "keep_until < $1 AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE family = token_families.id)", now),
        delete("user_sign_outs", "signed_out_at < $1", now - DAY_MS),
        delete("cart_lines", "user_id IN (SELECT owner FROM guest_carts WHERE expires_at < $1)", now),
        delete("guest_carts", "expires_at < $1", now),
        // The link of an order that is still to be sent lives on, so that the order's guest can still delete the data.
        OldRows {
            table: "guest_orders",
            condition: "expires_at < $1 AND EXISTS (SELECT 1 FROM orders WHERE user_id = owner AND state NOT IN ('shipped', 'cancelled'))",
            before: now + LIFE_MS - DAY_MS,
            change: format!("UPDATE guest_orders SET expires_at = {}", now + LIFE_MS),
        },
        // Nobody can delete a guest's order after the end of its link, so the server does. An order that is still to be sent needs its address.
        OldRows {
            table: "orders",
            condition: "state IN ('shipped', 'cancelled') AND user_id IN (SELECT owner FROM guest_orders WHERE expires_at < $1)",
            before: now,
            change:
                "UPDATE orders SET user_id = '', full_name = '', street = '', street_extra = '', postal_code = '', city = '', country = '',
                         confirmation_email = ''"
                    .to_owned(),
        },
        delete("guest_orders", "expires_at < $1 AND NOT EXISTS (SELECT 1 FROM orders WHERE user_id = owner)", now),
        delete("idempotency_keys", "created_at < $1", now - DAY_MS),
        delete("drafts", "saved_at < $1", now - 30 * DAY_MS),
        delete("checkout_drafts", "saved_at < $1", now - 30 * DAY_MS),
        delete("thread_reads", "read_at < $1", in_micros(now - millis(read_marks::WINDOW))),
        // A deleted post can be restored for a day. After that the purge removes its text, and keeps the row, which still says that the
        // post was deleted.
        OldRows {
            table: "posts",
            condition: "deleted_by <> '' AND deleted_at < $1",
            before: in_micros(now - DAY_MS),
            change: "UPDATE posts SET title = '', body = '', deleted_at = NULL".to_owned(),
        },
    ]
}

/// Changes rows in batches.
async fn change(db: &AnyPool, rows: &OldRows) -> sqlx::Result<()> {
    let OldRows { table, condition, before, change } = rows;
    let row = if is_shared(db) { "ctid" } else { "rowid" };
    let batch = format!("{change} WHERE {row} IN (SELECT {row} FROM {table} WHERE {condition} LIMIT {BATCH})");
    let next = || sqlx::query(sqlx::AssertSqlSafe(batch.clone())).bind(*before).execute(db);
    while with_purge_lock(db, next()).await?.rows_affected() == BATCH {
        sleep(PAUSE).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failing_table_does_not_stop_the_purge_of_others_and_no_statement_changes_more_than_a_batch() {
        let (_folder, db) = crate::database::open_temporary().await;
        for statement in [
            "DROP TABLE revoked_access",
            "DROP TABLE renewals",
            "INSERT INTO checkout_drafts (user_id, body, saved_at) VALUES ('user', '{}', 1)",
            "INSERT INTO token_families (id, user_id, ended, keep_until) VALUES ('family', 'user', '', 1)",
            "INSERT INTO refresh_tokens (hash, family) VALUES ('token', 'family')",
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2500)
             INSERT INTO rate_limits (key, full_at) SELECT 'key ' || n, 1 FROM numbers",
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2500)
             INSERT INTO posts (id, author_id, body, created_at, deleted_by, deleted_at) SELECT 'post ' || n, 'user', 'Text', 1, 'author', 1
             FROM numbers",
            // The third batch fails.
            "CREATE TRIGGER third BEFORE UPDATE ON posts WHEN OLD.id = 'post 2400' BEGIN SELECT RAISE(ABORT, 'by a test'); END",
        ] {
            sqlx::query(statement).execute(&db).await.unwrap();
        }
        purge(&db, now_ms(), Duration::ZERO).await;
        for (rows, left) in
            [("checkout_drafts", 0), ("refresh_tokens", 0), ("token_families", 0), ("rate_limits", 0), ("posts WHERE body <> ''", 500)]
        {
            let count = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {rows}")));
            assert_eq!(count.fetch_one(&db).await.unwrap(), left, "{rows}");
        }
    }
}
