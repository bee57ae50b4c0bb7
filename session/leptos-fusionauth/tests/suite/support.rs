//! Helpers for the tests: a page with a session, its browser, and the emulator.

use fusionauth_session::{SessionRecord, SignOutReason};
use futures::{StreamExt, channel::mpsc};
use leptos::{mount::mount_to, prelude::*};
use leptos_fusionauth::{
    ApiRequest, FetchError, Session, SessionConfig, SessionEvent, SessionProvider, SessionState, TokenStorage, json, use_session,
};
use std::sync::{Arc, Mutex};
use wasm_bindgen::{JsCast, JsValue};

pub(crate) const FUSIONAUTH: &str = match option_env!("TEST_FUSIONAUTH_URL") {
    Some(url) => url,
    None => "http://127.0.0.1:9911",
};
pub(crate) const STORE: &str = "10000000-0000-0000-0000-000000000001";
pub(crate) const FORUMS: &str = "10000000-0000-0000-0000-000000000002";
pub(crate) const PASSWORD: &str = "correct-horse-battery";

/// A page with a session. Dropping this value removes the page and stops the session.
pub(crate) struct Page {
    pub(crate) session: Session,
    events: Events,
    views: mpsc::UnboundedReceiver<SessionState>,
    _mounted: Box<dyn std::any::Any>,
}

#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<SessionEvent>>>);

impl Page {
    pub(crate) fn open(application_id: &str) -> Self {
        Self::open_with(config(application_id, TokenStorage::LocalStorage))
    }

    pub(crate) fn open_with(config: SessionConfig) -> Self {
        let (sender, views) = mpsc::unbounded();
        let events = Events::default();
        let heard = events.clone();
        let slot = Arc::new(Mutex::new(None));
        let inside = {
            let slot = slot.clone();
            move || {
                let session = use_session();
                *slot.lock().unwrap() = Some(session);
                session.add_listener(move |event| heard.0.lock().unwrap().push(event));
                Effect::new(move |_| sender.unbounded_send(session.state().get()));
            }
        };
        let host = document().create_element("div").unwrap();
        let mounted = mount_to(host.unchecked_into(), move || view! { <SessionProvider config=config>{inside()}</SessionProvider> });
        let session = slot.lock().unwrap().take().expect("a session");
        Self { session, events, views, _mounted: Box::new(mounted) }
    }

    pub(crate) async fn until(&mut self, wanted: impl Fn(&SessionState) -> bool) -> SessionState {
        loop {
            let view = self.views.next().await.expect("a view");
            if wanted(&view) {
                return view;
            }
        }
    }

    /// The session's events since the last call.
    pub(crate) fn events(&self) -> Vec<SessionEvent> {
        std::mem::take(&mut *self.events.0.lock().unwrap())
    }

    pub(crate) async fn sign_in(&self) {
        assert_eq!(self.session.sign_in("shopper@example.com", PASSWORD).await, Ok(()));
    }

    /// Sends a request that succeeds only with a valid access token. Returns the status.
    pub(crate) async fn validate(&self) -> Result<u16, FetchError> {
        self.session.fetch(ApiRequest::get(format!("{FUSIONAUTH}/api/jwt/validate"))).await.map(|it| it.status())
    }
}

/// Opens a page, signs a user in, and starts a new record of requests.
pub(crate) async fn signed_in(token_storage: TokenStorage) -> Page {
    clean().await;
    let page = Page::open_with(config(STORE, token_storage));
    page.sign_in().await;
    record_wire();
    page
}

/// The configuration of a page that uses the emulator.
pub(crate) fn config(application_id: &str, token_storage: TokenStorage) -> SessionConfig {
    SessionConfig {
        token_storage,
        user_url: format!("{FUSIONAUTH}/api/user"),
        api_origins: vec![FUSIONAUTH.into()],
        ..SessionConfig::new(FUSIONAUTH, application_id)
    }
}

pub(crate) fn storage() -> web_sys::Storage {
    window().local_storage().unwrap().unwrap()
}

pub(crate) fn key(application_id: &str) -> String {
    format!("fusionauth.session.{application_id}")
}

pub(crate) fn stored(application_id: &str) -> Option<SessionRecord> {
    json::decode(&storage().get_item(&key(application_id)).unwrap()?).ok()
}

