//! A list of access tokens and sessions that the server refuses before they expire, for example because their sign-in has ended.
//!
//! Without this list, an access token would be valid until its `exp`, even if FusionAuth has ended the sign-in. A row of the list names a
//! sign-in, a user or an application, and a moment. It revokes everything of that user or application that was issued before that moment,
//! or everything of that sign-in. Every instance holds all rows in memory and polls the database for new ones every `POLL_INTERVAL`, so no
//! request needs a query.

use super::family_tables;
use crate::background::Poll;
use crate::clock::{millis, now_ms};
use crate::database::{begin_write, retried};
use sqlx::AnyPool;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The pause between two polls for the rows of other instances. The server polls, because SQLite and PostgreSQL have no common notification
/// to wait for.
pub const POLL_INTERVAL: Duration = Duration::from_millis(400);

/// How far each poll reads back beyond the previous one, in milliseconds. This is more than the duration of a transaction plus the
/// difference between two instances' clocks, so no poll misses a row.
const POLL_OVERLAP_MS: i64 = 60_000;

/// The assumed life of access tokens where the real one is not known, for example if FusionAuth's event does not contain it.
pub const LONGEST_TOKEN_LIFE: Duration = Duration::from_secs(24 * 3_600);

/// Added to the moment at which a user was deactivated or deleted. `iat` has whole seconds, so a token from the second of that moment would
/// otherwise count as newer. This refuses no new sign-in, because the user cannot sign in any longer.
pub const TO_NEXT_SECOND_MS: i64 = 1_000;

/// The access tokens and sessions to revoke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Those of one sign-in, by the id of its refresh token. Access tokens contain this id as `sid`.
    Session(String),
    /// Those of a user, in one application or in all.
    User {
        /// The user's id (`sub`).
        user: String,
        /// The application's id, or `None` for all.
        application: Option<String>,
    },
    /// Those of every user of an application.
    Application(String),
}

/// The properties of an access token or session by which the list finds it.
pub struct IssuedTo<'a> {
    /// The user's id (`sub`).
    pub user: &'a str,
    /// The application's id (`applicationId`).
    pub application: &'a str,
    /// The id of the sign-in's refresh token (`sid`). Older versions of FusionAuth omit it from access tokens.
    pub session: Option<&'a str>,
    /// When it was issued (`iat`), in seconds since 1970.
    pub issued_at: Option<i64>,
}

/// The list in the memory of one process. All clones share it.
#[derive(Clone)]
pub struct RevokedAccess {
    db: AnyPool,
    /// The maximum life of a session.
    session_life: Duration,
    by_subject: Arc<RwLock<HashMap<String, Row>>>,
}

#[derive(Clone, Copy, sqlx_macros::FromRow)]
struct Row {
    issued_before: i64,
    keep_until: i64,
}

impl RevokedAccess {
    /// Creates the list of this database. It is empty until [`load`](Self::load) or [`follow`](Self::follow) reads the database. Sessions
    /// live for `session_life` at most.
    pub fn new(db: AnyPool, session_life: Duration) -> Self {
        Self { db, session_life, by_subject: Arc::default() }
    }

