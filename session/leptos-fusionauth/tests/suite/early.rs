//! The early script: when it sends the stored token or a sign-in, and how the session takes over the request.

use crate::support::*;
use fusionauth_api::{
    AccessToken,
    claims::{Audience, Claims},
};
use fusionauth_session::{
    CallerId, Config, Credential, Effect, Epoch, Event, Machine, Now, SessionRecord, SessionState, SessionVersion, SignOutReason, Stored,
    StoredSession,
};
use futures::future::join;
use leptos_fusionauth::{ApiRequest, FetchError, LoginFailure, TokenStorage, Tuning};
use wasm_bindgen_test::wasm_bindgen_test;

const VALIDATE: &str = "GET /api/jwt/validate";

/// Prepares the page of a returning user: the early script is loaded, and the session has not started.
async fn returning() {
    drop(signed_in(TokenStorage::LocalStorage).await);
    load_script();
}

fn load_script() {
    js_sys::eval(include_str!("../../../fusionauth-session-web/src/early.js")).unwrap();
}

fn get_early() {
    js_sys::eval(&format!("fusionauthEarly.get('{STORE}', '{FUSIONAUTH}/api/jwt/validate')")).unwrap();
}

fn validations() -> usize {
    wire().iter().filter(|it| it.starts_with(VALIDATE)).count()
}

/// Lets the next such request wait until the page aborts it, and sets `aborted` then.
fn wait_for_abort(request: &str) {
    js_sys::eval("globalThis.aborted = false").unwrap();
    answer_next(
        request,
        "new Promise((_, reject) => request.signal.addEventListener('abort', () => {
            aborted = true;
            reject(request.signal.reason);
        }))",
    );
}

fn is_aborted() -> bool {
    js_sys::eval("aborted").unwrap().is_truthy()
}

#[wasm_bindgen_test]
async fn the_session_takes_the_request_over_once() {
    returning().await;
    get_early();
    assert_eq!(wire(), [format!("{VALIDATE} +token")], "the script sends the request before the session has started");
    let page = Page::open(STORE);
    assert_eq!((page.validate().await, validations()), (Ok(200), 1));
    assert_eq!((page.validate().await, validations()), (Ok(200), 2));
}

/// A request with other headers, such as another language, does not get the early answer.
#[wasm_bindgen_test]
async fn it_is_taken_over_by_a_request_with_the_same_headers() {
    let get = |language: &str| ApiRequest::get(format!("{FUSIONAUTH}/api/jwt/validate")).header("Accept-Language", language);
    for (language, sent) in [("de", 1), ("en", 2)] {
        returning().await;
        let headers = "[['Accept-Language', 'de']]";
        js_sys::eval(&format!("fusionauthEarly.get('{STORE}', '{FUSIONAUTH}/api/jwt/validate', {headers})")).unwrap();
        assert_eq!(Page::open(STORE).session.fetch(get(language)).await.map(|it| it.status()), Ok(200));
        assert_eq!(validations(), sent, "{language}");
    }
}

#[wasm_bindgen_test]
async fn a_refused_token_is_renewed_as_always() {
    returning().await;
    answer_next(VALIDATE, "new Response(null, { status: 401 })");
    get_early();
    assert_eq!(Page::open(STORE).validate().await, Ok(200));
    assert_eq!(wire(), [&format!("{VALIDATE} +token"), "POST /api/jwt/refresh +cookies", &format!("{VALIDATE} +token")]);
}

#[wasm_bindgen_test]
async fn a_request_that_is_dropped_is_aborted_after_it_was_taken_over() {
    returning().await;
    wait_for_abort(VALIDATE);
    get_early();
    let page = Page::open(STORE);
    let mut answer = Box::pin(page.validate());
    assert!(futures::poll!(&mut answer).is_pending());
    turn().await;
    assert!(futures::poll!(&mut answer).is_pending() && !is_aborted());
    drop(answer);
    assert!(is_aborted());
}

#[wasm_bindgen_test]
async fn a_request_that_got_no_answer_is_sent_again() {
    returning().await;
    answer_next(VALIDATE, "Promise.reject(new TypeError('Failed to fetch'))");
    get_early();
    turn().await;
    assert_eq!((Page::open(STORE).validate().await, validations()), (Ok(200), 2));
}

/// A GET of another URL does not drop the early GET, because a page's header may send a request before the page asks for its data.
#[wasm_bindgen_test]
async fn a_get_of_something_else_leaves_it() {
    returning().await;
    get_early();
    let page = Page::open(STORE);
    answer_next("GET /x", "new Response(null, { status: 204 })");
    assert_eq!(page.session.fetch(ApiRequest::get("/x")).await.map(|it| it.status()), Ok(204));
    assert_eq!((page.validate().await, validations()), (Ok(200), 1));
}

