//! What all tests use: mounting the app or a part of it, finding and using its controls, and the pretended network of `network.js`.

#![allow(dead_code, reason = "each program uses its own part")]

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
        self.owner.cleanup(); // leptos_router keeps the owner of the first router in a global
        self.place.remove();
    }
}

thread_local! {
    /// The owner of the last view.
    static MOUNTED: RefCell<Option<Owner>> = const { RefCell::new(None) };
}

pub(crate) fn mount(view: impl FnOnce() -> AnyView + 'static) -> Mounted {
    // A test that failed has left its page behind, which must not make the next test fail.
    if let Some(left) = MOUNTED.take() {
        left.cleanup();
    }
    while let Some(left) = find("main[data-test]") {
        left.remove();
    }
    static_page::put_template();
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
    Mounted { view: Some(Box::new(handle)), owner, place }
}

fn new_place() -> Element {
    let place = document().create_element("main").unwrap();
    place.set_attribute("data-test", "").unwrap();
    document().body().unwrap().append_child(&place).unwrap();
    place
}

/// The whole app at `path`, with an empty network and an application id of its own.
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

/// The edits of carts that the browser keeps, as text.
pub(crate) fn kept_edits() -> String {
    let all =
        eval("Object.entries(localStorage).filter(([key]) => key.startsWith('storefront.cart-edits')).map(it => it[1]).join()").unwrap();
    all.as_string().unwrap()
}

/// The whole app at `path`, as after a reload of the tab by somebody who is not signed in: network and session storage stay.
pub(crate) fn remount_app(app: App, path: &str) -> (Mounted, String) {
    let id = config(app).application_id;
    (reload_app(app, path, &id), id)
}

/// The whole app at `path`, as after a reload of the tab: network, session storage and the sign-in of this application id stay.
pub(crate) fn reload_app(app: App, path: &str, id: &str) -> Mounted {
    start_app(app, path, id, || None)
}

/// As [`reload_app`], with what takes over the static page.
pub(crate) fn start_app(app: App, path: &str, id: &str, replace_static_page: fn() -> Option<StaticFormState>) -> Mounted {
    let history = window().history().unwrap();
    history.replace_state_with_url(&JsValue::NULL, "", Some(path)).unwrap();
    let config = SpaConfig { application_id: id.to_owned(), ..config(app) };
    mount(move || storefront::shell::app(config, replace_static_page))
}

/// The whole app at `path`, in place of a static page with a form in this state.
pub(crate) fn mount_app_over(app: App, path: &str, form: fn() -> Option<StaticFormState>) -> Mounted {
    forget_everything();
    window().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some(path)).unwrap();
    let config = config(app);
    mount(move || storefront::shell::app(config, form))
}

/// `view` with the contexts that every page has.
pub(crate) fn mount_part(app: App, static_form: Option<StaticFormState>, view: fn() -> AnyView) -> Mounted {
    network("reset()");
    let config: &'static SpaConfig = Box::leak(Box::new(config(app)));
    let session = storefront::shell::config::session(config);
    mount(move || {
        let part = move || {
            let (.., form) = storefront::shell::provide_contexts(config);
            form.keep(static_form);
            view()
        };
        view! { <SessionProvider config=session><Router>{part()}</Router></SessionProvider> }.into_any()
    })
}

/// An application id of its own for every test: nothing is left in storage from the one before.
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

/// Stylesheets that hold until they are dropped. The tests' page has none of its own.
pub(crate) struct Styles(Element);

impl Styles {
    /// These rules.
    pub(crate) fn new(rules: &str) -> Self {
        let element = document().create_element("style").unwrap();
        element.set_text_content(Some(rules));
        document().head().unwrap().append_child(&element).unwrap();
        Self(element)
    }

    /// These rules as they are on paper.
    pub(crate) fn in_print(rules: &str) -> Self {
        Self::new(&rules.replace("@media print", "@media all"))
    }
}

/// The layout shifts that the browser reports. `None` in an engine that does not report them.
pub(crate) struct LayoutShifts(Styles);

impl LayoutShifts {
    /// Counts from now on.
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
        // What the runner of the tests writes above the app would move it.
        eval(script).unwrap().is_truthy().then(|| Self(Styles::new("pre { display: none }")))
    }

    /// What has moved since the last call, until the next two frames.
    pub(crate) async fn moved(&self) -> String {
        let frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))";
        JsFuture::from(eval(frames).unwrap().unchecked_into::<Promise>()).await.unwrap();
        let moved = eval("layoutShifts.add(layoutShifts.observer.takeRecords()), layoutShifts.moved.splice(0).join()").unwrap();
        moved.as_string().unwrap()
    }
}

