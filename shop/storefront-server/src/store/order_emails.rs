//! The messages that confirm orders: a transactional outbox.
//!
//! The transaction of an order also writes a row for its message, so no message exists without an order. FusionAuth sends the message, from
//! the template of `--message-template`. Every instance retries with growing pauses until FusionAuth has accepted the message; an order
//! never waits for that. FusionAuth accepts no idempotency key, so a message may be sent twice if FusionAuth's answer is lost.
//!
//! A row contains neither the text nor the email address. The server takes these from the order when it sends the message. The message to a
//! guest contains the order's link, whose secret the server derives again.
//!
//! Anybody can register somebody else's email. So an account whose email is not proven gets one message in a day ([`UNPROVEN_RATE`]); its
//! other messages wait until the email is proven. The limit of a guest's orders (`limit_guest_orders`) also limits their messages.

use crate::auth::{email_proof, family_rules::next_attempt, fusionauth::FusionAuth};
use crate::background::Poll;
use crate::clock::{millis, now_ms};
use crate::database;
use crate::http::rate_limit::{Rate, RateLimit, Taken};
use crate::pages::format::money;
use crate::secret::Secret;
use crate::store::{delivery, error::Error, order_links::LinkSecret, stored_orders};
use sqlx::{AnyConnection, AnyPool};
use std::{num::NonZeroU32, sync::Arc, time::Duration};
use storefront_api::orders::{EmailState, Order, OrderState};
use storefront_messages::{Language, MailText, t};
use tokio_util::sync::CancellationToken;

/// The pause between two queries for rows that are due.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How long an attempt reserves its row. It is longer than a request to FusionAuth may take.
const LEASE: Duration = Duration::from_secs(30);

/// How long the server tries to send a message. After that, the message is of no use to the user.
const MAX_AGE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// How many messages an email gets that is not proven.
const UNPROVEN_RATE: Rate = Rate::new(NonZeroU32::MIN, Duration::from_secs(24 * 60 * 60));

/// Queues an order's confirmation, in the order's transaction.
pub(super) async fn note(db: &mut AnyConnection, id: &str, application: &str, language: Language) -> sqlx::Result<()> {
    let insert = sqlx::query(
        "INSERT INTO order_confirmations (order_id, application, language, attempts, due_at, created_at) VALUES ($1, $2, $3, 0, $4, $4)",
    );
    insert.bind(id).bind(application).bind(language.tag()).bind(now_ms()).execute(db).await.map(drop)
}

/// Removes the message of an order, if it has not been sent.
pub(super) async fn forget(db: &mut AnyConnection, id: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM order_confirmations WHERE order_id = $1").bind(id).execute(db).await.map(drop)
}

/// Sends the messages of one application.
pub struct OrderEmails {
    db: AnyPool,
    fusionauth: Arc<FusionAuth>,
    template: String,
    link_key: Option<Secret>,
    unproven: RateLimit,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    order_id: String,
    user_id: String,
    language: String,
    attempts: i64,
    due_at: i64,
    created_at: i64,
    /// The site of an order without an account.
    origin: Option<String>,
}

impl OrderEmails {
    /// Sends nothing yet. `template` is FusionAuth's id of the template, `link_key` the key of the secrets in guests' links.
    pub fn new(db: AnyPool, fusionauth: Arc<FusionAuth>, template: String, link_key: Option<Secret>) -> Self {
        Self { unproven: RateLimit::shared("order_messages", UNPROVEN_RATE, Some(&db)), db, fusionauth, template, link_key }
    }

    /// Sends the messages that are due, until the server stops.
    pub async fn run(self, stopping: CancellationToken) {
        let mut poll = Poll::every(POLL_INTERVAL, stopping.clone());
        while poll.next().await {
            if let Err(error) = self.send_due(&stopping).await {
                tracing::error!(error = &error as &dyn std::error::Error, "the messages that confirm orders cannot be sent");
            }
        }
    }

