//! Applies an action to a state of the model, as a browser, its network and FusionAuth would.

use crate::{
    broken_machine::BrokenMachine,
    early::{self, EarlySignIn},
    early_data,
    properties::{self, Property},
    setup::Setup,
    state::{
        Action, Answer, AnswerContent, Caller, CallerState, FORBIDDEN, HEALTHY, LIFETIME_MS, Message, ModelState, PendingOperation,
        SIBLING, issued,
    },
};
use fusionauth_session::{
    Attempt, CallerId, Credential, CredentialError, Effect, Event, LockState, LogoutAnswer, OperationId, RefusedRequest, Request,
    ResourceId, SessionVersion, SignInId, Stored,
};
use std::sync::Arc;

impl Setup {
    pub(crate) fn act(&self, model: &mut ModelState, action: Action) {
        match action {
            Action::RequestCredential { tab, stale } => {
                model.budget.wants -= 1;
                self.request(model, tab, HEALTHY, stale);
            }
            Action::RequestForbidden { tab, stale } => {
                model.budget.forbidden -= 1;
                self.request(model, tab, FORBIDDEN, stale);
            }
            Action::Forbid { tab, stale } => {
                (model.history.rejected, model.history.forbidden) = (true, true);
                if let Some(caller) = take_holding(model, tab, |it| it.resource == FORBIDDEN) {
                    self.refuse(model, tab, caller, stale);
                }
            }
            Action::Call { tab, stale } => {
                self.call(model, tab, stale);
            }
            Action::Refuse { tab, stale } => {
                model.budget.refusals -= 1;
                model.history.rejected = true;
                if let Some(caller) = take_holding(model, tab, |it| it.resource == HEALTHY) {
                    self.refuse(model, tab, Caller { refusals: 0, ..caller }, stale);
                }
            }
            Action::DropCaller { tab } => {
                model.budget.drops -= 1;
                let at = model.tabs[tab].callers.iter().position(|it| it.state == CallerState::Waiting).unwrap();
                let caller = model.tabs[tab].callers.remove(at);
                self.step_machine(model, tab, Event::CallerDropped(CallerId(caller.id)));
            }
            Action::SignIn { tab, user } => {
                let over = properties::is_signed_in(model, tab);
                let budget = if over { &mut model.budget.switches } else { &mut model.budget.sign_ins };
                *budget -= 1;
                model.tabs[tab].sign_outs_before = model.history.sign_outs.len();
                let left = model.budget.sign_ins + model.budget.switches;
                let id = u32::from(left) << 8 | u32::from(user);
                self.step_machine(model, tab, Event::SignInRequested(SignInId(id)));
            }
            Action::SignOut { tab } => {
                model.budget.sign_outs -= 1;
                self.step_machine(model, tab, Event::SignOutRequested);
                properties::sign_out_shows(model, tab);
            }
            Action::DeliverStorageEvent { tab, stale } => {
                let record = model.tabs[tab].events.pop_front().unwrap();
                self.data_hears(model, tab, record.as_deref());
                let stored = look(model, tab, stale);
                self.step_machine(model, tab, Event::StorageChanged(ModelState::read(record.as_deref()), stored));
            }
            Action::GrantLock { tab, stale } => self.grant(model, tab, stale),
            Action::LockTimeout { tab } => {
                model.budget.lock_timeouts = model.budget.lock_timeouts.saturating_sub(1);
                model.history.unlocked = true;
                let operation = take_operation(model, tab);
                let stored = look(model, tab, false);
                model.tabs[tab].trusts_its_lock = false;
                self.step_machine(model, tab, Event::Locked(operation.id, LockState::Unavailable, stored, SessionVersion::default()));
            }
            Action::Freeze { tab } => {
                model.budget.freezes -= 1;
                model.tabs[tab].frozen = true;
            }
            Action::Thaw { tab } => {
                (model.tabs[tab].frozen, model.tabs[tab].hidden, model.tabs[tab].trusts_its_lock) = (false, false, false);
                let stored = look(model, tab, false);
                self.step_machine(model, tab, Event::Resumed(stored));
            }
            Action::Focus { tab } => {
                model.budget.focuses -= 1;
                let stored = look(model, tab, false);
                let before = model.clone();
                model.tabs[tab].trusts_its_lock = false;
                self.step_machine(model, tab, Event::Hidden);
                self.step_machine(model, tab, Event::Resumed(stored));
                properties::focus_is_silent(self, &before, model, tab);
            }
            Action::Hide { tab } => {
                model.budget.hides -= 1;
                model.tabs[tab].hidden = true;
                self.step_machine(model, tab, Event::Hidden);
            }
            Action::WriteLate { tab } => {
                let record = model.tabs[tab].unwritten.take().unwrap();
                write(model, tab, record, self.lag);
            }
            Action::Close { tab } => {
                model.budget.closes -= 1;
                Self::close(model, tab);
            }
            Action::Open { tab, stale } => early::open(self, model, tab, stale),
            Action::SubmitEarly { tab, user, .. } => self.submit_early(model, tab, user),
            Action::SubmitHeld { tab, user } => self.submit_held(model, tab, user),
            Action::DropEarly { tab } => Self::drop_early(model, tab),
            Action::AskForData { tab } => Self::ask_for_data(model, tab),
            Action::ShowData { tab } => self.show_data(model, tab),
            Action::Expect { tab, .. } => self.expect(model, tab),
            Action::GiveBack { tab } => Self::give_back(model, tab),
            Action::FireTimer { tab } => {
                model.budget.fires = model.budget.fires.saturating_sub(1);
                let at = model.tabs[tab].timer.take().unwrap();
                model.now = model.now.max(at);
                // Storage has caught up, because it lags for a shorter time than a tab waits for it.
                model.tabs.iter_mut().for_each(|it| it.lags = false);
                self.step_machine(model, tab, Event::TimerFired);
            }
            Action::BlockStorage { tab } => {
                model.budget.blocks -= 1;
                model.budget.block_storage(tab);
                model.history.storage_failed = true;
            }
            Action::Serve { message } => Self::serve(model, message),
            Action::AnswerBusy { message } => {
                Self::spend_fault(model);
                model.net[message].answer = Some(Answer { content: AnswerContent::Busy, jar: None });
            }
            Action::Deliver { message, stale } => {
                let message = model.net.remove(message);
                self.deliver(model, message, stale);
            }
            Action::LoseBefore { message } => {
                Self::spend_fault(model);
                let message = model.net.remove(message);
                self.lose(model, &message);
            }
            Action::LoseAfter { message } => {
                Self::spend_fault(model);
                model.history.lost = true;
                let message = model.net.remove(message);
                model.history.sign_in_lost |= matches!(message.request, Request::SignIn(_));
                self.lose(model, &message);
            }
            Action::Cut { message } => {
                Self::spend_fault(model);
                let message = model.net.remove(message);
                model.history.sign_in_lost |= matches!(message.request, Request::SignIn(_));
                if let Some(jar) = message.answer.as_ref().and_then(|it| it.jar) {
                    model.jar = jar;
                }
                self.lose(model, &message);
            }
            Action::Expire => {
                model.budget.expiries -= 1;
                model.now += LIFETIME_MS;
                model.tabs.iter_mut().for_each(|it| it.lags = false);
            }
            Action::Age => {
                model.budget.ages -= 1;
                model.now += LIFETIME_MS - self.renew_soon_ms;
                model.tabs.iter_mut().for_each(|it| it.lags = false);
            }
            Action::Clear => {
                model.budget.clears -= 1;
                model.history.cleared = true;
                // Without a record, the next epoch is the clock's time in seconds. More seconds pass than sign-ins and sign-outs happen.
                model.now += 30_000;
                model.before = model.storage.take();
                model.version = SessionVersion::default();
                for tab in model.tabs.iter_mut().filter(|it| it.machine.is_some()) {
                    tab.lags = self.lag;
                    tab.events.push_back(None);
                }
            }
            Action::MixUp => {
                model.budget.mix_ups -= 1;
                // A renewal in flight may write the same generation. Its tab then needs one more renewal, and property S5 (no needless
                // refresh) must allow that.
                model.history.rejected = true;
                if let Some(mut record) = model.storage.as_deref().cloned()
                    && let Some(session) = &mut record.session
                {
                    session.generation += 1;
                    session.token = Some(issued(0, SIBLING, model.now).token);
                    // No tab has this index, so every tab gets the storage event.
                    let nobodys = model.tabs.len();
                    write(model, nobodys, Arc::new(record), self.lag);
                }
            }
            Action::Sibling => {
                model.budget.siblings -= 1;
                model.jar = model.server.sibling(model.now);
            }
            Action::Revoke => {
                model.budget.revocations -= 1;
                if let Some(serial) = model.jar.refresh {
                    model.server.revoke(serial);
                }
            }
        }
    }

