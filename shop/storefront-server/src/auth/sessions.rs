//! Sessions in the database. The browser holds a random 256-bit id, and the database stores only a hash of this id.
//!
//! A session expires when it has not been used for the idle timeout. It also expires at the absolute timeout, so that a stolen id does not
//! work forever. The server also refuses a session that [`RevokedAccess`] lists. The row of an expired session stays in the table for as
//! long as the browser may keep its refresh token, because a renewal needs the row to check that session id and refresh token belong
//! together.

use super::revoked_access::{IssuedTo, RevokedAccess};
use super::verify::Identity;
use crate::clock::{millis, now_ms};
use crate::secret::{hash_secret, random_id};
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, AnyPool};
use std::time::Duration;

/// The two timeouts of sessions.
#[derive(Clone, Copy, Debug)]
pub struct SessionLifetime {
    /// The session expires after this time without use.
    pub idle_timeout: Duration,
    /// The session expires this long after its start, even if it is used.
    pub absolute_timeout: Duration,
}

/// The browser's credential besides the refresh token.
#[derive(Clone, Serialize, Deserialize)]
pub struct BrowserCredential {
    /// The session's id. None if the browser holds the access token.
    pub session: Option<String>,
    /// When the credential expires, in milliseconds since 1970.
    pub good_until: i64,
}

/// The sessions of one application.
#[derive(Clone)]
pub struct Sessions {
    db: AnyPool,
    application: String,
    lifetime: SessionLifetime,
    revoked: RevokedAccess,
}

/// A session that has neither expired nor been revoked.
pub struct LiveSession {
    /// The session's user.
    pub identity: Identity,
    /// The record of the device to which the session's family is bound.
    pub device: String,
    /// FusionAuth's id of the refresh token of the session's sign-in, if it is known.
    pub refresh_id: Option<String>,
    id_hash: String,
    checked_at: i64,
    ends_at: i64,
}

/// A row of `sessions`, with columns of its family.
#[derive(sqlx_macros::FromRow)]
struct SessionRow {
    user_id: String,
    email: String,
    roles: String,
    refresh_token_id: String,
    issued_at: i64,
    checked_at: i64,
    ends_at: i64,
    device_session: String,
}

/// Whether the caller must ask FusionAuth what the user may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserCheck {
    /// The user was checked a short time ago, or another request checks the user.
    NotDue,
    /// The caller must check the user. Of several concurrent requests, only one gets this.
    Due,
    /// The caller must check the user before it accepts the session: an event may have ended the sign-in.
    DueFirst,
}

/// The idle timeout divided by this number is the minimum time between two extensions of a session. Each extension also makes a check of
/// the user due. Because of this minimum, most requests write nothing to the database.
const IDLE_EXTENSION_DIVISOR: u32 = 10;

/// The `checked_at` of a session that began in the second of an event which ends older sign-ins of its user.
pub(super) const CHECK_FIRST: i64 = 0;

impl Sessions {
    /// `application` is FusionAuth's application id. A session is valid for that application only.
    pub fn new(db: AnyPool, application: String, lifetime: SessionLifetime, revoked: RevokedAccess) -> Self {
        Self { db, application, lifetime, revoked }
    }

    /// Creates a session with a new id, within the transaction of the sign-in or renewal that opens it.
    pub(super) async fn create(&self, db: &mut AnyConnection, family: &str, identity: &Identity) -> sqlx::Result<BrowserCredential> {
        let (id, now) = (random_id(), now_ms());
        let issued_at = identity.sign_in.issued_at.unwrap_or(now / 1_000);
        let issued_to = IssuedTo { user: &identity.user_id, application: &self.application, session: None, issued_at: Some(issued_at) };
        let checked_at = if self.revoked.is_in_doubt(&issued_to) { CHECK_FIRST } else { now };
        let ends_at = now.saturating_add(millis(self.lifetime.absolute_timeout));
        let expires_at = now.saturating_add(millis(self.lifetime.idle_timeout)).min(ends_at);
        let query = sqlx::query(
            "INSERT INTO sessions (id, application, family, user_id, email, roles, created_at, checked_at, expires_at, ends_at, issued_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $11, $8, $9, $10)",
        );
        let query = query.bind(hash(&id)).bind(&self.application).bind(family).bind(&identity.user_id);
        let query = query.bind(identity.email.as_deref().unwrap_or_default()).bind(serde_json::json!(identity.roles).to_string());
        let query = query.bind(now).bind(expires_at).bind(ends_at).bind(issued_at).bind(checked_at);
        query.execute(db).await?;
        Ok(BrowserCredential { session: Some(id), good_until: expires_at })
    }

