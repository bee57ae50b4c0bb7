//! Late answers, truncated answers and the answers of a proxy: none of them signs a user out.

use crate::support::*;
use fusionauth_session::Connection;
use futures::{future::join, poll};
use leptos_fusionauth::{FetchError, SessionConfig, SessionState, TokenStorage};
use wasm_bindgen_test::wasm_bindgen_test;

const REFRESH: &str = "POST /api/jwt/refresh";

/// Opens a page with an expired access token. `answer` is a JavaScript expression for the answer to the next refresh. It may call `real()`,
/// which sends a real refresh.
async fn refreshing(answer: &str) -> Page {
    clean().await;
    Page::open(STORE).sign_in().await;
    expire(STORE);
    record_wire();
    let real = format!(
        "fetch('{FUSIONAUTH}/api/jwt/refresh', {{ method: 'POST', credentials: 'include', body: '{{}}', headers: {{ 'Content-Type': 'application/json' }} }})"
    );
    answer_next(REFRESH, &format!("(real => {answer})(() => {real})"));
    Page::open(STORE)
}

fn is_good(view: &SessionState) -> bool {
    matches!(view, SessionState::SignedIn { connection: Connection::Good, .. })
}

#[wasm_bindgen_test]
async fn a_truncated_body_is_no_answer() {
    let half = "text => new Response(new ReadableStream({
        pull(body) {
            if (this.sent) return body.error(new TypeError('cut'));
            this.sent = true;
            body.enqueue(new TextEncoder().encode(text.slice(0, text.length / 2)));
        },
    }))";
    let page = refreshing(&format!("real().then(it => it.text()).then({half})")).await;
    assert_eq!(page.validate().await, Ok(200), "the retry succeeds with the cookie from the headers");
    assert_eq!(refreshes(), 3, "the page's refresh, the real refresh that the fake answer sends, and one retry");
}

#[wasm_bindgen_test]
async fn a_stalled_body_is_no_answer() {
    let page = refreshing("new Response(new ReadableStream({}))").await;
    // Holds the timer of the one-minute limit, so that the limit can pass at once. Shorter timers run as usual.
    let time = Time::hold_from(59_000);
    let (status, ()) = join(page.validate(), async {
        until("refresh", || refreshes() == 1).await;
        time.advance(60_000);
    })
    .await;
    assert_eq!((status, refreshes()), (Ok(200), 2), "the page sends one more refresh");
}

#[wasm_bindgen_test]
async fn a_proxys_html_page_is_no_refusal() {
    for status in [200, 400, 401, 403, 404, 502] {
        let html = "{ 'Content-Type': 'text/html' }";
        let answer = format!("new Response('<!doctype html><h1>No</h1>', {{ status: {status}, headers: {html} }})");
        let page = refreshing(&answer).await;
        assert_eq!((page.validate().await, refreshes()), (Ok(200), 2), "{status}");
    }
}

#[wasm_bindgen_test]
async fn a_pause_that_fusionauth_asks_for_is_kept_also_after_a_reload() {
    clean().await;
    Page::open(STORE).sign_in().await;
    expire(STORE);
    record_wire();
    // Under `/busy` the emulator answers 429 with `Retry-After: 2`. Its CORS filter decides whether the page may read this header.
    let busy =
        || Page::open_with(SessionConfig { fusionauth_url: format!("{FUSIONAUTH}/busy"), ..config(STORE, TokenStorage::LocalStorage) });
    let sent = || wire().iter().filter(|it| it.starts_with("POST /busy/api/jwt/refresh")).count();
    let time = Time::stop();
    let page = busy();
    assert_eq!(page.validate().await, Err(FetchError::Reconnecting), "callers do not wait for the end of the pause");
    assert_eq!(page.validate().await, Err(FetchError::Reconnecting));
    drop(page);
    let page = busy();
    assert_eq!(page.validate().await, Err(FetchError::Reconnecting));
    assert_eq!(sent(), 1, "all callers on all pages send one refresh");
    drop(page);
    let mut page = Page::open(STORE);
    time.advance(1_999);
    // Wait for the lock, because a session that refreshes holds it until it has sent its request.
    script(&format!("navigator.locks.request('{}', () => {{}})", key(STORE))).await;
    assert_eq!(refreshes(), 0, "the session waits for the end of the pause");
    time.advance(1);
    page.until(is_good).await;
    assert_eq!((page.validate().await, refreshes()), (Ok(200), 1));
}

#[wasm_bindgen_test]
async fn a_refresh_that_outlasts_its_callers_is_not_aborted() {
    let mut page = refreshing("real().then(it => new Promise(done => wire.answer = () => done(it)))").await;
    let time = Time::stop();
    let mut caller = Box::pin(page.validate());
    assert!(poll!(&mut caller).is_pending());
    until("answer", is_answer_held).await;
    time.advance(9_999);
    turn().await;
    assert!(poll!(&mut caller).is_pending());
    time.advance(1);
    assert_eq!(caller.await, Err(FetchError::Reconnecting), "a caller waits at most ten seconds");
    answer_now();
    page.until(is_good).await;
    assert_eq!((page.validate().await, refreshes()), (Ok(200), 2), "the page's refresh, and the real refresh that the fake answer sends");
}
