//! `Session::fetch`: where requests go, which requests it repeats, and which it never sends.

use crate::support::*;
use futures::{future::join, poll};
use leptos_fusionauth::{ApiRequest, FetchError, SessionConfig, TokenStorage};
use std::time::Duration;
use wasm_bindgen_test::wasm_bindgen_test;

const ORDER: &str = "POST /api/orders";

async fn order(page: &Page) -> Result<u16, FetchError> {
    page.session.fetch(ApiRequest::post(format!("{FUSIONAUTH}/api/orders")).json(&[1])).await.map(|it| it.status())
}

fn orders() -> usize {
    wire().iter().filter(|it| it.starts_with(ORDER)).count()
}

#[wasm_bindgen_test]
async fn a_post_is_replayed_after_a_401_only() {
    clean().await;
    let page = Page::open(STORE);
    page.sign_in().await;
    for status in [200, 201, 202, 400, 403, 404, 408, 409, 410, 419, 425, 429, 500, 502, 503, 504] {
        record_wire();
        answer_next(ORDER, &format!("new Response(null, {{ status: {status} }})"));
        assert_eq!((order(&page).await, orders()), (Ok(status), 1));
    }
    for error in ["new TypeError('Failed to fetch')", "new DOMException('cut', 'NetworkError')"] {
        record_wire();
        answer_next(ORDER, &format!("Promise.reject({error})"));
        assert_eq!((order(&page).await, orders()), (Err(FetchError::Network), 1));
    }
    for second in [201, 500, 401] {
        record_wire();
        answer_next(ORDER, "new Response(null, { status: 401 })");
        answer_next(ORDER, &format!("new Response(null, {{ status: {second} }})"));
        assert_eq!(order(&page).await, Ok(second));
        let expected = ["POST /api/orders +token", "POST /api/jwt/refresh +cookies", "POST /api/orders +token"];
        assert_eq!(wire(), expected);
    }
}

#[wasm_bindgen_test]
async fn a_page_that_is_left_before_it_sends_sends_nothing_until_it_is_back() {
    clean().await;
    Page::open(STORE).sign_in().await;
    expire(STORE);
    record_wire();
    // The user leaves the page at the moment at which the page notes, under the lock, that a refresh is under way.
    script(
        "(() => {
            const put = IDBObjectStore.prototype.put;
            globalThis.left = new Promise(done => {
                IDBObjectStore.prototype.put = function (...given) {
                    const request = put.apply(this, given), [, , , underWay] = given[0];
                    if (!underWay) return request;
                    IDBObjectStore.prototype.put = put;
                    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
                    done();
                    return request;
                };
            });
        })()",
    )
    .await;
    let page = Page::open(STORE);
    let (status, ()) = join(page.validate(), async {
        script("left").await;
        let free = format!("new Promise(done => navigator.locks.request('{}', done))", key(STORE));
        script(&free).await;
        assert_eq!(wire(), [""; 0], "the lock is free, and nothing was sent");
        script("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))").await;
    })
    .await;
    assert_eq!(status, Ok(200));
    assert_eq!(wire(), ["POST /api/jwt/refresh +cookies", "GET /api/jwt/validate +token"]);
}

#[wasm_bindgen_test]
async fn a_url_that_answers_401_to_a_fresh_token_too_costs_one_refresh() {
    let page = signed_in(TokenStorage::LocalStorage).await;
    for _ in 0..20 {
        answer_next(ORDER, "new Response(null, { status: 401 })");
    }
    for _ in 0..19 {
        assert_eq!(order(&page).await, Ok(401));
    }
    assert_eq!(wire().iter().filter(|it| it.contains("refresh")).count(), 1);
    assert_eq!(page.validate().await, Ok(200), "requests to other URLs work as before");
    answer_next(ORDER, "new Response(null, { status: 200 })");
    assert_eq!(order(&page).await, Ok(200));
    record_wire();
    answer_next(ORDER, "new Response(null, { status: 401 })");
    answer_next(ORDER, "new Response(null, { status: 200 })");
    assert_eq!(order(&page).await, Ok(200), "after a success, a 401 leads to a refresh again");
}