/// A write drops the early GET, and so does a different GET of the same URL: a page must not use the early answer after a newer one.
#[wasm_bindgen_test]
async fn another_request_drops_it() {
    let get = || ApiRequest::get(format!("{FUSIONAUTH}/api/jwt/validate"));
    let others = [
        ("POST /x", ApiRequest::post("/x")),
        ("POST /api/jwt/validate", ApiRequest::post(format!("{FUSIONAUTH}/api/jwt/validate"))),
        (VALIDATE, get().header("X-Trace", "1")),
        (VALIDATE, get().idempotency_key("key")),
    ];
    for (name, other) in others {
        returning().await;
        wait_for_abort(VALIDATE);
        get_early();
        let page = Page::open(STORE);
        answer_next(name, "new Response(null, { status: 204 })");
        assert_eq!(page.session.fetch(other).await.map(|it| it.status()), Ok(204), "{name}");
        assert!(is_aborted(), "{name}");
        let before = validations();
        assert_eq!((page.validate().await, validations() - before), (Ok(200), 1), "{name}");
    }
}

#[wasm_bindgen_test]
async fn another_token_drops_it() {
    returning().await;
    wait_for_abort(VALIDATE);
    get_early();
    expire(STORE);
    assert_eq!(Page::open(STORE).validate().await, Ok(200));
    assert!(is_aborted());
    assert_eq!(wire(), [&format!("{VALIDATE} +token"), "POST /api/jwt/refresh +cookies", &format!("{VALIDATE} +token")]);
}

#[wasm_bindgen_test]
async fn a_sign_out_in_another_tab_leaves_nobody_who_takes_it() {
    returning().await;
    get_early();
    OtherTab::open().sign_out(STORE);
    let page = Page::open(STORE);
    assert_eq!(page.validate().await, Err(FetchError::SignedOut));
    page.sign_in().await;
    assert_eq!((page.validate().await, validations()), (Ok(200), 2), "the request has the token of the new sign-in");
}

/// Lets the early script request data for the page. `shown` gets the data, and the id of the user they belong to.
fn get_early_to_show() {
    js_sys::eval(&format!(
        "globalThis.shown = [];
        fusionauthEarly.get('{STORE}', '{FUSIONAUTH}/api/jwt/validate', undefined, (text, user) => shown.push([JSON.parse(text), user]))"
    ))
    .unwrap();
}

fn is_true(what: &str) -> bool {
    js_sys::eval(what).unwrap().is_truthy()
}

#[wasm_bindgen_test]
async fn the_page_may_show_the_answer_and_learns_its_user() {
    returning().await;
    get_early_to_show();
    until("the answer", || is_true("shown.length")).await;
    assert!(is_true(&format!("shown[0][0].jwt.sub === shown[0][1] && shown[0][1] === fusionauthEarly.user('{STORE}')")));
    assert_eq!((Page::open(STORE).validate().await, validations()), (Ok(200), 1), "the session takes the answer over too");
    assert!(is_true("shown.length === 1"));
}

#[wasm_bindgen_test]
async fn what_the_session_has_or_is_no_data_is_not_for_the_page_to_show() {
    returning().await;
    let taken = "new Promise(done => globalThis.answer = () => done(new Response('{}')))";
    answer_next(VALIDATE, taken);
    get_early_to_show();
    let page = Page::open(STORE);
    let mut validated = Box::pin(page.validate());
    assert!(futures::poll!(&mut validated).is_pending());
    turn().await;
    js_sys::eval("answer()").unwrap();
    assert_eq!(validated.await, Ok(200));
    turn().await;
    assert!(is_true("shown.length === 0"), "the application shows the answer, not the page");
    drop(page);
    // The script parses what it shows, so each answer seems to have a body that it could show.
    for status in [401, 500, 204] {
        returning().await;
        answer_next(
            VALIDATE,
            &format!("Object.assign(new Response(null, {{ status: {status} }}), {{ clone: () => ({{ text: async () => '{{}}' }}) }})"),
        );
        get_early_to_show();
        turn().await;
        assert!(is_true("shown.length === 0"), "{status}");
    }
}

#[wasm_bindgen_test]
async fn the_script_knows_the_stored_user_and_the_end_of_a_session() {
    returning().await;
    let user = |expected: &str| is_true(&format!("fusionauthEarly.user('{STORE}') === {expected}"));
    let stored_user = format!("JSON.parse(localStorage['{}']).session.sub", key(STORE));
    assert!(user(&stored_user) && !user("undefined"));
    OtherTab::open().sign_out(STORE);
    assert!(user("undefined"));
    storage().clear().unwrap();
    assert!(user("undefined"));
    storage().set_item(&key(STORE), "<html>").unwrap();
    assert!(is_true(&format!("(() => {{ try {{ fusionauthEarly.user('{STORE}'); }} catch {{ return true; }} }})()")));
    storage().clear().unwrap();
}

