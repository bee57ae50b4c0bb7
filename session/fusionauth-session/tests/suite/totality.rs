//! The session machine never panics, even for events that no driver (such as `fusionauth-session-web`) would send: in any order, at any time,
//! with any numbers.

use crate::support::STORE;
use fusionauth_api::{
    AccessToken,
    claims::{Audience, Claims},
};
use fusionauth_session::{
    Attempt, CallerId, Config, Credential, CurrentUserAnswer, Effect, Epoch, Event, IssuedToken, LockState, LoginFailure, LogoutAnswer,
    Now, OperationId, RECORD_FORMAT, RefreshAnswer, RefusedRequest, ResourceId, SessionRecord, SessionToken, SessionVersion, SignInAnswer,
    SignInId, SignOutReason, Stored, StoredSession, TokenStorage, TracedMachine, Tuning, User,
};
use proptest::prelude::*;
use std::vec;

/// Builds any event from numbers, because types with a token have no `Debug` and proptest can't generate them.
struct Dice(vec::IntoIter<u64>);

impl Dice {
    fn any(&mut self) -> u64 {
        self.0.next().unwrap_or_default()
    }

    fn of<T: Clone>(&mut self, these: &[T]) -> T {
        these[self.any() as usize % these.len()].clone()
    }

    fn yes(&mut self) -> bool {
        self.any() % 2 == 1
    }

    fn maybe<T>(&mut self, it: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.yes().then(|| it(self))
    }

    fn number(&mut self) -> u64 {
        let any = self.any();
        self.of(&[0, 1, 1_000, 400_000, 1_790_000_000_000, any, u64::MAX - 1, u64::MAX])
    }

    fn small(&mut self) -> u32 {
        self.of(&[0, 1, 2, 3, u32::MAX - 1, u32::MAX])
    }

    fn epoch(&mut self) -> Epoch {
        Epoch { number: self.small(), nonce: self.small() }
    }

    fn name(&mut self) -> String {
        self.of(&["shopper", "second", ""]).to_owned()
    }

    fn token(&mut self) -> AccessToken {
        AccessToken::new(self.of(&["a", "b", ""]))
    }

    fn user(&mut self) -> User {
        User { id: self.name(), email: None }
    }

    fn claims(&mut self) -> Claims {
        let time = |it: &mut Self| f64::from_bits(it.any());
        let iat = self.maybe(time);
        let exp = if self.yes() { iat.map(|it| it + 300.0) } else { self.maybe(time) };
        let aud = Audience(self.maybe(|_| STORE.to_owned()).into_iter().collect());
        Claims { sub: self.maybe(Self::name), aud, iat, exp, email: None }
    }

    fn issued(&mut self) -> IssuedToken {
        IssuedToken { token: self.token(), claims: self.claims() }
    }

    fn stored(&mut self) -> Stored {
        match self.any() % 5 {
            0 => Stored::Nothing,
            1 => Stored::Blocked,
            _ => Stored::from_record(self.record(), self.maybe(Self::claims)),
        }
    }

    fn record(&mut self) -> SessionRecord {
        SessionRecord {
            format: RECORD_FORMAT,
            epoch: self.epoch(),
            session: self.maybe(|it| StoredSession {
                sub: it.name(),
                generation: it.small(),
                token: it.maybe(Self::token),
                received_at: it.number(),
            }),
            ended: self.maybe(|it| it.of(&[SignOutReason::UserRequest, SignOutReason::Expired, SignOutReason::Replaced])),
            logout_pending: self.yes(),
            throttle_ms: self.number(),
            throttled_at: self.number(),
        }
    }

    fn pass(&mut self) -> Credential {
        let epoch = self.epoch();
        if self.yes() {
            Credential::Token(SessionToken { token: self.token(), epoch })
        } else {
            Credential::Cookie(SessionVersion { epoch, generation: self.small() })
        }
    }

    fn sign_in_answer(&mut self) -> SignInAnswer {
        match self.any() % 3 {
            0 => SignInAnswer::Issued(self.issued()),
            1 => SignInAnswer::Accepted(self.user()),
            _ => SignInAnswer::Failed(LoginFailure::InvalidCredentials),
        }
    }

