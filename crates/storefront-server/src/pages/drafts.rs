//! What somebody was writing when their session ended: kept for them alone, until they publish something.

use crate::clock::{millis, now_ms};
use sqlx::AnyPool;
use std::time::Duration;

/// How long a draft is kept for somebody who does not come back.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Keeps what was typed, in place of what was kept before.
pub(crate) async fn keep(db: &AnyPool, user_id: &str, body: &str) -> Result<(), sqlx::Error> {
    // PostgreSQL takes no NUL in a text.
    let body: String = body.chars().filter(|it| *it != '\0').take(storefront_api::MAX_POST_CHARS * 2).collect();
    sqlx::query(
        "INSERT INTO drafts (user_id, body, saved_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET body = excluded.body, saved_at = excluded.saved_at",
    )
    .bind(user_id)
    .bind(body)
    .bind(now_ms())
    .execute(db)
    .await?;
    Ok(())
}

/// What is kept.
pub(crate) async fn of(db: &AnyPool, user_id: &str) -> Result<String, sqlx::Error> {
    let kept: Option<String> = sqlx::query_scalar("SELECT body FROM drafts WHERE user_id = $1").bind(user_id).fetch_optional(db).await?;
    Ok(kept.unwrap_or_default())
}

/// Forgets it.
pub(crate) async fn forget(db: &AnyPool, user_id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM drafts WHERE user_id = $1").bind(user_id).execute(db).await?;
    Ok(())
}

/// Deletes the drafts that are too old. Returns how many.
pub(crate) async fn purge(db: &AnyPool, now: i64) -> Result<u64, sqlx::Error> {
    Ok(sqlx::query("DELETE FROM drafts WHERE saved_at < $1").bind(now - millis(KEPT)).execute(db).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn drafts_of_those_who_do_not_come_back_are_deleted() {
        let file = std::env::temp_dir().join(format!("storefront-drafts-{}.sqlite", uuid::Uuid::new_v4()));
        let db = crate::database::open(&format!("sqlite://{}", file.display())).await.unwrap();
        keep(&db, "user", "Half a thought").await.unwrap();
        let day = 24 * 60 * 60 * 1_000;
        assert_eq!(purge(&db, now_ms() + 29 * day).await.unwrap(), 0);
        assert_eq!(of(&db, "user").await.unwrap(), "Half a thought");
        assert_eq!(purge(&db, now_ms() + 31 * day).await.unwrap(), 1);
        assert_eq!(of(&db, "user").await.unwrap(), "");
        db.close().await;
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
    }
}
