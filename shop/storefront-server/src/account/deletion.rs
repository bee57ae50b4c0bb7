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
use crate::{http::error::Error as HttpError, state::Backend};
use sqlx::AnyPool;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// The pause between two queries for deletions to repeat.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

/// How long after its begin a deletion is repeated. It is longer than a request to FusionAuth may take.
const REPEAT_AFTER: Duration = Duration::from_secs(30);

/// The statements that delete the data about the user `$1`. Posts and replies stay, under a default name.
///
/// Orders stay for bookkeeping, without the user, the postal address and the email. Orders that have not been shipped are cancelled,
/// because they no longer have a recipient.
const DELETION: [&str; 13] = [
    "DELETE FROM cart_lines WHERE user_id = $1",
    "DELETE FROM carts WHERE user_id = $1",
    "DELETE FROM drafts WHERE user_id = $1",
    "DELETE FROM thread_reads WHERE user_id = $1",
    "DELETE FROM address_changes WHERE user_id = $1",
    "DELETE FROM unproven_emails WHERE user_id = $1",
    "DELETE FROM users WHERE id = $1",
    "DELETE FROM checkout_drafts WHERE user_id = $1",
    // A stored response may contain the number of an order.
    "DELETE FROM idempotency_keys WHERE owner = $1",
    // This only locks the orders. If a user could cancel an order between the next statements, the goods would be restocked twice.
    "UPDATE orders SET user_id = user_id WHERE user_id = $1",
    "UPDATE products SET stock = stock + (
         SELECT SUM(order_lines.quantity) FROM order_lines JOIN orders ON orders.id = order_lines.order_id
         WHERE order_lines.product = products.id AND orders.user_id = $1 AND orders.state = 'placed')
     WHERE id IN (SELECT product FROM order_lines JOIN orders ON orders.id = order_lines.order_id
                  WHERE orders.user_id = $1 AND orders.state = 'placed')",
    "DELETE FROM order_confirmations WHERE order_id IN (SELECT id FROM orders WHERE user_id = $1)",
    "UPDATE orders SET state = CASE state WHEN 'placed' THEN 'cancelled' ELSE state END, user_id = '', full_name = '', street = '',
         street_extra = '', postal_code = '', city = '', country = '', confirmation_email = '' WHERE user_id = $1",
];

/// Deletes the account of this user. Continues if the browser disconnects. If FusionAuth gives no definitive
/// answer, the account counts as deleted, because [`Deletions::run`] repeats the deletion.
///
/// # Errors
/// [`AuthError::SignInUnavailable`] if FusionAuth refuses: nothing has changed. After a database error, the deletion continues later if it
/// has begun.
pub(super) async fn delete_account(backend: &Backend, user_id: &str) -> Result<(), Error> {
    let (db, fusionauth, revoked) = (backend.db.clone(), Arc::clone(&backend.fusionauth), backend.revoked_access.clone());
    let (deletions, user_id) = (Deletions { db, fusionauth, revoked }, user_id.to_owned());
    let task = backend.background.spawn(async move { deletions.begin(&user_id).await });
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
        delete(&self.db, user_id).await?;
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
pub(crate) async fn delete_leftovers(db: &AnyPool, until: i64) -> sqlx::Result<()> {
    let users = sqlx::query_scalar("SELECT user_id FROM deleted_users WHERE application = '' AND deleted_at < $1 LIMIT 100").bind(until);
    let users: Vec<String> = users.fetch_all(db).await?;
    for user in users {
        delete(db, &user).await?;
        sqlx::query("DELETE FROM deleted_users WHERE user_id = $1").bind(user).execute(db).await?;
    }
    Ok(())
}

/// Deletes the stored data about a user. After a database error, nothing is deleted.
async fn delete(db: &AnyPool, user_id: &str) -> sqlx::Result<()> {
    retried(|| async {
        let mut transaction = begin_write(db).await?;
        for statement in DELETION {
            sqlx::query(statement).bind(user_id).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    })
    .await
}
