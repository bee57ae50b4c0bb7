//! The life of a session without a UI framework, in a real browser against the emulator. leptos-fusionauth has the driver's other tests.
#![cfg(target_arch = "wasm32")]

use fusionauth_session_web::{
    ApiRequest, FetchError, KeepSignedIn, LoginFailure, Session, SessionChange, SessionConfig, SessionState, SignOutReason,
};
use js_sys::Promise;
use std::cell::RefCell;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const FUSIONAUTH: &str = match option_env!("TEST_FUSIONAUTH_URL") {
    Some(url) => url,
    None => "http://127.0.0.1:9911",
};
const STORE: &str = "10000000-0000-0000-0000-000000000001";
const PASSWORD: &str = "correct-horse-battery";

thread_local! {
    static CHANGES: RefCell<Vec<SessionChange>> = const { RefCell::new(Vec::new()) };
}

#[derive(serde::Deserialize)]
struct Claims {
    sub: String,
}

fn start() -> Session {
    let config = SessionConfig { api_origins: vec![FUSIONAUTH.into()], ..SessionConfig::new(FUSIONAUTH, STORE) };
    Session::start(config, |change| CHANGES.with_borrow_mut(|all| all.push(change)))
}

/// Whether the session has shown this state since the last call.
fn shows(state: &SessionState) -> bool {
    CHANGES.take().contains(&SessionChange::State(state.clone()))
}

#[wasm_bindgen_test]
async fn a_plain_session_reports_each_change_until_it_is_stopped() {
    let (nobody, signed_out) = (SessionState::SignedOut(None), SessionState::SignedOut(Some(SignOutReason::UserRequest)));
    js_sys::eval("localStorage.clear()").unwrap();
    let session = start();
    assert!(shows(&nobody) && session.state() == nobody);

    assert_eq!(session.sign_in("shopper@example.com", "wrong").await, Err(LoginFailure::InvalidCredentials));
    assert_eq!(session.sign_in("shopper@example.com", PASSWORD).await, Ok(()));
    let signed_in = session.state();
    let SessionState::SignedIn { user, .. } = &signed_in else { panic!("{signed_in:?}") };
    assert!(shows(&signed_in) && session.claims::<Claims>().is_some_and(|it| it.sub == user.id));

    // FusionAuth answers 401 once, so the session renews.
    let once = "(send => globalThis.fetch = async () => (globalThis.fetch = send, new Response(null, { status: 401 })))(fetch)";
    js_sys::eval(once).unwrap();
    let validate = format!("{FUSIONAUTH}/api/jwt/validate");
    let request = ApiRequest::get(&*validate);
    assert_eq!(session.fetch(request.clone()).await.map(|it| it.status()), Ok(200));
    assert_eq!(CHANGES.take(), [SessionChange::Token], "the session is renewed, and its state stays the same");

    // The same with the browser's own type.
    js_sys::eval(once).unwrap();
    let browsers_request = web_sys::Request::new_with_str(&validate).unwrap();
    assert_eq!(session.fetch_request(&browsers_request).await.map(|it| it.status()), Ok(200));
    assert_eq!(CHANGES.take(), [SessionChange::Token]);
    let foreign = web_sys::Request::new_with_str("http://elsewhere.localhost:9/").unwrap();
    assert_eq!(session.fetch_request(&foreign).await.err(), Some(FetchError::ForeignOrigin));
    assert!(session.claims_object().is_object());

    session.sign_out();
    assert!(shows(&signed_out) && session.state() == signed_out);
    assert_eq!(session.fetch(request).await.err(), Some(FetchError::SignedOut));
    assert_eq!(session.fetch_request(&browsers_request).await.err(), Some(FetchError::SignedOut));
    assert!(session.claims_object().is_undefined());

    session.stop();
    CHANGES.take();
    assert_eq!(session.sign_in("shopper@example.com", PASSWORD).await, Err(LoginFailure::NoAnswer));
    assert_eq!(CHANGES.take(), []);
}

/// Deletes the cookie that a browser deletes when it is closed.
#[wasm_bindgen_test]
async fn a_plain_session_that_ended_with_the_browser_has_expired() {
    let expired = SessionState::SignedOut(Some(SignOutReason::Expired));
    js_sys::eval("localStorage.clear()").unwrap();
    let session = start();
    assert_eq!(session.keep_signed_in(KeepSignedIn::No).sign_in("shopper@example.com", PASSWORD).await, Ok(()));
    session.stop();
    js_sys::eval(&format!("document.cookie = 'fusionauth.session.{STORE}=; Path=/; Max-Age=0'")).unwrap();

    let session = start();
    assert!(shows(&expired) && session.state() == expired);
    assert_eq!(session.sign_in("shopper@example.com", PASSWORD).await, Ok(()));
    assert!(matches!(session.state(), SessionState::SignedIn { .. }));
    session.stop();
}

/// The test stands for an abort of an answer in WebKit, which needs the request that fetched it.
#[wasm_bindgen_test]
async fn the_request_that_was_sent_exists_as_long_as_the_callers() {
    js_sys::eval("localStorage.clear()").unwrap();
    let session = start();
    assert_eq!(session.sign_in("shopper@example.com", PASSWORD).await, Ok(()));
    let once = "(send => globalThis.fetch = async sent => (
        globalThis.fetch = send, globalThis.sent = new WeakRef(sent), new Response()
    ))(fetch)";
    js_sys::eval(once).unwrap();
    let controller = web_sys::AbortController::new().unwrap();
    let init = web_sys::RequestInit::new();
    init.set_signal(Some(&controller.signal()));
    let request = web_sys::Request::new_with_str_and_init(&format!("{FUSIONAUTH}/api/jwt/validate"), &init).unwrap();
    assert_eq!(session.fetch_request(&request).await.map(|it| it.status()), Ok(200));

    // Makes garbage until the browser has collected an object that is as old as the request. WebKit calls the registry's function only while
    // no timer is due, so the next garbage waits for a new timer.
    let collection = "new Promise(done => {
        globalThis.registry = new FinalizationRegistry(() => done(clearTimeout(timer)));
        registry.register({});
        let timer;
        const litter = () => {
            globalThis.garbage = Array.from({ length: 1e6 }, () => ({}));
            timer = setTimeout(litter, 10);
        };
        litter();
    })";
    JsFuture::from(Promise::from(js_sys::eval(collection).unwrap())).await.unwrap();
    assert!(js_sys::eval("sent.deref() !== undefined").unwrap().is_truthy());
    drop(request);
    session.stop();
}
