use crate::{
    EndCause, Lock, Machine, Now, OperationId, RefreshAnswer, Request, Stored,
    config::{QUICK_RETRIES, Tuning},
    token::{Issued, LiveToken, user_of},
};

impl Machine {
    pub(crate) fn refresh_answered(&mut self, id: OperationId, answer: RefreshAnswer, stored: Stored) {
        let Some(asked) = self.end_operation(id) else { return };
        self.adopt(stored);
        self.renew_behind = false;
        if self.session.is_none() || self.epoch != asked.epoch {
            // Somebody signed out or in meanwhile: the answer belongs to nobody. It may have set a cookie, though.
            self.logout_pending |=
                self.session.is_none() && self.ended == Some(EndCause::SignedOut) && !matches!(answer, RefreshAnswer::Refused);
            return;
        }
        let renewed_elsewhere = self.session.as_ref().is_some_and(|it| it.generation > asked.generation);
        match answer {
            RefreshAnswer::Refreshed(issued) => self.renewed(issued),
            RefreshAnswer::Refused if renewed_elsewhere => self.refresh_retry = Retry::default(),
            // Without the lock another tab may have used the refresh token in the same moment; its cookie is in the jar
            // by now, so a second try tells whether the session is really over.
            RefreshAnswer::Refused if asked.lock == Lock::Unavailable && !self.refresh_retry.failed() => {
                self.refresh_retry.fail(&self.config.tuning, self.now, self.chance);
            }
            RefreshAnswer::Refused => self.end(EndCause::Expired),
            RefreshAnswer::Unavailable { status, retry_after_ms } => {
                self.refresh_retry.fail(&self.config.tuning, self.now, self.chance);
                if retry_after_ms.is_some() || matches!(status, 429 | 503) {
                    let pause = retry_after_ms.unwrap_or(self.config.tuning.busy_ms).min(self.config.tuning.retry_after_max_ms);
                    self.refresh_retry.pause(self.now, pause);
                }
            }
            RefreshAnswer::NoAnswer => self.refresh_retry.fail(&self.config.tuning, self.now, self.chance),
        }
    }

    fn renewed(&mut self, issued: Issued) {
        let Some(live) = &mut self.session else { return };
        match user_of(&issued.claims, &self.config.application_id) {
            Some(user) if user.id == live.user.id => {
                live.user = user;
                live.generation = live.generation.saturating_add(1);
                live.token = Some(LiveToken::received(issued, self.now));
                if self.freshness() == crate::token::Freshness::Unusable {
                    // A token that is over when it arrives: no use in asking again at once.
                    self.refresh_retry.fail(&self.config.tuning, self.now, self.chance);
                    self.refresh_retry.pause(self.now, self.config.tuning.backoff_ms);
                } else {
                    self.refresh_retry.succeed();
                }
                self.store();
            }
            // A token whose claims can't be read says nothing about whose it is.
            None if issued.claims.sub.is_none() => self.refresh_retry.fail(&self.config.tuning, self.now, self.chance),
            // Another application or another user has taken over the cookie. Asking again would only bring the same.
            _ => self.end(EndCause::Displaced),
        }
    }

    /// Ends the session and leaves a tombstone.
    pub(crate) fn end(&mut self, cause: EndCause) {
        self.epoch = self.epoch.next(self.chance);
        self.session = None;
        self.ended = Some(cause);
        self.logout_pending = cause == EndCause::SignedOut;
        self.refresh_retry = Retry::default();
        self.jar.withdraw(Request::Refresh);
        self.store();
    }
}

/// When to try again after failures, all by the monotonic clock.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Retry {
    /// Failures in a row.
    failures: u32,
    /// Not before this by itself; a caller who needs a token now does not wait for it.
    retry_at: u64,
    /// Not before this whoever asks: the server said so.
    paused_until: u64,
    /// When the last attempts started: the breaker.
    starts: Vec<u64>,
}

impl Retry {
    pub(crate) fn failed(&self) -> bool {
        self.failures > 0
    }

    /// The quick retries, for which callers are kept waiting, are used up.
    pub(crate) fn beyond_quick(&self) -> bool {
        self.failures >= QUICK_USED_UP
    }

    /// Somebody waited for as long as anybody should, whatever becomes of the request.
    pub(crate) fn kept_waiting(&mut self) {
        self.failures = self.failures.max(QUICK_USED_UP);
    }

    pub(crate) fn fail(&mut self, tuning: &Tuning, now: Now, chance: u32) {
        let slow = |doublings: u32| tuning.backoff_ms.saturating_mul(1 << doublings.min(20)).min(tuning.backoff_max_ms);
        let quick = tuning.quick_retries_ms.get(self.failures as usize);
        let wait = quick.copied().unwrap_or_else(|| slow(self.failures - QUICK_RETRIES as u32));
        self.failures = self.failures.saturating_add(1);
        self.retry_at = now.mono_ms + wait / 2 + spread(wait / 2, chance);
    }

    pub(crate) fn succeed(&mut self) {
        *self = Self { starts: std::mem::take(&mut self.starts), ..Self::default() };
    }

    /// The server asked for a pause.
    pub(crate) fn pause(&mut self, now: Now, ms: u64) {
        self.paused_until = now.mono_ms + ms;
        // No quick retries: callers learn at once that it will take a while.
        self.kept_waiting();
    }

    /// A person waits, or the network is back: the back-off is over. Pauses that the server asked for are kept, and so
    /// are the quick retries, during which callers wait anyway.
    pub(crate) fn hurry(&mut self, now: Now) {
        if self.beyond_quick() {
            self.retry_at = self.retry_at.min(now.mono_ms);
        }
    }

    pub(crate) fn started(&mut self, tuning: &Tuning, now: Now) {
        let surplus = (self.starts.len() + 1).saturating_sub(tuning.breaker_refreshes);
        self.starts.drain(..surplus);
        self.starts.push(now.mono_ms);
    }

    pub(crate) fn allowed(&self, tuning: &Tuning, now: Now) -> bool {
        self.next_at(tuning) <= now.mono_ms
    }

    pub(crate) fn paused(&self, tuning: &Tuning, now: Now) -> bool {
        self.paused_until.max(self.breaker_until(tuning)) > now.mono_ms
    }

    pub(crate) fn next_at(&self, tuning: &Tuning) -> u64 {
        self.retry_at.max(self.paused_until).max(self.breaker_until(tuning))
    }

    fn breaker_until(&self, tuning: &Tuning) -> u64 {
        let full = self.starts.len() >= tuning.breaker_refreshes;
        self.starts.first().filter(|_| full).map_or(0, |oldest| oldest + tuning.breaker_window_ms)
    }
}

/// So many failures in a row, and there is no quick retry left.
const QUICK_USED_UP: u32 = QUICK_RETRIES as u32 + 1;

/// A part of `ms`, by chance.
fn spread(ms: u64, chance: u32) -> u64 {
    (ms as u128 * chance as u128 / u32::MAX as u128) as u64
}
