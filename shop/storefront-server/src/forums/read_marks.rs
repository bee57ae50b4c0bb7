//! Read marks: how far a user has read a thread, so that pages can mark a thread with newer posts as new.
//!
//! Posts older than [`WINDOW`] are never marked as new, even if the user has not read them. So a new user does not see a mark at every old
//! thread, and the server can delete older read marks.

use crate::auth::verify::Identity;
use sqlx::{AnyConnection, AnyExecutor};
use std::time::Duration;

/// How long a thread counts as new to a user who has never read it.
pub(crate) const WINDOW: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Whether a post of the time `at` is new to a user who has read up to `read_at`. Times are microseconds since 1970.
pub(super) fn is_unread(at: i64, read_at: Option<i64>, now: i64) -> bool {
    at > read_at.unwrap_or(0) && at > now - micros(WINDOW)
}

/// The id of the first reply of another author that is new to a user who has read up to `read_at`.
pub(super) async fn first_unread(
    db: impl AnyExecutor<'_>,
    reader: &Identity,
    thread: &str,
    read_at: Option<i64>,
    now: i64,
) -> sqlx::Result<Option<String>> {
    let query = sqlx::query_scalar(
        "SELECT id FROM posts WHERE thread = $1 AND created_at > $2 AND author_id <> $3 AND deleted_by = '' ORDER BY created_at LIMIT 1",
    );
    let after = read_at.unwrap_or(0).max(now - micros(WINDOW));
    query.bind(thread).bind(after).bind(&reader.user_id).fetch_optional(db).await
}

/// Records that the user has read the thread up to `at`.
pub(super) async fn read_up_to(db: impl AnyExecutor<'_>, user_id: &str, thread: &str, at: i64) -> sqlx::Result<()> {
    let query = sqlx::query(
        "INSERT INTO thread_reads (user_id, thread, read_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, thread) DO UPDATE SET read_at = excluded.read_at WHERE thread_reads.read_at < excluded.read_at",
    );
    query.bind(user_id).bind(thread).bind(at).execute(db).await.map(drop)
}

/// Records that the user has read their own reply, written at `at`, unless the thread has posts of others that the user has not read.
pub(super) async fn own_reply(db: &mut AnyConnection, user_id: &str, thread: &str, at: i64) -> sqlx::Result<()> {
    let query = sqlx::query(
        "UPDATE thread_reads SET read_at = $3 WHERE user_id = $1 AND thread = $2 AND NOT EXISTS
         (SELECT 1 FROM posts WHERE posts.thread = $2 AND posts.created_at > thread_reads.read_at AND posts.author_id <> $1)",
    );
    query.bind(user_id).bind(thread).bind(at).execute(db).await.map(drop)
}

fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_after_the_reader_was_there_is_new_for_a_month() {
        let day = 24 * 60 * 60 * 1_000_000;
        let now = 1_000 * day;
        for (at, read_at, is_new) in [
            (now - day, None, true),
            (now - day, Some(now - 2 * day), true),
            (now - day, Some(now - day), false),
            (now - 31 * day, None, false),
            (now - 31 * day, Some(now - 40 * day), false),
        ] {
            assert_eq!(is_unread(at, read_at, now), is_new, "{at} {read_at:?}");
        }
    }
}
