//! The records of device-bound sessions in the database. A record is in the row of its family, so it ends with the family, on every
//! instance. Its session id is the family's id, which is random and no credential.

use device_bound_sessions::{Challenge, Session, SessionId, SessionStore};
use sqlx::AnyPool;
use std::collections::HashSet;

/// The records in one database.
#[derive(Clone)]
pub(super) struct DeviceKeys {
    pub(super) db: AnyPool,
}

impl DeviceKeys {
    /// FusionAuth's ids of those sessions of the user that are bound to a device.
    pub(super) async fn bound_sessions(&self, user_id: &str) -> sqlx::Result<HashSet<String>> {
        let query =
            "SELECT refresh_token_id, device_session FROM token_families WHERE user_id = $1 AND ended = '' AND device_session <> ''";
        let rows: Vec<(String, String)> = sqlx::query_as(query).bind(user_id).fetch_all(&self.db).await?;
        let mut bound = HashSet::new();
        for (id, record) in rows {
            if decode(&record)?.device.is_some() {
                bound.insert(id);
            }
        }
        Ok(bound)
    }

    /// The family of the refresh token with this hash, if its browser was offered a key. None if the family has ended.
    pub(super) async fn family_of(&self, token_hash: &str) -> sqlx::Result<Option<String>> {
        let query =
            "SELECT id FROM token_families JOIN refresh_tokens ON family = id WHERE hash = $1 AND ended = '' AND device_session <> ''";
        sqlx::query_scalar(query).bind(token_hash).fetch_optional(&self.db).await
    }
}

impl SessionStore for DeviceKeys {
    type Error = sqlx::Error;

    async fn create(&self, session: &Session) -> sqlx::Result<bool> {
        self.replace("", session).await
    }

    async fn find(&self, id: &SessionId) -> sqlx::Result<Option<Session>> {
        let query = "SELECT device_session FROM token_families WHERE id = $1 AND ended = '' AND device_session <> ''";
        let record: Option<String> = sqlx::query_scalar(query).bind(id.as_str()).fetch_optional(&self.db).await?;
        record.map(|it| decode(&it)).transpose()
    }

    async fn rotate(&self, taken: &Challenge, session: &Session) -> sqlx::Result<bool> {
        self.replace(taken.as_str(), session).await
    }

    async fn remove(&self, id: &SessionId) -> sqlx::Result<()> {
        let query = sqlx::query("UPDATE token_families SET device_challenge = '', device_session = '' WHERE id = $1");
        query.bind(id.as_str()).execute(&self.db).await.map(drop)
    }
}

impl DeviceKeys {
    /// Replaces the record whose open challenge is `taken`. False if another request was faster, or if the family has ended.
    async fn replace(&self, taken: &str, session: &Session) -> sqlx::Result<bool> {
        let record = serde_json::to_string(session).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let query = sqlx::query(
            "UPDATE token_families SET device_challenge = $3, device_session = $4 WHERE id = $1 AND device_challenge = $2 AND ended = ''",
        );
        let query = query.bind(session.id.as_str()).bind(taken).bind(session.challenge.text.as_str()).bind(record);
        Ok(query.execute(&self.db).await?.rows_affected() == 1)
    }
}

/// The record that a row holds.
///
/// # Errors
/// The text is not a record. It must never count as none, because the sign-in would then no longer be bound.
pub(super) fn decode(record: &str) -> sqlx::Result<Session> {
    serde_json::from_str(record).map_err(|error| sqlx::Error::Decode(error.into()))
}
