//! Renewals: sends one refresh to FusionAuth for each refresh token, for any number of requests and instances.
//!
//! A browser sends many requests at once, all with the same expired credential and the same refresh token. If refresh tokens are for
//! one-time use, only the first refresh of a token succeeds, and a second one may revoke the token. So only the request that first writes
//! its claim into the database calls FusionAuth. The others wait for its outcome and *adopt* it: they set the same new cookies. The rules
//! for each request are in [`family_rules`](super::family_rules).
//!
//! - In one process, requests with the same token and user share one task that claims or waits. A caller that disconnects or reaches its
//!   time limit never cancels the task, and a server that stops waits for the task, because FusionAuth's answer may hold the only copy of a
//!   rotated refresh token.
//! - The task tries to write the answer until the database accepts it, for a minute at most. If the browser holds access tokens, callers
//!   get the new token after the first failed attempt. If it holds session ids, callers must wait, because a session exists only in the
//!   database.
//! - A claim has a lease. If the claiming instance dies, another one takes over when the lease expires. FusionAuth's answer to the dead
//!   instance is lost. If refresh tokens are for one-time use, FusionAuth's grace period decides whether the second refresh succeeds.
//! - If no caller has received a new refresh token, the server makes FusionAuth revoke it, unless a later request adopts the outcome in
//!   time.

use super::families::{ClaimResult, Families, HeldClaim, RenewalAnswer, RenewalOutcome, RenewedSignIn};
use super::family_rules::{ADOPTABLE_MS, RenewalRequest, Settlement};
use super::{fusionauth::FusionAuth, sessions::BrowserCredential, verifier::Verifier};
use crate::secret::hash_secret;
use crate::{background::Background, clock::now_ms, metrics};
use fusionauth_api::backend::{BackendRefreshOutcome, RefreshToken};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{collections::HashMap, time::Duration};
use tokio::{sync::watch, time::Instant};

/// The first pause between two checks of another instance's claim. Each pause doubles, up to `LONGEST_POLL_INTERVAL`. The task polls,
/// because SQLite and PostgreSQL have no common notification to wait for.
const FIRST_POLL_INTERVAL: Duration = Duration::from_millis(15);
const LONGEST_POLL_INTERVAL: Duration = Duration::from_millis(150);

/// The first pause between two attempts to write an answer. Each pause doubles, up to `LONGEST_WRITE_INTERVAL`.
const FIRST_WRITE_INTERVAL: Duration = Duration::from_millis(50);
const LONGEST_WRITE_INTERVAL: Duration = Duration::from_secs(2);

/// The maximum number of rotations since FusionAuth issued the browser's refresh token. Beyond it, a renewal fails.
const MAX_HOPS: usize = 4;

/// The renewals of one site.
pub struct Renewals {
    families: Arc<Families>,
    fusionauth: Arc<FusionAuth>,
    verifier: Arc<Verifier>,
    background: Background,
    running: Mutex<HashMap<String, watch::Receiver<Option<RenewalOutcome>>>>,
}

impl Renewals {
    /// Creates the list of a site's running renewals, which is empty.
    pub fn new(families: Arc<Families>, fusionauth: Arc<FusionAuth>, verifier: Arc<Verifier>, background: Background) -> Arc<Self> {
        Arc::new(Self { families, fusionauth, verifier, background, running: Mutex::default() })
    }

    /// Renews the token, or waits for another request that renews it. `user` is the user of the request's expired credential, if known.
    pub async fn renew(self: &Arc<Self>, token: &RefreshToken, user: Option<&str>) -> RenewalOutcome {
        let mut outcome = self.joined(token, user);
        let settled = outcome.wait_for(Option::is_some).await;
        settled.ok().and_then(|it| it.clone()).unwrap_or(RenewalOutcome::Unavailable)
    }

