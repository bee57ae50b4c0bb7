//! Handles each scheduled event of the simulation, and checks the safety properties while a tab's machine takes its steps.

use crate::{
    server::AnswerContent,
    state::{FORBIDDEN, Forbidden, HEALTHY, LIFETIME_MS, PendingOperation, ScheduledEvent, Simulation},
    tab::{Caller, parts, read},
};
use fusionauth_session::{
    Attempt, CallerId, Credential, CredentialError, Effect, Event, LockState, RefusedRequest, ResourceId, SessionState, SessionToken,
    SessionVersion, SignInId, SignOutReason, Stored,
};
use std::sync::Arc;

/// The driver (`fusionauth-session-web`) waits this long for the lock.
const LOCK_WAIT_MS: u64 = 65_000;
/// A caller waits ten seconds; the timer may fire a little later.
const CALLER_LIMIT_MS: u64 = 10_050;

impl Simulation {
    pub(crate) fn handle(&mut self, event: ScheduledEvent) {
        let caller = match &event {
            ScheduledEvent::RequestCredential(tab, load)
            | ScheduledEvent::Refuse(tab, load)
            | ScheduledEvent::Refused(tab, load, _)
            | ScheduledEvent::Timer(tab, load, _)
            | ScheduledEvent::StorageEvent(tab, load, _) => Some((*tab, *load)),
            ScheduledEvent::LockWaitOver(operation) => Some((operation.tab, operation.load)),
            ScheduledEvent::Answered(message, _) => {
                Some((message.operation.tab, message.operation.load)).filter(|it| self.tabs[it.0].is_live(it.1))
            }
            ScheduledEvent::Wakes(..) | ScheduledEvent::GrantLock | ScheduledEvent::Arrives(_) | ScheduledEvent::UserActs => None,
        };
        if let Some((tab, load)) = caller {
            let tab = &self.tabs[tab];
            if !tab.is_live(load) {
                return;
            }
            if tab.asleep_until > self.now {
                let rest = tab.asleep_until - self.now + 1;
                return self.at(rest, event);
            }
        }
        match event {
            ScheduledEvent::RequestCredential(tab, _) => self.want(tab),
            ScheduledEvent::Refuse(tab, _) => self.refuse(tab),
            ScheduledEvent::Refused(tab, _, refused) => self.refused(tab, refused),
            ScheduledEvent::Timer(tab, _, timer) if self.tabs[tab].timer == timer => self.step_machine(tab, Event::TimerFired),
            ScheduledEvent::Timer(..) => {}
            ScheduledEvent::StorageEvent(tab, _, record) => {
                let stored = self.stored(tab);
                self.step_machine(tab, Event::StorageChanged(read(&record), stored));
            }
            ScheduledEvent::GrantLock => self.grant(),
            ScheduledEvent::LockWaitOver(operation) => {
                if let Some(at) =
                    self.waiting.iter().position(|it| (it.tab, it.load, it.id) == (operation.tab, operation.load, operation.id))
                {
                    self.waiting.remove(at);
                    let stored = self.stored(operation.tab);
                    self.step_machine(
                        operation.tab,
                        Event::Locked(operation.id, LockState::Unavailable, stored, SessionVersion::default()),
                    );
                }
            }
            ScheduledEvent::Arrives(message) => self.arrives(message),
            ScheduledEvent::Answered(message, answer) => self.answered(message, answer),
            ScheduledEvent::Wakes(tab, load) => {
                if self.tabs[tab].is_live(load) {
                    let stored = self.stored(tab);
                    self.step_machine(tab, Event::Resumed(stored));
                }
            }
            ScheduledEvent::UserActs => self.user_acts(),
        }
    }

    fn want(&mut self, tab: usize) {
        if self.tabs[tab].grant.is_some() && self.random.one_in(200) {
            let load = self.tabs[tab].load;
            self.at(20, ScheduledEvent::Refuse(tab, load));
        }
        let is_forbidden = self.plan.forbidden != Forbidden::Nothing && self.random.one_in(4);
        let resource = match self.plan.forbidden {
            Forbidden::OneResource if is_forbidden => FORBIDDEN,
            Forbidden::UnderNewIds if is_forbidden => ResourceId(FORBIDDEN.0 + self.events as u32),
            _ => HEALTHY,
        };
        let id = self.caller(tab, resource, 0);
        let stored = self.stored(tab);
        self.step_machine(tab, Event::CredentialRequested(CallerId(id), stored));
        if !self.quiet {
            let (pause, load) = (1_000 + self.random.below(180_000), self.tabs[tab].load);
            self.at(pause, ScheduledEvent::RequestCredential(tab, load));
        }
    }

