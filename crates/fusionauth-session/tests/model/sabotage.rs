//! Machines that are broken on purpose, by altering what they hear and what they do: the checker must catch each.

use crate::world::{LIFETIME_MS, OURS, World, name};
use fusionauth_session::{
    Credential, CurrentUserAnswer, Effect, Event, IssuedToken, LockState, Now, RefreshAnswer, Request, SessionState, SessionVersion,
    Stored, Transport,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// Sends without waiting for the lock.
    IgnoresTheLock,
    /// The same, where nobody counts requests.
    SendsBlindly,
    /// Takes every refusal to answer for a refused refresh token.
    TakesBusyForRefused,
    /// Does not look into storage, nor at the order, when it gets the lock.
    DropsTheReread,
    /// A late answer brings a session that is over back to life.
    RevivesASession,
    /// Takes a sign-out for done without telling FusionAuth.
    DropsTheLogout,
    /// Applies any refreshed token, whosever it is.
    IgnoresTheOwner,
    /// Sends again under whatever sign-in there is now.
    ReplaysAsAnybody,
    /// Its clock stands still.
    StoppedClock,
    /// Tells a caller twice.
    SettlesTwice,
    /// Signs out where storage fails.
    EndsWithStorage,
    /// Never writes.
    NeverStores,
    /// Waits for the lock for ever.
    NoLockBound,
    /// Asks at every look.
    RefreshesOnFocus,
    /// Forgets the request when the caller is gone who caused it.
    AbortsWithItsCaller,
    /// Has no timers.
    NoTimers,
    /// Does not hear what other tabs write.
    NeverHears,
    /// Renews, although a backend does.
    RenewsForTheBackend,
    /// Takes a backend that does not answer for one that says that nobody is signed in.
    TakesBusyForNobody,
    /// Believes that an answer which came too late has set no cookie.
    ForgetsLateCookies,
    /// Never asks whose the cookies are that are refused again and again.
    NeverDoubtsCookies,
    /// Looks for cookies before it looks for a sign-out.
    OverlooksASignOut,
    /// Can't make use of a refreshed token.
    DropsTheToken,
}

impl Sabotage {
    pub(crate) fn has_lock_bound(self) -> bool {
        self != Self::NoLockBound
    }

    pub(crate) fn transport(self, transport: Transport) -> Transport {
        if self == Self::RenewsForTheBackend { Transport::SharedDomainCookies } else { transport }
    }

    pub(crate) fn now(self, world: &World, event: &Event) -> Now {
        let now = world.now();
        match (self, event) {
            (Self::StoppedClock, _) => Now { wall_ms: 1_000_000, mono_ms: 0 },
            (Self::RefreshesOnFocus, Event::Resumed(_)) => Now { wall_ms: now.wall_ms + LIFETIME_MS, ..now },
            _ => now,
        }
    }

    /// What the machine hears in place of an event; nothing if it does not hear it.
    pub(crate) fn event(self, world: &mut World, tab: usize, event: Event) -> Option<Event> {
        Some(match (self, event) {
            (Self::TakesBusyForRefused, Event::RefreshAnswered(id, RefreshAnswer::Unavailable { .. }, stored)) => {
                Event::RefreshAnswered(id, RefreshAnswer::Refused, stored)
            }
            (Self::DropsTheReread, Event::Locked(id, _, _, _)) => {
                Event::Locked(id, LockState::Held, Stored::Nothing, SessionVersion::default())
            }
            (Self::IgnoresTheOwner, Event::RefreshAnswered(id, RefreshAnswer::Refreshed(issued), stored)) => {
                let sub = world.tabs[tab].machine.as_ref().and_then(|it| match it.state() {
                    fusionauth_session::SessionState::SignedIn { user, .. } => Some(user.id.clone()),
                    _ => None,
                });
                let mut claims = issued.claims;
                claims.sub = sub.or(Some(name(0)));
                claims.aud.0 = vec![OURS.to_string()];
                Event::RefreshAnswered(id, RefreshAnswer::Refreshed(IssuedToken { claims, ..issued }), stored)
            }
            (Self::ReplaysAsAnybody, Event::Unauthorized(caller, Credential::Token(mut grant), stored)) => {
                grant.epoch = world.tabs[tab].machine.as_ref().map(|it| it.version().epoch).unwrap_or_default();
                Event::Unauthorized(caller, Credential::Token(grant), stored)
            }
            (Self::DropsTheToken, Event::RefreshAnswered(id, RefreshAnswer::Refreshed(_), stored)) => {
                Event::RefreshAnswered(id, RefreshAnswer::NoAnswer, stored)
            }
            (Self::TakesBusyForNobody, Event::CurrentUserAnswered(id, CurrentUserAnswer::Unavailable { .. }, stored)) => {
                Event::CurrentUserAnswered(id, CurrentUserAnswer::Nobody, stored)
            }
            (Self::ForgetsLateCookies, Event::CurrentUserAnswered(id, answer, stored)) => {
                let over = world.tabs[tab].machine.as_ref().is_some_and(|it| matches!(it.state(), SessionState::SignedOut(Some(_))));
                Event::CurrentUserAnswered(id, if over { CurrentUserAnswer::Nobody } else { answer }, stored)
            }
            (Self::NeverDoubtsCookies, Event::UnauthorizedAgain(caller, ..)) => Event::CallerDropped(caller),
            (Self::OverlooksASignOut, Event::Started(_)) => Event::Started(Stored::Nothing),
            (Self::OverlooksASignOut, Event::Locked(id, lock, ..)) => Event::Locked(id, lock, Stored::Nothing, SessionVersion::default()),
            (Self::OverlooksASignOut, Event::CurrentUserAnswered(id, answer, _)) => Event::CurrentUserAnswered(id, answer, Stored::Nothing),
            (Self::EndsWithStorage, Event::StorageFailed) => Event::SignOutRequested,
            (Self::NeverHears, Event::StorageChanged(..)) => return None,
            (Self::AbortsWithItsCaller, Event::CallerDropped(caller)) => {
                world.net.retain(|it| it.ticket.tab != tab);
                Event::CallerDropped(caller)
            }
            (Self::RevivesASession, Event::RefreshAnswered(id, RefreshAnswer::Refreshed(issued), _)) => {
                // As if the record that it asked under still counted.
                let before = world.before.clone().filter(|it| it.session.is_some());
                let Some(mut record) = before.map(|it| (*it).clone()) else {
                    return Some(Event::RefreshAnswered(id, RefreshAnswer::Refreshed(issued), Stored::Nothing));
                };
                record.epoch.number += 5;
                let claims = issued.claims.clone();
                Event::RefreshAnswered(id, RefreshAnswer::Refreshed(issued), Stored::Record(record, Some(claims)))
            }
            (_, event) => event,
        })
    }

    /// What it does in place of an effect.
    pub(crate) fn effect(self, effect: Effect) -> Vec<Effect> {
        match (self, &effect) {
            (Self::NeverStores, Effect::Store(_)) | (Self::NoTimers, Effect::SetTimer(_)) => Vec::new(),
            (Self::SettlesTwice, Effect::Resolve(..)) => vec![effect.clone(), effect],
            _ => vec![effect],
        }
    }

    /// Whether a request is taken for done without being sent.
    pub(crate) fn pretends(self, request: Request) -> bool {
        self == Self::DropsTheLogout && request == Request::Logout
    }
}
