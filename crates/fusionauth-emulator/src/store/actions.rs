use super::{Inserted, StoreError, inserted, read, written};
use crate::model::{TakenAction, UserAction};
use sqlx::SqlitePool;
use uuid::Uuid;

pub(crate) async fn insert(database: &SqlitePool, action: &UserAction) -> Result<Inserted, StoreError> {
    let query = sqlx::query("INSERT INTO user_actions (id, name, document) VALUES ($1, $2, $3)");
    inserted(query.bind(action.id.to_string()).bind(&action.name).bind(written(action)?).execute(database).await)
}

pub(crate) async fn by_id(database: &SqlitePool, id: Uuid) -> Result<Option<UserAction>, StoreError> {
    let query = sqlx::query_scalar("SELECT document FROM user_actions WHERE id = $1");
    let document: Option<String> = query.bind(id.to_string()).fetch_optional(database).await?;
    document.map(|it| read(&it)).transpose()
}

pub(crate) async fn all(database: &SqlitePool) -> Result<Vec<UserAction>, StoreError> {
    let documents: Vec<String> = sqlx::query_scalar("SELECT document FROM user_actions ORDER BY name").fetch_all(database).await?;
    documents.iter().map(|it| read(it)).collect()
}

/// Takes an action on somebody, or gives one that was taken another end.
pub(crate) async fn take(database: &SqlitePool, taken: &TakenAction) -> Result<(), StoreError> {
    let query = "INSERT INTO taken_actions (id, user_id, user_action_id, expiry_instant, document) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (id) DO UPDATE SET expiry_instant = excluded.expiry_instant, document = excluded.document";
    sqlx::query(query)
        .bind(taken.id.to_string())
        .bind(taken.actionee_user_id.to_string())
        .bind(taken.user_action_id.to_string())
        .bind(taken.expiry)
        .bind(written(taken)?)
        .execute(database)
        .await?;
    Ok(())
}

/// What is under way against somebody now.
pub(crate) async fn active(database: &SqlitePool, user: Uuid, now_ms: i64) -> Result<Vec<TakenAction>, StoreError> {
    let query = sqlx::query_scalar("SELECT document FROM taken_actions WHERE user_id = $1 AND expiry_instant > $2 ORDER BY id");
    let documents: Vec<String> = query.bind(user.to_string()).bind(now_ms).fetch_all(database).await?;
    documents.iter().map(|it| read(it)).collect()
}

/// Ends an action that was taken; `false` if there is none with this id.
pub(crate) async fn cancel(database: &SqlitePool, id: Uuid) -> Result<bool, StoreError> {
    let query = sqlx::query("DELETE FROM taken_actions WHERE id = $1");
    Ok(query.bind(id.to_string()).execute(database).await?.rows_affected() > 0)
}

/// Ends all actions of this kind against somebody.
pub(crate) async fn cancel_of_user(database: &SqlitePool, user: Uuid, action: Uuid) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM taken_actions WHERE user_id = $1 AND user_action_id = $2");
    query.bind(user.to_string()).bind(action.to_string()).execute(database).await?;
    Ok(())
}

/// Counts a failed login; how many there were in a row, none older than `reset_ms` after the one before.
pub(crate) async fn count_failure(database: &SqlitePool, user: Uuid, now_ms: i64, reset_ms: i64) -> Result<i64, StoreError> {
    let query = "INSERT INTO failed_logins (user_id, failures, last_instant) VALUES ($1, 1, $2) ON CONFLICT (user_id) DO UPDATE SET \
                 failures = CASE WHEN $2 - last_instant > $3 THEN 1 ELSE failures + 1 END, last_instant = $2 RETURNING failures";
    Ok(sqlx::query_scalar(query).bind(user.to_string()).bind(now_ms).bind(reset_ms).fetch_one(database).await?)
}

pub(crate) async fn forget_failures(database: &SqlitePool, user: Uuid) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM failed_logins WHERE user_id = $1").bind(user.to_string()).execute(database).await?;
    Ok(())
}
