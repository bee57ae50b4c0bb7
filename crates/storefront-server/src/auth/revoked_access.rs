//! Access tokens and sessions that are refused before they expire, because their sign-in or their user's sign-ins have ended.
//!
//! An access token is valid until its `exp` whatever happens at FusionAuth, unless the server keeps a list. This is the list. A row says:
//! everything that was issued for this sign-in, this user or this application before this moment is revoked. Every instance holds all rows
//! in memory and polls the database for new ones every `POLL_INTERVAL`, so that no request costs a query.

use super::family_tables;
use crate::clock::now_ms;
use sqlx::AnyPool;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The pause between two polls for the rows of other instances. SQLite and PostgreSQL have no common event to wait for.
pub const POLL_INTERVAL: Duration = Duration::from_millis(400);

/// How far back each poll reaches, in milliseconds: more than the duration of a transaction and the difference between two instances'
/// clocks.
const POLL_OVERLAP_MS: i64 = 60_000;

/// The assumed life of access tokens, if FusionAuth's event about a revocation does not contain it.
pub const LONGEST_TOKEN_LIFE: Duration = Duration::from_secs(24 * 3_600);

/// Added to a moment after which the user cannot sign in, so that tokens issued later in the same second are revoked, too.
pub const TO_NEXT_SECOND_MS: i64 = 1_000;

/// The access tokens and sessions to revoke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Those of one sign-in, by the id of its refresh token, which access tokens contain as `sid`.
    Session(String),
    /// A user, in one application or in all.
    User {
        /// The user's id (`sub`).
        user: String,
        /// The application's id, or `None` for all.
        application: Option<String>,
    },
    /// Every user of an application.
    Application(String),
}

/// The properties of an access token or session by which the list finds it.
pub struct IssuedTo<'a> {
    /// `sub`.
    pub user: &'a str,
    /// `applicationId`.
    pub application: &'a str,
    /// `sid`, which older versions of FusionAuth leave out.
    pub session: Option<&'a str>,
    /// `iat`, in seconds since 1970.
    pub issued_at: Option<i64>,
}

/// The list of one process. Cloning is cheap.
#[derive(Clone)]
pub struct RevokedAccess {
    db: AnyPool,
    /// The maximum life of sessions.
    session_life: Duration,
    by_subject: Arc<RwLock<HashMap<String, Row>>>,
}

#[derive(Clone, Copy, sqlx_macros::FromRow)]
struct Row {
    issued_before: i64,
    keep_until: i64,
}

impl RevokedAccess {
    /// The list of this database. Nothing is read yet. Sessions live for `session_life` at most.
    pub fn new(db: AnyPool, session_life: Duration) -> Self {
        Self { db, session_life, by_subject: Arc::default() }
    }

    /// Polls the database for new rows until the server stops.
    pub async fn follow(self, stopping: CancellationToken) {
        let mut since = 0;
        loop {
            let began = now_ms();
            match self.read(since).await {
                Ok(()) => since = began - POLL_OVERLAP_MS,
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the list of revoked access cannot be read"),
            }
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(POLL_INTERVAL) => {}
            }
        }
    }

    /// Refuses tokens and sessions of `subject` that were issued before `moment`, in milliseconds since 1970, on every instance, for the
    /// longest life of such a token or session. A moment earlier than the known one changes nothing.
    ///
    /// # Errors
    /// The database's. The caller must try again then.
    pub async fn revoke(&self, subject: &Subject, moment: i64, token_life: Duration) -> Result<(), sqlx::Error> {
        let life = match subject {
            // The sessions from one sign-in end in the database, below.
            Subject::Session(_) => token_life,
            Subject::User { .. } | Subject::Application(_) => token_life.max(self.session_life),
        };
        let keep_until = moment.saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX));
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

    /// Refuses everything that was issued to a user before `moment`, in every application.
    ///
    /// # Errors
    /// As [`revoke`](Self::revoke).
    pub async fn revoke_user(&self, user_id: &str, moment: i64) -> Result<(), sqlx::Error> {
        self.revoke(&Subject::User { user: user_id.to_owned(), application: None }, moment, LONGEST_TOKEN_LIFE).await
    }

    /// Whether to refuse a token or session.
    pub fn includes(&self, token: &IssuedTo<'_>) -> bool {
        let rows = self.by_subject.read().unwrap_or_else(PoisonError::into_inner);
        if rows.is_empty() {
            return false;
        }
        // `iat` has whole seconds. A token from the second of a revocation counts as new, because a new sign-in must not be refused. A row
        // for a single sign-in applies to all of its tokens, whatever their time.
        let is_before = |row: &Row| token.issued_at.is_none_or(|it| it < row.issued_before / 1_000);
        let of_session = token.session.is_some_and(|it| rows.contains_key(&Subject::Session(it.to_owned()).key()));
        let (user, application) = (token.user.to_owned(), token.application.to_owned());
        let others = [
            Subject::User { user: user.clone(), application: None },
            Subject::User { user, application: Some(application.clone()) },
            Subject::Application(application),
        ];
        of_session || others.iter().any(|it| rows.get(&it.key()).is_some_and(is_before))
    }

    async fn read(&self, since: i64) -> Result<(), sqlx::Error> {
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
    /// The row's key. FusionAuth's ids are UUIDs, which may be written in capitals.
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
