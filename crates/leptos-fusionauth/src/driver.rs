use crate::{
    ApiRequest, Carrier, FetchError, SessionConfig,
    browser::{
        clock,
        ordering::Ordering,
        page::{self, Listeners, PageEvent},
        storage::{self, RecordStore},
        timer::Timer,
    },
    engine::Engine,
    event::SessionEvent,
    fusionauth::Credentials,
};
use fusionauth_session::{CallerId, Config, Effect, Epoch, Event, Notice, Pass, Settlement, SignIn, SignInId, Tuning, View};
use leptos::prelude::*;
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};
use wasm_bindgen_futures::spawn_local;

mod lock;
mod send;
mod slot;
mod tell;

use lock::PageLock;
use slot::Slot;
use tell::Observer;
pub(crate) use tell::TELLS;

/// Carries out what the machine decides, one function for each effect.
pub(crate) struct Driver {
    config: SessionConfig,
    machine: RefCell<Engine>,
    store: RecordStore,
    ordering: Ordering,
    view: RwSignal<View>,
    notice: RwSignal<Option<Notice>>,
    /// Whom changes are told.
    observer: RefCell<Option<Observer>>,
    /// What is shown from now on is a change. That an earlier visit ended in some way is none.
    booted: Cell<bool>,
    /// The sign-in that was made here and not renewed yet.
    unproven: Cell<Option<Epoch>>,
    /// Events that came while effects were carried out.
    inbox: RefCell<VecDeque<Event>>,
    running: Cell<bool>,
    last_id: Cell<u32>,
    callers: RefCell<Vec<(CallerId, Slot<Settlement>)>>,
    sign_ins: RefCell<Vec<Attempt>>,
    lock: PageLock,
    timer: RefCell<Option<Timer>>,
    listeners: RefCell<Option<Listeners>>,
    #[cfg(feature = "trace")]
    hook: RefCell<Option<crate::browser::hook::Hook>>,
}

/// An attempt to sign in. What was typed is gone as soon as it is sent.
struct Attempt {
    id: SignInId,
    credentials: Option<Credentials>,
    outcome: Slot<SignIn>,
}

impl Driver {
    /// Reads storage, starts listening, and sends the machine its first event.
    pub(crate) fn start(config: SessionConfig, view: RwSignal<View>, notice: RwSignal<Option<Notice>>) -> Rc<Self> {
        let machine =
            Engine::new(Config { application_id: config.application_id.clone(), carrier: config.carrier.kind(), tuning: Tuning::DEFAULT });
        let store = RecordStore::new(&config.application_id, &config.carrier);
        let ordering = Ordering::new((config.carrier != Carrier::Memory).then_some(store.key()));
        let driver = Rc::new(Self {
            config,
            machine: RefCell::new(machine),
            store,
            ordering,
            view,
            notice,
            observer: RefCell::new(None),
            booted: Cell::new(false),
            unproven: Cell::new(None),
            inbox: RefCell::default(),
            running: Cell::new(false),
            last_id: Cell::new(0),
            callers: RefCell::default(),
            sign_ins: RefCell::default(),
            lock: PageLock::default(),
            timer: RefCell::new(None),
            listeners: RefCell::new(None),
            #[cfg(feature = "trace")]
            hook: RefCell::new(None),
        });
        #[cfg(feature = "trace")]
        {
            let traced = Rc::downgrade(&driver);
            let text = move || traced.upgrade().map_or_else(String::new, |it| it.trace());
            driver.hook.replace(Some(crate::browser::hook::Hook::install("fusionauthTrace", text)));
        }
        let tell = {
            let driver = Rc::downgrade(&driver);
            move |event| {
                if let Some(driver) = driver.upgrade() {
                    driver.page_event(event);
                }
            }
        };
        *driver.listeners.borrow_mut() = Some(page::listen(driver.store.key().to_owned(), tell));
        if cfg!(feature = "hydrate") {
            // The server rendered *loading*, and what it rendered is taken over before anything else is shown.
            let driver = Rc::clone(&driver);
            spawn_local(async move { driver.boot() });
        } else {
            driver.boot();
        }
        driver
    }

    fn boot(self: &Rc<Self>) {
        // This read is also what makes WebKit deliver storage events to the tab at all.
        let stored = self.store.read();
        self.dispatch(Event::Booted(stored));
        self.booted.set(true);
    }

    /// Stops listening and waiting. A request under way runs on, and its answer is dropped.
    pub(crate) fn stop(&self) {
        if let Some(listeners) = self.listeners.take() {
            listeners.remove();
        }
        self.timer.take();
        self.lock.give_up();
        #[cfg(feature = "trace")]
        self.hook.take();
    }

    /// What was heard and done lately, as JSON.
    #[cfg(feature = "trace")]
    pub(crate) fn trace(&self) -> String {
        serde_json::to_string(self.machine.borrow().trace()).unwrap_or_default()
    }

    /// What a request may go out with: at once where it is usable, else after one renewal.
    pub(crate) fn pass(self: &Rc<Self>) -> impl Future<Output = Result<Pass, FetchError>> {
        let caller = CallerId(self.next_id());
        self.ask(caller, Event::TokenWanted(caller, self.store.read()))
    }

