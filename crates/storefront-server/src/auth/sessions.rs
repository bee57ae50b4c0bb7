//! Sessions in the database: random 256-bit ids, of which only the hash is kept.
//!
//! A session's end slides with use, and never passes an absolute end: a stolen id that is kept warm dies there, while the
//! user's refresh token renews theirs. An expired session stays in the table, opening nothing, for as long as its
//! refresh token may live: it is the proof that a refresh token and a session id belong together.

use super::secret::{hashed, random_id};
use super::{renewal::BrowserCredential, verify::Identity};
use crate::clock::{millis, now_ms};
use sqlx::{AnyConnection, AnyPool};
use std::time::Duration;

/// How long sessions live.
#[derive(Clone, Copy, Debug)]
pub struct SessionLifetime {
    /// After this long without use.
    pub idle: Duration,
    /// After this long in any case.
    pub max: Duration,
}

/// The sessions of one application.
#[derive(Clone)]
pub struct Sessions {
    db: AnyPool,
    application: String,
    life: SessionLifetime,
}

/// A session that has not expired.
pub struct LiveSession {
    /// The session's user.
    pub identity: Identity,
    /// Whether FusionAuth is to be asked whether the user is locked or deleted. Of several requests at once one has this set.
    pub check_due: bool,
}

/// A use moves a session's end only when this part of its idle time has passed since the last move. Most views of a page
/// then write nothing.
const SLIDE_PART: u32 = 10;

/// FusionAuth has just accepted the user when a session is opened, so a younger session needs no check.
const CHECKED_FROM: Duration = Duration::from_secs(60);

impl Sessions {
    /// `application` is FusionAuth's id of it: a Forums session never opens the Store.
    pub fn new(db: AnyPool, application: String, life: SessionLifetime) -> Self {
        Self { db, application, life }
    }

    /// Opens a session with a new id, within the transaction of the sign-in or renewal that allows it.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn open(
        &self,
        connection: &mut AnyConnection,
        family: &str,
        identity: &Identity,
    ) -> Result<BrowserCredential, sqlx::Error> {
        let (id, now) = (random_id(), now_ms());
        let ends_at = now.saturating_add(millis(self.life.max));
        let expires_at = now.saturating_add(millis(self.life.idle)).min(ends_at);
        let query = sqlx::query(
            "INSERT INTO sessions (id, application, family, user_id, email, created_at, expires_at, ends_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        );
        let query = query.bind(hash(&id)).bind(&self.application).bind(family).bind(&identity.user_id);
        let query = query.bind(identity.email.as_deref().unwrap_or_default()).bind(now).bind(expires_at).bind(ends_at);
        query.execute(connection).await?;
        Ok(BrowserCredential { session: Some(id), good_until: expires_at })
    }

    /// Finds a session, and pushes its end forward if that is due. None if there is no such session, or it has expired.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find(&self, id: &str) -> Result<Option<LiveSession>, sqlx::Error> {
        let now = now_ms();
        let query =
            "SELECT user_id, email, created_at, expires_at, ends_at FROM sessions WHERE id = $1 AND application = $2 AND expires_at > $3";
        let query = sqlx::query_as(query).bind(hash(id)).bind(&self.application).bind(now);
        let row: Option<(String, String, i64, i64, i64)> = query.fetch_optional(&self.db).await?;
        let Some((user_id, email, created_at, expires_at, ends_at)) = row else { return Ok(None) };
        let identity = Identity { user_id, email: Some(email).filter(|it| !it.is_empty()) };
        let new_end = now.saturating_add(millis(self.life.idle)).min(ends_at);
        let due = new_end - expires_at >= millis(self.life.idle / SLIDE_PART).max(1);
        let check_due = due && {
            // Of two requests at once one moves the end; the other finds it moved.
            let query = sqlx::query("UPDATE sessions SET expires_at = $2 WHERE id = $1 AND expires_at = $3");
            let moved = query.bind(hash(id)).bind(new_end).bind(expires_at).execute(&self.db).await?;
            moved.rows_affected() == 1 && now - created_at >= millis(CHECKED_FROM)
        };
        Ok(Some(LiveSession { identity, check_due }))
    }
}

/// The family of a session, which no other transaction changes until this one ends.
pub(super) async fn lock(connection: &mut AnyConnection, id: &str) -> Result<Option<String>, sqlx::Error> {
    let query = "UPDATE sessions SET expires_at = expires_at WHERE id = $1 RETURNING family";
    sqlx::query_scalar(query).bind(hash(id)).fetch_optional(connection).await
}

/// The hash that the database keeps of a session id.
pub(super) fn hash(id: &str) -> String {
    hashed("session", id)
}

/// Deletes the sessions that expired longer than `keep` ago, and gives their number.
///
/// # Errors
/// When the database refuses.
pub async fn purge(db: &AnyPool, now: i64, keep: Duration) -> Result<u64, sqlx::Error> {
    let purged_before = now.saturating_sub(millis(keep));
    Ok(sqlx::query("DELETE FROM sessions WHERE expires_at < $1").bind(purged_before).execute(db).await?.rows_affected())
}