    /// Finds a session. None if there is no such session, or if the session has expired or been revoked.
    pub(crate) async fn find(&self, id: &str) -> sqlx::Result<Option<LiveSession>> {
        let (id_hash, now) = (hash(id), now_ms());
        let query = "SELECT sessions.user_id, email, roles, refresh_token_id, issued_at, checked_at, ends_at, device_session
                     FROM sessions JOIN token_families ON token_families.id = sessions.family
                     WHERE sessions.id = $1 AND application = $2 AND expires_at > $3";
        let query = sqlx::query_as(query).bind(&id_hash).bind(&self.application).bind(now);
        let row: Option<SessionRow> = query.fetch_optional(&self.db).await?;
        let Some(SessionRow { user_id, email, roles, refresh_token_id, issued_at, checked_at, ends_at, device_session }) = row else {
            return Ok(None);
        };
        let refresh_id = Some(refresh_token_id).filter(|it| !it.is_empty());
        let issued_to =
            IssuedTo { user: &user_id, application: &self.application, session: refresh_id.as_deref(), issued_at: Some(issued_at) };
        if self.revoked.includes(&issued_to) {
            return Ok(None);
        }
        let roles = serde_json::from_str(&roles).unwrap_or_default();
        let identity = Identity { roles, ..Identity::new(user_id, Some(email).filter(|it| !it.is_empty())) };
        Ok(Some(LiveSession { identity, device: device_session, refresh_id, id_hash, checked_at, ends_at }))
    }

    /// Extends a session that is used, if an extension is due.
    pub(crate) async fn extend(&self, session: &LiveSession) -> sqlx::Result<UserCheck> {
        let now = now_ms();
        let check = if session.checked_at == CHECK_FIRST { UserCheck::DueFirst } else { UserCheck::Due };
        if now - session.checked_at < millis(self.lifetime.idle_timeout / IDLE_EXTENSION_DIVISOR).max(1) {
            return Ok(UserCheck::NotDue);
        }
        let new_end = now.saturating_add(millis(self.lifetime.idle_timeout)).min(session.ends_at);
        // Because of `checked_at`, only one of two concurrent requests updates the row.
        let query = sqlx::query("UPDATE sessions SET expires_at = $2, checked_at = $3 WHERE id = $1 AND checked_at = $4");
        let query = query.bind(&session.id_hash).bind(new_end).bind(now).bind(session.checked_at);
        Ok(if query.execute(&self.db).await?.rows_affected() == 1 { check } else { UserCheck::NotDue })
    }

    /// Writes what FusionAuth's record of a user says now into the user's sessions in the application.
    pub(crate) async fn update(&self, user_id: &str, email: Option<&str>, roles: &[String]) -> sqlx::Result<()> {
        let query = sqlx::query("UPDATE sessions SET email = $3, roles = $4 WHERE user_id = $1 AND application = $2");
        let query = query.bind(user_id).bind(&self.application).bind(email.unwrap_or_default());
        query.bind(serde_json::json!(roles).to_string()).execute(&self.db).await.map(drop)
    }
}

/// Locks the session's row until the transaction ends, and returns the session's token family and its expiry. The `UPDATE` changes nothing;
/// it only takes the lock.
pub(super) async fn lock(connection: &mut AnyConnection, id: &str) -> sqlx::Result<Option<(String, i64)>> {
    let query = "UPDATE sessions SET expires_at = expires_at WHERE id = $1 RETURNING family, expires_at";
    sqlx::query_as(query).bind(hash(id)).fetch_optional(connection).await
}

/// The hash of a session id, as the database stores it.
pub(super) fn hash(id: &str) -> String {
    hash_secret("session", id)
}

/// Writes a user's new email address into all sessions of the user, in every application.
pub(crate) async fn set_email(db: &AnyPool, user_id: &str, email: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE sessions SET email = $2 WHERE user_id = $1").bind(user_id).bind(email).execute(db).await.map(drop)
}
