//! The library's components: what they show in each state of the session, with and without a router.

use crate::support::clean;
use leptos::{mount::mount_to, prelude::*, task::tick};
use leptos_fusionauth::{AfterSignIn, Connection, FakeSession, RequireSession, SessionState, SignOutReason, SignedIn, SignedOut, User};
use leptos_router::components::Router;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

/// The first example of the README, unchanged.
#[allow(dead_code, reason = "a test mounts the component; `main` would mount it in the body of the test's page")]
mod first_example {
    include!("../../examples/sign_in.rs");

    pub(super) fn app() -> impl IntoView {
        App()
    }
}

#[wasm_bindgen_test]
async fn the_first_example_shows_a_form_to_somebody_who_is_signed_out() {
    clean().await;
    let host = document().create_element("div").unwrap();
    document().body().unwrap().append_child(&host).unwrap();
    let _mounted = mount_to(host.clone().unchecked_into(), first_example::app);
    tick().await;
    assert_eq!(host.query_selector_all("form input").unwrap().length(), 2, "{}", host.inner_html());
    assert!(!host.text_content().unwrap().contains("Sign out"));
    host.remove();
}

/// A page with a fake session.
struct Page {
    host: web_sys::Element,
    fake: FakeSession,
    _mounted: Box<dyn std::any::Any>,
}

impl Page {
    fn open<V: IntoView + 'static>(view: impl FnOnce() -> V + 'static) -> Self {
        let host = document().create_element("div").unwrap();
        let (sender, fake) = std::sync::mpsc::channel();
        let mounted = mount_to(host.clone().unchecked_into(), move || {
            sender.send(FakeSession::provide(SessionState::Loading)).unwrap();
            view()
        });
        Self { host, fake: fake.recv().unwrap(), _mounted: Box::new(mounted) }
    }

    /// Sets this state of the session, and returns the text that the page then shows.
    async fn text_in(&self, state: SessionState) -> String {
        self.fake.set_state(state);
        tick().await;
        self.host.text_content().unwrap()
    }
}

fn signed_in(id: &str, connection: Connection) -> SessionState {
    SessionState::SignedIn { user: User { id: id.into(), email: None }, connection }
}

const SIGNED_OUT: SessionState = SessionState::SignedOut(Some(SignOutReason::UserRequest));

#[wasm_bindgen_test]
async fn children_are_shown_to_signed_in_users_and_recreated_for_another_user() {
    let made = RwSignal::new(0);
    let page = Page::open(move || {
        let greeting = "Hello".to_owned(); // children may capture a value that is not `Copy`
        let count = move || {
            made.update(|it| *it += 1);
            made.get_untracked()
        };
        view! {
            <SignedIn>{greeting.clone()} " " {count()}</SignedIn>
            <SignedOut>"Nobody"</SignedOut>
        }
    });
    assert_eq!(page.text_in(SessionState::Loading).await, "");
    assert_eq!(page.text_in(SIGNED_OUT).await, "Nobody");
    assert_eq!(page.text_in(signed_in("a", Connection::Good)).await, "Hello 1");
    assert_eq!(
        page.text_in(signed_in("a", Connection::Reconnecting)).await,
        "Hello 1",
        "the children are not created again for the same user"
    );
    assert_eq!(page.text_in(signed_in("b", Connection::Good)).await, "Hello 2");
}

#[wasm_bindgen_test]
async fn children_for_after_a_sign_in_are_not_shown_to_users_who_open_the_page_signed_in() {
    for was_signed_out in [false, true] {
        let page = Page::open(move || view! { <AfterSignIn was_signed_out>"Welcome"</AfterSignIn> });
        assert_eq!(page.text_in(SessionState::Loading).await, "");
        assert_eq!(page.text_in(signed_in("a", Connection::Good)).await, if was_signed_out { "Welcome" } else { "" });
        assert_eq!(page.text_in(SIGNED_OUT).await, "");
        assert_eq!(page.text_in(signed_in("a", Connection::Good)).await, "Welcome");
    }
}

/// Records the URL of the next navigation, and prevents the navigation.
const STAY: &str = "globalThis.gone = []; globalThis.navigation?.addEventListener('navigate', it => {
    it.preventDefault();
    gone.push(it.destination.url);
}, { once: true })";

#[wasm_bindgen_test]
async fn without_a_router_the_sign_in_page_is_loaded() {
    let page = Page::open(|| {
        let content = "Account".to_owned();
        view! { <RequireSession loading=|| "One moment">{content.clone()}</RequireSession> }
    });
    assert_eq!(page.text_in(SessionState::Loading).await, "One moment");
    assert_eq!(page.text_in(signed_in("a", Connection::Good)).await, "Account");
    js_sys::eval(STAY).unwrap();
    // Without the Navigation API, a test cannot prevent the navigation and would lose its page.
    if js_sys::eval("'navigation' in globalThis").unwrap().is_truthy() {
        assert_eq!(page.text_in(SIGNED_OUT).await, "One moment");
        let gone = js_sys::eval("gone.join()").unwrap().as_string().unwrap();
        assert!(gone.contains("/login?next=%2F"), "{gone}");
    }
}

#[wasm_bindgen_test]
async fn below_a_router_the_sign_in_page_is_one_of_its_routes() {
    let before = window().location().href().unwrap();
    window().history().unwrap().replace_state_with_url(&js_sys::Object::new(), "", Some("#section")).unwrap();
    let page = Page::open(|| view! { <Router><RequireSession login="/sign-in">"Account"</RequireSession></Router> });
    assert_eq!(page.text_in(signed_in("a", Connection::Good)).await, "Account");
    page.text_in(SIGNED_OUT).await;
    for _ in 0..100 {
        wasm_bindgen_futures::JsFuture::from(js_sys::Promise::resolve(&js_sys::eval("new Promise(done => setTimeout(done))").unwrap()))
            .await
            .unwrap();
    }
    assert_eq!(window().location().pathname().unwrap(), "/sign-in");
    let query = window().location().search().unwrap();
    assert!(query.starts_with("?next=%2F") && query.ends_with("%23section"), "{query}");
    window().history().unwrap().replace_state_with_url(&js_sys::Object::new(), "", Some(&before)).unwrap();
}

#[wasm_bindgen_test]
async fn an_application_with_a_router_of_its_own_opens_the_sign_in_page() {
    let opened = StoredValue::new(Vec::new());
    let redirect = move |to: String| opened.update_value(|all| all.push(to));
    let page = Page::open(move || view! { <RequireSession login="/sign-in" redirect=redirect>"Account"</RequireSession> });
    assert_eq!(page.text_in(signed_in("a", Connection::Good)).await, "Account");
    page.text_in(SIGNED_OUT).await;
    let opened = opened.get_value();
    assert!(opened.len() == 1 && opened[0].starts_with("/sign-in?next=%2F"), "{opened:?}");
}
