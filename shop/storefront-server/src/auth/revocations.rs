//! A transactional outbox of refresh tokens that FusionAuth must still revoke.
//!
//! The transaction that ends a sign-in writes a row. The server also writes a row for each new refresh token that no browser may use. The
//! instances then retry until FusionAuth has confirmed the revocation, or until the token has certainly expired. So no revocation is lost
//! when a browser disconnects, FusionAuth fails or an instance dies.
//!
//! A row holds at least one of these: the encrypted refresh token, the token's FusionAuth id, the user's id. FusionAuth accepts the ids
//! only with an API key. The id of a refresh token stays the same in every rotation, even if a thief has rotated the token. Without an API
//! key and without a configured secret, a random key encrypts the token, and no process can decrypt the row after a restart.

use super::family_rules::{SignOutScope, next_attempt};
use super::fusionauth::{FusionAuth, Unreachable};
use super::{sealing::SealingKey, verify::Identity};
use crate::background::Poll;
use crate::clock::{millis, now_ms};
use crate::secret::{Secret, random_id};
use fusionauth_api::backend::{RefreshToken, Tokens};
use sqlx::{AnyConnection, AnyPool};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// The revocations of one application.
pub struct Revocations {
    db: AnyPool,
    application: String,
    fusionauth: Arc<FusionAuth>,
    /// Also encrypts the proofs of confirmations. Every instance has the same key.
    pub(super) key: SealingKey,
    lease: Duration,
    max_age: Duration,
}

/// A revocation to store: which refresh tokens FusionAuth must revoke, and when.
pub(super) struct NewRevocation<'a> {
    /// The user's id, or empty if it is unknown.
    pub(super) user: &'a str,
    /// Whether only this refresh token is revoked, or every refresh token of the user.
    pub(super) scope: SignOutScope,
    /// The refresh token. None if only the id of the token or of the user is known.
    pub(super) token: Option<&'a RefreshToken>,
    /// FusionAuth's id of the refresh token. It is needed if the refresh token may have been rotated since `token` was issued.
    pub(super) refresh_token_id: Option<&'a str>,
    /// If `token` is the new token of a renewal: the hash of the refresh token that was renewed. [`Revocations::cancel`] finds the row by
    /// this hash when a browser receives `token` after all. Otherwise empty.
    pub(super) renewed_token_hash: &'a str,
    /// When the first attempt is due, in milliseconds since 1970.
    pub(super) due_at: i64,
}

impl<'a> NewRevocation<'a> {
    /// A revocation that is due at once. The caller adds the refresh token or its id.
    pub(super) fn new(user: &'a str, scope: SignOutScope) -> Self {
        Self { user, scope, token: None, refresh_token_id: None, renewed_token_hash: "", due_at: now_ms() }
    }

    /// The revocation of a refresh token that FusionAuth has just issued.
    pub(super) fn of_tokens(identity: &'a Identity, tokens: &'a Tokens) -> Self {
        Self { token: tokens.refresh.as_ref(), ..Self::new(&identity.user_id, SignOutScope::This) }
    }
}

/// The pause between two queries for rows that are due. It does not delay a sign-out, because a sign-out makes the first attempt itself.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How long the server refuses a user's sign-ins after a sign-out everywhere that FusionAuth has not confirmed. Without this limit, users
/// could never sign in again if FusionAuth never confirmed.
const SIGN_IN_BLOCK_TIMEOUT: Duration = Duration::from_secs(600);

#[derive(sqlx_macros::FromRow)]
struct RevocationRow {
    id: String,
    user_id: String,
    everywhere: i64,
    token: String,
    refresh_token_id: String,
    attempts: i64,
    due_at: i64,
}

