//! Helpers for all tests: they mount the app or a part of it, find and use its controls, and control the simulated network of `network.js`.

#![allow(dead_code, reason = "each test program uses only some of these helpers")]

pub(crate) mod static_page;

use js_sys::{Promise, eval};
use leptos::prelude::*;
use leptos_fusionauth::SessionProvider;
use leptos_router::components::Router;
use std::{
    any::Any,
    cell::{Cell, RefCell},
    rc::Rc,
};
use storefront::sign_in::static_form::StaticFormState;
use storefront_api::{App, SpaConfig, Workflow};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement, HtmlInputElement};

/// A mounted view. Dropping this value removes it from the page.
pub(crate) struct Mounted {
    view: Option<Box<dyn Any>>,
    owner: Owner,
    place: HtmlElement,
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.view.take();
        self.owner.cleanup(); // leptos_router keeps the owner of the first router in a global, so the first line does not drop that owner
        self.place.remove();
    }
}

thread_local! {
    /// The owner of the view that was mounted last.
    static MOUNTED: RefCell<Option<Owner>> = const { RefCell::new(None) };
    /// Whether no test has waited for anything since a view was mounted.
    static IS_NEW: Cell<bool> = const { Cell::new(false) };
}

pub(crate) fn mount(view: impl FnOnce() -> AnyView + 'static) -> Mounted {
    // A failed test leaves its page behind. Remove that page, because otherwise the next test may fail too.
    if let Some(left) = MOUNTED.take() {
        left.cleanup();
    }
    while let Some(left) = find("main[data-test]") {
        left.remove();
    }
    static_page::put_template();
    hide_output();
    let place: HtmlElement = find("#app").unwrap_or_else(new_place).unchecked_into();
    let owner = Rc::new(Cell::new(None));
    let handle = leptos::mount::mount_to(place.clone(), {
        let owner = Rc::clone(&owner);
        move || {
            owner.set(Owner::current());
            view()
        }
    });
    let owner = owner.take().unwrap();
    MOUNTED.set(Some(owner.clone()));
    IS_NEW.set(true);
    Mounted { view: Some(Box::new(handle)), owner, place }
}

/// Takes the output of the test runner out of the page's flow. Above the app, it would move the app, and make the page higher with each test.
/// It stays visible, because the runner asks the driver for its visible text.
fn hide_output() {
    thread_local! {
        static STYLES: Styles = Styles::new("body > pre { position: fixed; top: 0; z-index: -1; max-height: 1em; overflow: hidden }");
    }
    STYLES.with(|_| {});
}

fn new_place() -> Element {
    let place = document().create_element("main").unwrap();
    place.set_attribute("data-test", "").unwrap();
    document().body().unwrap().append_child(&place).unwrap();
    place
}

/// Mounts the whole app at `path`, with a new application id and a network without answers. Returns the page and the id.
pub(crate) fn mount_app(app: App, path: &str) -> (Mounted, String) {
    forget_everything();
    remount_app(app, path)
}

/// Resets the network and what the app stores in the browser, except sessions.
pub(crate) fn forget_everything() {
    network("reset()");
    window().session_storage().unwrap().unwrap().clear().unwrap();
    eval("Object.keys(localStorage).filter(it => it.startsWith('storefront.cart-edits')).forEach(it => localStorage.removeItem(it))")
        .unwrap();
}

/// The pending cart edits in local storage, as text.
pub(crate) fn kept_edits() -> String {
    let all =
        eval("Object.entries(localStorage).filter(([key]) => key.startsWith('storefront.cart-edits')).map(it => it[1]).join()").unwrap();
    all.as_string().unwrap()
}

/// Mounts the whole app at `path`, as after a reload of the tab. Network and session storage stay, and nobody is signed in.
pub(crate) fn remount_app(app: App, path: &str) -> (Mounted, String) {
    let id = config(app).application_id;
    (reload_app(app, path, &id), id)
}

/// Mounts the whole app at `path`, as after a reload of the tab. Network, session storage and the sign-in of this application id stay.
pub(crate) fn reload_app(app: App, path: &str, id: &str) -> Mounted {
    start_app(app, path, id, || None)
}

