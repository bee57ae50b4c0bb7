//! Runs the session state machine in a page: feeds it events and carries out its effects.

use crate::{
    ApiRequest, FetchError, KeepSignedIn, Response, SessionConfig,
    browser::{
        clock,
        page::{Page, PageEvent},
        script,
        storage::{self, RecordStore},
    },
    change::{OnChange, SessionChange},
    event::SessionEvent,
    fusionauth::{Call, SignInInput},
    json,
    machine::SessionMachine,
};
#[cfg(feature = "roles")]
use fusionauth_session::SessionVersion;
use fusionauth_session::{
    CallerId, Config, Credential, CredentialError, Effect, Epoch, Event, LoginFailure, RefusedRequest, ResourceId, SessionState, SignInId,
    Stored,
};
use serde::de::DeserializeOwned;
use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    task::{Context, Poll},
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

mod lock;
#[cfg(any(feature = "events", debug_assertions))]
mod misconfiguration;
mod notify;
mod one_shot;
mod send;

use lock::PageLock;
use notify::EventListener;
pub(crate) use notify::REPORTS_EVENTS;
use one_shot::{OneShot, Receiver};

/// The result of a request for a credential.
pub(crate) type CredentialResult = Result<Credential, CredentialError>;

/// Passes events to the machine, and carries out its effects.
pub(crate) struct Driver {
    config: SessionConfig,
    machine: RefCell<SessionMachine>,
    store: RecordStore,
    /// The function that shows the changes, until the session has stopped.
    on_change: Cell<Option<OnChange>>,
    /// The state that the listeners know.
    reported_state: RefCell<SessionState>,
    /// The listeners, in the order in which they were added. The driver calls them on each change of the session.
    event_listeners: RefCell<Vec<(u32, EventListener)>>,
    /// Whether the machine has processed its first event. Before that, the driver does not report the end of a session, because that
    /// session ended during an earlier visit.
    booted: Cell<bool>,
    /// The epoch of the last sign-in on this page, until its first renewal.
    unproven: Cell<Option<Epoch>>,
    /// The configuration errors that were reported already.
    #[cfg(any(feature = "events", debug_assertions))]
    reported: RefCell<Vec<crate::Misconfiguration>>,
    /// Events that arrived while effects were carried out.
    inbox: RefCell<Vec<Event>>,
    running: Cell<bool>,
    last_id: Cell<u32>,
    callers: RefCell<Vec<(CallerId, OneShot<CredentialResult>)>>,
    sign_ins: RefCell<Vec<SignInAttempt>>,
    /// The body of the last answer to a sign-in that failed. Callers read the data for the next step from it.
    refusal: RefCell<String>,
    lock: PageLock,
    /// `None` once the session has stopped.
    page: RefCell<Option<Page>>,
    /// The version of the session whose token [`Driver::claims`] reads.
    #[cfg(feature = "roles")]
    token_version: Cell<SessionVersion>,
    #[cfg(feature = "trace")]
    trace_function: RefCell<Option<crate::browser::console_function::ConsoleFunction>>,
}

/// An attempt to sign in. The driver takes the credentials out when it sends them.
struct SignInAttempt {
    id: SignInId,
    keep: Option<KeepSignedIn>,
    credentials: Option<SignInInput>,
    outcome: OneShot<Result<(), LoginFailure>>,
}

