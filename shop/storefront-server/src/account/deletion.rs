//! The deletion of an account: at FusionAuth, on this server, and of every sign-in of the user.
//!
//! The server first writes the user into `deleted_users`, with the application whose FusionAuth must confirm the deletion. If FusionAuth's
//! answer is lost or this process ends, the instances repeat the deletion until FusionAuth has confirmed it. A repetition does no harm.

use crate::account::error::Error;
use crate::auth::account_api::UserDeletion;
use crate::auth::revoked_access::{RevokedAccess, TO_NEXT_SECOND_MS};
use crate::auth::{error::Error as AuthError, fusionauth::FusionAuth};
use crate::background::Poll;
use crate::clock::{millis, now_ms};
use crate::database::{begin_write, retried};
use crate::http::{error::Error as HttpError, language::in_current_language};
use crate::notices;
use crate::state::Backend;
use crate::user_data::{self, AllUserData, Deletion, Export, UserData};
use sqlx::AnyPool;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// The pause between two queries for deletions to repeat.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

/// How long after its begin a deletion is repeated. It is longer than a request to FusionAuth may take.
const REPEAT_AFTER: Duration = Duration::from_secs(30);

/// The users whose deletion has begun.
pub(super) const USER_DATA: UserData = UserData {
    table: "deleted_users",
    export: Export::Nothing("the account is deleted"),
    deletion: Deletion::Nothing("the row stays until FusionAuth has confirmed the deletion, and `delete_leftovers` has run"),
};

/// Deletes the account of this user, and tells the user at this email. Continues if the browser disconnects. If FusionAuth gives no definitive
/// answer, the account counts as deleted, because [`Deletions::run`] repeats the deletion.
///
/// # Errors
/// [`AuthError::SignInUnavailable`] if FusionAuth refuses: nothing has changed. After a database error, the deletion continues later if it
/// has begun.
pub(super) async fn delete_account(backend: &Backend, user_id: &str, email: Option<String>) -> Result<(), Error> {
    let (db, fusionauth, revoked) = (backend.db.clone(), Arc::clone(&backend.fusionauth), backend.revoked_access.clone());
    let (deletions, user_id) = (Deletions { db, fusionauth, revoked, user_data: backend.user_data }, user_id.to_owned());
    let sender = backend.clone();
    let task = backend.background.spawn(in_current_language(async move {
        deletions.begin(&user_id).await?;
        if let Some(email) = email {
            notices::send(&sender, email, notices::account_deleted());
        }
        Ok(())
    }));
    task.await.map_err(|_| AuthError::from(HttpError::Internal))?
}

/// Deletes users at the FusionAuth of one application.
pub struct Deletions {
    /// The database.
    pub db: AnyPool,
    /// The client of FusionAuth's API for the application.
    pub fusionauth: Arc<FusionAuth>,
    /// The access tokens and sessions that are refused.
    pub revoked: RevokedAccess,
    /// The tables with rows about users.
    pub user_data: AllUserData,
}

impl Deletions {
    /// Repeats the deletions that FusionAuth has not confirmed, until the server stops.
    pub async fn run(self, stopping: CancellationToken) {
        let mut poll = Poll::every(POLL_INTERVAL, stopping.clone());
        while poll.next().await {
            if let Err(error) = self.repeat(&stopping).await {
                tracing::error!(error = &error as &dyn std::error::Error, "the deletion of an account cannot be repeated");
            }
        }
    }

    async fn repeat(&self, stopping: &CancellationToken) -> sqlx::Result<()> {
        let query = sqlx::query_scalar("SELECT user_id FROM deleted_users WHERE application = $1 AND deleted_at < $2 LIMIT 20");
        let query = query.bind(self.fusionauth.application_id()).bind(now_ms() - millis(REPEAT_AFTER));
        let users: Vec<String> = query.fetch_all(&self.db).await?;
        for user in users {
            if self.attempt(&user).await? == UserDeletion::Unconfirmed || stopping.is_cancelled() {
                break;
            }
        }
        Ok(())
    }

    async fn begin(&self, user_id: &str) -> Result<(), Error> {
        retried(|| {
            let begin = sqlx::query(
                "INSERT INTO deleted_users (user_id, deleted_at, application) VALUES ($1, $2, $3)
                 ON CONFLICT (user_id) DO UPDATE SET deleted_at = $2, application = $3",
            );
            begin.bind(user_id).bind(now_ms()).bind(self.fusionauth.application_id()).execute(&self.db)
        })
        .await?;
        match self.attempt(user_id).await? {
            UserDeletion::Confirmed | UserDeletion::Unconfirmed => Ok(()),
            UserDeletion::Refused => {
                retried(|| sqlx::query("DELETE FROM deleted_users WHERE user_id = $1").bind(user_id).execute(&self.db)).await?;
                Err(AuthError::SignInUnavailable.into())
            }
        }
    }

    async fn attempt(&self, user_id: &str) -> sqlx::Result<UserDeletion> {
        let deletion = self.fusionauth.delete_user(user_id).await;
        if deletion == UserDeletion::Refused {
            return Ok(deletion);
        }
        self.revoked.end_user(user_id, now_ms() + TO_NEXT_SECOND_MS).await?;
        delete(self.user_data, &self.db, user_id).await?;
        if deletion == UserDeletion::Confirmed {
            // Requests in flight may still write data of this user, which the purge deletes later (`delete_leftovers`).
            retried(|| {
                let confirm = sqlx::query("UPDATE deleted_users SET deleted_at = $2, application = '' WHERE user_id = $1");
                confirm.bind(user_id).bind(now_ms()).execute(&self.db)
            })
            .await?;
        }
        Ok(deletion)
    }
}

/// Deletes data that requests in flight have written about users who were deleted before `until`.
pub(crate) async fn delete_leftovers(all: AllUserData, db: &AnyPool, until: i64) -> sqlx::Result<()> {
    let users = sqlx::query_scalar("SELECT user_id FROM deleted_users WHERE application = '' AND deleted_at < $1 LIMIT 100").bind(until);
    let users: Vec<String> = users.fetch_all(db).await?;
    for user in users {
        delete(all, db, &user).await?;
        sqlx::query("DELETE FROM deleted_users WHERE user_id = $1").bind(user).execute(db).await?;
    }
    Ok(())
}

/// Deletes the stored data about a user. After a database error, nothing is deleted.
async fn delete(all: AllUserData, db: &AnyPool, user_id: &str) -> sqlx::Result<()> {
    retried(|| async {
        let mut transaction = begin_write(db).await?;
        user_data::delete(all, &mut transaction, user_id).await?;
        transaction.commit().await
    })
    .await
}
