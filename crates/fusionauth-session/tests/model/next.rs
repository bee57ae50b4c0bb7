//! What each action does to the world.

use crate::{
    sabotage::Sabotage,
    setup::Setup,
    watch::{self, Property},
    world::{Action, Answer, Caller, CallerState, LIFETIME_MS, Message, SIBLING, Said, Ticket, World, issued},
};
use fusionauth_session::{
    CallerId, Credential, CredentialError, Effect, Event, LockState, LogoutAnswer, OperationId, Request, SessionVersion, SignInId,
    SignInOutcome, Stored,
};
use std::sync::Arc;

impl Setup {
    pub(crate) fn act(&self, world: &mut World, action: Action) {
        match action {
            Action::Want { tab, stale } => {
                world.budget.wants -= 1;
                let id = Self::new_caller(world, tab, watch::shown_user(world, tab), 0);
                let stored = look(world, tab, stale);
                self.tell(world, tab, Event::CredentialRequested(CallerId(id), stored));
            }
            Action::Call { tab, stale } => {
                self.call(world, tab, stale);
            }
            Action::Refuse { tab, stale } => {
                world.budget.refusals -= 1;
                world.history.rejected = true;
                let at = world.tabs[tab].callers.iter().position(|it| matches!(it.state, CallerState::Holding(_))).unwrap();
                let caller = world.tabs[tab].callers.remove(at);
                let CallerState::Holding(pass) = caller.state else { return };
                let id = Self::new_caller(world, tab, caller.user, 1);
                let stored = look(world, tab, stale);
                self.tell(world, tab, Event::Unauthorized(CallerId(id), pass, stored));
            }
            Action::Drop { tab } => {
                world.budget.drops -= 1;
                let at = world.tabs[tab].callers.iter().position(|it| it.state == CallerState::Waiting).unwrap();
                let caller = world.tabs[tab].callers.remove(at);
                self.tell(world, tab, Event::CallerDropped(CallerId(caller.id)));
            }
            Action::SignIn { tab, user } => {
                let over = watch::is_signed_in(world, tab);
                let budget = if over { &mut world.budget.switches } else { &mut world.budget.sign_ins };
                *budget -= 1;
                world.tabs[tab].sign_outs_before = world.history.sign_outs.len();
                let left = world.budget.sign_ins + world.budget.switches;
                let id = u32::from(left) << 8 | u32::from(user);
                self.tell(world, tab, Event::SignInRequested(SignInId(id)));
            }
            Action::SignOut { tab } => {
                world.budget.sign_outs -= 1;
                self.tell(world, tab, Event::SignOutRequested);
                watch::sign_out_shows(world, tab);
            }
            Action::Hear { tab, stale } => {
                let record = world.tabs[tab].events.pop_front().unwrap();
                let stored = look(world, tab, stale);
                self.tell(world, tab, Event::StorageChanged(World::read(record.as_deref()), stored));
            }
            Action::SessionToken { tab, stale } => self.grant(world, tab, stale),
            Action::LockTimeout { tab } => {
                world.budget.lock_timeouts = world.budget.lock_timeouts.saturating_sub(1);
                world.history.unlocked = true;
                let ticket = take_ticket(world, tab);
                let stored = look(world, tab, false);
                world.tabs[tab].trusts_its_lock = false;
                self.tell(world, tab, Event::Locked(ticket.id, LockState::Unavailable, stored, SessionVersion::default()));
            }
            Action::Freeze { tab } => {
                world.budget.freezes -= 1;
                world.tabs[tab].frozen = true;
            }
            Action::Thaw { tab } => {
                (world.tabs[tab].frozen, world.tabs[tab].hidden, world.tabs[tab].trusts_its_lock) = (false, false, false);
                let stored = look(world, tab, false);
                self.tell(world, tab, Event::Resumed(stored));
            }
            Action::Focus { tab } => {
                world.budget.focuses -= 1;
                let stored = look(world, tab, false);
                let before = world.clone();
                world.tabs[tab].trusts_its_lock = false;
                self.tell(world, tab, Event::Hidden);
                self.tell(world, tab, Event::Resumed(stored));
                watch::focus_is_silent(self, &before, world, tab);
            }
            Action::Hide { tab } => {
                world.budget.hides -= 1;
                world.tabs[tab].hidden = true;
                self.tell(world, tab, Event::Hidden);
            }
            Action::WriteLate { tab } => {
                let record = world.tabs[tab].unwritten.take().unwrap();
                write(world, tab, record, self.lag);
            }
            Action::Close { tab } => {
                world.budget.closes -= 1;
                Self::close(world, tab);
            }
            Action::Open { tab, stale } => {
                world.tabs[tab].load += 1;
                world.tabs[tab].machine = Some(self.machine());
                let stored = look(world, tab, stale);
                self.tell(world, tab, Event::Started(stored));
            }
            Action::Fire { tab } => {
                world.budget.fires = world.budget.fires.saturating_sub(1);
                let at = world.tabs[tab].timer.take().unwrap();
                world.now = world.now.max(at);
                // Storage lags for less than the wait for it.
                world.tabs.iter_mut().for_each(|it| it.lags = false);
                self.tell(world, tab, Event::TimerFired);
            }
            Action::Block { tab } => {
                world.budget.blocks -= 1;
                world.budget.block_storage(tab);
                world.history.storage_failed = true;
            }
            Action::Serve { message } => Self::serve(world, message),
            Action::Busy { message } => {
                Self::spend_fault(world);
                world.net[message].answer = Some(Answer { said: Said::Busy, jar: None });
            }
            Action::Deliver { message, stale } => {
                let message = world.net.remove(message);
                self.deliver(world, message, stale);
            }
            Action::LoseBefore { message } => {
                Self::spend_fault(world);
                let message = world.net.remove(message);
                self.lose(world, &message);
            }
            Action::LoseAfter { message } => {
                Self::spend_fault(world);
                world.history.lost = true;
                let message = world.net.remove(message);
                world.history.sign_in_lost |= matches!(message.request, Request::SignIn(_));
                self.lose(world, &message);
            }
            Action::Cut { message } => {
                Self::spend_fault(world);
                let message = world.net.remove(message);
                world.history.sign_in_lost |= matches!(message.request, Request::SignIn(_));
                if let Some(jar) = message.answer.as_ref().and_then(|it| it.jar) {
                    world.jar = jar;
                }
                self.lose(world, &message);
            }
            Action::Expire => {
                world.budget.expiries -= 1;
                world.now += LIFETIME_MS;
                world.tabs.iter_mut().for_each(|it| it.lags = false);
            }
            Action::Age => {
                world.budget.ages -= 1;
                world.now += LIFETIME_MS - self.renew_soon_ms;
                world.tabs.iter_mut().for_each(|it| it.lags = false);
            }
            Action::Clear => {
                world.budget.clears -= 1;
                world.history.cleared = true;
                // Epochs go by the clock where nothing is known: there are fewer sign-ins and sign-outs than seconds.
                world.now += 30_000;
                world.before = world.storage.take();
                world.version = SessionVersion::default();
                for tab in world.tabs.iter_mut().filter(|it| it.machine.is_some()) {
                    tab.lags = self.lag;
                    tab.events.push_back(None);
                }
            }
            Action::MixUp => {
                world.budget.mix_ups -= 1;
                // The renewal that this one overtakes may have its number: it costs one more.
                world.history.rejected = true;
                if let Some(mut record) = world.storage.as_deref().cloned()
                    && let Some(session) = &mut record.session
                {
                    session.generation += 1;
                    session.token = Some(issued(0, SIBLING, world.now).token);
                    let nobodys = world.tabs.len();
                    write(world, nobodys, Arc::new(record), self.lag);
                }
            }
            Action::Sibling => {
                world.budget.siblings -= 1;
                world.jar = world.server.sibling(world.now);
            }
            Action::Revoke => {
                world.budget.revocations -= 1;
                if let Some(serial) = world.jar.refresh {
                    world.server.revoke(serial);
                }
            }
        }
    }

