//! Sign-ins without a password: by the code of a link, and by a short code that the user types. The test plays the backend, which starts
//! the sign-in with the API key.

use crate::support::*;
use leptos_fusionauth::{LoginFailure, TokenStorage, json};
use wasm_bindgen_test::wasm_bindgen_test;

/// The codes that a backend gets from FusionAuth.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Codes {
    code: String,
    one_time_code: Option<String>,
}

/// Starts a sign-in, and allows the Store's users to sign in without a password.
async fn start(login_id: &str, strategy: &str) -> Codes {
    let allowed = r#"{"application":{"passwordlessConfiguration":{"enabled":true}}}"#;
    assert_eq!(admin("PATCH", &format!("/api/application/{STORE}"), allowed).await, 200);
    let body = format!(r#"{{"applicationId":"{STORE}","loginId":"{login_id}","loginStrategy":"{strategy}"}}"#);
    let headers = "{ Authorization: 'development-only-api-key', 'Content-Type': 'application/json' }";
    let request = format!("{{ method: 'POST', headers: {headers}, body: '{body}' }}");
    let answer = script(&format!("fetch('{FUSIONAUTH}/api/passwordless/start', {request}).then(it => it.text())")).await;
    json::decode(&answer.as_string().unwrap()).unwrap()
}

#[wasm_bindgen_test]
async fn the_code_of_a_link_signs_in_once_and_the_session_is_renewed_like_any_other() {
    for token_storage in [TokenStorage::LocalStorage, TokenStorage::BackendCookies] {
        clean().await;
        let codes = start("shopper@example.com", "ClickableLink").await;
        let page = Page::open_with(config(STORE, token_storage));
        record_wire();
        assert_eq!(page.session.sign_in_passwordless(&codes.code, None).await, Ok(()));
        // With cookies the page also asks the backend who is signed in.
        let posts: Vec<_> = wire().into_iter().filter(|it| it.starts_with("POST")).collect();
        assert_eq!(posts, ["POST /api/passwordless/login +cookies"]);
        assert_eq!(page.validate().await, Ok(200), "{token_storage:?}");
        if token_storage == TokenStorage::LocalStorage {
            drop(page);
            expire(STORE);
            assert_eq!(Page::open(STORE).validate().await, Ok(200), "the session is renewed");
        }
        clean().await;
        let page = Page::open(STORE);
        assert_eq!(page.session.sign_in_passwordless(&codes.code, None).await, Err(LoginFailure::InvalidCredentials), "the code was used");
    }
}

#[wasm_bindgen_test]
async fn a_typed_code_signs_in_with_the_code_that_the_backend_gave_to_the_page() {
    clean().await;
    let page = Page::open(STORE);
    for is_right in [false, true] {
        let codes = start("shopper@example.com", "FormField").await;
        let short = codes.one_time_code.expect("a short code");
        let typed = if is_right { short.as_str() } else { "wrong" };
        let expected = if is_right { Ok(()) } else { Err(LoginFailure::InvalidCredentials) };
        assert_eq!(page.session.sign_in_passwordless(&codes.code, Some(typed)).await, expected);
    }
    assert_eq!(page.validate().await, Ok(200));
}

#[wasm_bindgen_test]
async fn other_outcomes_are_those_of_a_sign_in_with_a_password() {
    clean().await;
    let page = Page::open(STORE);
    let codes = start("twofactor@example.com", "ClickableLink").await;
    let Err(LoginFailure::TwoFactorRequired { two_factor_id }) = page.session.sign_in_passwordless(&codes.code, None).await else {
        panic!("no second factor asked")
    };
    assert_eq!(page.session.next_step().methods.len(), 1);
    let wrong = page.session.complete_two_factor(&two_factor_id, "000000", Default::default()).await;
    assert_eq!(wrong, Err(LoginFailure::InvalidCode), "the second factor continues this sign-in");
    for (login_id, expected) in [
        ("unregistered@example.com", LoginFailure::NotRegistered),
        ("unverified@example.com", LoginFailure::EmailNotVerified),
        ("locked@example.com", LoginFailure::Locked),
    ] {
        let codes = start(login_id, "ClickableLink").await;
        assert_eq!(page.session.sign_in_passwordless(&codes.code, None).await, Err(expected), "{login_id}");
    }
    assert!(stored(STORE).is_none_or(|it| it.session.is_none()), "no failed sign-in is stored");
}
