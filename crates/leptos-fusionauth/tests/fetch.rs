//! What is sent twice, and what never is.

#![cfg(target_arch = "wasm32")]

mod support;

use leptos_fusionauth::{ApiRequest, FetchError, Method};
use support::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const ORDER: &str = "POST /api/orders";

async fn order(page: &Page) -> Result<u16, FetchError> {
    let request =
        ApiRequest { method: Method::Post, url: format!("{FUSIONAUTH}/api/orders"), body: Some("{}".into()), idempotency_key: None };
    page.session.fetch(request).await.map(|it| it.status())
}

fn orders() -> usize {
    wire().iter().filter(|it| it.starts_with(ORDER)).count()
}

#[wasm_bindgen_test]
async fn a_post_is_replayed_after_a_401_and_after_nothing_else() {
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
    // The page is left in the moment in which it notes, under the lock, that a refresh is under way.
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
    let (status, ()) = futures::future::join(page.validate(), async {
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
    clean().await;
    let page = Page::open(STORE);
    page.sign_in().await;
    record_wire();
    for _ in 0..20 {
        answer_next(ORDER, "new Response(null, { status: 401 })");
    }
    for _ in 0..19 {
        assert_eq!(order(&page).await, Ok(401));
    }
    assert_eq!(wire().iter().filter(|it| it.contains("refresh")).count(), 1);
    assert_eq!(page.validate().await, Ok(200), "other URLs are not slowed down");
    answer_next(ORDER, "new Response(null, { status: 200 })");
    assert_eq!(order(&page).await, Ok(200));
    record_wire();
    answer_next(ORDER, "new Response(null, { status: 401 })");
    answer_next(ORDER, "new Response(null, { status: 200 })");
    assert_eq!(order(&page).await, Ok(200), "and a URL that was open meanwhile is believed no longer");
}
