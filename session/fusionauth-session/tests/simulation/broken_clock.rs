//! Machines that trust the browser's clock although they must not. With them the tests show that the simulation detects such a fault (S6:
//! a wrong clock changes no request).

use crate::{
    state::{LIFETIME_MS, TRUE_CLOCK_MS},
    tab::parts,
};
use fusionauth_api::{AccessToken, claims::Claims};
use fusionauth_session::{Event, IssuedToken, RefreshAnswer, SessionRecord, SignInAnswer, Stored};

/// The way in which the machine trusts the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BrokenClock {
    /// The machine compares the expiry that FusionAuth wrote with the browser's clock.
    ComparesExpiryWithTheBrowsersClock,
    /// The machine counts the age of a stored token from its issue by FusionAuth's clock.
    CountsAgeFromFusionAuthsClock,
}

impl BrokenClock {
    /// Changes an event so that the machine trusts the clock. `wall_ms` is the time by the browser's clock.
    pub(crate) fn alter(self, wall_ms: u64, mut event: Event) -> Event {
        if let Event::SignInAnswered(_, SignInAnswer::Issued(issued), _) | Event::RefreshAnswered(_, RefreshAnswer::Refreshed(issued), _) =
            &mut event
        {
            let IssuedToken { token, claims } = issued;
            self.alter_claims(wall_ms, token, claims);
        }
        event.stored_mut().for_each(|it| self.alter_stored(wall_ms, it));
        event
    }

    fn alter_claims(self, wall_ms: u64, token: &AccessToken, claims: &mut Claims) {
        if self == Self::ComparesExpiryWithTheBrowsersClock {
            claims.iat = Some(wall_ms as f64 / 1_000.0);
            claims.exp = Some((TRUE_CLOCK_MS + parts(token).1 + LIFETIME_MS) as f64 / 1_000.0);
        }
    }

    fn alter_stored(self, wall_ms: u64, stored: &mut Stored) {
        let Stored::Record(SessionRecord { session: Some(session), .. }, Some(claims)) = stored else { return };
        let Some(token) = &session.token else { return };
        self.alter_claims(wall_ms, token, claims);
        if self == Self::CountsAgeFromFusionAuthsClock {
            session.received_at = TRUE_CLOCK_MS + parts(token).1;
        }
    }
}
