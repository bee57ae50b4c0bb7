//! Kinds of user actions, the actions that were taken on users, and failed logins, which lead to a lockout action.

use super::{DatabaseError, Written, document, documents, run, to_json, write};
use crate::model::{TakenAction, UserAction};
use sqlx::{SqliteConnection, SqliteExecutor, query, query_scalar};
use uuid::Uuid;

pub(crate) async fn insert(database: impl SqliteExecutor<'_>, action: &UserAction) -> Result<Written, DatabaseError> {
    let insert = query("INSERT INTO user_actions (id, name, document) VALUES ($1, $2, $3)");
    write(database, insert.bind(action.id.to_string()).bind(&action.name).bind(to_json(action)?)).await
}

pub(crate) async fn update(database: impl SqliteExecutor<'_>, action: &UserAction) -> Result<Written, DatabaseError> {
    let update = query("UPDATE user_actions SET name = $2, document = $3 WHERE id = $1");
    write(database, update.bind(action.id.to_string()).bind(&action.name).bind(to_json(action)?)).await
}

/// Deletes a kind of action, and ends the actions of this kind that were taken.
pub(crate) async fn delete(connection: &mut SqliteConnection, id: Uuid) -> Result<(), DatabaseError> {
    for delete in ["DELETE FROM taken_actions WHERE user_action_id = $1", "DELETE FROM user_actions WHERE id = $1"] {
        run(&mut *connection, query(delete).bind(id.to_string())).await?;
    }
    Ok(())
}

pub(crate) async fn by_id(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Option<UserAction>, DatabaseError> {
    document(database, query_scalar("SELECT document FROM user_actions WHERE id = $1").bind(id.to_string())).await
}

pub(crate) async fn all(database: impl SqliteExecutor<'_>) -> Result<Vec<UserAction>, DatabaseError> {
    documents(database, query_scalar("SELECT document FROM user_actions ORDER BY name")).await
}

/// Stores an action that is taken on a user, or replaces the action with the same id.
pub(crate) async fn take(database: impl SqliteExecutor<'_>, action: &TakenAction) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO taken_actions (id, user_id, user_action_id, expiry_instant, document) VALUES ($1, $2, $3, $4, $5) \
                  ON CONFLICT (id) DO UPDATE SET expiry_instant = excluded.expiry_instant, document = excluded.document";
    let insert =
        query(insert).bind(action.id.to_string()).bind(action.actionee_user_id.to_string()).bind(action.user_action_id.to_string());
    run(database, insert.bind(action.expiry).bind(to_json(action)?)).await
}

/// The actions on a user that have not expired.
pub(crate) async fn active(database: impl SqliteExecutor<'_>, user: Uuid, now_ms: i64) -> Result<Vec<TakenAction>, DatabaseError> {
    let select = query_scalar("SELECT document FROM taken_actions WHERE user_id = $1 AND expiry_instant > $2 ORDER BY id");
    documents(database, select.bind(user.to_string()).bind(now_ms)).await
}

/// Like [`active`], but only actions that prevent the user's login.
pub(crate) async fn preventing_login(
    database: impl SqliteExecutor<'_>,
    user: Uuid,
    now_ms: i64,
) -> Result<Vec<TakenAction>, DatabaseError> {
    let select = "SELECT taken_actions.document FROM taken_actions JOIN user_actions ON user_actions.id = user_action_id \
                  WHERE user_id = $1 AND expiry_instant > $2 AND user_actions.document ->> '$.preventLogin' ORDER BY taken_actions.id";
    documents(database, query_scalar(select).bind(user.to_string()).bind(now_ms)).await
}

/// Ends an action that was taken, and returns it; `None` if no action has this id.
pub(crate) async fn cancel(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Option<TakenAction>, DatabaseError> {
    document(database, query_scalar("DELETE FROM taken_actions WHERE id = $1 RETURNING document").bind(id.to_string())).await
}

/// Ends all actions of one kind on a user.
pub(crate) async fn cancel_of_user(database: impl SqliteExecutor<'_>, user: Uuid, action: Uuid) -> Result<(), DatabaseError> {
    let delete = query("DELETE FROM taken_actions WHERE user_id = $1 AND user_action_id = $2");
    run(database, delete.bind(user.to_string()).bind(action.to_string())).await
}

/// Counts a failed login and returns how many there were in a row. Counting starts again if the last failure is more than `reset_ms`
/// ago.
pub(crate) async fn count_failed_login(
    database: impl SqliteExecutor<'_>,
    user: Uuid,
    now_ms: i64,
    reset_ms: i64,
) -> Result<i64, DatabaseError> {
    let insert = "INSERT INTO failed_logins (user_id, failures, last_instant) VALUES ($1, 1, $2) ON CONFLICT (user_id) DO UPDATE SET \
                  failures = CASE WHEN $2 - last_instant > $3 THEN 1 ELSE failures + 1 END, last_instant = $2 RETURNING failures";
    Ok(query_scalar(insert).bind(user.to_string()).bind(now_ms).bind(reset_ms).fetch_one(database).await?)
}

pub(crate) async fn forget_failed_logins(database: impl SqliteExecutor<'_>, user: Uuid) -> Result<(), DatabaseError> {
    run(database, query("DELETE FROM failed_logins WHERE user_id = $1").bind(user.to_string())).await
}
