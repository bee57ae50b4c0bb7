//! Refresh tokens, found by their hashes. A row is one session: its id stays the same when a one-time token is rotated.

use super::{DatabaseError, changes, from_json, run, to_json, uuid};
use crate::state::{OpaqueToken, request};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteExecutor, query};
use uuid::Uuid;

/// A session, for which a refresh token was issued. The token itself is not stored, only its hash.
#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    /// The application that the session belongs to; `None` for a single sign-on session.
    pub(crate) application_id: Option<Uuid>,
    pub(crate) user_id: Uuid,
    /// When the session began, in milliseconds since 1970. A rotation of the token does not change it.
    pub(crate) start_instant: i64,
    /// When the token was last used, in milliseconds since 1970.
    pub(crate) last_used_instant: i64,
    /// When the user authenticated, in seconds since 1970.
    pub(crate) auth_time: i64,
    pub(crate) meta_data: Value,
}

/// How a presented token relates to the stored session.
pub(crate) enum Presented {
    /// The session's current token.
    Current(RefreshToken),
    /// The session's previous token. The current token can be derived from the previous token and `nonce`.
    Previous { token: RefreshToken, nonce: Vec<u8>, rotated_instant: i64 },
}

/// The sessions to revoke.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Selection {
    One(Uuid),
    OfUser(Uuid),
    OfApplication(Uuid),
    OfUserAndApplication(Uuid, Uuid),
}

impl Presented {
    /// The session that the presented token belongs to.
    pub(crate) fn session(&self) -> &RefreshToken {
        match self {
            Self::Current(session) | Self::Previous { token: session, .. } => session,
        }
    }
}

pub(crate) async fn insert(database: impl SqliteExecutor<'_>, session: &RefreshToken, token: &OpaqueToken) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO refresh_tokens (id, token_hash, tenant_id, application_id, user_id, start_instant, last_used_instant, \
                  auth_time, meta_data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let insert = query(insert).bind(session.id.to_string()).bind(token.hash()).bind(session.tenant_id.to_string());
    let insert = insert.bind(session.application_id.map(|it| it.to_string())).bind(session.user_id.to_string()).bind(session.start_instant);
    run(database, insert.bind(session.last_used_instant).bind(session.auth_time).bind(to_json(&session.meta_data)?)).await
}

/// The session that a token belongs to. The token can also be the session's previous one-time token.
pub(crate) async fn find(database: impl SqliteExecutor<'_>, token: &OpaqueToken) -> Result<Option<Presented>, DatabaseError> {
    let hash = token.hash();
    let select = query("SELECT * FROM refresh_tokens WHERE token_hash = $1 OR previous_hash = $1");
    let Some(row) = select.bind(&hash).fetch_optional(database).await? else { return Ok(None) };
    let token = from_row(&row)?;
    if row.try_get::<String, _>("token_hash")? == hash {
        return Ok(Some(Presented::Current(token)));
    }
    Ok(Some(Presented::Previous { token, nonce: row.try_get("rotation_nonce")?, rotated_instant: row.try_get("rotated_instant")? }))
}

/// Stores the time at which a reusable token was used. Returns `false` if the token does not exist, for example because it was revoked.
pub(crate) async fn touch(database: impl SqliteExecutor<'_>, token: &OpaqueToken, now_ms: i64) -> Result<bool, DatabaseError> {
    let update = "UPDATE refresh_tokens SET last_used_instant = $2, \
                  meta_data = json_set(meta_data, '$.device.lastAccessedAddress', coalesce($3, meta_data ->> '$.device.lastAccessedAddress')) \
                  WHERE token_hash = $1";
    changes(database, query(update).bind(token.hash()).bind(now_ms).bind(address())).await
}

/// Replaces the current token by the next one. If several callers use the same token, only one gets `true`.
pub(crate) async fn rotate(
    database: impl SqliteExecutor<'_>,
    current: &OpaqueToken,
    next: &OpaqueToken,
    nonce: &[u8],
    now_ms: i64,
) -> Result<bool, DatabaseError> {
    let update = "UPDATE refresh_tokens SET token_hash = $2, previous_hash = token_hash, rotation_nonce = $3, rotated_instant = $4, \
                  last_used_instant = $4, \
                  meta_data = json_set(meta_data, '$.device.lastAccessedAddress', coalesce($5, meta_data ->> '$.device.lastAccessedAddress')) \
                  WHERE token_hash = $1";
    changes(database, query(update).bind(current.hash()).bind(next.hash()).bind(nonce).bind(now_ms).bind(address())).await
}