pub(crate) fn store(application_id: &str, record: &SessionRecord) {
    storage().set_item(&key(application_id), &json::encode(record)).unwrap();
}

/// Ages the stored token, as if the browser had received it long ago.
pub(crate) fn expire(application_id: &str) {
    let mut record = stored(application_id).expect("a record");
    record.session.as_mut().expect("a session").received_at = 1_000;
    store(application_id, &record);
}

/// Resets the page and the browser to those of a new visitor: storage is empty, FusionAuth has no cookie, and no request is recorded. Also
/// removes the leftovers of a failed test.
pub(crate) async fn clean() {
    js_sys::eval("globalThis.time?.restore(); delete globalThis.fusionauthEarly").unwrap();
    storage().clear().unwrap();
    for application_id in [STORE, FORUMS] {
        close_browser(application_id);
        script(&notes(application_id, "notes.clear()")).await;
    }
    post("/api/logout").await;
    record_wire();
}

/// Simulates a restart of the browser: deletes the session cookie from which a page learns that the browser was not closed.
pub(crate) fn close_browser(application_id: &str) {
    js_sys::eval(&format!("document.cookie = '{}=; Path=/; Max-Age=0'", key(application_id))).unwrap();
}

/// A script that runs `request` on `notes`, and resolves to its result. `notes` is the IndexedDB object store with the note that each
/// holder of the lock leaves for the next one.
pub(crate) fn notes(application_id: &str, request: &str) -> String {
    format!(
        "new Promise((resolve, reject) => {{
            const opening = indexedDB.open('{}', 1);
            opening.onupgradeneeded = () => opening.result.createObjectStore('order');
            opening.onerror = reject;
            opening.onsuccess = () => {{
                const database = opening.result, transaction = database.transaction('order', 'readwrite');
                const notes = transaction.objectStore('order'), request = {request};
                transaction.onerror = reject;
                transaction.oncomplete = () => {{
                    database.close();
                    resolve(request.result);
                }};
            }};
        }})",
        key(application_id)
    )
}

/// The number of pending requests for the Store's lock.
pub(crate) async fn lock_queue() -> f64 {
    let pending = format!("navigator.locks.query().then(it => it.pending.filter(it => it.name === '{}').length)", key(STORE));
    script(&pending).await.as_f64().unwrap()
}

/// Sends a POST with FusionAuth's cookies, as any script of the page could. Returns the status.
pub(crate) async fn post(path: &str) -> u16 {
    let request = gloo_net::http::Request::post(&format!("{FUSIONAUTH}{path}"))
        .credentials(web_sys::RequestCredentials::Include)
        .header("Content-Type", "application/json")
        .body("{}")
        .unwrap();
    request.send().await.expect("an answer").status()
}

/// The number of refresh requests since [`record_wire`].
pub(crate) fn refreshes() -> usize {
    wire().iter().filter(|it| it.starts_with("POST /api/jwt/refresh")).count()
}

/// The time in milliseconds after which a waiting test fails.
const HANG_GUARD_MS: f64 = 30_000.0;

/// Waits until `is` returns true.
pub(crate) async fn until(what: &str, is: impl Fn() -> bool) {
    // Read the time from an event, because `Time` cannot stop the clock of events.
    let now = || web_sys::Event::new("now").unwrap().time_stamp();
    let end = now() + HANG_GUARD_MS;
    while !is() {
        assert!(now() < end, "no {what}");
        turn().await;
    }
}

/// Lets the browser run all due tasks.
pub(crate) async fn turn() {
    script("new Promise(done => setTimeout(done))").await;
}

/// Lets a test control time until this value is dropped; see `time.js`.
pub(crate) struct Time(JsValue);

impl Time {
    /// Stops the clocks and all timers.
    pub(crate) fn stop() -> Self {
        Self::take("1, true")
    }

    /// Stops the timers of at least this many milliseconds.
    pub(crate) fn hold_from(ms: u32) -> Self {
        Self::take(&format!("{ms}, false"))
    }

    fn take(options: &str) -> Self {
        Self(js_sys::eval(&format!("({})({options}), time", include_str!("time.js"))).unwrap())
    }

    /// Lets this many milliseconds pass.
    pub(crate) fn advance(&self, ms: u32) {
        self.call("advance", ms);
    }

    /// The number of pending timers.
    pub(crate) fn timers(&self) -> u32 {
        self.call("set", 0).as_f64().unwrap() as u32
    }

