//! Machines with deliberate faults in their inputs, actions or memory. The checker must catch each.

use crate::state::{LIFETIME_MS, ModelState, OURS, name};
use fusionauth_session::{
    Attempt, Credential, CurrentUserAnswer, Effect, Event, IssuedToken, LockState, Machine, Now, RefreshAnswer, RefusedRequest, Request,
    SessionState, SessionVersion, SignOutReason, Stored, Transport,
};
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BrokenMachine {
    /// Sends without waiting for the lock.
    IgnoresTheLock,
    /// The same, where nobody counts requests.
    SendsBlindly,
    /// Frees the lock as soon as the request is sent.
    UnlocksTooEarly,
    /// Frees the lock before it has written what the next holder is to find.
    UnlocksBeforeStoring,
    /// Never frees the lock.
    NeverUnlocks,
    /// Leaves the order that it can see, not the one that it was told with the lock.
    ForgetsTheOrder,
    /// Takes every refusal to answer for a refused refresh token.
    TakesBusyForRefused,
    /// Believes a refusal although the page was frozen in between.
    WakesWithoutDoubt,
    /// A sign-in keeps the doubt of the session before.
    KeepsTheDoubt,
    /// Does not look into storage, nor at the order, when it gets the lock.
    DropsTheReread,
    /// A late answer revives an ended session.
    RevivesASession,
    /// Does not know any more, after a reload, that somebody has signed out.
    ForgetsTheReason,
    /// Counts epochs from one where storage is empty, and does not hear that it was cleared.
    CountsEpochsFromOne,
    /// Takes a sign-out for done without telling FusionAuth.
    DropsTheLogout,
    /// Applies a refreshed token of any user.
    IgnoresTheOwner,
    /// Takes a token of any application from storage.
    AdoptsForeignTokens,
    /// Treats a token from storage as just received.
    AdoptsAsFresh,
    /// Sends again under whatever sign-in there is now.
    ReplaysAsAnybody,
    /// Looks into storage before it notes who asks.
    ServesAnybody,
    /// Its clock stands still.
    StoppedClock,
    /// Tells a caller twice.
    SettlesTwice,
    /// Never tells a caller that it has to try again later.
    ForgetsACaller,
    /// Signs out where storage fails.
    EndsWithStorage,
    /// Tells the user each time that storage fails.
    TellsTwice,
    /// Never writes.
    NeverStores,
    /// Keeps the record in the tab, with the token.
    SharesNoRecord,
    /// Waits for the lock for ever.
    NoLockBound,
    /// Asks at every look.
    RefreshesOnFocus,
    /// Forgets its token when somebody looks.
    ForgetsOnFocus,
    /// Forgets the request when the caller is gone who caused it.
    AbortsWithItsCaller,
    /// Has no timers.
    NoTimers,
    /// Sets no timers while the page is hidden.
    NoTimersWhileHidden,
    /// Does not hear what other tabs write.
    NeverHears,
    /// Renews, although a backend does.
    RenewsForTheBackend,
    /// Renews although the owner of the cookies is unknown, and does not ask.
    NeverAsksAfterARenewal,
    /// Takes a backend that does not answer for one that says that nobody is signed in.
    TakesBusyForNobody,
    /// Believes that an answer which came too late has set no cookie.
    ForgetsLateCookies,
    /// Stores each renewed token under the same generation.
    RepeatsGenerations,
    /// Never asks who owns cookies that are refused again and again.
    NeverDoubtsCookies,
    /// Looks for cookies before it looks for a sign-out.
    OverlooksASignOut,
    /// Can't make use of a refreshed token.
    DropsTheToken,
    /// Renews for each 401 of a resource, even if that never helps.
    NeverBelievesA401,
    /// Takes a resource for forbidden as soon as it refuses a credential.
    BelievesEachRefusal,
    /// A sign-in keeps what was forbidden to the user before.
    KeepsWhatWasForbidden,
    /// The early script sends without the lock.
    EarlyWithoutTheLock,
    /// The early script frees the lock before the machine has it.
    EarlyFreesTheLock,
    /// The early script does not check whether another user has signed in whom storage does not show yet.
    EarlyWithoutTheNote,
    /// The early script waits for its machine without end, and holds the lock.
    EarlyWithoutALimit,
    /// The early script reads the note while somebody types, and sends later without the lock that orders it.
    ExpectsWithoutTheLock,
    /// The early script never gives back the lock that it has taken for somebody who types.
    ExpectsWithoutALimit,
    /// A page that shows early data does not listen to storage.
    DataHearsNothing,
    /// A page shows early data without checking that storage still has this user's session, and checks no more once the application is
    /// there.
    DataWithoutALook,
}

impl BrokenMachine {
    pub(crate) fn has_lock_bound(self) -> bool {
        self != Self::NoLockBound
    }