/// The IP address of the client that sends the current request.
fn address() -> Option<String> {
    request::info()["ipAddress"].as_str().map(str::to_owned)
}

pub(crate) async fn by_id(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Option<RefreshToken>, DatabaseError> {
    let row = query("SELECT * FROM refresh_tokens WHERE id = $1").bind(id.to_string()).fetch_optional(database).await?;
    row.as_ref().map(from_row).transpose()
}

pub(crate) async fn of_user(database: impl SqliteExecutor<'_>, user: Uuid) -> Result<Vec<RefreshToken>, DatabaseError> {
    let select = query("SELECT * FROM refresh_tokens WHERE user_id = $1 ORDER BY start_instant, id");
    select.bind(user.to_string()).fetch_all(database).await?.iter().map(from_row).collect()
}

/// Revokes the selected sessions, and returns them.
pub(crate) async fn delete(database: impl SqliteExecutor<'_>, selection: Selection) -> Result<Vec<RefreshToken>, DatabaseError> {
    let delete = match selection {
        Selection::One(id) => query("DELETE FROM refresh_tokens WHERE id = $1 RETURNING *").bind(id.to_string()),
        Selection::OfUser(user) => query("DELETE FROM refresh_tokens WHERE user_id = $1 RETURNING *").bind(user.to_string()),
        Selection::OfApplication(application) => {
            query("DELETE FROM refresh_tokens WHERE application_id = $1 RETURNING *").bind(application.to_string())
        }
        Selection::OfUserAndApplication(user, application) => {
            query("DELETE FROM refresh_tokens WHERE user_id = $1 AND application_id = $2 RETURNING *")
                .bind(user.to_string())
                .bind(application.to_string())
        }
    };
    delete.fetch_all(database).await?.iter().map(from_row).collect()
}

fn from_row(row: &SqliteRow) -> Result<RefreshToken, DatabaseError> {
    Ok(RefreshToken {
        id: uuid(row.try_get("id")?)?,
        tenant_id: uuid(row.try_get("tenant_id")?)?,
        application_id: row.try_get::<Option<&str>, _>("application_id")?.map(uuid).transpose()?,
        user_id: uuid(row.try_get("user_id")?)?,
        start_instant: row.try_get("start_instant")?,
        last_used_instant: row.try_get("last_used_instant")?,
        auth_time: row.try_get("auth_time")?,
        meta_data: from_json(row.try_get("meta_data")?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Random;
    use serde_json::json;
    use sqlx::query_scalar;

    /// Eight clients that log in for a minute leave tens of thousands of sessions, which stay in memory until they are revoked.
    #[tokio::test]
    async fn a_session_takes_less_than_half_a_kilobyte() -> Result<(), DatabaseError> {
        let (database, random) = (crate::database::open(None).await?, Random::system());
        // The session's tenant, application and user do not exist.
        sqlx::raw_sql("PRAGMA foreign_keys = OFF").execute(&database).await?;
        let pages = async || query_scalar::<_, i64>("PRAGMA page_count").fetch_one(&database).await;
        let before = pages().await?;
        let mut transaction = database.begin().await?;
        let (application_id, now) = (Some(random.uuid()), 1_800_000_000_000);
        let shared = RefreshToken {
            id: random.uuid(),
            tenant_id: random.uuid(),
            application_id,
            user_id: random.uuid(),
            start_instant: now,
            last_used_instant: now,
            auth_time: now / 1_000,
            meta_data: json!(null),
        };
        for _ in 0..1_000 {
            insert(&mut *transaction, &RefreshToken { id: random.uuid(), ..shared.clone() }, &OpaqueToken::generate(&random)).await?;
        }
        transaction.commit().await?;
        let page: i64 = query_scalar("PRAGMA page_size").fetch_one(&database).await?;
        let bytes = (pages().await? - before) * page / 1_000;
        assert!(bytes < 512, "{bytes} bytes");
        Ok(())
    }
}
