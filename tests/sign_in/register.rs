//! The registration form: the password rules, the return to the previous page, and an email that already has an account.

use crate::support::{answer, answer_with_token, calls, click, fill, find, get, mount_app, pause, text, wait_for};
use leptos::prelude::*;
use storefront_api::App;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

const MADE: &str = r#"{"id":"new","email":"new@example.com","displayName":"Shopper 4F2A"}"#;

fn path() -> String {
    window().location().pathname().unwrap()
}

async fn register() {
    wait_for("form", || find("#register").is_some()).await;
    fill("#email", "new@example.com");
    fill("#new-password", "correct-horse-battery");
    click("#register [type=submit]");
}

#[wasm_bindgen_test]
async fn the_rules_are_shown_and_a_refusal_stands_at_its_field() {
    let (_page, _) = mount_app(App::Forums, "/register");
    let rules = r#"{"passwordValidationRules":{"minLength":12,"maxLength":256}}"#;
    answer("GET /api/tenant/password-validation-rules", 200, rules);
    wait_for("rules", || text(".rules").contains("At least 12 characters") || text(".rules").contains("At least 8 characters")).await;
    let (id, name) = (get::<HtmlInputElement>("#new-password").id(), get::<HtmlInputElement>("#new-password").name());
    assert_eq!((id.as_str(), name.as_str()), ("new-password", "new-password"), "the id and name must differ from the sign-in form's");
    let invalid = r#"{"type":"/problems/invalid","title":"T","status":422,"detail":"D",
        "errors":[{"field":"password","code":"too-short","message":"Choose a longer password."}]}"#;
    answer("POST /api/register", 422, invalid);
    register().await;
    wait_for("refusal", || text("#new-password-error").contains("Choose a longer password.")).await;
    let button = text("#register [type=submit]");
    assert!(button == "Create account" && calls("POST /api/login").is_empty(), "the app must not sign in: {button}");
}

#[wasm_bindgen_test]
async fn a_registration_returns_to_the_previous_page() {
    let (_page, id) = mount_app(App::Forums, "/register?next=%2Faccount");
    answer("POST /api/register", 201, MADE);
    answer_with_token("POST /api/login", &id, "new");
    register().await;
    wait_for("previous page", || path() == "/account").await;
    wait_for("notice", || text(".banner.done").starts_with("Your account is ready.")).await;
    answer("GET /api/posts", 200, "[]");
    click("header .to-start");
    wait_for("next page", || path() == "/").await;
    js_sys::eval("history.back()").unwrap();
    wait_for("second page", || path() == "/account").await;
    wait_for("end of the notice", || find(".banner.done").is_none()).await;
}

#[wasm_bindgen_test]
async fn an_address_that_has_an_account_looks_like_one_that_is_to_be_verified() {
    let mut pages = Vec::new();
    for (status, body) in [(212, "{}"), (404, "")] {
        let (_page, _) = mount_app(App::Store, "/register?next=%2Fcart");
        answer("POST /api/register", 201, MADE);
        answer("POST /api/login", status, body);
        register().await;
        wait_for("next step", || text("h1") == "Confirm your email address").await;
        pause().await;
        pages.push((text(".auth"), document().title(), path()));
    }
    assert_eq!(pages[0], pages[1]);
    assert!(pages[0].0.contains("new@example.com"), "{}", pages[0].0);
}

#[wasm_bindgen_test]
async fn a_failed_sign_in_after_registering_shows_the_sign_in_form() {
    let (_page, _) = mount_app(App::Store, "/register");
    answer("POST /api/register", 201, MADE);
    answer("POST /api/login", 503, "");
    register().await;
    wait_for("sign-in form", || find("#login").is_some() && text(".summary").contains("isn't responding right now")).await;
}
