//! The access token in use, and how its remaining life is computed from a wall clock and a monotonic clock, each of
//! which may be wrong.

use crate::{User, config::Tuning};
use fusionauth_api::{AccessToken, claims::Claims};
use serde::{Deserialize, Serialize};

/// The time of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Now {
    /// Milliseconds since 1970 by this browser's clock, which may be wrong and may be changed.
    pub wall_ms: u64,
    /// Milliseconds since the page was opened. Nobody can set this clock, but it may stop while the device sleeps.
    pub mono_ms: u64,
}

impl Now {
    /// The time this many milliseconds later, by the monotonic clock.
    pub(crate) fn after(self, ms: u64) -> u64 {
        self.mono_ms.saturating_add(ms)
    }
}

/// An access token as it arrived, with the claims that could be read from it. This type has no `Debug`, because it
/// holds a token.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct IssuedToken {
    /// The token.
    pub token: AccessToken,
    /// The token's claims, unverified; the default if they could not be read.
    pub claims: Claims,
}

/// The access token in use, and when it was received.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct LiveToken {
    pub(crate) token: AccessToken,
    /// `exp - iat`; `None` if a claim is missing. Then only a 401 shows that the token has expired.
    lifetime_ms: Option<u64>,
    /// The time of receipt by the wall clock, which other tabs and later page loads share.
    pub(crate) received_wall_ms: u64,
    /// The token's age when this tab adopted it.
    elapsed_at_adoption_ms: u64,
    /// The monotonic time of the adoption.
    adopted_mono_ms: u64,
    /// Whether a backend answered 401 to the token.
    pub(crate) rejected: bool,
}

/// How usable a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    Fresh,
    /// The token expires soon: it is still sent, and renewed in the background.
    RenewSoon,
    Unusable,
}

impl LiveToken {
    /// A token that has just arrived.
    pub(crate) fn received(token: AccessToken, lifetime_ms: Option<u64>, now: Now) -> Self {
        Self { lifetime_ms, token, received_wall_ms: now.wall_ms, elapsed_at_adoption_ms: 0, adopted_mono_ms: now.mono_ms, rejected: false }
    }

    /// A token that another tab or an earlier page load received. A time of receipt in the future means that the clock
    /// was set back; the token's age is unknown then, so it counts as expired, which costs one refresh.
    pub(crate) fn adopted(token: AccessToken, lifetime_ms: Option<u64>, received_wall_ms: u64, now: Now) -> Self {
        Self {
            elapsed_at_adoption_ms: elapsed_since(received_wall_ms, now).unwrap_or(u64::MAX),
            received_wall_ms,
            ..Self::received(token, lifetime_ms, now)
        }
    }

    pub(crate) fn freshness(&self, tuning: &Tuning, now: Now) -> Freshness {
        if self.rejected { Freshness::Unusable } else { self.freshness_by_age(tuning, now) }
    }

    /// The freshness of the token if no backend has refused it.
    pub(crate) fn freshness_by_age(&self, tuning: &Tuning, now: Now) -> Freshness {
        let Some(lifetime) = self.lifetime_ms else { return Freshness::Fresh };
        let left = lifetime.saturating_sub(self.elapsed_ms(now));
        if left <= tuning.unusable_ms.min(lifetime / 20) {
            Freshness::Unusable
        } else if left <= tuning.renew_soon_ms.min(lifetime / 5) {
            Freshness::RenewSoon
        } else {
            Freshness::Fresh
        }
    }

    /// The larger age by the two clocks, because the wall clock may have been set back and the monotonic clock may have
    /// stopped.
    fn elapsed_ms(&self, now: Now) -> u64 {
        let by_wall = now.wall_ms.saturating_sub(self.received_wall_ms);
        let by_mono = self.elapsed_at_adoption_ms.saturating_add(now.mono_ms.saturating_sub(self.adopted_mono_ms));
        by_wall.max(by_mono)
    }
}

/// The milliseconds since `wall_ms`, a time that another tab or an earlier page load stored; `None` if it is in the
/// future, which means that the clock was set back.
pub(crate) fn elapsed_since(wall_ms: u64, now: Now) -> Option<u64> {
    Some(now.wall_ms.saturating_add(CLOCK_NOISE_MS).checked_sub(wall_ms)?.saturating_sub(CLOCK_NOISE_MS))
}

/// A stored time may be ahead of `now` by up to this much although nobody set the clock back, because two tabs do not read
/// the clock at the same instant.
const CLOCK_NOISE_MS: u64 = 1_000;

