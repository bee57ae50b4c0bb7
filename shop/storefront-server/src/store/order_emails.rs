//! The messages about orders: a transactional outbox.
//!
//! The transaction of an order or a cancellation also writes a row for its message, so no message exists without an order. FusionAuth sends
//! the message, whose text depends on the order's state at that time. So a shipping program only has to run the statement of `note`. Every
//! instance retries with growing pauses until FusionAuth has accepted the message; an order never waits for that. FusionAuth accepts no
//! idempotency key, so a message may be sent twice if FusionAuth's answer is lost, or if the order changes while it is sent.
//!
//! A row contains neither the text nor the email address. The server takes these from the order when it sends the message. The message to a
//! guest contains the order's link, whose secret the server derives again.
//!
//! Anybody can order with somebody else's email. So only a message to a proven email contains text that the buyer has typed. With
//! `register_verified`, FusionAuth counts emails as verified without a proof, so no message contains such text. An account whose email is
//! not proven gets one message in a day (`UNPROVEN_RATE`); its other messages wait until the email is proven. The limit of a guest's orders
//! (`limit_guest_orders`) also limits their messages: at most two for each order.

use crate::auth::{email_proof, family_rules::next_attempt, fusionauth::FusionAuth};
use crate::background::Poll;
use crate::clock::{millis, now_ms};
use crate::database;
use crate::http::rate_limit::{Rate, RateLimit, Taken};
use crate::mail::Mail;
use crate::pages::format::money;
use crate::secret::Secret;
use crate::store::{delivery, error::Error, order_links::LinkSecret, stored_orders};
use sqlx::{AnyConnection, AnyPool};
use std::{num::NonZeroU32, sync::Arc, time::Duration};
use storefront_api::orders::{Order, OrderLine, OrderState};
use storefront_messages::{Language, country_name, delivery_name, order_next, t};
use tokio_util::sync::CancellationToken;

/// The pause between two queries for rows that are due.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How long an attempt reserves its row. It is longer than a request to FusionAuth may take.
const LEASE: Duration = Duration::from_secs(30);

/// How long the server tries to send a message. After that, the message is of no use to the user.
const MAX_AGE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// How many messages an email gets that is not proven.
const UNPROVEN_RATE: Rate = Rate::new(NonZeroU32::MIN, Duration::from_secs(24 * 60 * 60));

/// Queues a message about an order in the current language, in the transaction that changes the order. `origin` is that of the site with the
/// order's page, unless `guest_orders` has it.
///
/// The order's row may already be there, if an attempt is in flight or has failed. The order's new state is then due at once.
pub(super) async fn note(db: &mut AnyConnection, id: &str, application: &str, origin: Option<&str>) -> sqlx::Result<()> {
    let insert = sqlx::query(
        "INSERT INTO order_confirmations (order_id, application, language, attempts, due_at, created_at, origin)
         VALUES ($1, $2, $3, 0, $4, $4, $5)
         ON CONFLICT (order_id) DO UPDATE SET application = excluded.application, language = excluded.language, attempts = 0,
             due_at = excluded.due_at, created_at = excluded.created_at, origin = excluded.origin",
    );
    insert.bind(id).bind(application).bind(Language::current().tag()).bind(now_ms()).bind(origin).execute(db).await.map(drop)
}

/// Removes the message of an order, unless an attempt has begun to send it. Returns whether the buyer has heard nothing of the order.
pub(super) async fn forget(db: &mut AnyConnection, id: &str) -> sqlx::Result<bool> {
    let deleted = sqlx::query("DELETE FROM order_confirmations WHERE order_id = $1 AND attempts = 0").bind(id).execute(db).await?;
    Ok(deleted.rows_affected() > 0)
}