#[wasm_bindgen_test]
async fn no_caller_waits_forever() {
    returning().await;
    wait_for_abort(VALIDATE);
    let time = Time::hold_from(15_000);
    get_early();
    time.advance(14_999);
    assert!(!is_aborted());
    time.advance(1);
    assert!(is_aborted());
    assert_eq!((Page::open(STORE).validate().await, validations()), (Ok(200), 2));
}

#[wasm_bindgen_test]
async fn only_a_stored_token_is_sent() {
    for (token_storage, expected) in [(TokenStorage::Memory, 0), (TokenStorage::LocalStorage, 1)] {
        drop(signed_in(token_storage).await);
        load_script();
        get_early();
        assert_eq!(validations(), expected);
    }
    let nothing = ["", "null", "{}", "<html>", r#"{"format":1,"epoch":{"number":1,"nonce":1}}"#];
    for text in nothing {
        storage().set_item(&key(STORE), text).unwrap();
        get_early();
    }
    storage().clear().unwrap();
    get_early();
    assert_eq!(validations(), 1);
}

const LOGIN: &str = "POST /api/login";
const SHOPPER: &str = "shopper@example.com";

/// Prepares the page of a new visitor: the early script is loaded, and the session has not started.
async fn visitor() {
    clean().await;
    with_notes("notes.clear()").await;
    load_script();
}

fn sign_in_early(password: &str) {
    js_sys::eval(&format!("fusionauthEarly.signIn('{FUSIONAUTH}', '{STORE}', '{SHOPPER}', '{password}', '{FUSIONAUTH}/api/jwt/validate')"))
        .unwrap();
}

/// Submits a sign-in, and waits until the early script has sent it.
async fn sign_in_is_sent(password: &str) {
    let next = js_sys::eval(&format!("wire.next('{LOGIN}')")).unwrap();
    sign_in_early(password);
    wasm_bindgen_futures::JsFuture::from(js_sys::Promise::from(next)).await.unwrap();
}

fn logins() -> usize {
    wire().iter().filter(|it| it.starts_with(LOGIN)).count()
}

/// Whether another tab would get the session's lock at once.
async fn lock_is_free() -> bool {
    script(&format!("navigator.locks.request('{}', {{ ifAvailable: true }}, lock => lock !== null)", key(STORE))).await.is_truthy()
}

/// Waits for the session's lock, and runs `request` on `notes`, the object store of the lock's note. Returns the result.
async fn with_notes(request: &str) -> wasm_bindgen::JsValue {
    script(&format!("navigator.locks.request('{}', () => {})", key(STORE), notes(STORE, request))).await
}

/// Waits for the lock, and returns whether its note says that a request is under way.
async fn note_is_under_way() -> bool {
    js_sys::Array::from(&with_notes("notes.get('order')").await).get(3) == 1
}

#[wasm_bindgen_test]
async fn the_session_takes_a_sign_in_over_with_its_lock() {
    visitor().await;
    sign_in_is_sent(PASSWORD).await;
    assert_eq!(wire(), [format!("{LOGIN} +cookies")], "the script sends the sign-in before the session has started");
    assert!(!lock_is_free().await);
    let page = Page::open(STORE);
    page.sign_in().await;
    assert!(!note_is_under_way().await, "the session has freed the lock and noted the end of the request");
    assert_eq!(logins(), 1);
    assert_eq!(page.validate().await, Ok(200));
    assert!(stored(STORE).is_some_and(|it| it.session.is_some()));
    page.session.sign_out();
    assert!(!note_is_under_way().await, "the session sends later requests without the early script");
}

#[wasm_bindgen_test]
async fn with_the_token_of_the_sign_in_the_data_is_asked_for_and_taken_over() {
    visitor().await;
    let asked = js_sys::eval("wire.next('GET /api/jwt/validate')").unwrap();
    sign_in_early(PASSWORD);
    wasm_bindgen_futures::JsFuture::from(js_sys::Promise::from(asked)).await.unwrap();
    assert_eq!(wire(), [format!("{LOGIN} +cookies"), format!("{VALIDATE} +token")], "the script sends both before the session has started");
    let page = Page::open(STORE);
    page.sign_in().await;
    assert_eq!((page.validate().await, validations(), logins()), (Ok(200), 1, 1));
    assert_eq!((page.validate().await, validations()), (Ok(200), 2));
}

#[wasm_bindgen_test]
async fn after_an_early_sign_in_the_page_may_show_the_data_unless_the_page_was_left() {
    for is_left in [false, true] {
        visitor().await;
        let asked = js_sys::eval("globalThis.shown = []; wire.next('GET /api/jwt/validate')").unwrap();
        answer_next(VALIDATE, "new Promise(done => globalThis.answer = () => done(new Response('{}')))");
        js_sys::eval(&format!(
            "fusionauthEarly.signIn('{FUSIONAUTH}', '{STORE}', '{SHOPPER}', '{PASSWORD}', '{FUSIONAUTH}/api/jwt/validate', undefined,
                (text, user) => shown.push(user))"
        ))
        .unwrap();
        wasm_bindgen_futures::JsFuture::from(js_sys::Promise::from(asked)).await.unwrap();
        if is_left {
            js_sys::eval("dispatchEvent(new PageTransitionEvent('pagehide'))").unwrap();
        }
        js_sys::eval("answer()").unwrap();
        if is_left {
            turn().await;
            assert!(is_true("shown.length === 0"));
        } else {
            until("the answer", || is_true("shown.length")).await;
        }
        let page = Page::open(STORE);
        page.sign_in().await;
        assert!(is_left || is_true(&format!("shown[0] === fusionauthEarly.user('{STORE}')")));
    }
}