    fn call(&self, method: &str, ms: u32) -> JsValue {
        let method = js_sys::Reflect::get(&self.0, &method.into()).unwrap();
        method.unchecked_into::<js_sys::Function>().call1(&self.0, &ms.into()).unwrap()
    }
}

impl Drop for Time {
    fn drop(&mut self) {
        js_sys::eval("globalThis.time?.restore()").unwrap();
    }
}

/// Runs a script, and returns its value or that of its promise.
pub(crate) async fn script(source: &str) -> JsValue {
    let promise = js_sys::Promise::resolve(&js_sys::eval(source).expect("no exception"));
    wasm_bindgen_futures::JsFuture::from(promise).await.expect("no rejection")
}

/// A frame that stands for another tab. It is another document of the same origin, so this page gets the same events for its writes.
pub(crate) struct OtherTab(web_sys::HtmlIFrameElement);

impl OtherTab {
    pub(crate) fn open() -> Self {
        let frame: web_sys::HtmlIFrameElement = document().create_element("iframe").unwrap().unchecked_into();
        document().body().unwrap().append_child(&frame).unwrap();
        Self(frame)
    }

    pub(crate) fn write(&self, application_id: &str, record: &SessionRecord) {
        let storage = self.0.content_window().unwrap().local_storage().unwrap().unwrap();
        storage.set_item(&key(application_id), &json::encode(record)).unwrap();
    }

    /// Writes the record of a sign-out, as a tab does when its user signs out.
    pub(crate) fn sign_out(&self, application_id: &str) {
        let mut record = SessionRecord { session: None, ended: Some(SignOutReason::UserRequest), ..stored(application_id).unwrap() };
        record.epoch.number += 1;
        self.write(application_id, &record);
    }
}

impl Drop for OtherTab {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// Starts a new record of the requests that the page sends by fetch; see `wire.js`.
pub(crate) fn record_wire() {
    if js_sys::eval("typeof wire").unwrap() != "object" {
        js_sys::eval(include_str!("wire.js")).unwrap();
    }
    js_sys::eval("wire.reset()").unwrap();
}

/// The requests since [`record_wire`]: method and path, `+token` if the request has a token, `+cookies` if it includes cookies, and
/// `+tenant` if it names a tenant.
pub(crate) fn wire() -> Vec<String> {
    let calls = js_sys::eval("wire.calls.join('\\n')").unwrap().as_string().unwrap();
    calls.lines().map(str::to_owned).collect()
}

/// The warnings in the console since [`record_wire`].
pub(crate) fn warnings() -> Vec<String> {
    js_sys::eval("wire.warned.join('\\n')").unwrap().as_string().unwrap().lines().map(str::to_owned).collect()
}

/// Whether the fake network holds back an answer. [`answer_now`] releases it.
pub(crate) fn is_answer_held() -> bool {
    js_sys::eval("wire.answer").unwrap().is_truthy()
}

pub(crate) fn answer_now() {
    js_sys::eval("wire.answer()").unwrap();
}

/// Answers the next request of this method and path, such as `GET /api/user`, with the value of a script, which may read `request`.
pub(crate) fn answer_next(request: &str, response: &str) {
    js_sys::eval(&format!("wire.answers.push(['{request}', request => {response}])")).unwrap();
}

/// Sets the lifetime of the Store's next access tokens with FusionAuth's admin API.
pub(crate) async fn token_life(seconds: u32) {
    let body = format!(r#"{{"application":{{"jwtConfiguration":{{"enabled":true,"timeToLiveInSeconds":{seconds}}}}}}}"#);
    assert_eq!(admin("PATCH", &format!("/api/application/{STORE}"), &body).await, 200);
}

/// Calls FusionAuth's admin API and returns the status. The media type is that of a merge patch, because a merge patch replaces lists, and
/// FusionAuth's plain JSON patch appends to them.
pub(crate) async fn admin(method: &str, path: &str, body: &str) -> u16 {
    let request = gloo_net::http::RequestBuilder::new(&format!("{FUSIONAUTH}{path}"))
        .method(method.parse().unwrap())
        .header("Authorization", "development-only-api-key")
        .header("Content-Type", "application/merge-patch+json")
        .body(body)
        .unwrap();
    request.send().await.expect("an answer").status()
}
