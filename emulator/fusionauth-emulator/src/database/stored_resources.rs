//! Resources that the emulator only stores and returns, as JSON documents.

use super::{DatabaseError, Written, changes, document, documents, to_json, write};
use serde_json::Value;
use sqlx::{SqliteExecutor, query, query_scalar};
use uuid::Uuid;

/// The kind of a resource, and its owner.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The member of a body that contains such a resource, for example `emailTemplate`.
    pub(crate) kind: &'a str,
    /// The id of the tenant, application or entity type that owns the resource; empty if there is no owner.
    pub(crate) owner: &'a str,
}

/// Stores a new resource. The result is [`Written::Duplicate`] if a resource of the same kind and owner already has this name.
pub(crate) async fn insert(
    database: impl SqliteExecutor<'_>,
    Place { kind, owner }: Place<'_>,
    id: Uuid,
    name: Option<&str>,
    resource: &Value,
) -> Result<Written, DatabaseError> {
    let insert = query("INSERT INTO stored_resources (kind, id, owner, name, document) VALUES ($1, $2, $3, $4, $5)");
    write(database, insert.bind(kind).bind(id.to_string()).bind(owner).bind(name).bind(to_json(resource)?)).await
}

pub(crate) async fn update(
    database: impl SqliteExecutor<'_>,
    kind: &str,
    id: Uuid,
    name: Option<&str>,
    resource: &Value,
) -> Result<Written, DatabaseError> {
    let update = query("UPDATE stored_resources SET name = $3, document = $4 WHERE kind = $1 AND id = $2");
    write(database, update.bind(kind).bind(id.to_string()).bind(name).bind(to_json(resource)?)).await
}

/// The resource with this id; `None` for no id.
pub(crate) async fn by_id(
    database: impl SqliteExecutor<'_>,
    kind: &str,
    id: impl Into<Option<Uuid>>,
) -> Result<Option<Value>, DatabaseError> {
    let select = query_scalar("SELECT document FROM stored_resources WHERE kind = $1 AND id = $2");
    document(database, select.bind(kind).bind(id.into().map(|it| it.to_string()))).await
}

pub(crate) async fn all(database: impl SqliteExecutor<'_>, kind: &str) -> Result<Vec<Value>, DatabaseError> {
    let select = query_scalar("SELECT document FROM stored_resources WHERE kind = $1 ORDER BY name, id");
    documents(database, select.bind(kind)).await
}

/// Like [`by_id`], but only if the resource has this owner.
pub(crate) async fn in_place(
    database: impl SqliteExecutor<'_>,
    Place { kind, owner }: Place<'_>,
    id: Uuid,
) -> Result<Option<Value>, DatabaseError> {
    let select = query_scalar("SELECT document FROM stored_resources WHERE kind = $1 AND owner = $2 AND id = $3");
    document(database, select.bind(kind).bind(owner).bind(id.to_string())).await
}

/// The resource of this kind and owner with this name, or with this other unique text.
pub(crate) async fn by_name(
    database: impl SqliteExecutor<'_>,
    Place { kind, owner }: Place<'_>,
    name: &str,
) -> Result<Option<Value>, DatabaseError> {
    let select = query_scalar("SELECT document FROM stored_resources WHERE kind = $1 AND owner = $2 AND name = $3");
    document(database, select.bind(kind).bind(owner).bind(name)).await
}

/// Deletes a resource; `false` if there was none.
pub(crate) async fn delete(database: impl SqliteExecutor<'_>, kind: &str, id: Uuid) -> Result<bool, DatabaseError> {
    let delete = query("DELETE FROM stored_resources WHERE kind = $1 AND id = $2");
    changes(database, delete.bind(kind).bind(id.to_string())).await
}