/// Sends the messages of one application.
pub struct OrderEmails {
    db: AnyPool,
    fusionauth: Arc<FusionAuth>,
    link_key: Option<Secret>,
    unproven: RateLimit,
    /// The reader of a message to an email that FusionAuth counts as verified.
    verified: Reader,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    order_id: String,
    user_id: String,
    language: String,
    attempts: i64,
    due_at: i64,
    created_at: i64,
    /// The site with the order's page.
    origin: Option<String>,
    /// The owner of an order without an account.
    guest: Option<String>,
}

impl OrderEmails {
    /// Sends nothing yet. `link_key` is the key of the secrets in guests' links. With `register_verified`, a verified email is no proof.
    pub fn new(db: AnyPool, fusionauth: Arc<FusionAuth>, link_key: Option<Secret>, register_verified: bool) -> Self {
        let verified = if register_verified { Reader::Anybody } else { Reader::Owner };
        Self { unproven: RateLimit::shared("order_messages", UNPROVEN_RATE, Some(&db)), db, fusionauth, link_key, verified }
    }

    /// Sends the messages that are due, until the server stops.
    pub async fn run(self, stopping: CancellationToken) {
        let mut poll = Poll::every(POLL_INTERVAL, stopping.clone());
        while poll.next().await {
            if let Err(error) = self.send_due(&stopping).await {
                tracing::error!(error = &error as &dyn std::error::Error, "the messages about orders cannot be sent");
            }
        }
    }

    async fn send_due(&self, stopping: &CancellationToken) -> Result<(), Error> {
        let query = sqlx::query_as(
            "SELECT order_id, user_id, language, attempts, due_at, created_at, COALESCE(order_confirmations.origin, guest_orders.origin)
                 AS origin, guest_orders.owner AS guest
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
        let language = Language::from_tag(&row.language).unwrap_or_default();
        let order = stored_orders::find_any(&self.db, &row.order_id, language).await?;
        let is_done = match order.confirmation_email.as_deref() {
            None => true, // the user's account was deleted
            Some(receiver) => self.send(row, receiver, &order, language).await,
        };
        let is_too_old = row.created_at < now_ms() - millis(MAX_AGE);
        if is_too_old && !is_done {
            tracing::error!(
                "the message about an order was not sent, because FusionAuth did not accept it, the email is not proven, or the key of guests' links has changed"
            );
        }
        database::retried(async || {
            // A row that was queued again during this attempt has another `created_at`, and stays due.
            if is_done || is_too_old {
                let delete = sqlx::query("DELETE FROM order_confirmations WHERE order_id = $1 AND attempts = $2 AND created_at = $3");
                return delete.bind(&row.order_id).bind(row.attempts + 1).bind(row.created_at).execute(&self.db).await;
            }
            let due_at = next_attempt(u32::try_from(row.attempts).unwrap_or(u32::MAX), now_ms());
            let retry = sqlx::query("UPDATE order_confirmations SET due_at = $4 WHERE order_id = $1 AND attempts = $2 AND created_at = $3");
            retry.bind(&row.order_id).bind(row.attempts + 1).bind(row.created_at).bind(due_at).execute(&self.db).await
        })
        .await?;
        Ok(())
    }

    /// Returns whether FusionAuth has accepted the message.
    async fn send(&self, row: &Row, receiver: &str, order: &Order, language: Language) -> bool {
        let link_to = |path: String| row.origin.as_ref().map(|origin| format!("{origin}{path}"));
        if let (Some(owner), Some(key)) = (&row.guest, &self.link_key) {
            let secret = LinkSecret::of_order(key, &row.order_id);
            if secret.owner() != *owner {
                // The link would open nothing.
                tracing::error!(
                    "the message about a guest's order was not sent, because --encryption-secret or the API key has changed since"
                );
                return false;
            }
            let Some(mail) = language.scope(|| mail_about(order, Reader::Guest, link_to(secret.path()))) else { return false };
            return self.fusionauth.send_message(language, receiver, &mail).await.is_ok();
        }
        let Ok(proven) = email_proof::proven_email(&self.fusionauth, &self.db, &row.user_id).await else { return false };
        let is_proven = proven.is_some_and(|it| it.eq_ignore_ascii_case(receiver));
        let reader = if is_proven { self.verified } else { Reader::Anybody };
        let Some(mail) = language.scope(|| mail_about(order, reader, link_to(format!("/orders/{}", row.order_id)))) else { return false };
        let limits = (!is_proven).then(|| (&self.unproven, receiver.to_lowercase()));
        let Ok(counted) = Taken::of(limits).await else { return false };
        let is_sent = self.fusionauth.send_message(language, receiver, &mail).await.is_ok();
        if !is_sent {
            counted.give_back().await;
        }
        is_sent
    }
}

/// Who reads the message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// The buyer, who has proven the email.
    Owner,
    /// Perhaps somebody else, whose email a user has entered.
    Anybody,
    /// Perhaps somebody else, whose email a guest has entered.
    Guest,
}

