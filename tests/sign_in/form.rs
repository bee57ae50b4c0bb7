//! The sign-in forms: every answer of FusionAuth, empty fields, the second factor, and the button that shows the password.

use crate::support::{answer, calls, click, fill, find, focused, get, mount_part, network, pause, text, wait_for};
use leptos::prelude::*;
use leptos_fusionauth::LoginFailure;
use std::cell::Cell;
use storefront::sign_in::{SignInFlow, SignInProgress};
use storefront_api::App;
use storefront_messages::SIGN_OUT_PENDING;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlInputElement, MouseEvent};

thread_local! {
    static PROGRESS: Cell<Option<SignInProgress>> = const { Cell::new(None) };
}

fn form() -> AnyView {
    let progress = SignInProgress::new();
    PROGRESS.set(Some(progress));
    view! { <SignInFlow progress/> }.into_any()
}

fn answered(answer: Result<(), LoginFailure>) {
    PROGRESS.get().unwrap().answered(answer);
}

fn two_factor() -> Result<(), LoginFailure> {
    Err(LoginFailure::TwoFactorRequired { two_factor_id: "two-factor-id".into() })
}

#[wasm_bindgen_test]
async fn every_refusal_is_an_alert_that_has_the_focus_and_marks_the_title() {
    let table = [
        (Err(LoginFailure::InvalidCredentials), "not correct"),
        (Err(LoginFailure::ApiKeyRequired), "asks for an API key"),
        (Err(LoginFailure::Invalid), "rejected the request"),
        (Err(LoginFailure::UnusableToken), "for another application"),
        (
            Err(LoginFailure::Unavailable { status: SIGN_OUT_PENDING }),
            "signed out on every device, but the sign-in service hasn't confirmed",
        ),
        (Err(LoginFailure::Unavailable { status: 429 }), "Too many attempts"),
        (Err(LoginFailure::Unavailable { status: 503 }), "isn't responding right now"),
        (Err(LoginFailure::NoAnswer), "We couldn't reach the"),
    ];
    for (outcome, says) in table {
        let _page = mount_part(App::Store, None, form);
        pause().await;
        answered(outcome.clone());
        pause().await;
        assert!(text(".summary [role=alert]").contains(says), "{outcome:?}: {:?}", text(".summary"));
        assert_eq!(focused().class_name(), "summary", "{outcome:?}");
        assert_eq!(document().title(), "Error: Sign in · Fernhill", "{outcome:?}");
        let retry = matches!(outcome, Err(LoginFailure::Unavailable { status: SIGN_OUT_PENDING | 503 } | LoginFailure::NoAnswer));
        assert_eq!(find(".summary button").is_some(), retry, "{outcome:?}");
    }
}

#[wasm_bindgen_test]
async fn every_blocked_sign_in_has_a_page_with_what_to_do_and_a_way_back() {
    let change = |reason: &str| Err(LoginFailure::PasswordChangeRequired { change_password_id: None, reason: Some(reason.into()) });
    let table = [
        (Err(LoginFailure::NotRegistered), "Not registered yet", "Use another account"),
        (Err(LoginFailure::Prevented), "Sign-in is blocked", "Sign-in is blocked for now."),
        (Err(LoginFailure::AccountExpired), "You can't sign in with this account", "has expired"),
        (Err(LoginFailure::Locked), "You can't sign in with this account", "is locked"),
        (change("Breached"), "Change your password", "data breach"),
        (change("Expired"), "Change your password", "has expired"),
        (Err(LoginFailure::EmailNotVerified), "Confirm your email address", "email with a link"),
        (Err(LoginFailure::RegistrationNotVerified), "Confirm your registration", "email with a link"),
    ];
    for (outcome, heading, says) in table {
        let _page = mount_part(App::Forums, None, form);
        pause().await;
        answered(outcome.clone());
        pause().await;
        assert_eq!(text("h1"), heading);
        assert!(text(".auth").contains(says), "{outcome:?}");
        let has_only_field = outcome == Err(LoginFailure::Prevented);
        assert_eq!(focused().tag_name(), if has_only_field { "INPUT" } else { "H1" }, "{outcome:?}");
        let prefix = if outcome == Err(LoginFailure::Prevented) { "Error: " } else { "" };
        assert_eq!(document().title(), format!("{prefix}{heading} · Fernhill Forums"));
        assert!(find("#login").is_none());
        click(".auth button.quiet:last-of-type");
        pause().await;
        assert!(find("#login").is_some());
    }
}

#[wasm_bindgen_test]
async fn empty_fields_are_named_and_nothing_is_sent() {
    let _page = mount_part(App::Store, None, form);
    pause().await;
    click("#login [type=submit]");
    pause().await;
    assert_eq!(text(".summary li:nth-child(1)"), "Enter your email address.");
    assert_eq!(text(".summary li:nth-child(2)"), "Enter your password.");
    for (input, error) in [("#username", "username-error"), ("#current-password", "password-error")] {
        assert_eq!(get::<HtmlInputElement>(input).get_attribute("aria-invalid").as_deref(), Some("true"));
        assert_eq!(get::<HtmlInputElement>(input).get_attribute("aria-describedby").as_deref(), Some(error));
        assert!(text(&format!("#{error}")).starts_with("Error: "));
    }
    click(".summary li:nth-child(2) a");
    assert_eq!(focused().id(), "current-password");
    assert_eq!(calls(""), "");
}

