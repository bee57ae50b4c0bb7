//! Handles the answer to a refresh, and decides when a failed refresh is tried again.

use crate::{
    LockState, Machine, OperationId, RefreshAnswer, SignOutReason, Stored,
    config::{QUICK_RETRIES, Tuning},
    cookie_owner::CookieOwner,
    machine::LiveSession,
    operation_queue::Snapshot,
    token::{Freshness, IssuedToken, Now, elapsed_since, user_of},
};
use serde::{Deserialize, Serialize};

impl Machine {
    pub(crate) fn refresh_answered(&mut self, id: OperationId, answer: RefreshAnswer, stored: Stored) {
        let Some(asked) = self.end_operation(id) else { return };
        self.answered_without_lock |= asked.lock != LockState::Held && !matches!(answer, RefreshAnswer::Refused);
        self.adopt(stored);
        self.renew_in_background = false;
        let anybody = self.session.is_some() || self.cookie_owner == CookieOwner::Stale;
        if !anybody || self.epoch != asked.version.epoch {
            // The user signed in or out while FusionAuth answered, so the answer does not belong to the current
            // session. The answer may have set a cookie.
            self.answered_too_late(!matches!(answer, RefreshAnswer::Refused));
            return;
        }
        let renewed_elsewhere = self.version() > asked.version;
        match answer {
            // Another tab has renewed since the request was sent. Its token is at least as new, and storage holds it.
            RefreshAnswer::Refreshed(_) | RefreshAnswer::Renewed if renewed_elsewhere && self.freshness() == Freshness::Fresh => {}
            RefreshAnswer::Refreshed(issued) => self.renewed(issued, asked),
            RefreshAnswer::Renewed if self.config.transport.is_bearer() => self.unavailable(None, None),
            RefreshAnswer::Renewed => self.cookie_renewed(),
            RefreshAnswer::Refused if renewed_elsewhere => self.refresh_retry.succeed(),
            // Another tab may have used the refresh token at the same time, and its answer may still be in flight.
            RefreshAnswer::Refused if asked.lock != LockState::Held => {
                self.unconfirmed_refusal = if self.unconfirmed_refusal == UnconfirmedRefusal::None {
                    UnconfirmedRefusal::AskAgain
                } else {
                    UnconfirmedRefusal::LookAgain
                };
                self.unavailable(None, None);
            }
            RefreshAnswer::Refused => self.refused(),
            RefreshAnswer::Unavailable { status, retry_after_ms } => self.unavailable(Some(status), retry_after_ms),
            RefreshAnswer::NoAnswer => self.unavailable(None, None),
        }
        self.share_pace(asked);
    }

    pub(crate) fn refused(&mut self) {
        self.cookie_owner = CookieOwner::Settled;
        if self.session.is_some() {
            self.end(SignOutReason::Expired);
        }
    }

    /// Handles an answer that says nothing about the session. The session continues, and the machine retries later.
    pub(crate) fn unavailable(&mut self, status: Option<u16>, retry_after_ms: Option<u64>) {
        self.refresh_retry.fail(&self.config.tuning, self.now, self.chance);
        if retry_after_ms.is_some() || matches!(status, Some(429 | 503)) {
            let pause = retry_after_ms.unwrap_or(self.config.tuning.busy_ms).min(self.config.tuning.retry_after_max_ms);
            self.refresh_retry.pause(&self.config.tuning, self.now, pause);
        }
    }

    /// Stores how far refreshes are ahead of their rate, so that other tabs and the next page load slow down, too. Without
    /// the lock this tab writes nothing, because the write could replace a newer record of another tab.
    pub(crate) fn share_pace(&mut self, asked: Snapshot) {
        if asked.lock == LockState::Held && self.session.is_some() {
            self.store();
        }
    }

    fn renewed(&mut self, IssuedToken { token, claims }: IssuedToken, asked: Snapshot) {
        if !self.config.transport.is_bearer() && self.session.is_none() {
            // This tab knows no user, so it asks `GET /api/user` next whom the cookies belong to.
            return self.cookie_renewed();
        }
        let Some(live) = &self.session else { return };
        let (access, is_readable) = (self.received(token, &claims), claims.sub.is_some());
        match user_of(claims, &self.config.application_id) {
            Some(user) if user.id == live.user.id && !self.config.transport.is_bearer() => self.cookie_renewed(),
            Some(user) if user.id == live.user.id => {
                // Another tab may have renewed more often than storage shows.
                let generation = live.generation.max(asked.newest.generation).saturating_add(1);
                let forbidden = live.forbidden;
                self.session = Some(LiveSession { user, generation, access, forbidden });
                self.unconfirmed_refusal = UnconfirmedRefusal::None;
                if self.freshness() == Freshness::Unusable {
                    // The new token was already unusable on arrival, so an immediate retry would not help.
                    self.refresh_retry.fail(&self.config.tuning, self.now, self.chance);
                    self.refresh_retry.pause(&self.config.tuning, self.now, self.config.tuning.backoff_ms);
                } else {
                    self.refresh_retry.succeed();
                }
                self.store();
            }
            // The claims of this token cannot be read, so they say nothing about its user.
            None if !is_readable => self.unavailable(None, None),
            // The token is for another application or another user, whose sign-in replaced the cookie. A retry would not
            // help.
            _ => self.end(SignOutReason::Replaced),
        }
    }
}

/// The steps after a refresh was refused while another tab's refresh may have been in flight.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum UnconfirmedRefusal {
    None,
    /// Refresh again, because another tab's new cookie may have arrived since the first refusal.
    AskAgain,
    /// The second refresh was refused, too. Read storage again after a pause, because the session continues if another tab has renewed.
    LookAgain,
}

