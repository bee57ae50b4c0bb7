//! What a user was writing when the session ended: a post in the Forums, or the checkout's form in the Store. It is shown to the same user
//! alone, and deleted when the user publishes the post, places the order or does not come back.

use crate::clock::{millis, now_ms};
use sqlx::AnyPool;
use std::time::Duration;
use storefront_api::App;

/// How long a draft is kept for a user who does not come back.
const RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Saves a user's draft in place of the one before. It is saved whole, however long it is; the limit of a form bounds it.
pub(crate) async fn save(db: &AnyPool, app: App, user_id: &str, body: &str) -> Result<(), sqlx::Error> {
    let body = body.replace('\0', ""); // PostgreSQL takes no NUL in a text
    sqlx::query(match app {
        App::Forums => {
            "INSERT INTO drafts (user_id, body, saved_at) VALUES ($1, $2, $3)
             ON CONFLICT (user_id) DO UPDATE SET body = excluded.body, saved_at = excluded.saved_at"
        }
        App::Store => {
            "INSERT INTO checkout_drafts (user_id, body, saved_at) VALUES ($1, $2, $3)
             ON CONFLICT (user_id) DO UPDATE SET body = excluded.body, saved_at = excluded.saved_at"
        }
    })
    .bind(user_id)
    .bind(body)
    .bind(now_ms())
    .execute(db)
    .await?;
    Ok(())
}

/// Loads a user's draft of a post, which is empty if there is none.
pub(crate) async fn load(db: &AnyPool, user_id: &str) -> Result<String, sqlx::Error> {
    let draft: Option<String> = sqlx::query_scalar("SELECT body FROM drafts WHERE user_id = $1").bind(user_id).fetch_optional(db).await?;
    Ok(draft.unwrap_or_default())
}

/// Deletes a user's draft of a post.
pub(crate) async fn delete(db: &AnyPool, user_id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM drafts WHERE user_id = $1").bind(user_id).execute(db).await?;
    Ok(())
}

/// Deletes the drafts of users who did not come back, and returns how many. `now` is in milliseconds since 1970.
pub(crate) async fn purge(db: &AnyPool, now: i64) -> Result<u64, sqlx::Error> {
    let mut deleted = 0;
    for statement in ["DELETE FROM drafts WHERE saved_at < $1", "DELETE FROM checkout_drafts WHERE saved_at < $1"] {
        deleted += sqlx::query(statement).bind(now - millis(RETENTION)).execute(db).await?.rows_affected();
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn drafts_of_users_who_do_not_come_back_are_deleted() {
        let file = std::env::temp_dir().join(format!("storefront-drafts-{}.sqlite", uuid::Uuid::new_v4()));
        let db = crate::database::open(&format!("sqlite://{}", file.display())).await.unwrap();
        save(&db, App::Forums, "user", "Half a thought").await.unwrap();
        save(&db, App::Store, "user", "{}").await.unwrap();
        let day = 24 * 60 * 60 * 1_000;
        assert_eq!(purge(&db, now_ms() + 29 * day).await.unwrap(), 0);
        assert_eq!(load(&db, "user").await.unwrap(), "Half a thought");
        assert_eq!(purge(&db, now_ms() + 31 * day).await.unwrap(), 2);
        assert_eq!(load(&db, "user").await.unwrap(), "");
        db.close().await;
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
    }
}
