//! One refresh per refresh token, over any number of requests and instances.
//!
//! A browser sends many requests at once, all with the same expired credential and the same refresh token. Under one-time
//! use only the first refresh of a token succeeds, and a second may revoke it; so exactly one may leave. Whoever first
//! writes its claim into the database refreshes; the others wait for the outcome and adopt it, new cookies included.
//!
//! - In one process, requests with the same token share one *flight*: one task that claims or waits.
//! - A claim has a lease. If the claiming instance dies, another takes over when the lease is over. What the dead one had
//!   received is lost: under one-time use FusionAuth's grace period decides whether the second try succeeds.
//! - The refresh runs in a task of its own. A caller that hangs up or runs into its time limit never cuts it off: its
//!   answer may hold the only copy of a rotated refresh token.
//! - An outcome is kept for [`KEPT`]: for requests that were sent before the new cookies arrived, and for a browser that
//!   never received them.

mod seal;
mod table;

use crate::{
    auth::{secret::hashed, sessions, verify::Identity},
    clock::{millis, now_ms},
};
use fusionauth_api::backend::{RefreshToken, Tokens};
use serde::{Deserialize, Serialize};
use sqlx::AnyPool;
use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use table::Row;
use tokio::sync::watch;

/// What came of a renewal.
#[derive(Clone, Serialize, Deserialize)]
pub enum Outcome {
    /// New tokens, and who they are for.
    Renewed(Arc<Renewed>),
    /// The refresh token is expired, unknown or revoked.
    Refused,
    /// FusionAuth gave no definitive answer. Worth another try.
    Unavailable,
    /// Somebody signed out or in meanwhile. The browser's cookies are not what they were, and not this request's to touch.
    #[serde(skip)]
    Forgotten,
}

/// What a renewal gives.
#[derive(Clone, Serialize, Deserialize)]
pub struct Renewed {
    /// The new tokens.
    pub tokens: Tokens,
    /// Who they are for.
    pub identity: Identity,
    /// The new session's id, where the browser holds one in place of the access token.
    pub session: Option<String>,
    /// When the new credential stops being good, in milliseconds since 1970.
    pub good_until: i64,
}

/// Asks FusionAuth for new tokens and makes of them what the workflow needs.
pub type Work = Box<dyn Fn(RefreshToken) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// How long whoever has claimed a refresh may take. Longer than a request to FusionAuth may.
pub const LEASE: Duration = Duration::from_secs(10);

/// How long an outcome can be adopted.
pub const KEPT: Duration = Duration::from_secs(60);

/// For how long nobody asks again after FusionAuth did not answer.
const UNAVAILABLE: Duration = Duration::from_secs(1);

/// Between two looks at another instance's claim. SQLite and PostgreSQL have no event in common that could be waited
/// for; a flight looks once for all its requests.
const FIRST_LOOK: Duration = Duration::from_millis(15);
const LONGEST_LOOK: Duration = Duration::from_millis(150);

/// How many rotations back a browser's refresh token may be.
const MAX_HOPS: usize = 4;

/// The renewals of one site.
pub struct Renewals {
    db: AnyPool,
    /// Keeps the hashes of this site's tokens apart from those of others.
    realm: String,
    work: Work,
    flights: Mutex<HashMap<String, watch::Receiver<Option<Outcome>>>>,
}

impl Renewals {
    /// `realm` names the site.
    pub fn new(db: AnyPool, realm: String, work: Work) -> Arc<Self> {
        Arc::new(Self { db, realm, work, flights: Mutex::default() })
    }

    /// Renews, or waits for whoever is at it.
    pub async fn renew(self: &Arc<Self>, token: &RefreshToken) -> Outcome {
        let mut flight = self.flight(token);
        let landed = flight.wait_for(Option::is_some).await;
        landed.ok().and_then(|it| it.clone()).unwrap_or(Outcome::Unavailable)
    }