#[wasm_bindgen_test]
async fn a_refusal_of_one_session_does_not_affect_another() {
    clean().await;
    let [store, forums] = [STORE, FORUMS].map(Page::open);
    for page in [&store, &forums] {
        page.sign_in().await;
    }
    record_wire();
    for _ in 0..2 {
        answer_next(ORDER, "new Response(null, { status: 401 })");
    }
    assert_eq!(order(&forums).await, Ok(401));
    record_wire();
    answer_next(ORDER, "new Response(null, { status: 401 })");
    // FusionAuth's cookie belongs to the later sign-in, so this refresh ends the session. The test only checks that the refresh is sent.
    assert_eq!(order(&store).await, Err(FetchError::SignedOut));
    assert!(wire().iter().any(|it| it.contains("refresh")), "the other session sends its own refresh");
    record_wire();
    answer_next(ORDER, "new Response(null, { status: 401 })");
    assert_eq!(order(&forums).await, Ok(401));
    assert_eq!(wire(), ["POST /api/orders +token"], "the first session remembers the 401");
}

#[wasm_bindgen_test]
async fn a_token_goes_to_the_pages_origin_and_to_those_that_the_configuration_names() {
    clean().await;
    let page = Page::open_with(SessionConfig { api_origins: Vec::new(), ..config(STORE, TokenStorage::LocalStorage) });
    page.sign_in().await;
    expire(STORE);
    record_wire();
    let foreign = [
        format!("{FUSIONAUTH}/api/jwt/validate"),
        FUSIONAUTH.replace("http:", "") + "/x",
        FUSIONAUTH.replace("http://", "\t\\\\") + "/x",
        "https://user:password@shop.test/x".to_owned(),
        "data:text/plain,x".to_owned(),
        "http://".to_owned(),
    ];
    for url in foreign {
        assert_eq!(page.session.fetch(ApiRequest::get(&*url)).await.err(), Some(FetchError::ForeignOrigin), "{url}");
    }
    // With a `base` element of another origin, a path is a URL of that origin.
    script(&format!("document.head.append(Object.assign(document.createElement('base'), {{ href: '{FUSIONAUTH}' }}))")).await;
    assert_eq!(page.session.fetch(ApiRequest::get("/x")).await.err(), Some(FetchError::ForeignOrigin));
    script("document.querySelector('base').remove()").await;
    assert_eq!(wire(), [""; 0], "the session does not even renew the token");
    drop(page);

    let page = Page::open(STORE);
    for (url, name) in [("/x", "GET /x"), ("http:x/../y", "GET /y"), (FUSIONAUTH, "GET /")] {
        record_wire();
        answer_next(name, "new Response()");
        assert_eq!(page.session.fetch(ApiRequest::get(url)).await.map(|it| it.status()), Ok(200), "{url}");
        assert_eq!(wire().last(), Some(&format!("{name} +token")));
    }
}

#[wasm_bindgen_test]
async fn method_headers_and_body_arrive_unchanged() {
    let page = signed_in(TokenStorage::LocalStorage).await;
    let echo = "request.text().then(text => Response.json([...['Content-Type', 'X-Trace'].map(it => request.headers.get(it)), text]))";
    let echoed = async |request: ApiRequest, name: &str| {
        answer_next(name, echo);
        page.session.fetch(request).await?.json::<(Option<String>, Option<String>, String)>().await
    };
    let some = |it: &str| Some(it.to_owned());
    let patch = ApiRequest::patch("/x").json(&7).header("X-Trace", "1");
    assert_eq!(echoed(patch.clone(), "PATCH /x").await, Ok((some("application/json"), some("1"), "7".into())));
    let merge = ApiRequest::patch("/x").json(&7).header("Content-Type", "application/merge-patch+json");
    assert_eq!(echoed(merge, "PATCH /x").await, Ok((some("application/merge-patch+json"), None, "7".into())));
    let bytes = ApiRequest::put("/x").bytes(b"a\nb", "text/csv");
    assert_eq!(echoed(bytes, "PUT /x").await, Ok((some("text/csv"), None, "a\nb".into())));
    let form = web_sys::FormData::new().unwrap();
    form.append_with_str("name", "value").unwrap();
    let (media_type, _, text) = echoed(ApiRequest::post("/x").form_data(&form), "POST /x").await.unwrap();
    assert!(media_type.is_some_and(|it| it.starts_with("multipart/form-data; boundary=")) && text.contains("value"), "{text}");

    let other = patch.clone().header("X-Other", "2");
    answer_next("PATCH /x", "Response.json(request.headers.has('X-Other'))");
    answer_next("PATCH /x", "Response.json(request.headers.has('X-Other'))");
    let has_other = async |it| page.session.fetch(it).await?.json::<bool>().await;
    assert_eq!((has_other(other).await, has_other(patch).await), (Ok(true), Ok(false)), "a clone has its own headers");
}