/// The user that the claims name, if there is one and the claims are for this application.
pub(crate) fn user_of(claims: Claims, application_id: &str) -> Option<User> {
    if !claims.aud.contains(application_id) {
        return None;
    }
    Some(User { id: claims.sub?, email: claims.email })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Freshness::{Fresh, RenewSoon, Unusable};

    fn received(lifetime_s: Option<f64>, now: Now) -> LiveToken {
        LiveToken::received(AccessToken::new("a.b.c"), lifetime_ms(lifetime_s), now)
    }
    fn adopted(received_wall_ms: u64, now: Now) -> LiveToken {
        LiveToken::adopted(AccessToken::new("a.b.c"), lifetime_ms(Some(300.0)), received_wall_ms, now)
    }
    fn lifetime_ms(lifetime_s: Option<f64>) -> Option<u64> {
        Claims { iat: Some(1_000_000.0), exp: lifetime_s.map(|it| 1_000_000.0 + it), ..Claims::default() }.lifetime_ms()
    }
    fn at(wall_ms: u64, mono_ms: u64) -> Now {
        Now { wall_ms, mono_ms }
    }

    #[test]
    fn a_received_token_ages_by_whichever_clock_went_further() {
        let token = received(Some(300.0), at(5_000_000, 1_000));
        let after = |wall: i64, mono: u64| token.freshness(&Tuning::DEFAULT, at((5_000_000 + wall) as u64, 1_000 + mono));
        assert_eq!(after(0, 0), Fresh);
        assert_eq!(after(239_999, 239_999), Fresh);
        assert_eq!(after(240_000, 240_000), RenewSoon);
        assert_eq!(after(298_000, 298_000), Unusable);
        // The device slept, so the monotonic clock stopped. Then the wall clock was set back by more than an hour.
        assert_eq!(after(300_000, 10), Unusable);
        assert_eq!(after(-4_000_000, 10), Fresh);
        assert_eq!(after(-4_000_000, 299_000), Unusable);
    }

    #[test]
    fn a_constant_added_to_the_clock_changes_nothing() {
        for shift in [0, 6 * 3_600_000, 365 * 86_400_000] {
            let token = adopted(5_000_000 + shift, at(5_100_000 + shift, 50));
            assert_eq!(token.freshness(&Tuning::DEFAULT, at(5_200_000 + shift, 100_050)), Fresh);
            assert_eq!(token.freshness(&Tuning::DEFAULT, at(5_299_000 + shift, 199_050)), Unusable);
        }
    }

    #[test]
    fn an_adopted_tokens_age_counts_from_its_receipt_also_after_a_sleep() {
        // The token was 200 s old when it was adopted. Then the device slept for 150 s, and the monotonic clock stopped.
        let token = adopted(5_000_000, at(5_200_000, 50));
        assert_eq!(token.freshness(&Tuning::DEFAULT, at(5_350_000, 50)), Unusable);
    }

    #[test]
    fn a_receipt_in_the_future_makes_a_stored_token_unusable() {
        let adopt = |received| adopted(received, at(5_000_000, 0)).freshness(&Tuning::DEFAULT, at(5_000_000, 0));
        assert_eq!(adopt(5_000_500), Fresh);
        assert_eq!(adopt(5_001_001), Unusable);
    }

    #[test]
    fn margins_shrink_with_the_lifetime() {
        let fresh_at = |lifetime_s: f64, age_ms: u64| received(Some(lifetime_s), at(0, 0)).freshness(&Tuning::DEFAULT, at(age_ms, age_ms));
        assert_eq!(fresh_at(5.0, 3_999), Fresh);
        assert_eq!(fresh_at(5.0, 4_000), RenewSoon);
        assert_eq!(fresh_at(5.0, 4_750), Unusable);
        assert_eq!(fresh_at(1.0, 0), Fresh);
        assert_eq!(fresh_at(0.0, 0), Unusable);
        assert_eq!(fresh_at(-5.0, 0), Unusable);
        assert_eq!(fresh_at(1e18, u64::MAX / 2), Unusable);
    }

    #[test]
    fn without_a_known_lifetime_only_a_rejection_ends_a_token() {
        let mut token = received(None, at(0, 0));
        assert_eq!(token.freshness(&Tuning::DEFAULT, at(u64::MAX, u64::MAX)), Fresh);
        token.rejected = true;
        assert_eq!(token.freshness(&Tuning::DEFAULT, at(0, 0)), Unusable);
    }
}
