use super::{Inserted, StoreError, inserted, read, written};
use crate::model::Tenant;
use sqlx::SqlitePool;
use uuid::Uuid;

pub(crate) async fn insert(database: &SqlitePool, tenant: &Tenant) -> Result<Inserted, StoreError> {
    let query = sqlx::query("INSERT INTO tenants (id, document) VALUES ($1, $2)");
    inserted(query.bind(tenant.id.to_string()).bind(written(tenant)?).execute(database).await)
}

pub(crate) async fn update(database: &SqlitePool, tenant: &Tenant) -> Result<(), StoreError> {
    let query = sqlx::query("UPDATE tenants SET document = $2 WHERE id = $1");
    query.bind(tenant.id.to_string()).bind(written(tenant)?).execute(database).await?;
    Ok(())
}

pub(crate) async fn by_id(database: &SqlitePool, id: Uuid) -> Result<Option<Tenant>, StoreError> {
    let query = sqlx::query_scalar("SELECT document FROM tenants WHERE id = $1");
    let document: Option<String> = query.bind(id.to_string()).fetch_optional(database).await?;
    document.map(|it| read(&it)).transpose()
}

pub(crate) async fn all(database: &SqlitePool) -> Result<Vec<Tenant>, StoreError> {
    let documents: Vec<String> = sqlx::query_scalar("SELECT document FROM tenants ORDER BY id").fetch_all(database).await?;
    documents.iter().map(|it| read(it)).collect()
}