#[wasm_bindgen_test]
async fn the_answer_to_a_sign_in_means_what_it_always_means() {
    let two_factor = r#"new Response('{"twoFactorId":"id","methods":[]}', { status: 242 })"#;
    let not_registered = r#"new Response('{"token":"a.b.c"}', { status: 202 })"#;
    let expected = [
        ("new Response(null, { status: 404 })", Err(LoginFailure::InvalidCredentials)),
        ("new Response(null, { status: 503 })", Err(LoginFailure::Unavailable { status: 503 })),
        (two_factor, Err(LoginFailure::TwoFactorRequired { two_factor_id: "id".into() })),
        (not_registered, Err(LoginFailure::NotRegistered)),
    ];
    for (answer, outcome) in expected {
        visitor().await;
        answer_next(LOGIN, answer);
        sign_in_is_sent(PASSWORD).await;
        let page = Page::open(STORE);
        assert_eq!(page.session.sign_in(SHOPPER, PASSWORD).await, outcome);
        assert_eq!(wire(), [format!("{LOGIN} +cookies")], "a sign-in without a token requests no data");
        assert!(!note_is_under_way().await);
    }
}

#[wasm_bindgen_test]
async fn another_sign_in_than_the_early_one_is_sent_in_its_place() {
    visitor().await;
    wait_for_abort(LOGIN);
    sign_in_is_sent("of somebody else").await;
    let page = Page::open(STORE);
    page.sign_in().await;
    assert!(is_aborted());
    assert_eq!((logins(), page.validate().await), (2, Ok(200)));
    assert!(!note_is_under_way().await);
}

#[wasm_bindgen_test]
async fn a_sign_in_that_got_no_answer_is_sent_again() {
    visitor().await;
    answer_next(LOGIN, "Promise.reject(new TypeError('Failed to fetch'))");
    sign_in_is_sent(PASSWORD).await;
    assert!(note_is_under_way().await, "the lock is free, and its next holder learns that FusionAuth may have got the request");
    let page = Page::open(STORE);
    page.sign_in().await;
    assert_eq!((logins(), page.validate().await), (2, Ok(200)));
    assert!(!note_is_under_way().await);
}

#[wasm_bindgen_test]
async fn a_second_submit_sends_nothing() {
    visitor().await;
    sign_in_early(PASSWORD);
    sign_in_is_sent(PASSWORD).await;
    sign_in_early("another");
    let page = Page::open(STORE);
    page.sign_in().await;
    assert_eq!((logins(), page.validate().await), (1, Ok(200)));
}

/// Fifty visitors submit the form. For each visitor, the session starts at a different moment between the submit and the answer.
#[wasm_bindgen_test]
async fn whenever_the_session_starts_the_visitor_is_signed_in_by_one_request() {
    for turns in 0..50 {
        visitor().await;
        sign_in_early(PASSWORD);
        for _ in 0..turns {
            script("new Promise(done => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); })")
                .await;
        }
        let page = Page::open(STORE);
        page.sign_in().await;
        assert_eq!((logins(), page.validate().await, validations()), (1, Ok(200), 1), "after {turns} turns");
        assert!(!note_is_under_way().await, "after {turns} turns");
    }
}

#[wasm_bindgen_test]
async fn a_page_that_is_left_keeps_neither_the_lock_nor_the_sign_in() {
    visitor().await;
    wait_for_abort(LOGIN);
    sign_in_is_sent(PASSWORD).await;
    js_sys::eval("dispatchEvent(new PageTransitionEvent('pagehide'))").unwrap();
    assert!(is_aborted() && note_is_under_way().await);
    let page = Page::open(STORE);
    page.sign_in().await;
    assert_eq!((logins(), page.validate().await), (2, Ok(200)));
}