    fn spend_fault(model: &mut ModelState) {
        model.budget.faults -= 1;
        model.history.failed = true;
    }

    fn request(&self, model: &mut ModelState, tab: usize, resource: ResourceId, stale: bool) {
        let id = Self::new_caller(model, tab, resource, properties::shown_user(model, tab), 0);
        let stored = look(model, tab, stale);
        self.step_machine(model, tab, Event::CredentialRequested(CallerId(id), stored));
    }

    /// A backend answers 401 to a caller's request.
    pub(crate) fn refuse(&self, model: &mut ModelState, tab: usize, caller: Caller, stale: bool) {
        let CallerState::Holding(credential) = caller.state else { return };
        let attempt = if caller.refusals == 0 { Attempt::First } else { Attempt::Replay };
        if attempt == Attempt::Replay && caller.resource == FORBIDDEN {
            model.tabs[tab].outlived = model.tabs[tab].machine.as_ref().map(|it| it.version().epoch);
        }
        let id = Self::new_caller(model, tab, caller.resource, caller.user, caller.refusals + 1);
        let stored = look(model, tab, stale);
        let refused = RefusedRequest { resource: caller.resource, credential, attempt };
        self.step_machine(model, tab, Event::Unauthorized(CallerId(id), refused, stored));
    }

