use super::{Inserted, StoreError, inserted, read, written};
use crate::model::Application;
use sqlx::SqlitePool;
use uuid::Uuid;

pub(crate) async fn insert(database: &SqlitePool, application: &Application) -> Result<Inserted, StoreError> {
    inserted(
        sqlx::query("INSERT INTO applications (id, tenant_id, name, document) VALUES ($1, $2, $3, $4)")
            .bind(application.id.to_string())
            .bind(application.tenant_id.to_string())
            .bind(&application.name)
            .bind(written(application)?)
            .execute(database)
            .await,
    )
}

pub(crate) async fn update(database: &SqlitePool, application: &Application) -> Result<Inserted, StoreError> {
    inserted(
        sqlx::query("UPDATE applications SET name = $2, document = $3 WHERE id = $1")
            .bind(application.id.to_string())
            .bind(&application.name)
            .bind(written(application)?)
            .execute(database)
            .await,
    )
}

pub(crate) async fn all(database: &SqlitePool) -> Result<Vec<Application>, StoreError> {
    let documents: Vec<String> = sqlx::query_scalar("SELECT document FROM applications ORDER BY name, id").fetch_all(database).await?;
    documents.iter().map(|it| read(it)).collect()
}

pub(crate) async fn by_id(database: &SqlitePool, id: Uuid) -> Result<Option<Application>, StoreError> {
    let document: Option<String> =
        sqlx::query_scalar("SELECT document FROM applications WHERE id = $1").bind(id.to_string()).fetch_optional(database).await?;
    document.map(|it| read(&it)).transpose()
}