    fn refuse(&mut self, tab: usize) {
        if let Some(grant) = self.tabs[tab].grant.take() {
            self.refused(tab, RefusedRequest { resource: HEALTHY, credential: Credential::Token(grant), attempt: Attempt::First });
        }
    }

    fn refused(&mut self, tab: usize, refused: RefusedRequest) {
        let refusals = if refused.attempt == Attempt::First { 1 } else { 2 };
        let id = self.caller(tab, refused.resource, refusals);
        let stored = self.stored(tab);
        self.step_machine(tab, Event::Unauthorized(CallerId(id), refused, stored));
    }

    fn caller(&mut self, tab: usize, resource: ResourceId, refusals: u8) -> u32 {
        let since = self.now;
        let tab = &mut self.tabs[tab];
        tab.asked += 1;
        tab.waiting.insert(tab.asked, Caller { since, resource, refusals });
        tab.asked
    }

    pub(crate) fn stored(&mut self, tab: usize) -> Stored {
        self.record(tab).map_or(Stored::Nothing, |it| read(&it))
    }

    fn grant(&mut self) {
        let now = self.now;
        let awake = |it: &PendingOperation| self.tabs[it.tab].asleep_until <= now;
        if self.holder.is_some() {
            return;
        }
        let Some(at) = self.waiting.iter().position(awake) else { return };
        let operation = self.waiting.remove(at);
        self.holder = Some(operation);
        let lock = if self.under_way { LockState::Abandoned } else { LockState::Held };
        let stored = self.stored(operation.tab);
        self.step_machine(operation.tab, Event::Locked(operation.id, lock, stored, self.version));
    }

    pub(crate) fn step_machine(&mut self, tab: usize, event: Event) {
        self.events += 1;
        let chance = self.random.any() as u32;
        let (now, clock) = (self.now, self.clock_ms);
        let it = &mut self.tabs[tab];
        let at = it.now(now, clock);
        let Some(machine) = &mut it.machine else { return };
        let refresh_ended = matches!(event, Event::RefreshAnswered(..) | Event::CurrentUserAnswered(..) | Event::Locked(..));
        let event = match self.plan.broken_clock {
            Some(broken) => broken.alter(at.wall_ms, event),
            None => event,
        };
        let effects = machine.step(at, chance, event);
        let version = machine.version();
        assert!(version.epoch >= it.epoch, "S2: a tab went back");
        let new_end = matches!(machine.state(), SessionState::SignedOut(Some(SignOutReason::Expired))) && version.epoch > it.epoch;
        it.epoch = version.epoch;
        let overdue = it.waiting.values().any(|caller| now - caller.since > CALLER_LIMIT_MS + it.slept);
        assert!(!overdue, "S9: a caller was forgotten");
        let known = self.storage.iter().any(|it| it.2.epoch == version.epoch);
        if new_end && !known {
            self.expired += 1;
            assert!(refresh_ended && !self.holds_live_cookie(), "S4: a session ended that could continue");
        }
        for effect in effects {
            self.carry_out(tab, effect);
        }
    }

