//! The trace of a real session holds no secret, and a session machine without a browser can replay it.

use crate::support::*;
use fusionauth_session::Trace;
use leptos_fusionauth::SessionState;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

#[wasm_bindgen_test]
async fn a_trace_from_the_console_holds_no_secret_and_replays() {
    clean().await;
    Page::open(STORE).sign_in().await;
    expire(STORE);
    let mut page = Page::open(STORE);
    assert_eq!(page.validate().await, Ok(200));
    record_wire();
    answer_next("GET /api/jwt/validate", "new Response(null, { status: 401 })");
    assert_eq!(page.validate().await, Ok(200));
    assert_eq!(page.session.sign_in("second@example.com", PASSWORD).await, Ok(()));
    page.session.sign_out();
    page.until(|it| matches!(it, SessionState::SignedOut(_))).await;

    let text = script("fusionauthTrace()").await.as_string().expect("a text");
    assert!(text == page.session.trace());
    for secret in ["eyJ", "@", "20000000-0000", PASSWORD] {
        assert!(!text.contains(secret), "{secret} in the trace");
    }
    console_log!("{text}");
    let trace: Trace = serde_json::from_str(&text).expect("a trace");
    assert_eq!(trace.replay(), Ok(()));

    drop(page);
    assert_eq!(script("typeof fusionauthTrace").await.as_string().as_deref(), Some("undefined"));
}
