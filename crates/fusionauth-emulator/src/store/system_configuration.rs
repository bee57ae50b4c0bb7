use super::{StoreError, read, written};
use crate::model::SystemConfiguration;
use sqlx::SqlitePool;

/// The configuration; FusionAuth's defaults until somebody has set one.
pub(crate) async fn get(database: &SqlitePool) -> Result<SystemConfiguration, StoreError> {
    let document: Option<String> = sqlx::query_scalar("SELECT document FROM system_configuration").fetch_optional(database).await?;
    document.map_or_else(|| Ok(SystemConfiguration::default()), |it| read(&it))
}

pub(crate) async fn put(database: &SqlitePool, configuration: &SystemConfiguration) -> Result<(), StoreError> {
    let query =
        "INSERT INTO system_configuration (one, document) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET document = excluded.document";
    sqlx::query(query).bind(written(configuration)?).execute(database).await?;
    Ok(())
}