/// Like [`reload_app`], with the function that removes the static page and returns the state of its form.
pub(crate) fn start_app(app: App, path: &str, id: &str, replace_static_page: fn() -> Option<StaticFormState>) -> Mounted {
    let history = window().history().unwrap();
    // A reload keeps the state of the history entry.
    history.replace_state_with_url(&history.state().unwrap(), "", Some(path)).unwrap();
    let config = SpaConfig { application_id: id.to_owned(), ..config(app) };
    mount(move || storefront::shell::app(config, replace_static_page))
}

/// Mounts the whole app at `path`, in place of a static page. `form` returns the state of the static form.
pub(crate) fn mount_app_over(app: App, path: &str, form: fn() -> Option<StaticFormState>) -> Mounted {
    forget_everything();
    window().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some(path)).unwrap();
    let config = config(app);
    mount(move || storefront::shell::app(config, form))
}

/// Mounts `view` with the contexts that every page has.
pub(crate) fn mount_part(app: App, static_form: Option<StaticFormState>, view: fn() -> AnyView) -> Mounted {
    forget_everything();
    let config: &'static SpaConfig = Box::leak(Box::new(config(app)));
    let session = storefront::shell::config::session(config);
    mount(move || {
        let part = move || {
            storefront::sign_in::typed_email::TypedEmail::provide();
            let (.., form) = storefront::shell::provide_contexts(config);
            form.keep(static_form);
            view()
        };
        view! { <SessionProvider config=session><Router>{part()}</Router></SessionProvider> }.into_any()
    })
}

/// A configuration with a new application id, so that no test finds the stored session of an earlier test.
fn config(app: App) -> SpaConfig {
    let application_id = String::from(js_sys::Math::random().to_string().get(2..).unwrap_or("1"));
    let fusionauth_url = window().location().origin().unwrap();
    SpaConfig {
        app,
        workflow: Workflow::SpaLocalStorage,
        fusionauth_url,
        application_id,
        sibling_url: "http://sibling.test".into(),
        contact: Some("help@example.com".into()),
    }
}

/// The JSON of this many lines of a cart, each with another product.
pub(crate) fn cart_lines(count: usize) -> String {
    let line = |at| format!(r#"{{"product":"p{at}","name":"P","unitPrice":100,"quantity":1}}"#);
    (0..count).map(line).collect::<Vec<_>>().join(",")
}

/// A stylesheet that applies until this value is dropped. The page of the tests has no other stylesheet.
pub(crate) struct Styles(Element);

impl Styles {
    /// Adds these rules to the page.
    pub(crate) fn new(rules: &str) -> Self {
        let element = document().create_element("style").unwrap();
        element.set_text_content(Some(rules));
        document().head().unwrap().append_child(&element).unwrap();
        Self(element)
    }

    /// Adds these rules as they apply in print.
    pub(crate) fn in_print(rules: &str) -> Self {
        Self::new(&rules.replace("@media print", "@media all"))
    }
}

/// Waits for two frames. The browser has then fired the events of earlier changes, such as those of scrolling.
pub(crate) async fn two_frames() {
    let frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))";
    JsFuture::from(eval(frames).unwrap().unchecked_into::<Promise>()).await.unwrap();
}

/// The layout shifts that the browser reports. `None` in an engine that does not report them.
pub(crate) struct LayoutShifts;

impl LayoutShifts {
    /// Starts to record layout shifts.
    pub(crate) fn observe() -> Option<Self> {
        let script = "(() => {
            if (!PerformanceObserver.supportedEntryTypes.includes('layout-shift')) return false;
            globalThis.layoutShifts?.observer.disconnect();
            const shifts = { moved: [] };
            const name = node => node?.outerHTML?.slice(0, 60) ?? node?.textContent;
            shifts.add = list => { for (const { sources } of list) shifts.moved.push(...sources.map(it => name(it.node))); };
            shifts.observer = new PerformanceObserver(list => shifts.add(list.getEntries()));
            shifts.observer.observe({ type: 'layout-shift' });
            globalThis.layoutShifts = shifts;
            return true;
        })()";
        eval(script).unwrap().is_truthy().then_some(Self)
    }

    /// The elements that have moved since the last call. Waits for two frames first.
    pub(crate) async fn moved(&self) -> String {
        two_frames().await;
        let moved = eval("layoutShifts.add(layoutShifts.observer.takeRecords()), layoutShifts.moved.splice(0).join()").unwrap();
        moved.as_string().unwrap()
    }
}