    fn new_caller(model: &mut ModelState, tab: usize, resource: ResourceId, user: Option<u8>, refusals: u8) -> u32 {
        let tab = &mut model.tabs[tab];
        tab.asked += 1;
        tab.callers.push(Caller { id: tab.asked, state: CallerState::Waiting, resource, user, refusals });
        tab.asked
    }

    fn grant(&self, model: &mut ModelState, tab: usize, stale: bool) {
        let operation = take_operation(model, tab);
        let stored = look(model, tab, stale);
        let (lock, version) = match (self.locks, self.ordering) {
            (false, _) => (LockState::Unavailable, SessionVersion::default()),
            (true, false) => (LockState::Held, SessionVersion::default()),
            (true, true) => {
                let (under_way, version) = Self::adopt(model, tab).unwrap_or((model.under_way, model.version));
                (if under_way { LockState::Abandoned } else { LockState::Held }, version)
            }
        };
        model.tabs[tab].trusts_its_lock = lock == LockState::Held;
        if self.locks {
            model.holder = Some(operation);
        }
        self.step_machine(model, tab, Event::Locked(operation.id, lock, stored, version));
    }

    pub(crate) fn close(model: &mut ModelState, tab: usize) {
        model.history.orphaned |= model.net.iter().any(|it| it.operation.tab == tab);
        model.queue.retain(|it| it.tab != tab);
        model.history.sign_in_lost |= model.tabs[tab].early.as_ref().is_some_and(EarlySignIn::is_answered);
        model.holder = model.holder.filter(|it| it.tab != tab);
        let tab = &mut model.tabs[tab];
        tab.machine = None;
        tab.events.clear();
        tab.callers.clear();
        (tab.frozen, tab.hidden, tab.lags, tab.told, tab.trusts_its_lock) = (false, false, false, false, false);
        (tab.timer, tab.unwritten, tab.outlived) = (None, None, None);
        (tab.early, tab.held, tab.expected, tab.data) = (None, None, None, None);
    }