    fn refresh_answer(&mut self) -> RefreshAnswer {
        match self.any() % 5 {
            0 => RefreshAnswer::Refreshed(self.issued()),
            1 => RefreshAnswer::Renewed,
            2 => RefreshAnswer::Refused,
            3 => RefreshAnswer::Unavailable { status: self.of(&[0, 429, 500, 503]), retry_after_ms: self.maybe(Self::number) },
            _ => RefreshAnswer::NoAnswer,
        }
    }

    fn who_am_i_answer(&mut self) -> CurrentUserAnswer {
        match self.any() % 4 {
            0 => CurrentUserAnswer::Known(self.user()),
            1 => CurrentUserAnswer::Nobody,
            2 => CurrentUserAnswer::Unauthorized,
            _ => {
                CurrentUserAnswer::Unavailable { status: self.of(&[None, Some(429), Some(500)]), retry_after_ms: self.maybe(Self::number) }
            }
        }
    }

    /// Any event. `last` is the operation that the machine began last; most answers are for that operation.
    fn event(&mut self, last: OperationId) -> Event {
        let other = OperationId(self.small());
        let id = self.of(&[last, last, last, other]);
        let caller = CallerId(self.small());
        match self.any() % 20 {
            0 if self.any().is_multiple_of(2) => Event::StartedAfterClose(self.stored()),
            0 => Event::Started(self.stored()),
            1 | 2 => Event::CredentialRequested(caller, self.stored()),
            3 => {
                let (resource, attempt) = (ResourceId(self.small()), self.of(&[Attempt::First, Attempt::Replay]));
                Event::Unauthorized(caller, RefusedRequest { resource, credential: self.pass(), attempt }, self.stored())
            }
            4 => Event::Authorized(ResourceId(self.small())),
            5 => Event::CallerDropped(caller),
            6 => Event::SignInRequested(SignInId(self.small())),
            7 => Event::SignOutRequested,
            8..=10 => {
                let (lock, version) = (
                    self.of(&[LockState::Held, LockState::Abandoned, LockState::Unavailable]),
                    SessionVersion { epoch: self.epoch(), generation: self.small() },
                );
                Event::Locked(id, lock, self.stored(), version)
            }
            11 => Event::SignInAnswered(id, self.sign_in_answer(), self.stored()),
            12 | 13 => Event::RefreshAnswered(id, self.refresh_answer(), self.stored()),
            14 => Event::CurrentUserAnswered(id, self.who_am_i_answer(), self.stored()),
            15 => Event::LogoutAnswered(id, self.of(&[LogoutAnswer::Done, LogoutAnswer::Failed])),
            16 => Event::StorageChanged(self.stored(), self.stored()),
            17 => self.of(&[Event::StorageFailed, Event::Hidden]),
            18 => Event::TimerFired,
            _ => Event::Resumed(self.stored()),
        }
    }
}

fn tuning(ms: u64) -> Tuning {
    Tuning {
        renew_soon_ms: ms,
        unusable_ms: ms,
        caller_timeout_ms: ms,
        quick_retries_ms: [ms; 2],
        backoff_ms: ms,
        backoff_max_ms: ms,
        busy_ms: ms,
        retry_after_max_ms: ms,
        breaker_interval_ms: ms,
        breaker_burst_ms: ms,
        catch_up_ms: [ms; 3],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_event_at_any_time_makes_the_machine_panic(script in prop::collection::vec(prop::collection::vec(any::<u64>(), 48), 1..60)) {
        let mut dice = Dice(script[0].clone().into_iter());
        let token_storage = dice.of(&[TokenStorage::LocalStorage, TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies]);
        let tuning = dice.of(&[Tuning::DEFAULT, tuning(0), tuning(u64::MAX)]);
        let mut machine = TracedMachine::new(Config { application_id: STORE.into(), token_storage, tuning });
        let mut view = machine.state().clone();
        let mut last = OperationId(0);
        for step in script {
            let mut dice = Dice(step.into_iter());
            let now = Now { wall_ms: dice.number(), mono_ms: dice.number() };
            let chance = dice.of(&[0, 1 << 31, u32::MAX]);
            for effect in machine.step(now, chance, dice.event(last)) {
                match effect {
                    Effect::Lock(id) => last = id,
                    Effect::SetState(next) => {
                        prop_assert!(next != view, "a state is set only when it changes");
                        view = next;
                    }
                    _ => {}
                }
            }
            prop_assert_eq!(machine.state(), &view);
        }
    }
}