impl Driver {
    /// Reads storage, starts listening, and sends the machine its first event.
    ///
    /// The driver is never freed, because a page has exactly one, and code for reference counting would take more bytes than
    /// the driver.
    pub(crate) fn start(config: SessionConfig, on_change: OnChange) -> &'static Self {
        let machine = SessionMachine::new(Config {
            application_id: config.application_id.clone(),
            token_storage: config.token_storage,
            tuning: config.tuning.clone(),
        });
        let store = RecordStore::new(&config.application_id);
        let driver: &'static Self = Box::leak(Box::new(Self {
            config,
            machine: RefCell::new(machine),
            store,
            on_change: Cell::new(Some(on_change)),
            reported_state: RefCell::new(SessionState::Loading),
            event_listeners: RefCell::default(),
            booted: Cell::new(false),
            unproven: Cell::new(None),
            #[cfg(any(feature = "events", debug_assertions))]
            reported: RefCell::default(),
            inbox: RefCell::default(),
            running: Cell::new(false),
            last_id: Cell::new(0),
            callers: RefCell::default(),
            sign_ins: RefCell::default(),
            refusal: RefCell::default(),
            lock: PageLock::default(),
            page: RefCell::new(None),
            #[cfg(feature = "roles")]
            token_version: Cell::default(),
            #[cfg(feature = "trace")]
            trace_function: RefCell::new(None),
        }));
        #[cfg(feature = "trace")]
        driver
            .trace_function
            .replace(Some(crate::browser::console_function::ConsoleFunction::install("fusionauthTrace", || driver.trace())));
        driver.page.replace(Some(Page::listen(driver.store.key(), |event| driver.page_event(event))));
        if cfg!(feature = "hydrate") {
            // The server rendered `Loading`, and the page must hydrate what the server rendered before it shows
            // anything else.
            spawn_local(async { driver.boot() });
        } else {
            driver.boot();
        }
        driver
    }

    fn boot(&'static self) {
        // This read also starts storage events, because WebKit delivers them only to a tab that has read storage.
        let stored = self.store.read();
        self.dispatch(if self.store.is_over() { Event::StartedAfterClose(stored) } else { Event::Started(stored) });
        self.booted.set(true);
    }

    /// Stops listening, and answers waiting callers at once. A request in flight continues, but its answer is dropped. If the note for the
    /// next holder of the lock is being written, the lock is freed after the write.
    pub(crate) fn stop(&self) {
        self.page.take();
        self.on_change.take();
        self.resolve_everything();
        #[cfg(feature = "trace")]
        self.trace_function.take();
    }

    /// The last events and effects, as JSON.
    #[cfg(feature = "trace")]
    pub(crate) fn trace(&self) -> String {
        serde_json::to_string(self.machine.borrow().trace()).unwrap_or_default()
    }

    /// The credential for a request, or for its replay if a backend refused the request. Waits for a renewal if one is needed.
    pub(crate) fn credential(&'static self, refused: Option<RefusedRequest>) -> CredentialFuture {
        let (id, stored) = (CallerId(self.next_id()), self.store.read());
        let event = match refused {
            None => Event::CredentialRequested(id, stored),
            Some(refused) => Event::Unauthorized(id, refused, stored),
        };
        let (sender, receiver) = OneShot::new();
        self.callers.borrow_mut().push((id, sender));
        let future = CredentialFuture { driver: self, id, receiver };
        self.dispatch(event);
        future
    }

    pub(crate) fn config(&self) -> &SessionConfig {
        &self.config
    }

    /// The state for the user interface.
    pub(crate) fn state(&self) -> SessionState {
        self.machine.borrow().state().clone()
    }

    /// Whether the session's credentials may be sent to this URL.
    pub(crate) fn may_send_to(&self, url: &str) -> bool {
        let origin = script::foreign_origin(url);
        origin.is_empty() || self.config.api_origins.contains(&origin)
    }

    /// Asks FusionAuth to send a code for the second factor. Returns the status of the answer.
    pub(crate) async fn send_two_factor_code(&self, two_factor_id: &str, method_id: &str) -> Result<u16, FetchError> {
        let answer = Call::send_two_factor_code(&self.config, two_factor_id, method_id).send(&self.config).await?;
        Ok(answer.status)
    }

    /// The claims of the signed-in user's access token, if scripts can read it.
    pub(crate) fn claims<T: DeserializeOwned>(&self) -> Option<T> {
        let machine = self.machine.borrow();
        let token = machine.access_token().filter(|_| matches!(machine.state(), SessionState::SignedIn { .. }))?;
        json::decode_payload(token).ok()
    }

    /// As [`Driver::claims`], as the browser's object; `undefined` without a token.
    pub(crate) fn claims_object(&self) -> JsValue {
        let machine = self.machine.borrow();
        let token = machine.access_token().filter(|_| matches!(machine.state(), SessionState::SignedIn { .. }));
        token.map_or(JsValue::UNDEFINED, |it| script::payload(it.expose()))
    }

    /// Notifies code that shows claims, if the last event brought another token.
    #[cfg(feature = "roles")]
    fn show_token_version(&self) {
        let version = self.machine.borrow().version();
        if self.token_version.replace(version) != version {
            self.change(SessionChange::Token);
        }
    }

    /// Whether an answer refuses the credential: 401, and at the user URL also 404.
    pub(crate) fn is_unauthorized(&self, request: &ApiRequest, response: &Response) -> bool {
        match response.status() {
            401 => true,
            404 => request.url == self.config.asked_user_url(),
            _ => false,
        }
    }

    /// Reports to the machine that a resource accepted the credential, if the machine considers the resource forbidden.
    pub(crate) fn authorized(&'static self, resource: ResourceId) {
        let is_forbidden = self.machine.borrow().is_forbidden(resource);
        if is_forbidden {
            self.dispatch(Event::Authorized(resource));
        }
    }

    /// Signs in, and returns the outcome.
    pub(crate) fn sign_in(&'static self, credentials: SignInInput) -> Receiver<Result<(), LoginFailure>> {
        let id = SignInId(self.next_id());
        let (outcome, receiver) = OneShot::new();
        self.sign_ins.borrow_mut().push(SignInAttempt { id, keep: credentials.keep, credentials: Some(credentials), outcome });
        self.dispatch(Event::SignInRequested(id));
        receiver
    }

    /// The body of the last answer to a sign-in that failed.
    pub(crate) fn last_refusal(&self) -> String {
        self.refusal.borrow().clone()
    }

    /// Passes an event to the machine and carries out the effects. Code that runs as part of an effect may call any method of the driver,
    /// because an event from such a call is queued.
    pub(crate) fn dispatch(&'static self, event: Event) {
        if self.page.borrow().is_none() {
            return self.resolve_everything();
        }
        self.inbox.borrow_mut().push(event);
        if self.running.replace(true) {
            return;
        }
        while let Some(event) = self.next_event() {
            let effects = self.machine.borrow_mut().step(clock::now(), clock::random_u32(), event);
            for effect in effects {
                self.run(effect);
            }
            #[cfg(feature = "roles")]
            self.show_token_version();
        }
        self.running.set(false);
    }

    /// Answers every caller and every sign-in, because a stopped session cannot answer them later. This also drops their passwords.
    fn resolve_everything(&self) {
        self.callers.take().into_iter().for_each(|(_, it)| it.send(Err(CredentialError::Reconnecting)));
        self.sign_ins.take().into_iter().for_each(|it| it.outcome.send(Err(LoginFailure::NoAnswer)));
    }

    fn next_event(&self) -> Option<Event> {
        let mut inbox = self.inbox.borrow_mut();
        // `VecDeque` would be more code, and the queue rarely has a second event.
        (!inbox.is_empty()).then(|| inbox.remove(0))
    }

    fn run(&'static self, effect: Effect) {
        match effect {
            Effect::Lock(id) => self.lock(id),
            Effect::Unlock(id, version) => self.unlock(id, version),
            Effect::Send(id, request) => self.send(id, request),
            Effect::Store(record) => {
                if !self.store.write(&record) {
                    self.dispatch(Event::StorageFailed);
                }
            }
            // The number fits into a `u32`, because the machine's timers take half a minute at most.
            Effect::SetTimer(ms) => self.wake_after(ms as u32),
            Effect::ClearTimer => self.wake_after(0),
            Effect::Resolve(id, result) => self.resolve(id, result),
            Effect::ResolveSignIn(_, outcome) => self.resolve_sign_in(&outcome),
            Effect::SetState(state) => self.show(state),
            Effect::Notify(notice) => {
                self.change(SessionChange::Notice(notice));
                self.notify(SessionEvent::StorageFailed);
            }
        }
    }

    fn wake_after(&self, ms: u32) {
        self.with_page(|it| it.wake_after(ms));
    }

    fn with_page(&self, run: impl FnOnce(&Page)) {
        if let Some(page) = &*self.page.borrow() {
            run(page);
        }
    }

    fn resolve(&self, id: CallerId, result: CredentialResult) {
        if let Some(caller) = self.take_caller(id) {
            caller.send(result);
        }
    }

    fn take_caller(&self, id: CallerId) -> Option<OneShot<CredentialResult>> {
        let mut callers = self.callers.borrow_mut();
        let at = callers.iter().position(|it| it.0 == id)?;
        Some(callers.swap_remove(at).1)
    }

    fn page_event(&'static self, event: PageEvent) {
        let event = match event {
            PageEvent::Stored(text) => match storage::parse(text.as_deref()) {
                // A removed record is a sign-out. An unreadable record is not, because a newer version of the app may have
                // written it.
                Stored::Nothing if text.is_some() => return,
                written => Event::StorageChanged(written, self.store.read()),
            },
            PageEvent::Resumed => Event::Resumed(self.store.read()),
            PageEvent::Hidden => Event::Hidden,
            PageEvent::TimerFired => Event::TimerFired,
            PageEvent::Locked(lock) => return self.locked(lock),
            PageEvent::Left => {
                self.leave();
                Event::Hidden
            }
            PageEvent::Returned => {
                self.come_back();
                Event::Resumed(self.store.read())
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

/// A caller that waits for a credential. If the future is dropped before its answer, it notifies the machine.
pub(crate) struct CredentialFuture {
    driver: &'static Driver,
    id: CallerId,
    receiver: Receiver<CredentialResult>,
}

impl Future for CredentialFuture {
    type Output = CredentialResult;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<CredentialResult> {
        Pin::new(&mut self.receiver).poll(context)
    }
}

impl Drop for CredentialFuture {
    fn drop(&mut self) {
        if self.driver.take_caller(self.id).is_some() {
            self.driver.dispatch(Event::CallerDropped(self.id));
        }
    }
}