    fn spend_fault(world: &mut World) {
        world.budget.faults -= 1;
        world.history.failed = true;
    }

    pub(crate) fn new_caller(world: &mut World, tab: usize, user: Option<u8>, refusals: u8) -> u32 {
        let tab = &mut world.tabs[tab];
        tab.asked += 1;
        tab.callers.push(Caller { id: tab.asked, state: CallerState::Waiting, user, refusals });
        tab.asked
    }

    fn grant(&self, world: &mut World, tab: usize, stale: bool) {
        let ticket = take_ticket(world, tab);
        let stored = look(world, tab, stale);
        let (lock, version) = match (self.locks, self.ordering) {
            (false, _) => (LockState::Unavailable, SessionVersion::default()),
            (true, false) => (LockState::Held, SessionVersion::default()),
            (true, true) => (if world.under_way { LockState::Abandoned } else { LockState::Held }, world.version),
        };
        world.tabs[tab].trusts_its_lock = lock == LockState::Held;
        if self.locks {
            world.holder = Some(ticket);
        }
        self.tell(world, tab, Event::Locked(ticket.id, lock, stored, version));
    }

    pub(crate) fn close(world: &mut World, tab: usize) {
        world.history.orphaned |= world.net.iter().any(|it| it.ticket.tab == tab);
        world.queue.retain(|it| it.tab != tab);
        world.holder = world.holder.filter(|it| it.tab != tab);
        let tab = &mut world.tabs[tab];
        tab.machine = None;
        tab.events.clear();
        tab.callers.clear();
        (tab.frozen, tab.hidden, tab.lags, tab.told, tab.trusts_its_lock) = (false, false, false, false, false);
        (tab.timer, tab.unwritten) = (None, None);
    }

