//! Tenants, stored as FusionAuth's JSON documents.

use super::{DatabaseError, Written, document, documents, run, to_json, uuid, write};
use crate::model::Tenant;
use sqlx::{Row, SqliteConnection, SqliteExecutor, query, query_scalar};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub(crate) async fn insert(database: impl SqliteExecutor<'_>, tenant: &Tenant) -> Result<Written, DatabaseError> {
    let insert = query("INSERT INTO tenants (id, document) VALUES ($1, $2)");
    write(database, insert.bind(tenant.id.to_string()).bind(to_json(tenant)?)).await
}

pub(crate) async fn update(database: impl SqliteExecutor<'_>, tenant: &Tenant) -> Result<(), DatabaseError> {
    let update = query("UPDATE tenants SET document = $2 WHERE id = $1");
    run(database, update.bind(tenant.id.to_string()).bind(to_json(tenant)?)).await
}

pub(crate) async fn by_id(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Option<Tenant>, DatabaseError> {
    document(database, query_scalar("SELECT document FROM tenants WHERE id = $1").bind(id.to_string())).await
}

pub(crate) async fn all(database: impl SqliteExecutor<'_>) -> Result<Vec<Tenant>, DatabaseError> {
    documents(database, query_scalar("SELECT document FROM tenants ORDER BY id")).await
}

/// Whether there is more than one tenant.
pub(crate) async fn are_several(database: impl SqliteExecutor<'_>) -> Result<bool, DatabaseError> {
    Ok(query_scalar("SELECT count(*) > 1 FROM tenants").fetch_one(database).await?)
}

/// Those of the identifiers that name an object of a tenant, with the tenant's id.
pub(crate) async fn objects(
    database: impl SqliteExecutor<'_>,
    identifiers: &BTreeSet<String>,
) -> Result<BTreeMap<String, Uuid>, DatabaseError> {
    let select = "SELECT id, tenant_id FROM tenant_objects WHERE id IN (SELECT value FROM json_each($1)) AND tenant_id IS NOT NULL";
    let rows = query(select).bind(to_json(identifiers)?).fetch_all(database).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, uuid(row.try_get("tenant_id")?)?))).collect()
}

/// Deletes a tenant with its users and applications.
pub(crate) async fn delete(connection: &mut SqliteConnection, id: Uuid) -> Result<(), DatabaseError> {
    for delete in
        ["DELETE FROM users WHERE tenant_id = $1", "DELETE FROM applications WHERE tenant_id = $1", "DELETE FROM tenants WHERE id = $1"]
    {
        run(&mut *connection, query(delete).bind(id.to_string())).await?;
    }
    Ok(())
}