#[wasm_bindgen_test]
async fn no_tab_waits_for_a_sign_in_without_end() {
    visitor().await;
    wait_for_abort(LOGIN);
    let time = Time::hold_from(20_000);
    sign_in_is_sent(PASSWORD).await;
    time.advance(19_999);
    assert!(!is_aborted());
    time.advance(1);
    assert!(is_aborted() && note_is_under_way().await);
}

#[wasm_bindgen_test]
async fn while_another_tab_holds_the_lock_nothing_is_sent() {
    visitor().await;
    let held = format!(
        "new Promise(held => navigator.locks.request('{}', () => {{
            held();
            return new Promise(free => globalThis.free = free);
        }}))",
        key(STORE)
    );
    script(&held).await;
    sign_in_early(PASSWORD);
    // Wait for another lock, because the browser answers the script's request before this later request.
    script("navigator.locks.request('another', () => {})").await;
    assert_eq!(logins(), 0);
    js_sys::eval("free()").unwrap();
    let page = Page::open(STORE);
    page.sign_in().await;
    assert_eq!((logins(), page.validate().await), (1, Ok(200)));
}

/// The interval at which the script checks whether another tab waits for the lock.
const LOOK_MS: u32 = 200;

/// Lets a user begin to type. Returns when the script has the lock and has written its note.
async fn expect_sign_in() {
    // The script writes its note after the browser has granted the lock, so the code below replaces `put` in time.
    js_sys::eval(&format!("fusionauthEarly.expect('{STORE}')")).unwrap();
    script(
        "(async () => {
            const put = IDBObjectStore.prototype.put;
            await new Promise(done => {
                IDBObjectStore.prototype.put = function (...values) {
                    const request = put.apply(this, values);
                    request.transaction.addEventListener('complete', done);
                    return request;
                };
            });
            IDBObjectStore.prototype.put = put;
        })()",
    )
    .await;
}

#[wasm_bindgen_test]
async fn the_lock_of_somebody_who_types_is_used_for_the_sign_in() {
    for is_early in [true, false] {
        visitor().await;
        let _time = Time::stop();
        let page = Page::open(STORE);
        expect_sign_in().await;
        assert!(!lock_is_free().await);
        js_sys::eval(
            "globalThis.granted = 0;
             globalThis.lockRequest = LockManager.prototype.request;
             LockManager.prototype.request = function (...all) { granted++; return lockRequest.apply(this, all); }",
        )
        .unwrap();
        if is_early {
            sign_in_early(PASSWORD);
        }
        page.sign_in().await;
        js_sys::eval("LockManager.prototype.request = lockRequest").unwrap();
        assert!(js_sys::eval("granted").unwrap() == 0, "the sign-in requests no other lock");
        assert_eq!((logins(), page.validate().await), (1, Ok(200)));
        assert!(!note_is_under_way().await);
    }
}

#[wasm_bindgen_test]
async fn another_tab_does_not_wait_for_somebody_who_types() {
    visitor().await;
    with_notes("notes.put([7, 8, 9, 1], 'order')").await;
    expect_sign_in_refused().await;
    with_notes("notes.put([0, 0, 1, 0], 'order')").await;
    let time = Time::stop();
    expect_sign_in().await;
    // This requests the lock. The script frees the lock at its next check, long before its own limit.
    let (note, ()) = join(with_notes("notes.get('order')"), async {
        while lock_queue().await < 1.0 {}
        time.advance(LOOK_MS);
    })
    .await;
    let note = js_sys::Array::from(&note);
    assert_eq!(note.iter().map(|it| it.as_f64().unwrap()).collect::<Vec<_>>(), [0.0, 0.0, 1.0, 0.0], "the script restores the note");
}

/// Lets a user begin to type after another tab has signed in, while local storage is stale. Checks that the script does not keep the lock.
async fn expect_sign_in_refused() {
    js_sys::eval(&format!("fusionauthEarly.expect('{STORE}')")).unwrap();
    let note = js_sys::Array::from(&with_notes("notes.get('order')").await);
    assert_eq!(note.iter().map(|it| it.as_f64().unwrap()).collect::<Vec<_>>(), [7.0, 8.0, 9.0, 1.0], "the script wrote no note");
}

#[wasm_bindgen_test]
async fn the_lock_is_freed_when_typing_stops() {
    visitor().await;
    let time = Time::stop();
    expect_sign_in().await;
    time.advance(2_999);
    until("next check", || time.timers() == 1).await;
    assert!(!lock_is_free().await);
    time.advance(LOOK_MS);
    while !lock_is_free().await {}
    assert!(!note_is_under_way().await, "nothing was sent");
}