    /// Gives a tab an event and carries out what follows.
    pub(crate) fn tell(&self, world: &mut World, tab: usize, event: Event) {
        let Some(event) = self.sabotage.map_or(Some(event.clone()), |it| it.event(world, tab, event)) else { return };
        let now = self.sabotage.map_or(world.now(), |it| it.now(world, &event));
        let before = world.tabs[tab].machine.as_ref().map(|it| (it.version(), it.state().clone()));
        let hears = watch::Hears::of(&event);
        let chance = (tab as u32 + 1) << 20;
        let Some(machine) = &mut world.tabs[tab].machine else { return };
        let effects = match self.sabotage {
            Some(sabotage) => sabotage.step(machine, now, chance, event),
            None => machine.step(now, chance, event),
        };
        watch::step(world, tab, before, &effects, hears);
        let signs_in = effects.iter().any(|it| matches!(it, Effect::ResolveSignIn(_, SignInOutcome::SignedIn)));
        for effect in effects {
            self.carry_out(world, tab, effect);
        }
        watch::shown(world, tab, signs_in);
    }

    fn carry_out(&self, world: &mut World, tab: usize, effect: Effect) {
        let load = world.tabs[tab].load;
        match effect {
            Effect::Lock(id) if matches!(self.sabotage, Some(Sabotage::IgnoresTheLock | Sabotage::SendsBlindly)) => {
                let stored = look(world, tab, false);
                self.tell(world, tab, Event::Locked(id, LockState::Held, stored, SessionVersion::default()));
            }
            Effect::Lock(id) => world.queue.push(Ticket { tab, load, id, sent: false }),
            Effect::Unlock(id, version) => {
                world.queue.retain(|it| (it.tab, it.id) != (tab, id));
                if let Some(held) = world.holder.take_if(|it| (it.tab, it.id) == (tab, id))
                    && held.sent
                {
                    watch::order_is_left(self, world, version);
                    (world.version, world.under_way) = (version, false);
                }
            }
            Effect::Send(id, request) => self.send(world, Ticket { tab, load, id, sent: true }, request),
            Effect::Store(_) if world.budget.storage_is_blocked(tab) => self.tell(world, tab, Event::StorageFailed),
            Effect::Store(record) if self.sabotage == Some(Sabotage::UnlocksBeforeStoring) => {
                world.tabs[tab].unwritten = Some(Arc::new(record));
            }
            Effect::Store(record) => write(world, tab, Arc::new(record), self.lag),
            Effect::SetTimer(_) if self.sabotage == Some(Sabotage::NoTimersWhileHidden) && world.tabs[tab].hidden => {
                world.tabs[tab].timer = None;
            }
            Effect::SetTimer(ms) => world.tabs[tab].timer = Some(world.now + ms),
            Effect::ClearTimer => world.tabs[tab].timer = None,
            Effect::Resolve(CallerId(id), settlement) => settle(world, tab, id, settlement),
            Effect::ResolveSignIn(..) | Effect::SetState(_) | Effect::Notify(_) => {}
        }
    }