    async fn send_due(&self, stopping: &CancellationToken) -> Result<(), Error> {
        let query = sqlx::query_as(
            "SELECT order_id, user_id, language, attempts, due_at, created_at, origin
             FROM order_confirmations JOIN orders ON orders.id = order_confirmations.order_id
             LEFT JOIN guest_orders ON guest_orders.owner = orders.user_id
             WHERE application = $1 AND due_at <= $2 ORDER BY due_at LIMIT 20",
        );
        let rows: Vec<Row> = query.bind(self.fusionauth.application_id()).bind(now_ms()).fetch_all(&self.db).await?;
        for row in rows {
            if stopping.is_cancelled() {
                return Ok(());
            }
            if self.reserve(&row).await? {
                self.attempt(&row).await?;
            }
        }
        Ok(())
    }

    /// Reserves the row for one attempt. If several instances have read the row, only one of them gets true.
    async fn reserve(&self, row: &Row) -> sqlx::Result<bool> {
        database::retried(async || {
            let query = sqlx::query(
                "UPDATE order_confirmations SET due_at = $3, attempts = attempts + 1 WHERE order_id = $1 AND due_at = $2 AND attempts = $4",
            );
            let query = query.bind(&row.order_id).bind(row.due_at).bind(now_ms() + millis(LEASE)).bind(row.attempts);
            Ok(query.execute(&self.db).await?.rows_affected() == 1)
        })
        .await
    }

    async fn attempt(&self, row: &Row) -> Result<(), Error> {
        let order = stored_orders::find_any(&self.db, &row.order_id).await?;
        let receiver = order.confirmation_email.as_deref().filter(|_| order.summary.state != OrderState::Cancelled);
        let is_done = match receiver {
            None => true, // the order was cancelled, or the user's account deleted
            Some(receiver) => self.send(row, receiver, &order).await,
        };
        let is_too_old = row.created_at < now_ms() - millis(MAX_AGE);
        if is_too_old && !is_done {
            tracing::error!(
                "the message that confirms an order was not sent, because FusionAuth did not accept it, the email is not proven, or the key of guests' links has changed"
            );
        }
        database::retried(async || {
            if is_done || is_too_old {
                return sqlx::query("DELETE FROM order_confirmations WHERE order_id = $1").bind(&row.order_id).execute(&self.db).await;
            }
            let due_at = next_attempt(u32::try_from(row.attempts).unwrap_or(u32::MAX), now_ms());
            let retry = sqlx::query("UPDATE order_confirmations SET due_at = $2 WHERE order_id = $1");
            retry.bind(&row.order_id).bind(due_at).execute(&self.db).await
        })
        .await?;
        Ok(())
    }

    /// Returns whether FusionAuth has accepted the message.
    async fn send(&self, row: &Row, receiver: &str, order: &Order) -> bool {
        let language = Language::from_tag(&row.language).unwrap_or_default();
        if let (Some(origin), Some(key)) = (&row.origin, &self.link_key) {
            let secret = LinkSecret::of_order(key, &row.order_id);
            if secret.owner() != row.user_id {
                // The link would open nothing.
                tracing::error!("a guest's order was not confirmed by email, because --encryption-secret or the API key has changed since");
                return false;
            }
            let text = language.scope(|| text_of(order, Some(&secret.url(origin))));
            return self.fusionauth.send_message(language, &self.template, receiver, &text).await.is_ok();
        }
        let Ok(email) = email_proof::of_user(&self.fusionauth, &self.db, &row.user_id).await else { return false };
        let limits = (email == EmailState::Unconfirmed).then(|| (&self.unproven, receiver.to_lowercase()));
        let Ok(counted) = Taken::of(limits).await else { return false };
        let text = language.scope(|| text_of(order, None));
        let is_sent = self.fusionauth.send_message(language, &self.template, receiver, &text).await.is_ok();
        if !is_sent {
            counted.give_back().await;
        }
        is_sent
    }
}

/// `link` is that of a guest's order.
fn text_of(order: &Order, link: Option<&str>) -> MailText {
    let currency = &order.summary.currency;
    let priced = |what: &str, price| what.to_owned() + t!(": ") + &money(price, currency);
    let line = |it: &storefront_api::orders::OrderLine| {
        priced(&format!("{} × {}", it.quantity, it.name), it.unit_price.saturating_mul(it.quantity)) + "\n"
    };
    let lines: String = order.lines.iter().map(line).collect();
    let delivery = priced(delivery::message(order.delivery).text(), order.delivery_price);
    MailText::order_confirmation(&order.summary.number, &lines, &delivery, &money(order.summary.total, currency), link)
}