    /// Gives a tab's machine an event, and carries out the effects.
    pub(crate) fn step_machine(&self, model: &mut ModelState, tab: usize, event: Event) {
        let Some(event) = self.broken_machine.map_or(Some(event.clone()), |it| it.event(model, tab, event)) else { return };
        let now = self.broken_machine.map_or(model.now(), |it| it.now(model, &event));
        let before = model.tabs[tab].machine.as_ref().map(|it| (it.version(), it.state().clone()));
        let cause = properties::StepCause::of(&event);
        let chance = (tab as u32 + 1) << 20;
        let Some(machine) = &mut model.tabs[tab].machine else { return };
        let effects = match self.broken_machine {
            Some(broken_machine) => broken_machine.step(machine, now, chance, event),
            None => machine.step(now, chance, event),
        };
        properties::step(model, tab, before, &effects, cause);
        let signs_in = effects.iter().any(|it| matches!(it, Effect::ResolveSignIn(_, Ok(()))));
        for effect in effects {
            self.carry_out(model, tab, effect);
        }
        properties::shown(model, tab, signs_in);
        early_data::rendered(self, model, tab);
    }

    fn carry_out(&self, model: &mut ModelState, tab: usize, effect: Effect) {
        let load = model.tabs[tab].load;
        match effect {
            Effect::Lock(id) if matches!(self.broken_machine, Some(BrokenMachine::IgnoresTheLock | BrokenMachine::SendsBlindly)) => {
                let stored = look(model, tab, false);
                self.step_machine(model, tab, Event::Locked(id, LockState::Held, stored, SessionVersion::default()));
            }
            Effect::Lock(id) => model.queue.push(PendingOperation { tab, load, id, sent: false }),
            Effect::Unlock(id, version) => {
                model.queue.retain(|it| (it.tab, it.id) != (tab, id));
                if let Some(held) = model.holder.take_if(|it| (it.tab, it.id) == (tab, id))
                    && held.sent
                {
                    properties::order_is_left(self, model, version);
                    (model.version, model.under_way) = (version, false);
                }
                // The lock is free, so an early sign-in that the machine has not taken over must end.
                if model.tabs[tab].early.is_some() && !Self::may_adopt(model, tab) {
                    Self::drop_early(model, tab);
                }
            }
            Effect::Send(id, request) => self.send(model, PendingOperation { tab, load, id, sent: true }, request),
            Effect::Store(_) if model.budget.storage_is_blocked(tab) => self.step_machine(model, tab, Event::StorageFailed),
            Effect::Store(record) if self.broken_machine == Some(BrokenMachine::UnlocksBeforeStoring) => {
                model.tabs[tab].unwritten = Some(Arc::new(record));
            }
            Effect::Store(record) => write(model, tab, Arc::new(record), self.lag),
            Effect::SetTimer(_) if self.broken_machine == Some(BrokenMachine::NoTimersWhileHidden) && model.tabs[tab].hidden => {
                model.tabs[tab].timer = None;
            }
            Effect::SetTimer(ms) => model.tabs[tab].timer = Some(model.now + ms),
            Effect::ClearTimer => model.tabs[tab].timer = None,
            Effect::Resolve(CallerId(id), settlement) => settle(model, tab, id, settlement),
            Effect::ResolveSignIn(..) | Effect::SetState(_) | Effect::Notify(_) => {}
        }
    }

