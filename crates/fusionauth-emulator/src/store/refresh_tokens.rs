use super::{StoreError, read, written};
use crate::opaque::Opaque;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};
use uuid::Uuid;

/// A session: a refresh token and what it was issued for. The token itself is not here.
#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) application_id: Uuid,
    pub(crate) user_id: Uuid,
    /// When it was first issued, in milliseconds; rotation keeps it.
    pub(crate) start_instant: i64,
    /// When it was last used, in milliseconds.
    pub(crate) last_used_instant: i64,
    /// When the person authenticated, in seconds.
    pub(crate) auth_time: i64,
    pub(crate) meta_data: Value,
}

/// How a presented token relates to the stored one.
pub(crate) enum Found {
    /// It is the current one.
    Current(RefreshToken),
    /// It is the one before the current, which `nonce` gives again from it.
    Previous { token: RefreshToken, nonce: Vec<u8>, rotated_instant: i64 },
}

impl Found {
    /// The session, whichever of its tokens was presented.
    pub(crate) fn row(&self) -> &RefreshToken {
        match self {
            Self::Current(row) | Self::Previous { token: row, .. } => row,
        }
    }
}

/// Which sessions to revoke.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Selection {
    One(Uuid),
    OfUser(Uuid),
    OfApplication(Uuid),
    OfUserAndApplication(Uuid, Uuid),
}

pub(crate) async fn insert(database: &SqlitePool, row: &RefreshToken, token: &Opaque) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO refresh_tokens (id, token_hash, tenant_id, application_id, user_id, start_instant, last_used_instant, auth_time, meta_data) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(row.id.to_string())
    .bind(token.hash())
    .bind(row.tenant_id.to_string())
    .bind(row.application_id.to_string())
    .bind(row.user_id.to_string())
    .bind(row.start_instant)
    .bind(row.last_used_instant)
    .bind(row.auth_time)
    .bind(written(&row.meta_data)?)
    .execute(database)
    .await?;
    Ok(())
}

pub(crate) async fn find(database: &SqlitePool, token: &Opaque) -> Result<Option<Found>, StoreError> {
    let hash = token.hash();
    let query = sqlx::query("SELECT * FROM refresh_tokens WHERE token_hash = $1 OR previous_hash = $1");
    let Some(row) = query.bind(&hash).fetch_optional(database).await? else { return Ok(None) };
    let token = from_row(&row)?;
    if row.try_get::<String, _>("token_hash")? == hash {
        return Ok(Some(Found::Current(token)));
    }
    Ok(Some(Found::Previous { token, nonce: row.try_get("rotation_nonce")?, rotated_instant: row.try_get("rotated_instant")? }))
}

/// Notes a use of a token that stays the same. `false` if it was revoked meanwhile.
pub(crate) async fn touch(database: &SqlitePool, token: &Opaque, now_ms: i64) -> Result<bool, StoreError> {
    let query = sqlx::query("UPDATE refresh_tokens SET last_used_instant = $2 WHERE token_hash = $1");
    Ok(query.bind(token.hash()).bind(now_ms).execute(database).await?.rows_affected() > 0)
}

/// Puts the next token in the current one's place, in one statement: of several callers with the same token exactly one
/// gets `true`.
pub(crate) async fn rotate(database: &SqlitePool, current: &Opaque, next: &Opaque, nonce: &[u8], now_ms: i64) -> Result<bool, StoreError> {
    let query = sqlx::query(
        "UPDATE refresh_tokens SET token_hash = $2, previous_hash = token_hash, rotation_nonce = $3, rotated_instant = $4, last_used_instant = $4 \
         WHERE token_hash = $1",
    );
    Ok(query.bind(current.hash()).bind(next.hash()).bind(nonce).bind(now_ms).execute(database).await?.rows_affected() > 0)
}

pub(crate) async fn by_id(database: &SqlitePool, id: Uuid) -> Result<Option<RefreshToken>, StoreError> {
    let row = sqlx::query("SELECT * FROM refresh_tokens WHERE id = $1").bind(id.to_string()).fetch_optional(database).await?;
    row.as_ref().map(from_row).transpose()
}

pub(crate) async fn of_user(database: &SqlitePool, user: Uuid) -> Result<Vec<RefreshToken>, StoreError> {
    let query = sqlx::query("SELECT * FROM refresh_tokens WHERE user_id = $1 ORDER BY start_instant, id");
    query.bind(user.to_string()).fetch_all(database).await?.iter().map(from_row).collect()
}

/// Revokes; how many there were.
pub(crate) async fn delete(database: &SqlitePool, selection: Selection) -> Result<u64, StoreError> {
    let query = match selection {
        Selection::One(id) => sqlx::query("DELETE FROM refresh_tokens WHERE id = $1").bind(id.to_string()),
        Selection::OfUser(user) => sqlx::query("DELETE FROM refresh_tokens WHERE user_id = $1").bind(user.to_string()),
        Selection::OfApplication(application) => {
            sqlx::query("DELETE FROM refresh_tokens WHERE application_id = $1").bind(application.to_string())
        }
        Selection::OfUserAndApplication(user, application) => {
            let query = sqlx::query("DELETE FROM refresh_tokens WHERE user_id = $1 AND application_id = $2");
            query.bind(user.to_string()).bind(application.to_string())
        }
    };
    Ok(query.execute(database).await?.rows_affected())
}

fn from_row(row: &SqliteRow) -> Result<RefreshToken, StoreError> {
    let uuid = |column: &str| -> Result<Uuid, StoreError> {
        let text: String = row.try_get(column)?;
        text.parse().map_err(|error: uuid::Error| sqlx::Error::Decode(error.into()).into())
    };
    Ok(RefreshToken {
        id: uuid("id")?,
        tenant_id: uuid("tenant_id")?,
        application_id: uuid("application_id")?,
        user_id: uuid("user_id")?,
        start_instant: row.try_get("start_instant")?,
        last_used_instant: row.try_get("last_used_instant")?,
        auth_time: row.try_get("auth_time")?,
        meta_data: read(&row.try_get::<String, _>("meta_data")?)?,
    })
}
