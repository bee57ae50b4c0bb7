//! Devices that wait for a user's approval (RFC 8628). A device polls with its device code; the user types the user code.

use super::{DatabaseError, Written, changes, from_json, run, to_json, uuid, write};
use crate::state::OpaqueToken;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteExecutor, query};
use uuid::Uuid;

/// A device that asks for a user's approval.
pub(crate) struct Device {
    pub(crate) application_id: Uuid,
    /// The OAuth scopes that the device asks for, separated by blanks.
    pub(crate) scope: Option<String>,
    /// The description of the device, as the device sent it.
    pub(crate) info: Value,
    pub(crate) expiry_ms: i64,
    /// How many seconds the device must wait between two polls.
    pub(crate) interval_seconds: i64,
    pub(crate) last_poll_ms: Option<i64>,
    pub(crate) approval: Option<Approval>,
}

/// A user's approval of a device.
#[derive(Clone, Copy)]
pub(crate) struct Approval {
    pub(crate) user_id: Uuid,
    /// When the user authenticated, in seconds since 1970.
    pub(crate) auth_time: i64,
}

/// The hash of a user code. Case, blanks and hyphens don't matter, because a user types the code (RFC 8628 section 6.1).
pub(crate) fn hash_of_user_code(code: &str) -> String {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    OpaqueToken::from_request(letters.to_ascii_uppercase()).hash()
}

/// Stores a device. The result is [`Written::Duplicate`] if another device has this user code.
pub(crate) async fn insert(
    database: impl SqliteExecutor<'_>,
    device_code: &OpaqueToken,
    user_code: &str,
    device: &Device,
) -> Result<Written, DatabaseError> {
    let insert = "INSERT INTO device_codes (device_hash, user_hash, application_id, scope, device, expiry_instant, interval_seconds) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let insert = query(insert).bind(device_code.hash()).bind(hash_of_user_code(user_code)).bind(device.application_id.to_string());
    write(database, insert.bind(&device.scope).bind(to_json(&device.info)?).bind(device.expiry_ms).bind(device.interval_seconds)).await
}

pub(crate) async fn by_device_code(database: impl SqliteExecutor<'_>, code: &OpaqueToken) -> Result<Option<Device>, DatabaseError> {
    let row = query("SELECT * FROM device_codes WHERE device_hash = $1").bind(code.hash()).fetch_optional(database).await?;
    row.as_ref().map(from_row).transpose()
}

pub(crate) async fn by_user_code(database: impl SqliteExecutor<'_>, hash: &str) -> Result<Option<Device>, DatabaseError> {
    let row = query("SELECT * FROM device_codes WHERE user_hash = $1").bind(hash).fetch_optional(database).await?;
    row.as_ref().map(from_row).transpose()
}

/// Stores when the device polled, and how long it must wait from now on.
pub(crate) async fn set_poll(
    database: impl SqliteExecutor<'_>,
    code: &OpaqueToken,
    now_ms: i64,
    interval_seconds: i64,
) -> Result<(), DatabaseError> {
    let update = query("UPDATE device_codes SET last_poll_instant = $2, interval_seconds = $3 WHERE device_hash = $1");
    run(database, update.bind(code.hash()).bind(now_ms).bind(interval_seconds)).await
}

/// Approves a device; `false` if it has expired or another request has approved it.
pub(crate) async fn approve(
    database: impl SqliteExecutor<'_>,
    user_hash: &str,
    approval: Approval,
    now_ms: i64,
) -> Result<bool, DatabaseError> {
    let update = "UPDATE device_codes SET user_id = $2, auth_time = $3 WHERE user_hash = $1 AND user_id IS NULL AND expiry_instant > $4";
    let update = query(update).bind(user_hash).bind(approval.user_id.to_string()).bind(approval.auth_time).bind(now_ms);
    changes(database, update).await
}

/// Uses up a device code. If several callers use the same code, only one gets `true`.
pub(crate) async fn take(database: impl SqliteExecutor<'_>, code: &OpaqueToken) -> Result<bool, DatabaseError> {
    changes(database, query("DELETE FROM device_codes WHERE device_hash = $1").bind(code.hash())).await
}

/// Deletes the devices that a user has approved and that have no tokens yet.
pub(crate) async fn delete_of_user(database: impl SqliteExecutor<'_>, user: Uuid) -> Result<(), DatabaseError> {
    run(database, query("DELETE FROM device_codes WHERE user_id = $1").bind(user.to_string())).await
}

/// Deletes the devices that expired before this time.
pub(crate) async fn delete_expired(database: impl SqliteExecutor<'_>, before_ms: i64) -> Result<(), DatabaseError> {
    run(database, query("DELETE FROM device_codes WHERE expiry_instant < $1").bind(before_ms)).await
}

fn from_row(row: &SqliteRow) -> Result<Device, DatabaseError> {
    let user: Option<String> = row.try_get("user_id")?;
    let approval = match user {
        Some(user) => Some(Approval { user_id: uuid(&user)?, auth_time: row.try_get("auth_time")? }),
        None => None,
    };
    Ok(Device {
        application_id: uuid(row.try_get("application_id")?)?,
        scope: row.try_get("scope")?,
        info: from_json(row.try_get("device")?)?,
        expiry_ms: row.try_get("expiry_instant")?,
        interval_seconds: row.try_get("interval_seconds")?,
        last_poll_ms: row.try_get("last_poll_instant")?,
        approval,
    })
}