#[wasm_bindgen_test]
async fn a_body_is_read_as_json_text_or_bytes() {
    let page = signed_in(TokenStorage::LocalStorage).await;
    let answered = async |response: &str| {
        answer_next("GET /x", response);
        page.session.fetch(ApiRequest::get("/x")).await.unwrap_or_else(|it| panic!("{it}"))
    };
    let answer = answered("new Response('[7]', { status: 404, headers: { 'X-Trace': '1' } })").await;
    assert_eq!(
        (answer.status(), answer.is_success(), answer.header("x-trace").as_deref(), answer.header("etag")),
        (404, false, Some("1"), None)
    );
    assert_eq!(answer.json::<Vec<u8>>().await, Ok(vec![7]));
    assert_eq!(answered("new Response('\u{e4}')").await.text().await.as_deref(), Ok("\u{e4}"));
    assert_eq!(answered("new Response(new Uint8Array([0, 255]))").await.bytes().await, Ok(vec![0, 255]));
    for no_number in ["", "<html>", "null", "[]"] {
        assert_eq!(answered(&format!("new Response('{no_number}')")).await.json::<u8>().await, Err(FetchError::Unreadable), "{no_number}");
    }
    let cut = "new Response(new ReadableStream({ pull: body => body.error(new TypeError('cut')) }))";
    assert_eq!(answered(cut).await.json::<u8>().await, Err(FetchError::Network));
}

#[wasm_bindgen_test]
async fn headers_and_body_share_one_limit_and_one_abort() {
    let page = signed_in(TokenStorage::LocalStorage).await;
    let time = Time::stop();
    let stalled = "(globalThis.signal = request.signal, new Response(new ReadableStream({})))";
    let is_aborted = async || script("signal.aborted").await.as_bool();
    let request = || ApiRequest::get("/x").time_limit(Duration::from_millis(300));
    answer_next("GET /x", &format!("new Promise(done => wire.answer = () => done({stalled}))"));
    let (answer, ()) = join(page.session.fetch(request()), async {
        until("request", is_answer_held).await;
        time.advance(200);
        answer_now();
    })
    .await;
    let Ok(answer) = answer else { panic!("no answer") };
    let mut text = Box::pin(answer.text());
    assert!(poll!(&mut text).is_pending());
    time.advance(99);
    assert_eq!(is_aborted().await, Some(false));
    assert!(poll!(&mut text).is_pending());
    time.advance(1);
    assert_eq!(text.await, Err(FetchError::Timeout), "the body gets the rest of the limit");
    assert_eq!(is_aborted().await, Some(true));

    answer_next("GET /x", stalled);
    drop(page.session.fetch(request()).await);
    assert_eq!(is_aborted().await, Some(true), "dropping an unread answer aborts the request");
    answer_next("GET /x", "(globalThis.signal = request.signal, new Promise(() => {}))");
    let (answer, ()) = join(page.session.fetch(request()), async {
        until("request", || wire().len() == 3).await;
        time.advance(300);
    })
    .await;
    assert_eq!(answer.err(), Some(FetchError::Timeout));
    assert_eq!(is_aborted().await, Some(true));
}

#[wasm_bindgen_test]
async fn a_request_that_must_not_be_replayed_returns_its_401() {
    let page = signed_in(TokenStorage::LocalStorage).await;
    answer_next(ORDER, "new Response(null, { status: 401 })");
    let request = ApiRequest::post(format!("{FUSIONAUTH}/api/orders")).without_replay();
    assert_eq!(page.session.fetch(request).await.map(|it| it.status()), Ok(401));
    assert_eq!(wire(), ["POST /api/orders +token"], "neither a renewal nor a replay");
    answer_next(ORDER, "new Response(null, { status: 401 })");
    answer_next(ORDER, "new Response(null, { status: 201 })");
    assert_eq!(order(&page).await, Ok(201), "the 401 does not affect the next request");
}