#[wasm_bindgen_test]
async fn a_database_that_does_not_answer_holds_nobody_up() {
    visitor().await;
    js_sys::eval(
        "globalThis.realIndexedDB = indexedDB;
         Object.defineProperty(globalThis, 'indexedDB', { value: { open: () => ({}) }, configurable: true });",
    )
    .unwrap();
    js_sys::eval(&format!("fusionauthEarly.expect('{STORE}')")).unwrap();
    js_sys::eval("Object.defineProperty(globalThis, 'indexedDB', { value: realIndexedDB, configurable: true })").unwrap();
    let page = Page::open(STORE);
    page.sign_in().await;
    assert_eq!((logins(), page.validate().await), (1, Ok(200)));
    assert!(!note_is_under_way().await);
}

#[wasm_bindgen_test]
async fn a_page_that_is_left_keeps_no_lock_of_somebody_who_types() {
    visitor().await;
    let _time = Time::stop();
    expect_sign_in().await;
    js_sys::eval("dispatchEvent(new PageTransitionEvent('pagehide'))").unwrap();
    script(&format!("navigator.locks.request('{}', () => {{}})", key(STORE))).await;
    let page = Page::open(STORE);
    page.sign_in().await;
    assert_eq!((logins(), page.validate().await), (1, Ok(200)));
    assert!(!note_is_under_way().await);
}

#[wasm_bindgen_test]
async fn a_page_with_a_session_takes_over_what_is_sent_at_its_submit() {
    for turns in 0..20 {
        visitor().await;
        let page = Page::open(STORE);
        sign_in_early(PASSWORD);
        for _ in 0..turns {
            script("Promise.resolve()").await;
        }
        page.sign_in().await;
        assert_eq!((logins(), page.validate().await, validations()), (1, Ok(200), 1), "after {turns} turns");
        assert!(!note_is_under_way().await, "after {turns} turns");
        page.session.sign_out();
        assert!(!note_is_under_way().await, "after {turns} turns");
    }
}

/// Compares the script's rule for a token with the rule of the session machine. The machine's rule is authoritative.
#[wasm_bindgen_test]
fn the_script_sends_a_token_where_the_machine_gives_a_fresh_one() {
    load_script();
    // Returns the header that the script sends at the time `at`, and drops the request.
    let ask = format!(
        "(at => {{
            const {{ fetch }} = globalThis, {{ now }} = Date;
            let sent;
            Date.now = () => at;
            globalThis.fetch = (_, init) => {{
                sent = new Headers(init.headers).get('Authorization');
                return new Promise(() => {{}});
            }};
            fusionauthEarly.get('{STORE}', '/x');
            Object.assign(globalThis, {{ fetch }});
            Object.assign(Date, {{ now }});
            fusionauthEarly.take('POST', '/x', null, null, 'token');
            return sent;
        }})({NOW})"
    );
    let ask = js_sys::Function::new_no_args(&format!("return {ask}"));
    let mut chance = Chance(SEED);
    let mut sent = 0;
    for _ in 0..RECORDS {
        let (record, claims) = generate(&mut chance);
        store(STORE, &record);
        let token = ask.call0(&wasm_bindgen::JsValue::NULL).unwrap().as_string();
        let expected = fresh_token(&record, claims.clone()).map(|it| format!("Bearer {}", it.expose()));
        assert_eq!(token, expected, "{:?}, received {} ms ago", claims, NOW as i64 - received_at(&record) as i64);
        sent += usize::from(token.is_some());
    }
    assert!((1_000..RECORDS - 1_000).contains(&sent), "{sent} of {RECORDS} were sent");
    storage().clear().unwrap();
}