/// Decides when a failed request is retried, by the monotonic clock.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Retry {
    /// The number of failures in a row.
    failures: u32,
    /// The end of the back-off after the last failure.
    retry_at: u64,
    /// When refreshes are back at their rate (the theoretical arrival time of the generic cell rate algorithm). Each
    /// refresh adds one interval. A pause moves this time so far that no refresh is allowed before the pause ends.
    on_pace_at: u64,
}

impl Retry {
    pub(crate) fn failed(&self) -> bool {
        self.failures > 0
    }

    /// Whether the quick retries, for which callers wait, are used up.
    pub(crate) fn quick_retries_used_up(&self) -> bool {
        self.failures >= QUICK_USED_UP
    }

    /// Uses up the quick retries, so that callers get an error instead of waiting. A request in flight continues.
    pub(crate) fn skip_quick_retries(&mut self) {
        self.failures = self.failures.max(QUICK_USED_UP);
    }

    pub(crate) fn fail(&mut self, tuning: &Tuning, now: Now, chance: u32) {
        // `saturating_mul` is avoided, because on wasm its overflow check needs a multiplication of 128 bits.
        let doubled = |times: u32| if tuning.backoff_ms.leading_zeros() >= times { tuning.backoff_ms << times } else { u64::MAX };
        let slow = |doublings: u32| doubled(doublings.min(20)).min(tuning.backoff_max_ms);
        let quick = tuning.quick_retries_ms.get(self.failures as usize);
        let wait = quick.copied().unwrap_or_else(|| slow(self.failures - QUICK_RETRIES as u32));
        self.failures = self.failures.saturating_add(1);
        self.retry_at = now.after(wait / 2 + spread(wait / 2, chance));
    }

    /// Forgets the failures, and keeps the count of recent refreshes.
    pub(crate) fn succeed(&mut self) {
        *self = Self { on_pace_at: self.on_pace_at, ..Self::default() };
    }

    /// Records that the server asked for a pause.
    pub(crate) fn pause(&mut self, tuning: &Tuning, now: Now, ms: u64) {
        self.on_pace_at = self.on_pace_at.max(now.after(ms).saturating_add(tuning.breaker_burst_ms));
    }

    /// Ends the back-off, because a user waits or the network is back. It does not end a pause that the server asked for.
    /// It does not hasten the quick retries either, because callers wait for those anyway.
    pub(crate) fn skip_backoff(&mut self, now: Now) {
        if self.quick_retries_used_up() {
            self.retry_at = self.retry_at.min(now.mono_ms);
        }
    }

    pub(crate) fn started(&mut self, tuning: &Tuning, now: Now) {
        self.on_pace_at = self.on_pace_at.max(now.mono_ms).saturating_add(tuning.breaker_interval_ms);
    }

    /// The milliseconds until refreshes are back at their rate.
    pub(crate) fn throttle_ms(&self, now: Now) -> u64 {
        self.on_pace_at.saturating_sub(now.mono_ms)
    }

    /// Adopts a stored `throttle_ms`, which another tab or an earlier page load measured at `throttled_at`.
    pub(crate) fn adopt_throttle(&mut self, tuning: &Tuning, now: Now, (throttled_at, throttle_ms): (u64, u64)) {
        // A time in the future means that the clock was set back after the record was written, so its times are
        // meaningless.
        let Some(elapsed) = elapsed_since(throttled_at, now) else { return };
        let longest = tuning.retry_after_max_ms.saturating_add(tuning.breaker_burst_ms);
        let rest = throttle_ms.min(longest).saturating_sub(elapsed);
        if rest > self.throttle_ms(now) {
            self.on_pace_at = now.after(rest);
        }
    }

    pub(crate) fn allowed(&self, tuning: &Tuning, now: Now) -> bool {
        self.next_at(tuning) <= now.mono_ms
    }

    pub(crate) fn paused(&self, tuning: &Tuning, now: Now) -> bool {
        self.paused_until(tuning) > now.mono_ms
    }

    pub(crate) fn next_at(&self, tuning: &Tuning) -> u64 {
        self.retry_at.max(self.paused_until(tuning))
    }

    fn paused_until(&self, tuning: &Tuning) -> u64 {
        self.on_pace_at.saturating_sub(tuning.breaker_burst_ms)
    }
}

/// The number of failures in a row after which there is no quick retry.
const QUICK_USED_UP: u32 = QUICK_RETRIES as u32 + 1;

/// The part of `ms` that the random number `chance` selects.
fn spread(ms: u64, chance: u32) -> u64 {
    // Two computations with 64 bits instead of one with 128, because the library routine for a 128-bit division takes a
    // kilobyte of wasm.
    let (whole, chance) = (u64::from(u32::MAX), u64::from(chance));
    ms / whole * chance + ms % whole * chance / whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_pause_does_not_end_a_longer_one() {
        let (mut retry, now) = (Retry::default(), Now::default());
        for ms in [10_000, 1] {
            retry.pause(&Tuning::DEFAULT, now, ms);
        }
        assert!(retry.paused(&Tuning::DEFAULT, Now { mono_ms: 9_999, ..now }));
    }

    #[test]
    fn chance_chooses_within_a_wait() {
        for (chance, expected) in [(0, 0), (1 << 30, 249), (1 << 31, 500), (u32::MAX, 1_000)] {
            assert!(spread(1_000, chance).abs_diff(expected) <= 1, "{chance}");
        }
        assert_eq!(spread(u64::MAX, u32::MAX), u64::MAX);
    }
}
