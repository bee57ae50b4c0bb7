//! Decides when a failed request is tried again, and limits the rate of refreshes.

use crate::{
    config::{QUICK_RETRIES, Tuning},
    token::{Now, elapsed_since},
};
use serde::{Deserialize, Serialize};

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