/// Compares the script's rule for a sign-in with the machine's: whether a user is signed in, which request comes first, and which version
/// is newer.
#[wasm_bindgen_test]
async fn the_script_signs_in_where_the_machine_would_do_nothing_before() {
    load_script();
    // Replaces the lock and the database by fakes. The fake database returns `note`. Resolves to whether the script sent a sign-in.
    let ask = format!(
        "async note => {{
            const {{ fetch, indexedDB }} = globalThis, {{ request }} = LockManager.prototype;
            let done, sent = false;
            const end = new Promise(resolve => done = resolve);
            const transaction = {{ commit() {{}}, set oncomplete(run) {{ queueMicrotask(run) }} }};
            const later = (of, result) => ({{ result, transaction: of, set onsuccess(run) {{ queueMicrotask(run) }} }});
            const notes = {{ get: () => later(null, note), put: () => later(transaction) }};
            const database = {{ transaction: () => ({{ objectStore: () => notes }}), close() {{}} }};
            Object.defineProperty(globalThis, 'indexedDB', {{ value: {{ open: () => later(null, database) }}, configurable: true }});
            LockManager.prototype.request = async (name, options, run) => {{
                await run({{}});
                done();
            }};
            globalThis.fetch = () => {{
                sent = true;
                queueMicrotask(() => dispatchEvent(new Event('pagehide')));
                return new Promise(() => {{}});
            }};
            fusionauthEarly.signIn('', '{STORE}', 'name', 'password');
            await end;
            LockManager.prototype.request = request;
            Object.defineProperty(globalThis, 'indexedDB', {{ value: indexedDB, configurable: true }});
            globalThis.fetch = fetch;
            return sent;
        }}"
    );
    let ask: js_sys::Function = js_sys::eval(&format!("({ask})")).unwrap().into();
    let mut chance = Chance(SEED);
    let mut sent = 0;
    for _ in 0..SIGN_IN_RECORDS {
        let record = (chance.below(8) > 0).then(|| generate_tombstone(&mut chance));
        storage().clear().unwrap();
        record.iter().for_each(|it| store(STORE, it));
        let machine_version = started(record.clone()).map(|it| it.version());
        let note = generate_note(&mut chance, record.as_ref());
        let list: js_sys::Array =
            [note.epoch.number, note.epoch.nonce, note.generation, 0].into_iter().map(wasm_bindgen::JsValue::from).collect();
        let argument = if note == SessionVersion::default() { wasm_bindgen::JsValue::UNDEFINED } else { list.into() };
        let sends: js_sys::Promise = ask.call1(&wasm_bindgen::JsValue::NULL, &argument).unwrap().into();
        let sends = wasm_bindgen_futures::JsFuture::from(sends).await.unwrap().is_truthy();
        // The script sends nothing for a record that it cannot read, because a newer version may have written the record.
        let is_read = record.as_ref().is_none_or(|it| it.format == 1 && it.epoch.number < 4_000_000_000);
        let expected = is_read && machine_version.is_some_and(|it| note <= it);
        assert_eq!(sends, expected, "{:?}, {note:?}", storage().get_item(&key(STORE)));
        sent += usize::from(sends);
    }
    assert!((SIGN_IN_RECORDS / 10..SIGN_IN_RECORDS * 9 / 10).contains(&sent), "{sent} of {SIGN_IN_RECORDS} were sent");
    storage().clear().unwrap();
}

/// Starts the machine with this record. Returns the machine if nobody is signed in and the machine has nothing to send.
fn started(record: Option<SessionRecord>) -> Option<Machine> {
    let config = Config { application_id: STORE.into(), token_storage: TokenStorage::LocalStorage, tuning: Tuning::DEFAULT };
    let stored = record.map_or(Stored::Nothing, |it| Stored::from_record(it, None));
    let mut machine = Machine::new(config);
    let effects = machine.step(Now { wall_ms: NOW, mono_ms: 400 }, 0, Event::Started(stored));
    let is_idle = !effects.iter().any(|it| matches!(it, Effect::Lock(_)));
    (is_idle && matches!(machine.state(), SessionState::SignedOut(_))).then_some(machine)
}

/// A random record. In three of four cases it has no session.
fn generate_tombstone(chance: &mut Chance) -> SessionRecord {
    let session = StoredSession { sub: "user".into(), generation: chance.below(3) as u32, token: None, received_at: 0 };
    SessionRecord {
        format: if chance.is_likely() { 1 } else { 2 },
        epoch: Epoch {
            number: chance.one_of(&[1, 2, 1_790_000_000, 3_999_999_999, 4_000_000_000]),
            nonce: chance.one_of(&[0, 1, 3 << 30]),
        },
        session: (chance.below(4) == 0).then_some(session),
        ended: chance.one_of(&[None, Some(SignOutReason::UserRequest), Some(SignOutReason::Expired)]),
        logout_pending: chance.below(4) == 0,
        throttle_ms: 0,
        throttled_at: 0,
    }
}

/// A random note near the record's version. The default version stands for no note.
fn generate_note(chance: &mut Chance, record: Option<&SessionRecord>) -> SessionVersion {
    let SessionVersion { epoch: Epoch { number, nonce }, generation } = record.map(SessionRecord::version).unwrap_or_default();
    let mut near = |it: u32| match chance.below(5) {
        0 => it.saturating_sub(1),
        1 => it.saturating_add(1),
        _ => it,
    };
    let near = SessionVersion { epoch: Epoch { number: near(number), nonce: near(nonce) }, generation: near(generation) };
    if chance.below(6) == 0 { SessionVersion::default() } else { near }
}