    fn send(&self, world: &mut World, ticket: Ticket, request: Request) {
        if self.sabotage.is_some_and(|it| it.pretends(request)) {
            return self.tell(world, ticket.tab, Event::LogoutAnswered(ticket.id, LogoutAnswer::Done));
        }
        watch::sent(self, world, ticket, request);
        if let Some(holder) = world.holder.as_mut().filter(|it| (it.tab, it.id) == (ticket.tab, ticket.id)) {
            holder.sent = true;
            world.under_way = true;
            if self.sabotage == Some(Sabotage::UnlocksTooEarly) {
                (world.holder, world.under_way) = (None, false);
            }
        }
        let user = if let Request::SignIn(SignInId(id)) = request { id as u8 } else { 0 };
        let epoch = world.tabs[ticket.tab].machine.as_ref().map(|it| it.version().epoch).unwrap_or_default();
        world.net.push(Message { ticket, request, epoch, user, cookies: world.jar, answer: None });
    }
}

fn take_ticket(world: &mut World, tab: usize) -> Ticket {
    let at = world.queue.iter().position(|it| it.tab == tab).unwrap();
    world.queue.remove(at)
}

/// A look into storage. Who once saw the newest never sees anything older again.
pub(crate) fn look(world: &mut World, tab: usize, stale: bool) -> Stored {
    world.tabs[tab].lags &= stale;
    world.stored(tab, stale)
}

fn write(world: &mut World, tab: usize, record: Arc<fusionauth_session::SessionRecord>, lag: bool) {
    watch::written(world, &record);
    if world.storage.as_ref() == Some(&record) {
        return;
    }
    world.before = world.storage.replace(record.clone());
    for (at, other) in world.tabs.iter_mut().enumerate() {
        other.lags = at != tab && lag && other.machine.is_some();
        if at != tab && other.machine.is_some() {
            other.events.push_back(Some(record.clone()));
        }
    }
}

fn settle(world: &mut World, tab: usize, id: u32, settlement: Result<Credential, CredentialError>) {
    let Some(at) = world.tabs[tab].callers.iter().position(|it| it.id == id && it.state == CallerState::Waiting) else {
        world.note(Property::S9);
        return;
    };
    let mut caller = world.tabs[tab].callers.remove(at);
    let pass = match settlement {
        Ok(Credential::Token(grant)) => {
            watch::granted(world, &mut caller, &grant);
            Some(Credential::Token(grant))
        }
        Ok(Credential::Cookie(ticket)) => {
            watch::ticketed(world, &mut caller, ticket);
            Some(Credential::Cookie(ticket))
        }
        Err(CredentialError::SignedOut) | Err(CredentialError::Reconnecting) => None,
    };
    // Who was refused twice sends nothing more.
    if let Some(pass) = pass.filter(|_| caller.refusals < 2) {
        caller.state = CallerState::Holding(pass);
        // One answer is enough to be refused.
        world.tabs[tab].callers.retain(|it| it.state == CallerState::Waiting);
        world.tabs[tab].callers.push(caller);
    }
}

/// The id of the operation that a tab waits for.
pub(crate) fn waiting(world: &World, tab: usize) -> Option<OperationId> {
    world.queue.iter().find(|it| it.tab == tab).map(|it| it.id)
}