/// The message about the order's state. `None` for a state that only a newer version of this program knows: that version sends the message.
fn mail_about(order: &Order, reader: Reader, link: Option<String>) -> Option<Mail> {
    let Order { summary, address, .. } = order;
    let number = &summary.number;
    let (mail, next, link_label, not_you) = match summary.state {
        OrderState::Placed => {
            let not_you = match reader {
                Reader::Guest => None, // follows the link
                Reader::Owner | Reader::Anybody => Some(t!("If you didn't place this order, cancel it and choose a new password.")),
            };
            let mail = Mail::new(t!("Your order {}", number)).heading(t!("Thank you for your order."));
            (mail, order_next(OrderState::Placed), t!("See or cancel your order"), not_you)
        }
        // Nobody sends a message about the arrival, but the order may arrive before the message that it was sent.
        OrderState::Shipped | OrderState::Arrived => {
            let mail = Mail::new(t!("Your order {} is on its way", number));
            (mail, order_next(OrderState::Shipped), t!("See your order"), None)
        }
        OrderState::Unknown => return None,
        OrderState::Cancelled => {
            let mail = Mail::new(t!("Your order {} is cancelled", number));
            (mail, order_next(OrderState::Cancelled), t!("See your order"), Some(t!("If you didn't cancel it, contact us.")))
        }
    };
    let mut mail = mail.text(next);
    if let Some(expected) = &order.expected {
        mail = mail.text(expected);
    }
    if let Some(link) = link {
        mail = mail.link(link_label, link);
        if reader == Reader::Guest && summary.state != OrderState::Cancelled {
            mail = mail.text(t!("Keep this link to yourself: it opens the order without a password, until 90 days after we send it."));
            if summary.state == OrderState::Placed {
                mail = mail.text(t!("If you didn't place this order, cancel it with this link."));
            }
        }
    }
    let amount = |it| money(it, &summary.currency);
    let line = |it: &OrderLine| (format!("{} × {}", it.quantity, it.name), amount(it.unit_price.saturating_mul(it.quantity)));
    let mut rows: Vec<_> = order.lines.iter().map(line).collect();
    rows.push((delivery_name(order.delivery).to_owned(), delivery::price_text(order.delivery_price, &summary.currency)));
    rows.push((t!("Total").to_owned(), amount(summary.total)));
    mail = mail.prices(t!("Order {}", number), rows).text(t!("Prices include tax."));
    let country = country_name(&address.country).to_owned();
    mail = match reader {
        Reader::Owner => {
            let city = format!("{} {}", address.postal_code, address.city);
            let lines = [&address.full_name, &address.street, &address.street_extra].map(String::clone).into_iter().chain([city, country]);
            mail.lines(t!("Delivery address"), lines.filter(|it| !it.is_empty()).collect())
        }
        Reader::Anybody | Reader::Guest => mail.lines(t!("Country"), vec![country]),
    };
    if summary.state == OrderState::Placed {
        mail = mail.text(t!("You can return anything unused within 30 days of delivery. You don't need a reason."));
    }
    Some(not_you.into_iter().fold(mail, Mail::text))
}
