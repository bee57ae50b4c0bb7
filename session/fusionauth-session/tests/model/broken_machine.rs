//! Session machines and early scripts with deliberate faults. Each broken machine is the real machine with changed events, effects or
//! memory. The tests in `checker_tests.rs` show that the model checker catches them.

use crate::state::{LIFETIME_MS, ModelState, OURS, name};
use fusionauth_session::{
    Attempt, Credential, CurrentUserAnswer, Effect, Event, IssuedToken, LockState, Machine, Now, RefreshAnswer, RefusedRequest, Request,
    SessionState, SessionVersion, SignOutReason, Stored, TokenStorage,
};
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BrokenMachine {
    /// Sends without waiting for the lock.
    IgnoresTheLock,
    /// Like `IgnoresTheLock`, but property S1 does not count its requests, so that another property must find the fault.
    SendsBlindly,
    /// Frees the lock as soon as the request is sent.
    UnlocksTooEarly,
    /// Frees the lock before it has written the record that the next holder must read.
    UnlocksBeforeStoring,
    /// Never frees the lock.
    NeverUnlocks,
    /// Leaves its own session version for the next holder of the lock, even if a newer version came with the lock.
    ForgetsTheOrder,
    /// Treats an unavailable FusionAuth as a refusal of the refresh token.
    TakesBusyForRefused,
    /// Treats a refusal as final although the page was frozen while the refresh was in flight.
    WakesWithoutDoubt,
    /// Keeps an unconfirmed refusal of the previous session at a sign-in.
    KeepsTheDoubt,
    /// Reads neither storage nor the last holder's session version when it gets the lock.
    DropsTheReread,
    /// Revives an ended session when a late answer arrives.
    RevivesASession,
    /// Forgets at a reload that the user has signed out.
    ForgetsTheReason,
    /// Counts epochs from one if storage is empty, and gets no event when storage is cleared.
    CountsEpochsFromOne,
    /// Treats a sign-out as confirmed without sending the logout.
    DropsTheLogout,
    /// Accepts a refreshed token of any user.
    IgnoresTheOwner,
    /// Adopts a token of any application from storage.
    AdoptsForeignTokens,
    /// Treats a token from storage as just received.
    AdoptsAsFresh,
    /// Repeats a refused request under the current sign-in, even if another user has sent it.
    ReplaysAsAnybody,
    /// Reads storage before it registers the caller, who then gets another user's credential.
    ServesAnybody,
    /// Has a stopped clock.
    StoppedClock,
    /// Answers a caller twice.
    SettlesTwice,
    /// Never answers a caller that gets no credential.
    ForgetsACaller,
    /// Signs out when storage fails.
    EndsWithStorage,
    /// Notifies the user each time that storage fails.
    TellsTwice,
    /// Never writes its record.
    NeverStores,
    /// Keeps the record in the tab's memory, like the token.
    SharesNoRecord,
    /// Waits for the lock without a limit.
    NoLockBound,
    /// Refreshes each time that the tab gets the focus.
    RefreshesOnFocus,
    /// Forgets its token when the tab gets the focus.
    ForgetsOnFocus,
    /// Drops the tab's request when the caller that has caused it goes away.
    AbortsWithItsCaller,
    /// Has no timers.
    NoTimers,
    /// Sets no timers while the page is hidden.
    NoTimersWhileHidden,
    /// Gets no events about the writes of other tabs.
    NeverHears,
    /// Renews cookies, although the backend does that.
    RenewsForTheBackend,
    /// Does not ask for the owner of cookies after it has renewed them.
    NeverAsksAfterARenewal,
    /// Treats an unavailable backend as the answer that nobody is signed in.
    TakesBusyForNobody,
    /// Assumes that an answer after a sign-out has set no cookie.
    ForgetsLateCookies,
    /// Stores each renewed token under the same generation.
    RepeatsGenerations,
    /// Never asks for the owner of cookies that a backend refuses again and again.
    NeverDoubtsCookies,
    /// Continues a session that had to end when the browser was closed.
    OutlivesTheBrowser,
    /// Overlooks a sign-out in storage, and so treats remaining cookies as a session.
    OverlooksASignOut,
    /// Treats an answer with a refreshed token as a missing answer.
    DropsTheToken,
    /// Renews for each 401 of a resource, even if that never helps.
    NeverBelievesA401,
    /// Treats a resource as forbidden as soon as it refuses a credential.
    BelievesEachRefusal,
    /// Keeps the previous user's forbidden resources at a sign-in.
    KeepsWhatWasForbidden,
    /// The early script sends without the lock.
    EarlyWithoutTheLock,
    /// The early script frees the lock before the machine has it.
    EarlyFreesTheLock,
    /// The early script does not check the note, which reveals a sign-in that storage does not show yet.
    EarlyWithoutTheNote,
    /// The early script waits for its machine without a limit, and holds the lock.
    EarlyWithoutALimit,
    /// The early script reads the note while the user types, but does not hold the lock until it sends.
    ExpectsWithoutTheLock,
    /// The early script never frees the lock that it has taken for a user who types.
    ExpectsWithoutALimit,
    /// A page that shows early data does not listen to storage.
    DataHearsNothing,
    /// A page never checks that storage still has the session of the user whose early data it shows.
    DataWithoutALook,
}

impl BrokenMachine {
    pub(crate) fn has_lock_bound(self) -> bool {
        self != Self::NoLockBound
    }

    pub(crate) fn token_storage(self, token_storage: TokenStorage) -> TokenStorage {
        if self == Self::RenewsForTheBackend { TokenStorage::SharedDomainCookies } else { token_storage }
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
            (Self::OutlivesTheBrowser, Event::StartedAfterClose(stored)) => Event::Started(stored),
            (Self::EndsWithStorage, Event::StorageFailed) => Event::SignOutRequested,
            (Self::NeverHears | Self::SharesNoRecord, Event::StorageChanged(..))
            | (Self::CountsEpochsFromOne, Event::StorageChanged(Stored::Nothing, _)) => return None,
            (Self::AbortsWithItsCaller, Event::CallerDropped(caller)) => {
                model.net.retain(|it| it.operation.tab != tab);
                Event::CallerDropped(caller)
            }
            (Self::RevivesASession, Event::RefreshAnswered(id, RefreshAnswer::Refreshed(issued), _)) => {
                // The machine gets the session from before the answer with a higher epoch, as if it were the newest.
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

    /// Changes the content of storage into the content that this machine sees.
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

    /// Steps the machine, with the faults in its effects and its memory.
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
                keep(machine, &before, "/renewal/unconfirmed_refusal", |it| it.step(now, chance, event))
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

    /// The effects of the broken machine in place of one effect of the real machine.
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

    /// Whether the machine gets an answer to a request that it does not send.
    pub(crate) fn pretends(self, request: Request) -> bool {
        self == Self::DropsTheLogout && request == Request::Logout
    }
}

/// Takes a step, and then restores this part of the machine.
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