    /// A better one than what a backend refused.
    pub(crate) fn better_pass(self: &Rc<Self>, refused: Pass) -> impl Future<Output = Result<Pass, FetchError>> {
        let caller = CallerId(self.next_id());
        self.ask(caller, Event::Unauthorized(caller, refused, self.store.read()))
    }

    /// Waits until it is known whether there is still a session, after a backend refused the better one as well.
    pub(crate) fn still_refused(self: &Rc<Self>, refused: Pass) -> impl Future<Output = Result<Pass, FetchError>> {
        let caller = CallerId(self.next_id());
        self.ask(caller, Event::UnauthorizedAgain(caller, refused, self.store.read()))
    }

    /// Whether an answer says that the request was not sent as somebody who is signed in. Where it is asked who is, that is
    /// a 404, too.
    pub(crate) fn is_refusal(&self, request: &ApiRequest, response: &gloo_net::http::Response) -> bool {
        match response.status() {
            401 => true,
            404 => request.url == self.config.carrier.user_url(),
            _ => false,
        }
    }

    /// Signs in, and tells how it came out.
    pub(crate) async fn sign_in(self: &Rc<Self>, credentials: Credentials) -> SignIn {
        let id = SignInId(self.next_id());
        let outcome = Slot::new();
        let told = outcome.filled();
        self.sign_ins.borrow_mut().push(Attempt { id, credentials: Some(credentials), outcome });
        self.dispatch(Event::SignInAsked(id));
        told.await
    }

    /// Takes an event, and carries out what follows. Events that arise meanwhile wait for their turn, so code that runs
    /// inside an effect may call anything.
    pub(crate) fn dispatch(self: &Rc<Self>, event: Event) {
        if self.listeners.borrow().is_none() {
            return;
        }
        self.inbox.borrow_mut().push_back(event);
        if self.running.replace(true) {
            return;
        }
        while let Some(event) = self.next_event() {
            let effects = self.machine.borrow_mut().step(clock::now(), clock::chance(), event);
            for effect in effects {
                self.run(effect);
            }
        }
        self.running.set(false);
    }

    fn next_event(&self) -> Option<Event> {
        self.inbox.borrow_mut().pop_front()
    }

    /// Tells the machine what a caller needs, and waits for what it is told.
    async fn ask(self: &Rc<Self>, id: CallerId, event: Event) -> Result<Pass, FetchError> {
        let slot = Slot::new();
        let settled = slot.filled();
        self.callers.borrow_mut().push((id, slot));
        let _gone = TellWhenGone { driver: self, id };
        self.dispatch(event);
        match settled.await {
            Settlement::Token(grant) => Ok(Pass::Token(grant)),
            Settlement::Cookie(ticket) => Ok(Pass::Cookie(ticket)),
            Settlement::SignedOut => Err(FetchError::SignedOut),
            Settlement::Reconnecting => Err(FetchError::Reconnecting),
        }
    }

    fn run(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Lock(id) => self.lock(id),
            Effect::Unlock(id, order) => self.unlock(id, order),
            Effect::Send(id, request) => self.send(id, request),
            Effect::Store(record) => {
                if !self.store.write(&record) {
                    self.dispatch(Event::StorageFailed);
                }
            }
            Effect::SetTimer(ms) => self.set_timer(ms),
            Effect::ClearTimer => drop(self.timer.take()),
            Effect::Settle(id, settlement) => self.settle(id, settlement),
            Effect::SettleSignIn(id, outcome) => self.settle_sign_in(id, outcome),
            Effect::Show(view) => self.show(view),
            Effect::Notify(notice) => {
                let _ = self.notice.try_set(Some(notice));
                self.tell(SessionEvent::StorageFailed);
            }
        }
    }

    fn set_timer(self: &Rc<Self>, ms: u64) {
        let driver = Rc::downgrade(self);
        let timer = Timer::after(ms, move || {
            if let Some(driver) = driver.upgrade() {
                driver.dispatch(Event::TimerFired);
            }
        });
        self.timer.replace(Some(timer));
    }

    fn settle(&self, id: CallerId, settlement: Settlement) {
        if let Some(caller) = self.take_caller(id) {
            caller.fill(settlement);
        }
    }

    fn take_caller(&self, id: CallerId) -> Option<Slot<Settlement>> {
        let mut callers = self.callers.borrow_mut();
        let at = callers.iter().position(|it| it.0 == id)?;
        Some(callers.swap_remove(at).1)
    }

    fn page_event(self: &Rc<Self>, event: PageEvent) {
        let event = match event {
            PageEvent::Stored(text) => Event::StorageChanged(storage::parse(text.as_deref()), self.store.read()),
            PageEvent::Woke => Event::Woke(self.store.read()),
            PageEvent::Hid => Event::Hid,
            PageEvent::Left => {
                self.leave();
                Event::Hid
            }
            PageEvent::Returned => {
                self.come_back();
                Event::Woke(self.store.read())
            }
        };
        self.dispatch(event);
    }

    fn next_id(&self) -> u32 {
        let id = self.last_id.get().wrapping_add(1);
        self.last_id.set(id);
        id
    }
}

/// Tells the machine when a caller's future is dropped before it was settled.
struct TellWhenGone<'a> {
    driver: &'a Rc<Driver>,
    id: CallerId,
}

impl Drop for TellWhenGone<'_> {
    fn drop(&mut self) {
        if self.driver.take_caller(self.id).is_some() {
            self.driver.dispatch(Event::CallerGone(self.id));
        }
    }
}
