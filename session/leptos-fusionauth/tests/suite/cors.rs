//! FusionAuth's CORS filter and a real browser: which answers a page may read, and which it only sees as a failure
//! (<https://fusionauth.io/docs/operate/secure/cors>).

use crate::support::{FUSIONAUTH, clean};
use futures::channel::oneshot;
use gloo_net::http::{Method, RequestBuilder, Response};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlIFrameElement, MessageEvent, RequestCredentials};

const WRONG_LOGIN: &str = r#"{"loginId":"nobody@example.com","password":"wrong","applicationId":"10000000-0000-0000-0000-000000000001"}"#;

#[wasm_bindgen_test]
async fn an_allowed_origin_reads_answers_also_when_they_are_errors() {
    clean().await;
    let wrong = post("/api/login").header("Content-Type", "application/json").body(WRONG_LOGIN).unwrap().send().await;
    assert_eq!(wrong.expect("a readable answer").status(), 404);
}

#[wasm_bindgen_test]
async fn a_post_without_a_content_type_is_refused() {
    clean().await;
    assert!(post("/api/jwt/refresh").send().await.is_err());
    let answer = post("/api/jwt/refresh").header("Content-Type", "application/json").body("{}").unwrap().send().await;
    assert_eq!(answer.expect("a readable answer").status(), 400);
}

/// One test makes both checks, because both depend on FusionAuth's list of allowed origins. The test changes the list and restores it.
#[wasm_bindgen_test]
async fn another_origin_reads_no_answer_unless_every_origin_is_allowed() {
    clean().await;
    assert_eq!(fetch_from_another_origin().await, "refused");

    let before = allowed_origins().await;
    allow("[\"*\"]").await;
    let with_star = fetch_from_another_origin().await;
    allow(&before).await;
    assert_eq!(with_star, "404", "with credentials, the filter does not send a star but repeats the request's origin");
    assert_eq!(fetch_from_another_origin().await, "refused");
}

fn post(path: &str) -> RequestBuilder {
    RequestBuilder::new(&format!("{FUSIONAUTH}{path}")).method(Method::POST).credentials(RequestCredentials::Include)
}

/// Sends a sign-in with a wrong password, with cookies, from a sandboxed frame, which has an opaque origin. Returns the status, or
/// `refused` if the frame may not read the answer.
async fn fetch_from_another_origin() -> String {
    let (sender, answer) = oneshot::channel();
    let listener = Closure::once_into_js(move |event: MessageEvent| {
        let _ = sender.send(event.data().as_string().unwrap_or_default());
    });
    let options = web_sys::AddEventListenerOptions::new();
    options.set_once(true);
    window().add_event_listener_with_callback_and_add_event_listener_options("message", listener.unchecked_ref(), &options).unwrap();

    let frame: HtmlIFrameElement = document().create_element("iframe").unwrap().unchecked_into();
    frame.set_attribute("sandbox", "allow-scripts").unwrap();
    let script = format!(
        "fetch('{FUSIONAUTH}/api/login', {{method: 'POST', credentials: 'include', headers: {{'Content-Type': 'application/json'}}, body: '{WRONG_LOGIN}'}})
            .then(answer => String(answer.status), () => 'refused').then(it => parent.postMessage(it, '*'))"
    );
    frame.set_srcdoc(&format!("<script>{script}</script>"));
    document().body().unwrap().append_child(&frame).unwrap();
    let answer = answer.await.expect("an answer");
    frame.remove();
    answer
}

/// The configured list of origins, as JSON.
async fn allowed_origins() -> String {
    let system = web_sys::Response::from(admin(Method::GET, None).await).json().unwrap();
    let mut value: JsValue = wasm_bindgen_futures::JsFuture::from(system).await.unwrap();
    for member in ["systemConfiguration", "corsConfiguration", "allowedOrigins"] {
        value = js_sys::Reflect::get(&value, &member.into()).unwrap();
    }
    String::from(js_sys::JSON::stringify(&value).unwrap())
}

async fn allow(origins: &str) {
    let body = format!(r#"{{"systemConfiguration":{{"corsConfiguration":{{"allowedOrigins":{origins}}}}}}}"#);
    assert_eq!(admin(Method::PATCH, Some(body)).await.status(), 200);
}

async fn admin(method: Method, body: Option<String>) -> Response {
    // A merge patch replaces lists; FusionAuth's plain JSON patch appends to them.
    let request = RequestBuilder::new(&format!("{FUSIONAUTH}/api/system-configuration"))
        .method(method)
        .header("Authorization", "development-only-api-key")
        .header("Content-Type", "application/merge-patch+json");
    match body {
        Some(body) => request.body(body).unwrap().send().await,
        None => request.send().await,
    }
    .expect("an answer")
}
