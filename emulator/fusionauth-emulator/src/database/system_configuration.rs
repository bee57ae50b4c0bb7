//! The system configuration, a table with one row.

use super::{DatabaseError, document, run, to_json};
use crate::model::SystemConfiguration;
use sqlx::{SqliteExecutor, query, query_scalar};

/// The stored configuration, or FusionAuth's defaults if none is stored.
pub(crate) async fn get(database: impl SqliteExecutor<'_>) -> Result<SystemConfiguration, DatabaseError> {
    Ok(document(database, query_scalar("SELECT document FROM system_configuration")).await?.unwrap_or_default())
}

pub(crate) async fn put(database: impl SqliteExecutor<'_>, configuration: &SystemConfiguration) -> Result<(), DatabaseError> {
    let insert =
        "INSERT INTO system_configuration (one, document) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET document = excluded.document";
    run(database, query(insert).bind(to_json(configuration)?)).await
}