impl Drop for Styles {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// Calls the pretended network: `network("answer('GET /api/products', 200, '[]')")`.
pub(crate) fn network(call: &str) -> JsValue {
    if eval("typeof network").unwrap() != "object" {
        eval(include_str!("network.js")).unwrap();
    }
    eval(&format!("network.{call}")).unwrap()
}

pub(crate) fn answer(key: &str, status: u16, body: &str) {
    network(&format!("answer('{key}', {status}, {})", String::from(js_sys::JSON::stringify(&body.into()).unwrap())));
}

/// What was sent so far, one request a line, of those that begin with `prefix`.
pub(crate) fn calls(prefix: &str) -> String {
    network(&format!("calls('{prefix}')")).as_string().unwrap()
}

/// Another tab writes what a tab writes when its user signs in.
pub(crate) fn sign_in_elsewhere(application_id: &str, user: &str) {
    let token = network(&format!("token('{application_id}', '{user}')")).as_string().unwrap();
    let session = format!("session: {{ sub: '{user}', generation: 0, token: '{token}', receivedAt: Date.now() }}");
    write_session_elsewhere(application_id, &session, 2);
}

/// Another tab writes what a tab writes when its user signs out.
pub(crate) fn sign_out_elsewhere(application_id: &str) {
    write_session_elsewhere(application_id, "ended: 'user-request'", 3);
}

/// `kind`: 2 for a sign-in, 3 for a sign-out.
fn write_session_elsewhere(application_id: &str, members: &str, kind: u32) {
    let script = format!(
        "(key => {{
            const {{ epoch: {{ number }} }} = JSON.parse(localStorage.getItem(key));
            const record = {{ format: 1, epoch: {{ number: number + 1, nonce: {kind} * 2 ** 30 + 1 }}, {members} }};
            const frame = document.body.appendChild(document.createElement('iframe'));
            frame.contentWindow.localStorage.setItem(key, JSON.stringify(record));
            frame.remove();
        }})('fusionauth.session.{application_id}')"
    );
    eval(&script).unwrap();
}

/// Signs in by the form that is shown.
pub(crate) async fn sign_in(application_id: &str, user: &str) {
    answer(
        "POST /api/login",
        200,
        &format!("{{\"token\":\"{}\"}}", network(&format!("token('{application_id}', '{user}')")).as_string().unwrap()),
    );
    wait_for("sign-in form", || find("#login").is_some()).await;
    fill("#username", user);
    fill("#current-password", "correct-horse-battery");
    click("#login [type=submit]");
}

/// A test that waits in vain fails after this time, in milliseconds. It is far longer than any wait takes, so that a busy machine fails no
/// test.
const HANG_GUARD: f64 = 60_000.0;

/// Waits until the browser lets the page change its address again, and then until `is` holds.
pub(crate) async fn wait_for(what: &str, is: impl Fn() -> bool) {
    until(what, is).await.unwrap_or_else(|why| panic!("{why}"));
}

/// As [`wait_for`], but returns why it has waited in vain.
pub(crate) async fn until(what: &str, is: impl Fn() -> bool) -> Result<(), String> {
    wait_until("end of the changes of the page's URL", || network("mayChangeAddress()").is_truthy()).await?;
    wait_until(what, is).await
}

async fn wait_until(what: &str, is: impl Fn() -> bool) -> Result<(), String> {
    // Not `Date.now()`, because tests let time pass.
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

/// Lets everything run that is due, and waits for the answers of the pretended network that the test does not hold back.
pub(crate) async fn pause() {
    turn().await;
    wait_until("end of the answers", || !network("isBusy()").is_truthy()).await.unwrap_or_else(|why| panic!("{why}"));
}

/// Lets the browser run what is due.
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

/// What can be read at `selector`; empty if there is no such element.
pub(crate) fn text(selector: &str) -> String {
    // WebKit ends the text of an element that holds a paragraph by a line break.
    find(selector).map(|element| element.unchecked_into::<HtmlElement>().inner_text().trim().to_owned()).unwrap_or_default()
}

/// Whether the styles show the element that `selector` finds.
pub(crate) fn is_shown(selector: &str) -> bool {
    get::<HtmlElement>(selector).offset_height() > 0
}

/// What the app's own live region says.
pub(crate) fn announced() -> String {
    text("main main + [role=status]")
}

pub(crate) fn click(selector: &str) {
    get::<HtmlElement>(selector).click();
}

pub(crate) fn fill(selector: &str, value: &str) {
    get::<HtmlInputElement>(selector).set_value(value);
}

pub(crate) fn focused() -> Element {
    document().active_element().unwrap()
}