impl Revocations {
    /// An attempt reserves its row for `lease`, so that other instances rarely send the same revocation; sending it twice does no harm.
    /// Rows older than `max_age` are deleted, because every refresh token has expired by then. `secret` encrypts the refresh tokens. If it
    /// is `None`, the API key does.
    pub fn new(db: AnyPool, fusionauth: Arc<FusionAuth>, secret: Option<&Secret>, lease: Duration, max_age: Duration) -> Self {
        let secret = secret.or(fusionauth.api_key());
        let key = SealingKey::of_revocations(secret);
        if secret.is_none() {
            tracing::warn!(
                "without --encryption-secret or --fusionauth-api-key a revocation that FusionAuth has not answered is lost when this process ends"
            );
        }
        Self { db, application: fusionauth.application_id().to_owned(), fusionauth, key, lease, max_age }
    }

    /// Stores a revocation and returns its id, or None if there is nothing by which FusionAuth could find a refresh token.
    pub(super) async fn store(&self, connection: &mut AnyConnection, revocation: NewRevocation<'_>) -> sqlx::Result<Option<String>> {
        let id = random_id();
        let token = match revocation.token {
            Some(token) => self.key.seal(&id, token).unwrap_or_default(),
            // FusionAuth accepts an id only with an API key.
            None if self.fusionauth.api_key().is_none() => return Ok(None),
            None if revocation.refresh_token_id.is_some() => String::new(),
            None if revocation.scope == SignOutScope::Everywhere && !revocation.user.is_empty() => String::new(),
            None => return Ok(None),
        };
        let query = sqlx::query(
            "INSERT INTO revocations (id, application, user_id, everywhere, token, refresh_token_id, renewal, attempts, due_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)",
        );
        let NewRevocation { user, scope, refresh_token_id, renewed_token_hash, due_at, .. } = revocation;
        let query = query.bind(&id).bind(&self.application).bind(user).bind(i64::from(scope == SignOutScope::Everywhere)).bind(token);
        let query = query.bind(refresh_token_id.unwrap_or_default()).bind(renewed_token_hash).bind(due_at).bind(now_ms());
        query.execute(connection).await?;
        Ok(Some(id))
    }

    /// Deletes the revocation of a renewal's new refresh token, because a browser receives that token after all.
    pub(super) async fn cancel(&self, connection: &mut AnyConnection, renewed_token_hash: &str) -> sqlx::Result<()> {
        sqlx::query("DELETE FROM revocations WHERE renewal = $1").bind(renewed_token_hash).execute(connection).await.map(drop)
    }

    /// Whether the user has signed out everywhere in the last [`SIGN_IN_BLOCK_TIMEOUT`], and FusionAuth has not answered yet.
    pub(super) async fn is_pending_everywhere(&self, connection: &mut AnyConnection, user: &str) -> sqlx::Result<bool> {
        let query = "SELECT COUNT(*) FROM revocations WHERE user_id = $1 AND everywhere = 1 AND created_at > $2";
        let query = sqlx::query_scalar::<_, i64>(query).bind(user).bind(now_ms() - millis(SIGN_IN_BLOCK_TIMEOUT));
        Ok(query.fetch_one(connection).await? > 0)
    }

    /// Sends the revocation with this id to FusionAuth now.
    ///
    /// # Errors
    /// [`Unreachable`] if FusionAuth has not answered; another attempt follows.
    pub async fn attempt_now(&self, id: &str) -> Result<(), Unreachable> {
        let query =
            sqlx::query_as("SELECT id, user_id, everywhere, token, refresh_token_id, attempts, due_at FROM revocations WHERE id = $1");
        let row: Option<RevocationRow> = query.bind(id).fetch_optional(&self.db).await.map_err(|error| self.log(&error))?;
        match row {
            Some(row) => self.attempt(row).await,
            None => Ok(()), // another instance has sent it and deleted the row
        }
    }

    /// Sends each revocation to FusionAuth when it is due, until the server stops.
    pub async fn run(self: Arc<Self>, stopping: CancellationToken) {
        let mut poll = Poll::every(POLL_INTERVAL, stopping.clone());
        while poll.next().await {
            match self.load_due().await {
                Ok(rows) => {
                    for row in rows {
                        // If FusionAuth does not answer, the other rows wait for the next poll, because a more urgent row may be due by
                        // then.
                        if self.attempt(row).await.is_err() || stopping.is_cancelled() {
                            break;
                        }
                    }
                }
                Err(error) => drop(self.log(&error)),
            }
        }
    }

