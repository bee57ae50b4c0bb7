//! Sessions in the database: random 256-bit ids, of which only the hash is kept.
//!
//! A session's end slides with use, and never passes an absolute end: a stolen id that is kept warm dies there, while the
//! shopper's refresh token renews theirs. An expired session stays in the table, opening nothing, for as long as its
//! refresh token may live: it is the proof that a refresh token and a session id belong together.

use crate::{
    auth::{
        secret::{hashed, random_id},
        verify::Identity,
    },
    clock::{millis, now_ms},
};
use fusionauth_api::backend::RefreshToken;
use sqlx::AnyPool;
use std::time::Duration;

/// How long sessions live.
#[derive(Clone, Copy, Debug)]
pub struct Life {
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
    life: Life,
}

/// A new session.
pub struct Opened {
    /// Its id, for the browser alone.
    pub id: String,
    /// When it ends if nobody uses it, in milliseconds since 1970.
    pub expires_at: i64,
}

impl Sessions {
    /// `application` is FusionAuth's id of it: a Forums session never opens the Store.
    pub fn new(db: AnyPool, application: String, life: Life) -> Self {
        Self { db, application, life }
    }

    /// Opens a session with a new id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open(&self, identity: &Identity, token: Option<&RefreshToken>) -> Result<Opened, sqlx::Error> {
        let (id, now) = (random_id(), now_ms());
        let ends_at = now.saturating_add(millis(self.life.max));
        let expires_at = now.saturating_add(millis(self.life.idle)).min(ends_at);
        sqlx::query(
            "INSERT INTO sessions (id, application, shopper, email, refresh_token, created_at, expires_at, ends_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(hash(&id))
        .bind(&self.application)
        .bind(&identity.user_id)
        .bind(identity.email.as_deref().unwrap_or_default())
        .bind(token.map(token_hash).unwrap_or_default())
        .bind(now)
        .bind(expires_at)
        .bind(ends_at)
        .execute(&self.db)
        .await?;
        Ok(Opened { id, expires_at })
    }

    /// Whose session this is, and pushes its end forward. None if there is no such session, or no longer.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn extend(&self, id: &str) -> Result<Option<Identity>, sqlx::Error> {
        let now = now_ms();
        let found: Option<(String, String)> = sqlx::query_as(
            "UPDATE sessions SET expires_at = CASE WHEN ends_at < $3 THEN ends_at ELSE $3 END
             WHERE id = $1 AND application = $2 AND expires_at > $4 RETURNING shopper, email",
        )
        .bind(hash(id))
        .bind(&self.application)
        .bind(now.saturating_add(millis(self.life.idle)))
        .bind(now)
        .fetch_optional(&self.db)
        .await?;
        Ok(found.map(|(user_id, email)| Identity { user_id, email: Some(email).filter(|it| !it.is_empty()) }))
    }

    /// Whose session this was, if it has expired and came with this refresh token.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn expired(&self, id: &str, token: &RefreshToken) -> Result<Option<String>, sqlx::Error> {
        sqlx::query_scalar("SELECT shopper FROM sessions WHERE id = $1 AND application = $2 AND refresh_token = $3")
            .bind(hash(id))
            .bind(&self.application)
            .bind(token_hash(token))
            .fetch_optional(&self.db)
            .await
    }
}

/// Ends a session at once.
///
/// # Errors
/// When the database refuses.
pub async fn delete(db: &AnyPool, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE id = $1").bind(hash(id)).execute(db).await.map(drop)
}

/// Ends every session of a user, in every application.
///
/// # Errors
/// When the database refuses.
pub async fn delete_all_of(db: &AnyPool, user_id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE shopper = $1").bind(user_id).execute(db).await.map(drop)
}

/// Deletes the sessions that have been over for `keep`. How many.
///
/// # Errors
/// When the database refuses.
pub async fn purge(db: &AnyPool, now: i64, keep: Duration) -> Result<u64, sqlx::Error> {
    let over = now.saturating_sub(millis(keep));
    Ok(sqlx::query("DELETE FROM sessions WHERE expires_at < $1").bind(over).execute(db).await?.rows_affected())
}

fn hash(id: &str) -> String {
    hashed("session", id)
}

fn token_hash(token: &RefreshToken) -> String {
    hashed("session's refresh token", token.expose())
}