    fn send(&self, model: &mut ModelState, operation: PendingOperation, request: Request) {
        if self.broken_machine.is_some_and(|it| it.pretends(request)) {
            return self.step_machine(model, operation.tab, Event::LogoutAnswered(operation.id, LogoutAnswer::Done));
        }
        let is_taken = Self::take_early(model, operation, request);
        if !is_taken {
            properties::sent(self, model, operation, request);
        }
        if let Some(holder) = model.holder.as_mut().filter(|it| (it.tab, it.id) == (operation.tab, operation.id)) {
            holder.sent = true;
            model.under_way = true;
            if self.broken_machine == Some(BrokenMachine::UnlocksTooEarly) {
                (model.holder, model.under_way) = (None, false);
            }
        }
        if is_taken {
            return;
        }
        let user = if let Request::SignIn(SignInId(id)) = request { id as u8 } else { 0 };
        let epoch = model.tabs[operation.tab].machine.as_ref().map(|it| it.version().epoch).unwrap_or_default();
        model.net.push(Message { operation, request, epoch, user, cookies: model.jar, answer: None });
    }
}

/// Removes a caller that holds a credential, and returns it.
pub(crate) fn take_holding(model: &mut ModelState, tab: usize, is: impl Fn(&Caller) -> bool) -> Option<Caller> {
    let callers = &mut model.tabs[tab].callers;
    let at = callers.iter().position(|it| it.state != CallerState::Waiting && is(it))?;
    Some(callers.remove(at))
}

fn take_operation(model: &mut ModelState, tab: usize) -> PendingOperation {
    let at = model.queue.iter().position(|it| it.tab == tab).unwrap();
    model.queue.remove(at)
}

/// A tab reads storage. After it has read the newest record, it never reads an older one.
pub(crate) fn look(model: &mut ModelState, tab: usize, stale: bool) -> Stored {
    model.tabs[tab].lags &= stale;
    model.stored(tab, stale)
}

fn write(model: &mut ModelState, tab: usize, record: Arc<fusionauth_session::SessionRecord>, lag: bool) {
    properties::written(model, &record);
    if model.storage.as_ref() == Some(&record) {
        return;
    }
    model.before = model.storage.replace(record.clone());
    for (at, other) in model.tabs.iter_mut().enumerate() {
        let is_open = other.machine.is_some() || other.data.is_some();
        other.lags = at != tab && lag && is_open;
        if at != tab && is_open {
            other.events.push_back(Some(record.clone()));
        }
    }
}

fn settle(model: &mut ModelState, tab: usize, id: u32, settlement: Result<Credential, CredentialError>) {
    let Some(at) = model.tabs[tab].callers.iter().position(|it| it.id == id && it.state == CallerState::Waiting) else {
        model.note(Property::S9);
        return;
    };
    let mut caller = model.tabs[tab].callers.remove(at);
    properties::settled(model, tab, &caller, settlement.as_ref().err());
    let pass = match settlement {
        Ok(Credential::Token(grant)) => {
            properties::granted(model, &mut caller, &grant);
            Some(Credential::Token(grant))
        }
        Ok(Credential::Cookie(operation)) => {
            properties::granted_by_cookie(model, &mut caller, operation);
            Some(Credential::Cookie(operation))
        }
        Err(CredentialError::SignedOut | CredentialError::Reconnecting | CredentialError::Forbidden) => None,
    };
    if let Some(pass) = pass {
        caller.state = CallerState::Holding(pass);
        // One caller with a credential for each resource is enough for a refusal.
        model.tabs[tab].callers.retain(|it| it.state == CallerState::Waiting || it.resource != caller.resource);
        model.tabs[tab].callers.push(caller);
    }
}

/// The id of the operation for which a tab waits in the queue for the lock.
pub(crate) fn waiting(model: &ModelState, tab: usize) -> Option<OperationId> {
    model.queue.iter().find(|it| it.tab == tab).map(|it| it.id)
}