    /// The next due revocations. Those of known users come first, because anybody can add rows by signing out with invented refresh tokens.
    async fn load_due(&self) -> sqlx::Result<Vec<RevocationRow>> {
        let query = sqlx::query_as(
            "SELECT id, user_id, everywhere, token, refresh_token_id, attempts, due_at FROM revocations
             WHERE application = $1 AND due_at <= $2 ORDER BY CASE WHEN user_id = '' THEN 1 ELSE 0 END, due_at LIMIT 20",
        );
        query.bind(&self.application).bind(now_ms()).fetch_all(&self.db).await
    }

    async fn attempt(&self, row: RevocationRow) -> Result<(), Unreachable> {
        if !self.reserve(&row).await.map_err(|error| self.log(&error))? {
            return Err(Unreachable); // another instance has reserved the row, and FusionAuth's answer is not known yet
        }
        match self.send(&row).await {
            Ok(()) => self.delete(&row.id).await.map_err(|error| self.log(&error)),
            Err(error) => {
                self.schedule_retry(&row).await.map_err(|error| self.log(&error))?;
                Err(error)
            }
        }
    }

    async fn send(&self, row: &RevocationRow) -> Result<(), Unreachable> {
        let (everywhere, has_key) = (row.everywhere != 0, self.fusionauth.api_key().is_some());
        if everywhere && has_key && !row.user_id.is_empty() {
            // The user's id is enough to revoke every refresh token of the user. With a refresh token that has been rotated, FusionAuth
            // revokes nothing.
            return self.fusionauth.revoke_all_for_user(&row.user_id).await;
        }
        let scope = if everywhere { SignOutScope::Everywhere } else { SignOutScope::This };
        let id = Some(row.refresh_token_id.as_str()).filter(|it| !everywhere && has_key && !it.is_empty());
        let revoked_by_token = match self.key.open(&row.id, &row.token) {
            Some(token) => self.fusionauth.logout(&token, scope).await.map(|()| true)?,
            None => false, // the row has no token, or the token was encrypted with another key
        };
        let revoked_by_id = match id {
            Some(id) => self.fusionauth.revoke_by_id(id).await?,
            None => false,
        };
        if revoked_by_token || revoked_by_id { Ok(()) } else { Err(Unreachable) }
    }

    /// Reserves the row for one attempt. If several instances have read the row, only one of them gets `true`.
    async fn reserve(&self, row: &RevocationRow) -> sqlx::Result<bool> {
        let query =
            sqlx::query("UPDATE revocations SET due_at = $3, attempts = attempts + 1 WHERE id = $1 AND due_at = $2 AND attempts = $4");
        let query = query.bind(&row.id).bind(row.due_at).bind(now_ms() + millis(self.lease)).bind(row.attempts);
        Ok(query.execute(&self.db).await?.rows_affected() == 1)
    }

    async fn delete(&self, id: &str) -> sqlx::Result<()> {
        sqlx::query("DELETE FROM revocations WHERE id = $1").bind(id).execute(&self.db).await.map(drop)
    }

    async fn schedule_retry(&self, row: &RevocationRow) -> sqlx::Result<()> {
        let (now, attempts) = (now_ms(), u32::try_from(row.attempts).unwrap_or(u32::MAX));
        let deleted = sqlx::query("DELETE FROM revocations WHERE id = $1 AND created_at < $2");
        let deleted = deleted.bind(&row.id).bind(now - millis(self.max_age)).execute(&self.db).await?;
        if deleted.rows_affected() > 0 {
            tracing::error!("FusionAuth never answered a revocation; by now the refresh token has expired");
            return Ok(());
        }
        let query = sqlx::query("UPDATE revocations SET due_at = $2 WHERE id = $1").bind(&row.id).bind(next_attempt(attempts, now));
        query.execute(&self.db).await.map(drop)
    }

    fn log(&self, error: &sqlx::Error) -> Unreachable {
        tracing::error!(
            application = self.application,
            error = error as &dyn std::error::Error,
            "the table of revocations cannot be read or written"
        );
        Unreachable
    }
}