impl Drop for Styles {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// Calls the simulated network: `network("answer('GET /api/products', 200, '[]')")`.
pub(crate) fn network(call: &str) -> JsValue {
    if eval("typeof network").unwrap() != "object" {
        eval(include_str!("network.js")).unwrap();
    }
    eval(&format!("network.{call}")).unwrap()
}

pub(crate) fn answer(key: &str, status: u16, body: &str) {
    network(&format!("answer('{key}', {status}, {})", String::from(js_sys::JSON::stringify(&body.into()).unwrap())));
}

/// The requests so far that begin with `prefix`, one a line.
pub(crate) fn calls(prefix: &str) -> String {
    network(&format!("calls('{prefix}')")).as_string().unwrap()
}

/// The number of requests so far that begin with `prefix`.
pub(crate) fn count(prefix: &str) -> usize {
    calls(prefix).lines().count()
}

pub(crate) fn path() -> String {
    window().location().pathname().unwrap()
}

pub(crate) fn path_and_query() -> String {
    path() + &window().location().search().unwrap()
}

/// The text in an input.
pub(crate) fn value(selector: &str) -> String {
    get::<HtmlInputElement>(selector).value()
}

/// Writes the record of a sign-in to storage, as another tab does when its user signs in.
pub(crate) async fn sign_in_elsewhere(application_id: &str, user: &str) {
    let token = network(&format!("token('{application_id}', '{user}')")).as_string().unwrap();
    let session = format!("session: {{ sub: '{user}', generation: 0, token: '{token}', receivedAt: Date.now() }}");
    write_session_elsewhere(application_id, &session, 2).await;
}

/// Writes the record of a sign-out to storage, as another tab does when its user signs out.
pub(crate) async fn sign_out_elsewhere(application_id: &str) {
    write_session_elsewhere(application_id, "ended: 'user-request'", 3).await;
}

/// Writes a session record through an iframe, because a `storage` event does not reach the window that writes. `kind` is 2 for a sign-in
/// and 3 for a sign-out. Returns when this window has the event, which the app handles first because it listens since the page was mounted.
async fn write_session_elsewhere(application_id: &str, members: &str, kind: u32) {
    let script = format!(
        "(key => {{
            const {{ epoch: {{ number }} }} = JSON.parse(localStorage.getItem(key));
            const record = {{ format: 1, epoch: {{ number: number + 1, nonce: {kind} * 2 ** 30 + 1 }}, {members} }};
            const seen = new Promise(resolve => {{
                const listen = event => event.key === key && (removeEventListener('storage', listen), resolve());
                addEventListener('storage', listen);
            }});
            const frame = document.body.appendChild(document.createElement('iframe'));
            frame.contentWindow.localStorage.setItem(key, JSON.stringify(record));
            frame.remove();
            return seen;
        }})('fusionauth.session.{application_id}')"
    );
    JsFuture::from(eval(&script).unwrap().unchecked_into::<Promise>()).await.unwrap();
}

/// Answers requests with an access token of this user.
pub(crate) fn answer_with_token(endpoint: &str, application_id: &str, user: &str) {
    let token = network(&format!("token('{application_id}', '{user}')")).as_string().unwrap();
    answer(endpoint, 200, &format!("{{\"token\":\"{token}\"}}"));
}

/// Signs in with the sign-in form, once the page shows it.
pub(crate) async fn sign_in(application_id: &str, user: &str) {
    answer_with_token("POST /api/login", application_id, user);
    wait_for("sign-in form", || find("#login").is_some()).await;
    fill("#username", user);
    fill("#current-password", "correct-horse-battery");
    click("#login [type=submit]");
}