    /// Reads all rows. An instance must do so before its first request, because it would accept revoked tokens until its first poll.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn load(&self) -> sqlx::Result<()> {
        self.read(0).await
    }

    /// Polls the database for new rows until the server stops.
    pub async fn follow(self, stopping: CancellationToken) {
        let (mut since, mut poll) = (0, Poll::every(POLL_INTERVAL, stopping));
        while poll.next().await {
            let began = now_ms();
            match self.read(since).await {
                Ok(()) => since = began - POLL_OVERLAP_MS,
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the list of revoked access cannot be read"),
            }
        }
    }

    /// Makes every instance refuse the tokens and sessions of `subject` that were issued before `moment` (milliseconds since 1970), until
    /// all of them have expired. `token_life` is the longest life of the tokens. If the list has the same or a later moment for `subject`,
    /// it does not change.
    ///
    /// # Errors
    /// If the database fails. The caller must try again then.
    pub async fn revoke(&self, subject: &Subject, moment: i64, token_life: Duration) -> sqlx::Result<()> {
        let life = match subject {
            // The row need not last as long as a session, because `end_by_refresh_id` below deletes the sessions of this sign-in.
            Subject::Session(_) => token_life,
            Subject::User { .. } | Subject::Application(_) => token_life.max(self.session_life),
        };
        let keep_until = moment.saturating_add(millis(life));
        let write = sqlx::query(
            "INSERT INTO revoked_access (subject, issued_before, keep_until, received_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (subject) DO UPDATE SET issued_before = excluded.issued_before, keep_until = excluded.keep_until,
                 received_at = excluded.received_at WHERE excluded.issued_before > revoked_access.issued_before",
        );
        if let Subject::Session(refresh_id) = subject {
            family_tables::end_by_refresh_id(&self.db, refresh_id).await?;
        }
        let key = subject.key();
        write.bind(&key).bind(moment).bind(keep_until).bind(now_ms()).execute(&self.db).await?;
        self.insert(key, Row { issued_before: moment, keep_until });
        Ok(())
    }

    /// Like [`revoke`](Self::revoke), and also ends the sign-ins of `subject` that are older than `moment`, with the keys of their devices.
    /// Without that, a key would live until FusionAuth refuses a renewal of its sign-in.
    ///
    /// # Errors
    /// As [`revoke`](Self::revoke).
    pub async fn end(&self, subject: &Subject, moment: i64, token_life: Duration) -> sqlx::Result<()> {
        let (user, application) = match subject {
            Subject::Session(_) => return self.revoke(subject, moment, token_life).await, // which ends the one sign-in
            Subject::User { user, application } => (user.as_str(), application.as_deref().unwrap_or_default()),
            Subject::Application(application) => ("", application.as_str()),
        };
        family_tables::end_families_before(&self.db, user, application, moment).await?;
        self.revoke(subject, moment, token_life).await
    }

    /// Makes every instance refuse everything that was issued to a user before `moment`, in every application.
    pub(crate) async fn revoke_user(&self, user_id: &str, moment: i64) -> sqlx::Result<()> {
        self.revoke(&Subject::User { user: user_id.to_owned(), application: None }, moment, LONGEST_TOKEN_LIFE).await
    }

    /// Ends every sign-in of a user: families, sessions, and the access tokens from before `moment`, in every workflow and on every instance.
    /// This does not make FusionAuth revoke anything.
    pub(crate) async fn end_user(&self, user_id: &str, moment: i64) -> sqlx::Result<()> {
        retried(|| async {
            let mut transaction = begin_write(&self.db).await?;
            family_tables::end_families_of_user(&mut transaction, user_id, now_ms()).await?;
            transaction.commit().await
        })
        .await?;
        retried(|| self.revoke_user(user_id, moment)).await
    }

    /// Whether to refuse a token or session.
    pub fn includes(&self, token: &IssuedTo<'_>) -> bool {
        // `iat` has whole seconds. A token from the second of a revocation counts as new, because a new sign-in must not be refused. A row
        // for a single sign-in revokes all of its tokens, whenever they were issued.
        self.any_row(token, |row| token.issued_at.is_none_or(|it| it < row.issued_before / 1_000))
            || token.session.is_some_and(|it| self.rows().contains_key(&Subject::Session(it.to_owned()).key()))
    }

    /// Whether a token or session was issued in the second of a revocation, so that it may be older or newer.
    pub fn is_in_doubt(&self, token: &IssuedTo<'_>) -> bool {
        self.any_row(token, |row| token.issued_at == Some(row.issued_before / 1_000))
    }

    /// Whether `fits` is true of a row about the token's user or application.
    fn any_row(&self, token: &IssuedTo<'_>, fits: impl Fn(&Row) -> bool) -> bool {
        let rows = self.rows();
        if rows.is_empty() {
            return false;
        }
        let (user, application) = (token.user.to_owned(), token.application.to_owned());
        let subjects = [
            Subject::User { user: user.clone(), application: None },
            Subject::User { user, application: Some(application.clone()) },
            Subject::Application(application),
        ];
        subjects.iter().any(|it| rows.get(&it.key()).is_some_and(&fits))
    }

    fn rows(&self) -> RwLockReadGuard<'_, HashMap<String, Row>> {
        self.by_subject.read().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self, since: i64) -> sqlx::Result<()> {
        let query = "SELECT subject, issued_before, keep_until FROM revoked_access WHERE received_at >= $1 AND keep_until > $2";
        let now = now_ms();
        let found: Vec<(String, i64, i64)> = sqlx::query_as(query).bind(since).bind(now).fetch_all(&self.db).await?;
        for (key, issued_before, keep_until) in found {
            self.insert(key, Row { issued_before, keep_until });
        }
        self.by_subject.write().unwrap_or_else(PoisonError::into_inner).retain(|_, row| row.keep_until > now);
        Ok(())
    }

    fn insert(&self, key: String, row: Row) {
        let mut rows = self.by_subject.write().unwrap_or_else(PoisonError::into_inner);
        let known = rows.entry(key).or_insert(row);
        if row.issued_before > known.issued_before {
            *known = row;
        }
    }
}

impl Subject {
    /// The row's key, in lower case because FusionAuth's ids are UUIDs, which may contain capital letters.
    fn key(&self) -> String {
        let text = match self {
            Self::Session(id) => format!("session {id}"),
            Self::User { user, application: None } => format!("user {user}"),
            Self::User { user, application: Some(application) } => format!("user {user} in {application}"),
            Self::Application(id) => format!("application {id}"),
        };
        text.to_ascii_lowercase()
    }
}