    fn carry_out(&mut self, tab: usize, effect: Effect) {
        let load = self.tabs[tab].load;
        match effect {
            Effect::Lock(id) => {
                let operation = PendingOperation { tab, load, id, sent: false };
                self.waiting.push(operation);
                let wait = if self.plan.locks { LOCK_WAIT_MS } else { 1 };
                self.at(wait, ScheduledEvent::LockWaitOver(operation));
                if self.plan.locks {
                    self.at(1, ScheduledEvent::GrantLock);
                }
            }
            Effect::Unlock(id, version) => {
                if let Some(held) = self.holder.take_if(|it| (it.tab, it.load, it.id) == (tab, load, id)) {
                    if held.sent {
                        (self.version, self.under_way) = (version, false);
                    }
                    self.at(1, ScheduledEvent::GrantLock);
                }
            }
            Effect::Send(id, request) => self.send(tab, PendingOperation { tab, load, id, sent: true }, request),
            Effect::Store(record) => self.write(tab, Arc::new(record)),
            Effect::SetTimer(ms) => {
                self.tabs[tab].timer += 1;
                let timer = self.tabs[tab].timer;
                self.at(ms, ScheduledEvent::Timer(tab, load, timer));
            }
            Effect::ClearTimer => self.tabs[tab].timer += 1,
            Effect::Resolve(CallerId(id), settlement) => {
                let Some(caller) = self.tabs[tab].waiting.remove(&id) else { panic!("S9: a caller was settled twice") };
                match settlement {
                    Ok(credential) => self.granted(tab, caller, credential),
                    Err(CredentialError::Forbidden) => {
                        assert!(caller.resource != HEALTHY || caller.refusals == 2, "S13: a healthy resource counts as forbidden");
                    }
                    Err(CredentialError::Reconnecting) => self.reconnecting += u64::from(caller.resource == HEALTHY),
                    Err(CredentialError::SignedOut) => {}
                }
            }
            Effect::ResolveSignIn(..) | Effect::SetState(_) | Effect::Notify(_) => {}
        }
    }

    fn granted(&mut self, tab: usize, caller: Caller, credential: Credential) {
        assert!(caller.refusals < 2, "S13: a request is sent a third time");
        let is_authorized = match &credential {
            Credential::Token(grant) => self.granted_token(tab, grant),
            Credential::Cookie(version) => self.granted_by_cookie(*version, caller.refusals),
        };
        if is_authorized && caller.resource == HEALTHY {
            self.grants += 1;
            if self.tabs[tab].machine.as_ref().is_some_and(|it| it.is_forbidden(HEALTHY)) {
                self.step_machine(tab, Event::Authorized(HEALTHY));
            }
            return;
        }
        let attempt = if caller.refusals == 0 { Attempt::First } else { Attempt::Replay };
        let (refused, load) = (RefusedRequest { resource: caller.resource, credential, attempt }, self.tabs[tab].load);
        self.at(20, ScheduledEvent::Refused(tab, load, refused));
    }

    fn granted_token(&mut self, tab: usize, grant: &SessionToken) -> bool {
        let (user, received) = parts(&grant.token);
        let of = self.storage.iter().rev().find(|it| it.2.epoch == grant.epoch && it.2.session.is_some());
        let of = of.and_then(|it| it.2.session.as_ref()).map(|it| it.sub.clone());
        assert_eq!(of, Some(format!("user-{user}")), "S3: a token of another user");
        // If the clock was set while the tab slept, only a backend's 401 can show the expiry.
        assert!(self.jumped || self.now - received < LIFETIME_MS, "S7: an expired token");
        self.tabs[tab].grant = Some(grant.clone());
        true
    }

    /// Sends a request with the cookies, and returns whether the backend accepts it. The simulation does not delay the answer, because it
    /// reaches no machine.
    fn granted_by_cookie(&mut self, version: SessionVersion, refusals: u8) -> bool {
        let known = self.storage.iter().any(|it| it.2.epoch == version.epoch && it.2.session.is_some());
        assert!(known, "S3: a session version without a sign-in");
        let answer = self.look_at(self.jar);
        self.jar = answer.jar.unwrap_or(self.jar);
        let at_will = refusals == 0 && self.random.one_in(200);
        matches!(answer.content, AnswerContent::Known(_)) && !at_will
    }

    fn write(&mut self, tab: usize, record: Arc<fusionauth_session::SessionRecord>) {
        if self.storage.last().is_some_and(|it| it.2 == record) {
            return;
        }
        // Drops the oldest records, which no tab can read any more.
        if self.storage.len() > 64 {
            self.storage.drain(..32);
        }
        self.storage.push((self.now, tab, record.clone()));
        for other in 0..self.tabs.len() {
            if other != tab && self.tabs[other].machine.is_some() {
                let (delay, load) = (1 + self.random.below(80), self.tabs[other].load);
                self.at(delay, ScheduledEvent::StorageEvent(other, load, record.clone()));
            }
        }
    }

    pub(crate) fn sign_in(&mut self, tab: usize, user: u8) {
        let id = (self.events as u32) << 1 | u32::from(user);
        self.step_machine(tab, Event::SignInRequested(SignInId(id)));
    }
}