/// The number of records for the rule about sign-ins, fewer than [`RECORDS`] because the test awaits the script for each.
const SIGN_IN_RECORDS: usize = 5_000;

const RECORDS: usize = 20_000;
const SEED: u64 = 0x005e_ed0f_ea71;
const NOW: u64 = 1_790_000_000_000;

/// The token that the machine gives. `None` if the machine would renew the token in the background, or if the lifetime is unknown.
fn fresh_token(record: &SessionRecord, claims: Option<Claims>) -> Option<AccessToken> {
    claims.as_ref()?.lifetime_ms()?;
    let now = Now { wall_ms: NOW, mono_ms: 400 };
    let config = Config { application_id: STORE.into(), token_storage: TokenStorage::LocalStorage, tuning: Tuning::DEFAULT };
    let stored = Stored::from_record(record.clone(), claims);
    let mut machine = Machine::new(config);
    machine.step(now, 0, Event::Started(stored.clone()));
    let effects = machine.step(now, 0, Event::CredentialRequested(CallerId(1), stored));
    if effects.iter().any(|it| matches!(it, Effect::Lock(_))) {
        return None;
    }
    effects.into_iter().find_map(|it| match it {
        Effect::Resolve(_, Ok(Credential::Token(grant))) => Some(grant.token),
        _ => None,
    })
}

fn received_at(record: &SessionRecord) -> u64 {
    record.session.as_ref().map_or(0, |it| it.received_at)
}

/// A random record that a tab may have written, with a token of any age, and the claims that the driver reads from this token.
fn generate(chance: &mut Chance) -> (SessionRecord, Option<Claims>) {
    let life = chance.one_of(&[-5.0, 0.0, 1.0, 5.0, 5.000_9, 20.0, 40.000_1, 299.0, 300.0, 301.0, 3_600.0, 86_400.0, 1e15]);
    let iat = chance.below(2_000_000_000) as f64;
    let sub = Some("user".to_owned());
    let aud = chance.one_of(&[vec![STORE], vec![STORE], vec![STORE], vec![FORUMS, STORE], vec![FORUMS], vec![]]);
    let claims = Claims {
        exp: chance.is_likely().then_some(iat + life),
        iat: chance.is_likely().then_some(iat),
        sub: if chance.is_likely() { sub } else { chance.one_of(&[None, Some("other".to_owned())]) },
        aud: Audience(aud.into_iter().map(Into::into).collect()),
        email: Some("kö@example.com".to_owned()),
    };
    let mut payload = serde_json::to_value(&claims).unwrap();
    if let ([one], true) = (&*claims.aud.0, chance.is_likely()) {
        payload["aud"] = one.as_str().into();
    }
    let segments =
        chance.one_of(&["header.PAYLOAD.signature", "header.PAYLOAD.signature", "header.PAYLOAD.signature", "header.e30.x", "opaque"]);
    let encode = js_sys::Function::new_with_args(
        "text",
        "return btoa(unescape(encodeURIComponent(text))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')",
    );
    let encoded = encode.call1(&wasm_bindgen::JsValue::NULL, &payload.to_string().into()).unwrap().as_string().unwrap();
    let token = segments.replace("PAYLOAD", &encoded);
    let read = match segments {
        "opaque" => None,
        "header.e30.x" => Some(Claims::default()),
        _ => Some(claims),
    };
    // An age near a limit of the rule, near zero, or anywhere.
    let life_ms = (life * 1_000.0) as i64;
    let margin = 60_000.min(life_ms / 5);
    let anywhere = chance.below(400_000) as i64;
    let around = chance.one_of(&[life_ms - margin, life_ms - margin, life_ms - life_ms / 20, life_ms, 0, -1_000, anywhere]);
    let age = (around + chance.one_of(&[-2, -1, 0, 1, 2])).clamp(-5_000, NOW as i64);
    let session = StoredSession {
        sub: "user".into(),
        generation: chance.below(3) as u32,
        token: chance.is_likely().then(|| AccessToken::new(token)),
        received_at: (NOW as i64 - age) as u64,
    };
    let record = SessionRecord {
        format: if chance.is_likely() { 1 } else { 2 },
        epoch: Epoch { number: chance.one_of(&[1, 1_790_000_000, 3_999_999_999, 3_999_999_999, 4_000_000_000, u32::MAX]), nonce: 0 },
        session: chance.is_likely().then_some(session),
        ended: None,
        logout_pending: false,
        throttle_ms: 0,
        throttled_at: 0,
    };
    let read = read.filter(|_| record.session.as_ref().is_some_and(|it| it.token.is_some()));
    (record, read)
}

/// Pseudo-random numbers, the same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }

    /// True in 29 of 30 cases.
    fn is_likely(&mut self) -> bool {
        self.below(30) > 0
    }
}