    pub(crate) fn transport(self, transport: Transport) -> Transport {
        if self == Self::RenewsForTheBackend { Transport::SharedDomainCookies } else { transport }
    }

    pub(crate) fn now(self, model: &ModelState, event: &Event) -> Now {
        let now = model.now();
        match (self, event) {
            (Self::StoppedClock, _) => Now { wall_ms: 1_000_000, mono_ms: 0 },
            (Self::CountsEpochsFromOne, _) => Now { wall_ms: 0, ..now },
            (Self::RefreshesOnFocus, Event::Resumed(_)) => Now { wall_ms: now.wall_ms + LIFETIME_MS, ..now },
            _ => now,
        }
    }

    /// The event that the broken machine gets in place of another; `None` if it gets none.
    pub(crate) fn event(self, model: &mut ModelState, tab: usize, mut event: Event) -> Option<Event> {
        let now = model.now();
        event.stored_mut().for_each(|it| self.stored(it, now));
        Some(match (self, event) {
            (Self::TakesBusyForRefused, Event::RefreshAnswered(id, RefreshAnswer::Unavailable { .. }, stored)) => {
                Event::RefreshAnswered(id, RefreshAnswer::Refused, stored)
            }
            (Self::DropsTheReread, Event::Locked(id, _, _, _)) => {
                Event::Locked(id, LockState::Held, Stored::Nothing, SessionVersion::default())
            }
            (Self::SharesNoRecord, Event::Locked(id, lock, stored, _)) => Event::Locked(id, lock, stored, SessionVersion::default()),
            (Self::WakesWithoutDoubt, Event::Resumed(stored)) => Event::StorageChanged(stored.clone(), stored),
            (Self::IgnoresTheOwner, Event::RefreshAnswered(id, RefreshAnswer::Refreshed(issued), stored)) => {
                let sub = model.tabs[tab].machine.as_ref().and_then(|it| match it.state() {
                    SessionState::SignedIn { user, .. } => Some(user.id.clone()),
                    SessionState::SignedOut(_) | SessionState::Loading => None,
                });
                let mut claims = issued.claims;
                claims.sub = sub.or(Some(name(0)));
                claims.aud.0 = vec![OURS.to_string()];
                Event::RefreshAnswered(id, RefreshAnswer::Refreshed(IssuedToken { claims, ..issued }), stored)
            }
            (Self::ReplaysAsAnybody, Event::Unauthorized(caller, mut refused, stored)) => {
                if let Credential::Token(grant) = &mut refused.credential {
                    grant.epoch = model.tabs[tab].machine.as_ref().map(|it| it.version().epoch).unwrap_or_default();
                }
                Event::Unauthorized(caller, refused, stored)
            }
            (Self::BelievesEachRefusal, Event::Unauthorized(caller, refused, stored)) => {
                Event::Unauthorized(caller, RefusedRequest { attempt: Attempt::Replay, ..refused }, stored)
            }
            (Self::DropsTheToken, Event::RefreshAnswered(id, RefreshAnswer::Refreshed(_), stored)) => {
                Event::RefreshAnswered(id, RefreshAnswer::NoAnswer, stored)
            }
            (Self::TakesBusyForNobody, Event::CurrentUserAnswered(id, CurrentUserAnswer::Unavailable { .. }, stored)) => {
                Event::CurrentUserAnswered(id, CurrentUserAnswer::Nobody, stored)
            }
            (Self::ForgetsLateCookies, Event::CurrentUserAnswered(id, answer, stored)) => {
                let over = model.tabs[tab].machine.as_ref().is_some_and(|it| matches!(it.state(), SessionState::SignedOut(Some(_))));
                Event::CurrentUserAnswered(id, if over { CurrentUserAnswer::Nobody } else { answer }, stored)
            }
            (Self::NeverDoubtsCookies, Event::Unauthorized(caller, RefusedRequest { attempt: Attempt::Replay, .. }, _)) => {
                Event::CallerDropped(caller)
            }
            (Self::RepeatsGenerations, Event::RefreshAnswered(id, answer, _)) => Event::RefreshAnswered(id, answer, Stored::Nothing),
            (Self::OverlooksASignOut | Self::RepeatsGenerations, Event::Locked(id, lock, stored, _)) => {
                Event::Locked(id, lock, stored, SessionVersion::default())
            }
            (Self::EndsWithStorage, Event::StorageFailed) => Event::SignOutRequested,
            (Self::NeverHears | Self::SharesNoRecord, Event::StorageChanged(..))
            | (Self::CountsEpochsFromOne, Event::StorageChanged(Stored::Nothing, _)) => return None,
            (Self::AbortsWithItsCaller, Event::CallerDropped(caller)) => {
                model.net.retain(|it| it.operation.tab != tab);
                Event::CallerDropped(caller)
            }
            (Self::RevivesASession, Event::RefreshAnswered(id, RefreshAnswer::Refreshed(issued), _)) => {
                // As if the record that it asked under still counted.
                let before = model.before.clone().filter(|it| it.session.is_some());
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

    /// The storage as this machine sees it.
    fn stored(self, stored: &mut Stored, now: Now) {
        match (self, &mut *stored) {
            (Self::OverlooksASignOut | Self::SharesNoRecord, _) => *stored = Stored::Nothing,
            (Self::AdoptsForeignTokens, Stored::Record(_, Some(claims))) => claims.aud.0 = vec![OURS.to_string()],
            (Self::AdoptsAsFresh, Stored::Record(record, _)) => {
                record.session.iter_mut().for_each(|it| it.received_at = now.wall_ms);
            }
            (Self::ForgetsTheReason, Stored::Record(record, _)) if record.ended == Some(SignOutReason::UserRequest) => record.ended = None,
            _ => {}
        }
    }

    /// Its actions on an event, and the state that it keeps.
    pub(crate) fn step(self, machine: &mut Machine, now: Now, chance: u32, event: Event) -> Vec<Effect> {
        let before = machine.clone();
        let effects = match (self, &event) {
            (Self::ServesAnybody, Event::CredentialRequested(_, stored)) => {
                let heard = Event::StorageChanged(stored.clone(), stored.clone());
                let mut effects = machine.step(now, chance, heard);
                effects.extend(machine.step(now, chance, event));
                return effects;
            }
            (Self::ForgetsOnFocus, Event::Resumed(_)) => {
                if matches!(machine.state(), SessionState::SignedIn { .. }) {
                    remember(machine, "/session/access", json!("Missing"));
                }
                machine.step(now, chance, event)
            }
            (Self::KeepsTheDoubt, Event::SignInAnswered(..)) => {
                keep(machine, &before, "/unconfirmed_refusal", |it| it.step(now, chance, event))
            }
            (Self::KeepsWhatWasForbidden, Event::SignInAnswered(..)) if matches!(machine.state(), SessionState::SignedIn { .. }) => {
                keep(machine, &before, "/session/forbidden", |it| it.step(now, chance, event))
            }
            (Self::NeverBelievesA401, Event::Unauthorized(..)) => {
                let effects = machine.step(now, chance, event);
                if matches!(machine.state(), SessionState::SignedIn { .. }) {
                    remember(machine, "/session/forbidden/known", json!(vec![0; 16]));
                }
                return effects;
            }
            (Self::TellsTwice, Event::StorageFailed) => keep(machine, &before, "/storage", |it| it.step(now, chance, event)),
            (Self::RepeatsGenerations, Event::RefreshAnswered(..)) if matches!(machine.state(), SessionState::SignedIn { .. }) => {
                remember(machine, "/session/generation", json!(0));
                machine.step(now, chance, event)
            }
            (Self::NeverAsksAfterARenewal, Event::RefreshAnswered(_, RefreshAnswer::Refreshed(_), _)) => {
                keep(machine, &before, "/cookie_owner", |it| it.step(now, chance, event))
            }
            _ => machine.step(now, chance, event),
        };
        let version = machine.version();
        effects.into_iter().flat_map(|it| self.effect(it, version)).collect()
    }

    /// What it does in place of an effect.
    fn effect(self, effect: Effect, version: SessionVersion) -> Vec<Effect> {
        match (self, &effect) {
            (Self::NeverStores | Self::SharesNoRecord, Effect::Store(_))
            | (Self::NoTimers, Effect::SetTimer(_))
            | (Self::NeverUnlocks, Effect::Unlock(..))
            | (Self::ForgetsACaller, Effect::Resolve(_, Err(_))) => Vec::new(),
            (Self::SettlesTwice, Effect::Resolve(..)) => vec![effect.clone(), effect],
            (Self::ForgetsTheOrder, Effect::Unlock(id, _)) => vec![Effect::Unlock(*id, version)],
            _ => vec![effect],
        }
    }

    /// Whether a request is taken for done without being sent.
    pub(crate) fn pretends(self, request: Request) -> bool {
        self == Self::DropsTheLogout && request == Request::Logout
    }
}

/// Takes a step that leaves a part of the machine as it was.
fn keep(machine: &mut Machine, before: &Machine, part: &str, step: impl FnOnce(&mut Machine) -> Vec<Effect>) -> Vec<Effect> {
    let effects = step(machine);
    let before = serde_json::to_value(before).unwrap().pointer(part).unwrap().clone();
    remember(machine, part, before);
    effects
}

fn remember(machine: &mut Machine, part: &str, value: Value) {
    let mut all = serde_json::to_value(&*machine).unwrap();
    *all.pointer_mut(part).unwrap() = value;
    *machine = serde_json::from_value(all).unwrap();
}