/// Signs in, and waits until the page has the element that `selector` finds.
pub(crate) async fn sign_in_to(application_id: &str, user: &str, selector: &str) {
    sign_in(application_id, user).await;
    wait_for(selector, || find(selector).is_some()).await;
}

/// The time in milliseconds after which a waiting test fails. It is far longer than any expected wait, so that no test fails only because
/// the machine is busy.
const HANG_GUARD: f64 = 60_000.0;

/// Waits until `is` returns true. First waits until the browser allows the page to change its URL again (`mayChangeAddress`).
pub(crate) async fn wait_for(what: &str, is: impl Fn() -> bool) {
    until(what, is).await.unwrap_or_else(|why| panic!("{why}"));
}

/// Like [`wait_for`], but returns an error instead of a panic.
pub(crate) async fn until(what: &str, is: impl Fn() -> bool) -> Result<(), String> {
    wait_until("end of the changes of the page's URL", || network("mayChangeAddress()").is_truthy()).await?;
    wait_until(what, is).await?;
    end_of_first_load().await;
    Ok(())
}

/// Waits for the end of the app's first load, in which a navigation does not move the focus. The app shows its first page in one task and
/// ends the load in the next.
async fn end_of_first_load() {
    if IS_NEW.take() {
        turn().await;
        turn().await;
    }
}

async fn wait_until(what: &str, is: impl Fn() -> bool) -> Result<(), String> {
    // Not `Date.now()`, because tests move that clock.
    let now = || eval("performance.now()").unwrap().as_f64().unwrap();
    let end = now() + HANG_GUARD;
    while !is() {
        let errors = network("errors()").as_string().unwrap_or_default();
        if !errors.is_empty() {
            return Err(format!("no {what}, because of an error in the app: {errors}"));
        }
        if now() > end {
            return Err(format!("no {what}; the page says {:?}", document().body().unwrap().inner_text()));
        }
        turn().await;
    }
    Ok(())
}

/// Lets the browser run all due tasks, and waits for all answers of the simulated network except those that the test holds back.
pub(crate) async fn pause() {
    turn().await;
    end_of_first_load().await;
    wait_until("end of the answers", || !network("isBusy()").is_truthy()).await.unwrap_or_else(|why| panic!("{why}"));
}

/// Lets the browser run all due tasks.
async fn turn() {
    let promise = Promise::new(&mut |resolve, _| _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 5).unwrap());
    JsFuture::from(promise).await.unwrap();
}

pub(crate) fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).unwrap()
}

pub(crate) fn get<T: JsCast>(selector: &str) -> T {
    find(selector).unwrap_or_else(|| panic!("no {selector}")).unchecked_into()
}

/// The visible text of the element at `selector`, or an empty text if there is no such element.
pub(crate) fn text(selector: &str) -> String {
    // WebKit adds a line break to the text of an element that contains a paragraph.
    find(selector).map(|element| element.unchecked_into::<HtmlElement>().inner_text().trim().to_owned()).unwrap_or_default()
}

/// Whether the element at `selector` is visible under the current styles.
pub(crate) fn is_shown(selector: &str) -> bool {
    get::<HtmlElement>(selector).offset_height() > 0
}

/// The text of the app's live region.
pub(crate) fn announced() -> String {
    text("main main + [role=status]")
}

pub(crate) fn click(selector: &str) {
    get::<HtmlElement>(selector).click();
}

pub(crate) fn fill(selector: &str, value: &str) {
    get::<HtmlInputElement>(selector).set_value(value);
}

/// Types `text` like a user who clicks nothing first: the focused element gets it.
pub(crate) fn type_at_once(text: &str) {
    let typed = eval(&format!("document.execCommand('insertText', false, '{text}')")).unwrap();
    assert!(typed.is_truthy(), "the element with the focus takes no text: {:?}", focused().outer_html());
}

pub(crate) fn focused() -> Element {
    document().active_element().unwrap()
}