#[wasm_bindgen_test]
async fn a_refusal_keeps_the_email_and_clears_the_password() {
    let _page = mount_part(App::Store, None, form);
    answer("POST /api/login", 404, "");
    pause().await;
    fill("#username", "shopper@example.com");
    fill("#current-password", "wrong");
    click("#login [type=submit]");
    wait_for("refusal", || text(".summary").contains("not correct")).await;
    pause().await;
    assert_eq!(get::<HtmlInputElement>("#username").value(), "shopper@example.com");
    assert_eq!(get::<HtmlInputElement>("#current-password").value(), "");
}

#[wasm_bindgen_test]
async fn while_sending_a_second_submit_is_ignored() {
    let _page = mount_part(App::Store, None, form);
    network("hold('POST /api/login')");
    pause().await;
    fill("#username", "shopper@example.com");
    fill("#current-password", "secret");
    for _ in 0..3 {
        click("#login [type=submit]");
    }
    wait_for("request", || !calls("POST /api/login").is_empty()).await;
    assert_eq!(text("#login [type=submit]"), "Signing in…");
    assert_eq!(find("#login [type=submit]").unwrap().get_attribute("aria-disabled").as_deref(), Some("true"));
    assert_eq!(calls("POST /api/login").lines().count(), 1);
    answer("POST /api/login", 404, "");
    network("release('POST /api/login')");
    wait_for("answer", || text(".summary").contains("not correct")).await;
    assert_eq!(text("#login [type=submit]"), "Sign in");
}

#[wasm_bindgen_test]
async fn the_second_factor_may_be_tried_again_until_it_expires() {
    let _page = mount_part(App::Store, None, form);
    pause().await;
    fill("#username", "twofactor@example.com");
    answered(two_factor());
    pause().await;
    assert_eq!(text("h1"), "Enter your code");
    // Read the attribute, because Firefox's property supports fewer values than password managers do.
    assert_eq!(get::<HtmlInputElement>("#code").get_attribute("autocomplete").as_deref(), Some("one-time-code"));
    let inputmode = get::<HtmlInputElement>("#code").get_attribute("inputmode");
    assert_eq!(inputmode, None, "the field must not ask for a numeric keyboard, because recovery codes have letters");

    answer("POST /api/two-factor/login", 421, "");
    fill("#code", "123 456");
    click("#second-factor [type=submit]");
    wait_for("refusal", || text(".summary").contains("code is not correct")).await;
    assert!(calls("POST /api/two-factor/login").contains(r#""code":"123456""#));

    answer("POST /api/two-factor/login", 404, "");
    fill("#code", "123456");
    click("#second-factor [type=submit]");
    wait_for("password form", || find("#login").is_some()).await;
    wait_for("reason", || text(".summary").contains("ran out of time")).await;
}

#[wasm_bindgen_test]
async fn the_code_is_asked_for_in_an_empty_field() {
    let _page = mount_part(App::Store, None, form);
    pause().await;
    answer("POST /api/login", 242, r#"{"twoFactorId":"two-factor-id"}"#);
    fill("#username", "twofactor@example.com");
    fill("#current-password", "correct-horse-battery");
    click("#login [type=submit]");
    wait_for("code form", || find("#code").is_some()).await;
    assert_eq!(get::<HtmlInputElement>("#code").value(), "");
}

#[wasm_bindgen_test]
async fn the_password_can_be_shown_and_hides_itself_at_submit() {
    let _page = mount_part(App::Store, None, form);
    pause().await;
    let kind = || get::<HtmlInputElement>("#current-password").type_();
    assert_eq!(kind(), "password");
    click(".reveal");
    pause().await;
    assert_eq!((kind().as_str(), text(".reveal").as_str()), ("text", "Hide"));
    assert_eq!(text(".joined [role=status]"), "Your password is visible.");
    click("#login [type=submit]");
    pause().await;
    assert_eq!(kind(), "password");

    click(".reveal");
    pause().await;
    assert_eq!(kind(), "text");
    js_sys::eval("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))").unwrap();
    pause().await;
    assert_eq!(kind(), "password", "the password must be hidden on a page from the back/forward cache");
}

#[wasm_bindgen_test]
async fn a_field_that_is_left_empty_is_no_error_before_the_submit() {
    let _page = mount_part(App::Store, None, form);
    pause().await;
    for selector in ["#username", "#current-password", "#login [type=submit]"] {
        get::<HtmlInputElement>(selector).focus().unwrap();
        pause().await;
    }
    assert!(find(".summary [role=alert] *").is_none());
    assert_eq!(get::<HtmlInputElement>("#username").get_attribute("aria-invalid"), None);
}

#[wasm_bindgen_test]
async fn a_password_manager_may_paste() {
    let _page = mount_part(App::Store, None, form);
    pause().await;
    for selector in ["#username", "#current-password"] {
        let event = MouseEvent::new("paste").unwrap();
        assert!(get::<HtmlInputElement>(selector).dispatch_event(&event).unwrap(), "{selector} prevents pasting");
        assert_eq!(get::<HtmlInputElement>(selector).max_length(), -1, "{selector} truncates pasted text");
    }
}