    fn joined(self: &Arc<Self>, token: &RefreshToken, user: Option<&str>) -> watch::Receiver<Option<RenewalOutcome>> {
        // Requests that name different users do not share a task, because `family_rules` answers them differently.
        let key = hash_secret(user.unwrap_or_default(), token.expose());
        let mut running = self.running();
        if let Some(outcome) = running.get(&key) {
            return outcome.clone();
        }
        let (sender, outcome) = watch::channel(None);
        running.insert(key.clone(), outcome.clone());
        let (renewals, token, user) = (Arc::clone(self), token.clone(), user.map(ToOwned::to_owned));
        self.background.spawn(async move {
            let entry = Entry { renewals: Arc::clone(&renewals), key };
            let mut waiters = Waiters { sender, answered_early: false };
            let (token, outcome) = renewals.run(token, user.as_deref(), &mut waiters).await;
            metrics::count_renewal(outcome.name());
            drop(entry); // before the outcome is sent, so that a later request starts a new task
            let is_received = waiters.sender.send(Some(outcome.clone())).is_ok() || waiters.answered_early;
            if let RenewalOutcome::Renewed(new) = outcome
                && !is_received
                && let Err(error) = renewals.families.revoke_unless_adopted(&token, &new).await
            {
                tracing::error!(error = &error as &dyn std::error::Error, "a refresh token that no caller has received stays valid");
            }
        });
        outcome
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, watch::Receiver<Option<RenewalOutcome>>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims, refreshes or waits until there is an outcome. Also returns the refresh token that was renewed: `token`, or the newer one
    /// that [`ClaimResult::Follow`] named.
    async fn run(&self, mut token: RefreshToken, user: Option<&str>, waiters: &mut Waiters) -> (RefreshToken, RenewalOutcome) {
        let (mut waited, mut lease_over_since, mut poll, mut hops) = (false, None, FIRST_POLL_INTERVAL, 0);
        loop {
            let request = RenewalRequest { user, waited, lease_over_since, now: now_ms() };
            match self.families.claim(&token, request).await {
                Ok(ClaimResult::Refresh(claimed)) => {
                    let answer = self.ask(&token).await;
                    match self.write(&token, &claimed, answer, waiters).await {
                        Some(outcome) => return (token, outcome),
                        None => waited = true, // another instance has taken over, so wait for its outcome
                    }
                }
                Ok(ClaimResult::Wait(lease_over)) => {
                    waited = true;
                    lease_over_since = lease_over.then_some(lease_over_since.unwrap_or(request.now));
                    tokio::time::sleep(poll).await;
                    poll = (poll * 2).min(LONGEST_POLL_INTERVAL);
                }
                Ok(ClaimResult::Follow(next)) if hops < MAX_HOPS => {
                    (token, hops) = (next, hops + 1);
                    (waited, lease_over_since, poll) = (false, None, FIRST_POLL_INTERVAL);
                }
                Ok(ClaimResult::Follow(_)) => return (token, RenewalOutcome::Unavailable),
                Ok(ClaimResult::Outcome(outcome)) => return (token, outcome),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a renewal could not be claimed");
                    return (token, RenewalOutcome::Unavailable);
                }
            }
        }
    }

    async fn ask(&self, token: &RefreshToken) -> RenewalAnswer {
        match self.fusionauth.refresh(token).await {
            BackendRefreshOutcome::Refreshed(tokens) => match self.verifier.decode_trusted(&tokens.access) {
                Ok((identity, exp)) => RenewalAnswer::Renewed(tokens, Box::new(identity), exp),
                Err(error) => {
                    tracing::error!(%error, "FusionAuth answered a refresh with a token of another application or issuer");
                    RenewalAnswer::Refused
                }
            },
            BackendRefreshOutcome::Refused => RenewalAnswer::Refused,
            BackendRefreshOutcome::Unavailable { .. } => RenewalAnswer::Unavailable,
        }
    }

    /// Tries to write an answer until the database accepts it, for a minute at most. None if another instance has stored the outcome or
    /// will store it.
    async fn write(&self, token: &RefreshToken, claim: &HeldClaim, answer: RenewalAnswer, waiters: &mut Waiters) -> Option<RenewalOutcome> {
        let (began, mut interval) = (Instant::now(), FIRST_WRITE_INTERVAL);
        loop {
            let error = match self.families.settle(token, claim, &answer).await {
                Ok((Settlement::ByAnother, ..)) => return None,
                Ok((Settlement::AsAnswered | Settlement::Ended(_), outcome, revocation)) => {
                    if let Some(id) = revocation {
                        let _ = self.families.revocations.attempt_now(&id).await; // if it fails, another attempt follows
                    }
                    return Some(outcome);
                }
                Err(error) => error,
            };
            tracing::error!(error = &error as &dyn std::error::Error, "the answer to a renewal could not be written yet");
            let unstored = self.without_the_database(&answer);
            if began.elapsed() >= Duration::from_millis(ADOPTABLE_MS.unsigned_abs()) {
                return Some(unstored.unwrap_or(RenewalOutcome::Unavailable));
            }
            if let Some(outcome) = unstored {
                waiters.sender.send_replace(Some(outcome));
                waiters.answered_early = true;
            }
            tokio::time::sleep(interval).await;
            interval = (interval * 2).min(LONGEST_WRITE_INTERVAL);
        }
    }

    /// The outcome for waiting requests while the database does not answer. None on sites with sessions, because a session exists only in
    /// the database.
    fn without_the_database(&self, answer: &RenewalAnswer) -> Option<RenewalOutcome> {
        match answer {
            RenewalAnswer::Renewed(tokens, identity, exp) if self.families.sessions.is_none() => {
                let credential = BrowserCredential { session: None, good_until: *exp };
                Some(RenewalOutcome::Renewed(Arc::new(RenewedSignIn {
                    tokens: tokens.clone(),
                    identity: (**identity).clone(),
                    credential,
                })))
            }
            RenewalAnswer::Renewed(..) | RenewalAnswer::Refused | RenewalAnswer::Unavailable => None,
        }
    }
}

/// The requests of this process that wait for one renewal.
struct Waiters {
    sender: watch::Sender<Option<RenewalOutcome>>,
    /// Whether these requests got the outcome before the database had it.
    answered_early: bool,
}

/// An entry in the list of running renewals. Dropping this value removes the entry, even if the renewal's task panics.
struct Entry {
    renewals: Arc<Renewals>,
    key: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.renewals.running().remove(&self.key);
    }
}