    /// Forgets every renewal from and to this token: after a sign-out no late request finds its way back in. One that is
    /// under way ends without effect.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget(&self, token: &RefreshToken) -> Result<(), sqlx::Error> {
        let delete = sqlx::query("DELETE FROM renewals WHERE token = $1 OR successor = $1").bind(self.hash(token));
        delete.execute(&self.db).await.map(drop)
    }

    fn flight(self: &Arc<Self>, token: &RefreshToken) -> watch::Receiver<Option<Outcome>> {
        let key = self.hash(token);
        let mut flights = self.flights();
        if let Some(flight) = flights.get(&key) {
            return flight.clone();
        }
        let (land, flight) = watch::channel(None);
        flights.insert(key.clone(), flight.clone());
        let (token, renewals) = (token.clone(), Arc::clone(self));
        tokio::spawn(async move {
            let entry = Entry { renewals: Arc::clone(&renewals), key };
            let outcome = renewals.settle(token).await.unwrap_or_else(|error| {
                tracing::error!(error = &error as &dyn std::error::Error, "a renewal failed at the database");
                Outcome::Unavailable
            });
            drop(entry); // before it lands: whoever comes later looks into the database again
            land.send_replace(Some(outcome));
        });
        flight
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<String, watch::Receiver<Option<Outcome>>>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn settle(&self, mut token: RefreshToken) -> Result<Outcome, sqlx::Error> {
        for _ in 0..MAX_HOPS {
            match self.settle_one(&token).await? {
                Settled::Outcome(outcome) => return Ok(outcome),
                Settled::Rotated(successor) => token = successor,
            }
        }
        Ok(Outcome::Unavailable)
    }

    async fn settle_one(&self, token: &RefreshToken) -> Result<Settled, sqlx::Error> {
        let key = self.hash(token);
        let mut look = FIRST_LOOK;
        let mut waited = Waited::No;
        loop {
            let now = now_ms();
            let claimed = match self.row(&key).await? {
                None if waited == Waited::ForAnother => return Ok(Settled::Outcome(Outcome::Forgotten)),
                None => self.claim(&key, now).await?,
                Some(row) if row.is_pending() && now < row.lease_until => {
                    waited = Waited::ForAnother;
                    tokio::time::sleep(look).await;
                    look = (look * 2).min(LONGEST_LOOK);
                    None
                }
                Some(row) if row.is_pending() => {
                    tracing::warn!("somebody claimed a refresh and did not finish it; taking over");
                    self.take_over(&key, &row, now).await?
                }
                Some(row) => match row.adopted(token, waited, now) {
                    Some(settled) => return Ok(settled),
                    None => self.take_over(&key, &row, now).await?,
                },
            };
            if let Some(claim) = claimed {
                let outcome = (self.work)(token.clone()).await;
                if self.write(&key, &claim, token, &outcome).await? {
                    return Ok(Settled::Outcome(outcome));
                }
                // Signed out meanwhile, or too slow: what came is nobody's.
                self.discard(&outcome).await?;
                waited = Waited::ForAnother;
            }
        }
    }

    async fn discard(&self, outcome: &Outcome) -> Result<(), sqlx::Error> {
        match outcome {
            Outcome::Renewed(it) => match &it.session {
                Some(id) => sessions::delete(&self.db, id).await,
                None => Ok(()),
            },
            Outcome::Refused | Outcome::Unavailable | Outcome::Forgotten => Ok(()),
        }
    }

    fn hash(&self, token: &RefreshToken) -> String {
        hashed(&self.realm, token.expose())
    }
}

/// Deletes the renewals that nobody can adopt any more.
///
/// # Errors
/// When the database refuses.
pub async fn purge(db: &AnyPool, now: i64) -> Result<u64, sqlx::Error> {
    let old = now - millis(KEPT) - millis(LEASE);
    Ok(sqlx::query("DELETE FROM renewals WHERE lease_until < $1 AND settled_at < $1").bind(old).execute(db).await?.rows_affected())
}

/// Deletes what one user's requests could still adopt.
///
/// # Errors
/// When the database refuses.
pub async fn forget_all_of(db: &AnyPool, user_id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM renewals WHERE shopper = $1").bind(user_id).execute(db).await.map(drop)
}

enum Settled {
    Outcome(Outcome),
    /// Refreshed a while ago; the credential of then is over, and this is the refresh token to go on with.
    Rotated(RefreshToken),
}

/// Whether a flight has seen another's claim.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waited {
    No,
    ForAnother,
}

impl Row {
    /// What this outcome is worth now. None: ask FusionAuth.
    fn adopted(&self, token: &RefreshToken, waited: Waited, now: i64) -> Option<Settled> {
        let age = now.saturating_sub(self.settled_at);
        if age >= millis(KEPT) {
            return None;
        }
        // An outcome that came while we waited is ours, however short its life.
        let ours = waited == Waited::ForAnother;
        match seal::open(token, &self.claim, &self.outcome)? {
            Outcome::Unavailable => (ours || age < millis(UNAVAILABLE)).then_some(Settled::Outcome(Outcome::Unavailable)),
            Outcome::Refused => Some(Settled::Outcome(Outcome::Refused)),
            Outcome::Forgotten => None,
            Outcome::Renewed(it) if ours || now < self.good_until => Some(Settled::Outcome(Outcome::Renewed(it))),
            Outcome::Renewed(it) => it.tokens.refresh.clone().filter(|next| next != token).map(Settled::Rotated),
        }
    }
}

/// Takes a flight out of the list, also when its task panics.
struct Entry {
    renewals: Arc<Renewals>,
    key: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.renewals.flights().remove(&self.key);
    }
}
