//! The steps after a sign-in that FusionAuth did not complete: the ways to get a code, verification, a missing registration, blocked and
//! closed accounts, and the pages that verification links open.

use crate::support::{
    announced, answer, answer_with_token, calls, click, fill, find, focused, get, mount_app, network, pause, reload_app, sign_in,
    sign_in_to, text, type_at_once, wait_for,
};
use leptos::prelude::*;
use storefront_api::App;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlInputElement, KeyboardEvent, KeyboardEventInit};

fn path() -> String {
    window().location().pathname().unwrap()
}

fn buttons() -> Vec<String> {
    let all = document().query_selector_all(".auth button").unwrap();
    (0..all.length()).map(|at| all.get(at).unwrap().text_content().unwrap()).collect()
}

fn problem(slug: &str, status: u16, detail: &str) -> String {
    format!(r#"{{"type":"/problems/{slug}","title":"T","status":{status},"detail":"{detail}"}}"#)
}

/// Opens the sign-in page and submits its form. The answer to the sign-in has this status and body.
async fn sign_in_answered(app: App, status: u16, body: &str) -> (crate::support::Mounted, String) {
    let (page, id) = mount_app(app, "/login?next=%2Faccount");
    // Stop the clock, because some answers contain an expiry time. Also stop the countdown that delays another message, because it changes
    // the page.
    network("stopClock()");
    network("stop(1000)");
    answer("POST /api/login", status, body);
    wait_for("sign-in form", || find("#login").is_some()).await;
    fill("#username", "toni@example.com");
    fill("#current-password", "correct-horse-battery");
    click("#login [type=submit]");
    wait_for("next step", || find("#login").is_none()).await;
    pause().await;
    (page, id)
}

const APP: &str = r#"{"id":"a","method":"authenticator"}"#;
const EMAIL: &str = r#"{"id":"e","method":"email","email":"toni@example.com"}"#;
const SMS: &str = r#"{"id":"s","method":"sms","mobilePhone":"+49 30 1234"}"#;

fn asks_for_code(methods: &[&str]) -> String {
    format!(r#"{{"twoFactorId":"waiting","methods":[{}]}}"#, methods.join(","))
}

#[wasm_bindgen_test]
async fn a_code_can_be_had_in_several_ways_and_the_device_trusted() {
    let (_page, id) = sign_in_answered(App::Store, 242, &asks_for_code(&[APP, EMAIL, SMS])).await;
    answer("POST /api/two-factor/send/waiting", 200, "");
    assert!(text(".lead").contains("from your authenticator app"), "{}", text(".lead"));
    assert!(find(".aside").is_none(), "the page must not link to the registration or to a forgotten password");
    assert_eq!(buttons(), ["Check code", "Send a code to t…@example.com", "Send a code to …34", "Back to sign in"]);
    assert_eq!(calls("POST /api/two-factor/send"), "", "the app must request no code before the user asks for one");
    click(".auth button.quiet");
    wait_for("message", || text(".lead").contains("We sent a code to t…@example.com.")).await;
    pause().await;
    assert!(calls("POST /api/two-factor/send/waiting").contains(r#""methodId":"e""#));
    assert_eq!(focused().id(), "code");
    assert!(buttons()[1].starts_with("Send another code ("), "{:?}", buttons());
    click(".auth button.quiet");
    pause().await;
    assert_eq!(calls("POST /api/two-factor/send").lines().count(), 1, "the button must be disabled during the countdown");

    answer_with_token("POST /api/two-factor/login", &id, "toni");
    fill("#code", " １２３–٤٥٦\u{200E}");
    click(".check input");
    click("#second-factor [type=submit]");
    wait_for("account", || path() == "/account").await;
    let sent = calls("POST /api/two-factor/login");
    assert!(sent.contains(r#""code":"123456""#) && sent.contains(r#""trustComputer":true"#), "{sent}");
}

/// The texts of the elements that describe the focused element.
fn description() -> String {
    let ids = focused().get_attribute("aria-describedby").unwrap_or_default();
    ids.split(' ').filter(|id| !id.is_empty()).map(|id| text(&format!("#{id}")) + " ").collect()
}

#[wasm_bindgen_test]
async fn text_that_is_typed_at_once_goes_into_the_only_field_of_a_step() {
    let (app, new_password) = (asks_for_code(&[APP]), r#"{"changePasswordId":"the-id"}"#);
    for (status, body, field, heading) in [
        (242, app.as_str(), "code", "Enter your code Enter the six-digit code from your authenticator app."),
        (212, r#"{"emailVerificationId":"first"}"#, "code", "Confirm your email address "),
        (202, "{}", "current-password", "Not registered yet "),
        (203, new_password, "new-password", "Choose a new password "),
        (409, "{}", "username", "Sign-in is blocked "),
    ] {
        let (_page, _) = sign_in_answered(App::Store, status, body).await;
        type_at_once("123456");
        assert_eq!(focused().id(), field, "{status}");
        assert!(get::<HtmlInputElement>(&format!("#{field}")).value().contains("123456"), "{status}");
        assert!(description().starts_with(heading), "{status}: {}", description());
    }
    for (page, answers, field, heading) in [
        ("/forgot-password", None, "username", "Forgot your password? We'll email you a link to choose a new one."),
        ("/verify-email", None, "username", "Confirm your email address "),
        ("/change-password/the-id", Some((200, "{}")), "new-password", "Choose a new password "),
        (
            "/change-password/the-id",
            Some((400, r#"{"generalErrors":[{"code":"[TrustTokenRequired]","message":"m"}]}"#)),
            "code",
            "Enter your code Two-factor authentication protects this account.",
        ),
    ] {
        let (_page, _) = mount_app(App::Store, page);
        if let Some((status, body)) = answers {
            answer("POST /api/mailed-link", 200, "{}");
            answer("GET /api/user/change-password/the-id", status, body);
            let challenge = format!(r#"{{"twoFactorId":"waiting","methods":[{APP}],"trustChallenge":"bound"}}"#);
            answer("POST /api/password-link/second-factor", 200, &challenge);
        }
        wait_for(field, || find(&format!("#{field}")).is_some()).await;
        pause().await;
        type_at_once("123456");
        assert_eq!((focused().id().as_str(), get::<HtmlInputElement>(&format!("#{field}")).value().as_str()), (field, "123456"), "{page}");
        assert!(description().starts_with(heading), "{page}: {}", description());
    }
}

#[wasm_bindgen_test]
async fn an_error_takes_the_focus_and_the_description_from_the_only_field() {
    let (_page, _) = sign_in_answered(App::Store, 242, &asks_for_code(&[APP])).await;
    click("#second-factor [type=submit]");
    wait_for("error", || focused().matches(".summary").unwrap()).await;
    assert_eq!(get::<HtmlInputElement>("#code").get_attribute("aria-describedby").as_deref(), Some("code-error"));
}

#[wasm_bindgen_test]
async fn the_only_way_to_a_code_is_taken_at_once() {
    for (status, says) in
        [(200, "We sent a code to t…@example.com."), (503, "We couldn't send the code."), (429, "We sent you a code a moment ago.")]
    {
        let (_page, _) = mount_app(App::Forums, "/login");
        answer("POST /api/two-factor/send/waiting", status, "");
        answer("POST /api/login", 242, &asks_for_code(&[EMAIL]));
        wait_for("sign-in form", || find("#login").is_some()).await;
        fill("#username", "toni@example.com");
        fill("#current-password", "correct-horse-battery");
        click("#login [type=submit]");
        wait_for("answer", || text(".auth").contains(says)).await;
        assert!(find("#code").is_some() && !calls("POST /api/two-factor/send/waiting").is_empty(), "{status}");
    }
}

#[wasm_bindgen_test]
async fn a_mailed_code_signs_in_without_a_password_and_leads_back() {
    let (_page, id) = mount_app(App::Store, "/login?next=%2Faccount");
    network("stop(1000)"); // stops the countdown that delays another email
    wait_for("sign-in form", || find("#login").is_some()).await;
    fill("#username", "toni@example.com");
    click(".auth > .aside button");
    wait_for("form for the email", || text("h1") == "Sign in without a password").await;
    pause().await;
    assert_eq!((path().as_str(), document().title().as_str()), ("/login", "Sign in without a password · Fernhill"));
    assert!(find(".aside").is_none(), "the page must not link to the registration or to a forgotten password");
    answer("POST /api/passwordless/start", 429, &problem("too-many-attempts", 429, "Too many attempts."));
    click("#passwordless [type=submit]");
    wait_for("refusal", || text(".summary").contains("Too many attempts.")).await;
    answer("POST /api/passwordless/start", 200, r#"{"code":"long"}"#);
    click("#passwordless [type=submit]");
    wait_for("form for the code", || text("h1") == "Check your email").await;
    assert_eq!(calls("POST /api/passwordless/start").matches(r#"{"loginId":"toni@example.com"}"#).count(), 2);

    answer("POST /api/passwordless/login", 404, "");
    fill("#code", "१२३·456");
    click("#passwordless-code [type=submit]");
    wait_for("refusal", || text(".summary").contains("That code is wrong or has expired.")).await;
    assert_eq!(get::<HtmlInputElement>("#code").value(), "");
    answer_with_token("POST /api/passwordless/login", &id, "toni");
    fill("#code", "१२३·456");
    click("#passwordless-code [type=submit]");
    wait_for("account", || path() == "/account").await;
    let sent = calls("POST /api/passwordless/login");
    assert!(sent.contains(r#""code":"long""#) && sent.contains(r#""oneTimeCode":"123456""#), "{sent}");
}

#[wasm_bindgen_test]
async fn a_mailed_link_signs_in_after_a_click_and_leaves_the_address_bar() {
    let (page, _) = mount_app(App::Store, "/verify-email#sign-in=long.123456");
    wait_for("form of the link", || find("#sign-in-link").is_some()).await;
    let in_address_bar = || path() + &window().location().hash().unwrap();
    assert_eq!((text("h1").as_str(), in_address_bar().as_str()), ("Sign in", "/login"), "a reload shows the sign-in form");
    pause().await;
    assert_eq!(document().title(), "Sign in · Fernhill");
    let button = text("#sign-in-link [type=submit]");
    assert!(button == "Sign in" && calls("POST ").is_empty(), "the app must not sign in before the click: {button}");
    answer("POST /api/passwordless/login", 404, "");
    click("#sign-in-link [type=submit]");
    wait_for("refusal", || text(".summary").contains("This link is no longer valid.")).await;
    click("#sign-in-link button.primary");
    wait_for("form for the email", || text("h1") == "Sign in without a password").await;
    click("#passwordless button.quiet");
    wait_for("sign-in form with its links", || find("#login").is_some() && find(".aside").is_some()).await;
    assert_eq!(in_address_bar(), "/login");

    drop(page);
    let (_page, id) = mount_app(App::Store, "/verify-email#sign-in=long.123456");
    wait_for("form of the link", || find("#sign-in-link").is_some()).await;
    answer_with_token("POST /api/passwordless/login", &id, "toni");
    click("#sign-in-link [type=submit]");
    wait_for("cart", || path() == "/cart").await;
    let sent = calls("POST /api/passwordless/login");
    assert!(sent.contains(r#""code":"long""#) && sent.contains(r#""oneTimeCode":"123456""#), "{sent}");
}

#[wasm_bindgen_test]
async fn a_code_that_cannot_be_sent_any_more_leads_back_to_the_password() {
    let (_page, _) = sign_in_answered(App::Store, 242, &asks_for_code(&[APP, EMAIL])).await;
    answer("POST /api/two-factor/send/waiting", 404, "");
    click(".auth button.quiet");
    wait_for("password form", || find("#login").is_some()).await;
    wait_for("reason", || text(".summary").contains("ran out of time")).await;
    assert!(find(".aside").is_some());
}

#[wasm_bindgen_test]
async fn an_account_that_is_held_says_how_long_and_offers_a_new_password() {
    let until = js_sys::Date::now() + 170_000.0;
    let (_page, _) = sign_in_answered(App::Store, 409, &format!(r#"{{"actions":[{{"expiry":{until}}}]}}"#)).await;
    assert_eq!(text("h1"), "Sign-in is blocked");
    assert!(text(".summary").contains("Sign-in is blocked for now."));
    assert!(text(".lead").contains("The block ends in 3 minutes."), "{}", text(".lead"));
    assert_eq!(get::<HtmlInputElement>("#username").value(), "toni@example.com");
    answer("POST /api/user/forgot-password", 200, "");
    click("#forgot-password [type=submit]");
    wait_for("confirmation", || text("h1") == "Check your email").await;
    assert!(calls("POST /api/user/forgot-password").contains("toni@example.com"));
    click(".auth button.quiet:last-of-type");
    wait_for("password form", || find("#login").is_some()).await;
    assert_eq!(get::<HtmlInputElement>("#username").value(), "toni@example.com");
}

#[wasm_bindgen_test]
async fn a_closed_account_names_the_contact() {
    for (status, says) in [(410, "This account has expired."), (423, "This account is locked.")] {
        let (_page, _) = sign_in_answered(App::Store, status, "").await;
        assert!(text(".auth [role=alert]").contains(says), "{status}");
        assert!(text(".auth [role=alert]").contains("You can reach us at help@example.com."), "{status}");
        assert!(text(".auth").contains("toni@example.com"), "{status}");
        assert!(find("main main a[href='/contact']").is_some(), "{status}");
    }
}

#[wasm_bindgen_test]
async fn a_message_with_a_link_can_be_sent_again() {
    for (status, path, heading) in [(212, "email", "Confirm your email address"), (213, "registration", "Confirm your registration")] {
        let (_page, _) = sign_in_answered(App::Store, status, "{}").await;
        let call = format!("POST /api/verification-message/{path}");
        assert_eq!(text("h1"), heading);
        assert!(text(".lead").contains("email with a link") && find("#code").is_none(), "{}", text(".auth"));
        answer(&call, 429, &problem("message-too-soon", 429, "We sent you an email a moment ago."));
        click(".auth button.quiet");
        wait_for("refusal", || text(".summary").contains("We sent you an email a moment ago")).await;
        answer(&call, 200, "{}");
        click(".auth > button.quiet");
        wait_for("message", || text(".reason").contains("We sent a new email.")).await;
        assert!(calls(&call).contains(r#""email":"toni@example.com""#));
        assert!(buttons().iter().any(|it| it.starts_with("Send another email (")), "{:?}", buttons());
    }
}

#[wasm_bindgen_test]
async fn a_mailed_code_verifies_and_leads_back_to_the_password() {
    for (status, member, path) in [(212, "emailVerificationId", "verify-email"), (213, "registrationVerificationId", "verify-registration")]
    {
        let (_page, _) = sign_in_answered(App::Store, status, &format!(r#"{{"{member}":"first"}}"#)).await;
        let call = format!("POST /api/user/{path}");
        assert_eq!(get::<HtmlInputElement>("#code").get_attribute("autocomplete").as_deref(), Some("one-time-code"));
        click("#verification [type=submit]");
        wait_for("empty field", || text("#code-error").contains("Enter the code")).await;
        answer(&call, 400, "");
        fill("#code", "000000");
        click("#verification [type=submit]");
        wait_for("refusal", || text("#code-error").contains("That code is not correct.")).await;
        assert_eq!(get::<HtmlInputElement>("#code").value(), "");
        assert!(calls(&call).contains(r#""verificationId":"first""#) && calls(&call).contains(r#""oneTimeCode":"000000""#));

        let kind = path.trim_start_matches("verify-");
        answer(&format!("POST /api/verification-message/{kind}"), 200, r#"{"verificationId":"second"}"#);
        click(".auth > button.quiet");
        wait_for("message", || text(".reason").contains("We sent a new email")).await;
        answer(&call, 200, "");
        fill("#code", "१२३·456");
        click("#verification [type=submit]");
        wait_for("confirmation", || text(".auth").contains("Confirmed.")).await;
        assert_eq!(text(".auth > [role=status]"), "Confirmed.");
        assert!(calls(&call).contains(r#""verificationId":"second""#) && calls(&call).contains(r#""oneTimeCode":"123456""#));
        pause().await;
        assert_eq!(focused().tag_name(), "H1");
        click(".auth button.primary");
        wait_for("password form", || find("#login").is_some()).await;
        assert_eq!(get::<HtmlInputElement>("#username").value(), "toni@example.com");
        assert!(window().location().search().unwrap().contains("next="), "the URL must keep the page to which the sign-in returns");
    }
}

#[wasm_bindgen_test]
async fn a_user_who_is_not_registered_joins_with_the_password() {
    let (_page, id) = sign_in_answered(App::Forums, 202, "{}").await;
    assert_eq!(text("h1"), "Not registered yet");
    click("#join [type=submit]");
    wait_for("empty field", || text("#password-error").contains("Enter your password.")).await;
    answer("POST /api/join", 404, &problem("credentials-refused", 404, "The email or password is not correct."));
    fill("#current-password", "wrong");
    click("#join [type=submit]");
    wait_for("refusal", || text(".summary").contains("not correct")).await;
    assert_eq!(get::<HtmlInputElement>("#current-password").value(), "");
    answer("POST /api/join", 200, "{}");
    answer_with_token("POST /api/login", &id, "toni");
    fill("#current-password", "correct-horse-battery");
    click("#join [type=submit]");
    wait_for("account", || path() == "/account").await;
    assert!(calls("POST /api/join").contains(r#""loginId":"toni@example.com""#));
}

#[wasm_bindgen_test]
async fn a_mailed_link_verifies_by_a_click() {
    for (page, what) in [("verify-email", "email address"), ("verify-registration", "registration")] {
        let (_page, _) = mount_app(App::Store, &format!("/{page}/the-id"));
        answer("POST /api/mailed-link", 200, "{}");
        wait_for("button", || find("#verification").is_some()).await;
        assert_eq!(path(), format!("/{page}"), "the app must remove the id from the address bar");
        assert_eq!(text("h1"), format!("Confirm your {what}"));
        pause().await;
        assert_eq!(calls("POST /api/user"), "", "the page must confirm nothing before a click, because mail scanners open links");
        answer(&format!("POST /api/user/{page}"), 503, "");
        click("#verification [type=submit]");
        wait_for("failure", || text(".summary").contains("isn't responding right now")).await;
        answer(&format!("POST /api/user/{page}"), 200, "");
        click(".summary button");
        wait_for("confirmation", || text(".auth").contains("Confirmed.")).await;
        assert!(calls("POST").contains(r#""verificationId":"the-id""#) && !calls("POST").contains("oneTimeCode"));
        click(".auth a.button");
        wait_for("sign-in form", || path() == "/login").await;
    }
}

#[wasm_bindgen_test]
async fn an_owner_who_has_not_registered_deletes_the_account() {
    let (_page, _) = mount_app(App::Store, "/verify-email/the-id");
    answer("POST /api/mailed-link", 200, r#"{"email":"toni@example.com","registeredAt":"2026-07-01T10:00:00Z"}"#);
    wait_for("what was registered", || text(".auth").contains("Someone created an account with toni@example.com on ")).await;
    answer("POST /api/not-me", 200, "{}");
    click(".auth button.quiet");
    wait_for("confirmation", || text(".auth").contains("Account deleted.")).await;
    assert!(calls("POST /api/not-me").contains(r#""verificationId":"the-id""#) && calls("POST /api/user").is_empty());
}

#[wasm_bindgen_test]
async fn a_link_of_a_verification_that_cannot_be_used_leads_to_another_message() {
    for address in ["/verify-email/used", "/verify-email"] {
        let (_page, _) = mount_app(App::Forums, address);
        answer("POST /api/mailed-link", 200, "{}");
        wait_for("page", || find("#verification").is_some()).await;
        answer("POST /api/user/verify-email", 404, "");
        if address.ends_with("used") {
            click("#verification [type=submit]");
        }
        wait_for("email field", || find("#username").is_some()).await;
        assert!(text(".summary").contains("no longer valid"), "{address}");
        click("#verification [type=submit]");
        wait_for("empty field", || text("#username-error").contains("Enter your email address.")).await;
        answer("POST /api/verification-message/email", 200, "{}");
        fill("#username", " toni@example.com ");
        click("#verification [type=submit]");
        wait_for("message", || text(".lead").contains("email with a link")).await;
        assert!(calls("POST /api/verification-message/email").contains(r#""email":"toni@example.com""#));
        assert!(text(".auth").contains("toni@example.com"));
    }
}

#[wasm_bindgen_test]
async fn a_signed_in_user_continues_after_a_verification() {
    let (page, id) = mount_app(App::Store, "/login");
    network("cart({})");
    sign_in(&id, "toni").await;
    wait_for("cart", || path() == "/cart").await;
    drop(page);
    let _page = reload_app(App::Store, "/verify-email/the-id", &id);
    answer("POST /api/mailed-link", 200, "{}");
    wait_for("button", || find("#verification").is_some()).await;
    answer("POST /api/user/verify-email", 200, "");
    click("#verification [type=submit]");
    wait_for("link to continue", || text(".auth a.button") == "Continue").await;
    click(".auth a.button");
    wait_for("cart", || path() == "/cart").await;
}

#[wasm_bindgen_test]
async fn a_sign_in_that_waits_for_a_sign_out_says_so() {
    let (_page, id) = mount_app(App::Forums, "/");
    answer("GET /api/load-posts", 200, "[]");
    sign_in_to(&id, "shopper", "#post").await;
    network("stop(5000)");
    network("hold('POST /api/logout')");
    answer("POST /api/logout", 200, "");
    click("header .who button");
    sign_in(&id, "shopper").await;
    wait_for("waiting", || text("#login [type=submit]") == "Signing in…").await;
    pause().await;
    assert_eq!((text(".slow"), calls("POST /api/login").lines().count()), (String::new(), 1));
    network("elapse(5000)");
    wait_for("note", || text("#login .slow").starts_with("This is taking longer than usual. If you have just signed out,")).await;
    network("release('POST /api/logout')");
    wait_for("posts", || find("#post").is_some()).await;
}

#[wasm_bindgen_test]
async fn a_refused_sign_in_shows_no_note_that_it_takes_long() {
    let (_page, _) = mount_app(App::Store, "/login");
    network("stop(5000)");
    wait_for("sign-in form", || find("#login").is_some()).await;
    network("hold('POST /api/login')");
    answer("POST /api/login", 404, "");
    fill("#username", "toni@example.com");
    fill("#current-password", "correct-horse-battery");
    click("#login [type=submit]");
    wait_for("waiting", || text("#login [type=submit]") == "Signing in…").await;
    network("elapse(5000)");
    wait_for("note", || !text("#login .slow").is_empty()).await;
    network("release('POST /api/login')");
    wait_for("refusal", || find(".summary").is_some()).await;
    fill("#current-password", "another-horse-battery");
    click("#login [type=submit]");
    pause().await;
    assert_eq!(text("#login .slow"), "");
}

#[wasm_bindgen_test]
async fn a_sign_in_that_is_bound_to_another_device_says_so() {
    const REASON: &str = "Your browser couldn't confirm that this is the device you signed in on.";
    // The server marks the page of a site that binds sign-ins.
    let mark = document().create_element("script").unwrap();
    mark.set_attribute("data-device-binding", "").unwrap();
    document().body().unwrap().append_child(&mark).unwrap();
    let (page, id) = mount_app(App::Forums, "/");
    answer("GET /api/load-posts", 200, "[]");
    sign_in_to(&id, "shopper", "#post").await;
    drop(page);
    answer("GET /api/load-posts", 401, "");
    answer("POST /api/jwt/refresh", 401, "");
    answer("GET /api/user", 401, &problem("not-this-device", 401, REASON));
    let _page = reload_app(App::Forums, "/", &id);
    wait_for("reason", || text(".reason + .reason") == REASON).await;
    assert_eq!(
        (text(".reason"), announced()),
        ("Your session has ended. Sign in to pick up where you left off.".to_owned(), REASON.to_owned())
    );
    mark.remove();
}

#[wasm_bindgen_test]
async fn caps_lock_is_shown_where_a_password_is_typed() {
    let (_page, _) = mount_app(App::Store, "/login");
    wait_for("form", || find("#current-password").is_some()).await;
    let press = |selector: &str, is_on: bool| {
        let init = KeyboardEventInit::new();
        init.set_bubbles(true);
        init.set_key("a");
        init.set_modifier_caps_lock(is_on);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
        find(selector).unwrap().dispatch_event(&event).unwrap();
    };
    // The app starts to listen for keys some time after it shows the first page.
    wait_for("hint", || {
        press("#current-password", true);
        text(".field [role=status].caps-lock") == "Caps Lock is on."
    })
    .await;
    press("#current-password", false);
    assert_eq!(text(".caps-lock"), "");
    press("#username", true);
    assert_eq!(text(".caps-lock"), "", "the hint must appear only at a password field");
}
