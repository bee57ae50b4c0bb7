use super::{Inserted, StoreError, inserted, read, written};
use crate::model::Registration;
use sqlx::SqlitePool;
use uuid::Uuid;

pub(crate) async fn insert(database: &SqlitePool, user: Uuid, registration: &Registration) -> Result<Inserted, StoreError> {
    let query = sqlx::query("INSERT INTO registrations (user_id, application_id, document) VALUES ($1, $2, $3)");
    let query = query.bind(user.to_string()).bind(registration.application_id.to_string()).bind(written(registration)?);
    inserted(query.execute(database).await)
}

pub(crate) async fn update(database: &SqlitePool, user: Uuid, registration: &Registration) -> Result<(), StoreError> {
    let query = sqlx::query("UPDATE registrations SET document = $3 WHERE user_id = $1 AND application_id = $2");
    let query = query.bind(user.to_string()).bind(registration.application_id.to_string()).bind(written(registration)?);
    query.execute(database).await?;
    Ok(())
}

/// `false` if there was none.
pub(crate) async fn delete(database: &SqlitePool, user: Uuid, application: Uuid) -> Result<bool, StoreError> {
    let query = sqlx::query("DELETE FROM registrations WHERE user_id = $1 AND application_id = $2");
    Ok(query.bind(user.to_string()).bind(application.to_string()).execute(database).await?.rows_affected() > 0)
}

pub(crate) async fn of_user(database: &SqlitePool, user: Uuid) -> Result<Vec<Registration>, StoreError> {
    let query = sqlx::query_scalar("SELECT document FROM registrations WHERE user_id = $1 ORDER BY application_id");
    let documents: Vec<String> = query.bind(user.to_string()).fetch_all(database).await?;
    documents.iter().map(|it| read(it)).collect()
}
