//! The pages for a forgotten password: the request for a reset link, the page that the link opens, and invalid links.

use crate::support::{
    answer, answer_with_token, calls, click, fill, find, focused, get, mount_app, network, pause, remount_app, text, wait_for,
};
use leptos::prelude::window;
use storefront_api::App;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

const RULES: &str = r#"{"passwordValidationRules":{"minLength":8,"maxLength":256,"requireNumber":true}}"#;

fn path() -> String {
    window().location().pathname().unwrap()
}

fn kept_rules() -> u32 {
    leptos::prelude::document().query_selector_all(".rules .kept").unwrap().length()
}

#[wasm_bindgen_test]
async fn a_link_is_asked_for_with_the_same_answer_for_every_address() {
    for status in [200, 404] {
        let (_page, _) = mount_app(App::Store, "/forgot-password");
        network("stop(1000)"); // stops the countdown that delays another email
        answer("POST /api/user/forgot-password", status, "");
        wait_for("form", || find("#forgot-password").is_some()).await;
        click("#forgot-password [type=submit]");
        pause().await;
        assert_eq!(text(".summary li"), "Enter your email address.");
        fill("#username", " somebody@example.com ");
        click("#forgot-password [type=submit]");
        wait_for("confirmation", || text("h1") == "Check your email").await;
        assert!(text(".auth").contains("If there is an account for somebody@example.com"), "{status}: {}", text(".auth"));
        pause().await;
        assert_eq!(focused().tag_name(), "H1");
        let sent = calls("POST /api/user/forgot-password");
        assert!(sent.contains(r#""loginId":"somebody@example.com""#) && sent.contains(r#""state":{"site":"spa-local-storage"}"#), "{sent}");
        assert_eq!(
            find(".auth button").unwrap().get_attribute("aria-disabled").as_deref(),
            Some("true"),
            "the button must be disabled during the countdown"
        );
        click(".auth button");
        pause().await;
        assert_eq!(calls("POST /api/user/forgot-password").lines().count(), 1);
    }
}

#[wasm_bindgen_test]
async fn the_email_of_the_sign_in_page_is_in_the_form() {
    let (_page, _) = mount_app(App::Store, "/login");
    wait_for("sign-in form", || find("#login").is_some() && find(".aside a").is_some()).await;
    fill("#username", "toni@example.com");
    click(".aside a");
    wait_for("form", || find("#forgot-password").is_some()).await;
    pause().await;
    assert_eq!(get::<HtmlInputElement>("#forgot-password #username").value(), "toni@example.com");
}

/// No URL and no storage has the email.
#[wasm_bindgen_test]
async fn the_typed_email_and_the_page_to_open_go_from_form_to_form() {
    let (_page, _) = mount_app(App::Store, "/login?next=%2Fcheckout");
    let open = async |link: &str, form: &str, input: &str| {
        wait_for(link, || find(link).is_some()).await;
        click(link);
        wait_for(form, || find(form).is_some()).await;
        pause().await;
        assert_eq!(get::<HtmlInputElement>(input).value(), "toni@example.com", "{form}");
        assert_eq!(window().location().search().unwrap(), "?next=%2Fcheckout", "{form}");
    };
    wait_for("sign-in form", || find("#login").is_some()).await;
    fill("#username", "toni@example.com");
    open(".aside a[href^='/forgot-password']", "#forgot-password", "#username").await;
    open("#forgot-password a[href^='/login']", "#login", "#username").await;
    open(".aside a[href^='/register']", "#register", "#email").await;
    open("#register a[href^='/login']", "#login", "#username").await;
    let storage = [window().local_storage(), window().session_storage()].map(|it| it.unwrap().unwrap());
    for storage in storage {
        for at in 0..storage.length().unwrap() {
            let value = storage.get_item(&storage.key(at).unwrap().unwrap()).unwrap().unwrap();
            assert!(!value.contains("toni@"), "{value}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_reset_during_the_checkout_leads_back_there() {
    for (query, expected) in [("?next=%2Forders", "/orders"), ("", "/cart"), ("?next=%2F%2Fevil.test", "/cart")] {
        {
            let (_page, _) = mount_app(App::Store, &format!("/forgot-password{query}"));
            wait_for("form", || find("#forgot-password").is_some()).await;
        }
        // The emailed link opens in another tab, which shares local storage.
        let (_page, id) = remount_app(App::Store, "/change-password/the-id");
        network("cart({})");
        answer("POST /api/mailed-link", 200, "{}");
        answer("GET /api/user/change-password/the-id", 200, "{}");
        answer("GET /api/tenant/password-validation-rules", 200, RULES);
        wait_for("form", || find("#change-password").is_some()).await;
        answer("POST /api/user/change-password", 200, r#"{"oneTimePassword":"once"}"#);
        answer_with_token("POST /api/login", &id, "somebody");
        fill("#new-password", "long-enough-1");
        click("#change-password [type=submit]");
        wait_for(expected, || path() == expected).await;
    }
}

#[wasm_bindgen_test]
async fn a_request_that_fails_can_be_repeated() {
    let (_page, _) = mount_app(App::Forums, "/forgot-password");
    wait_for("form", || find("#forgot-password").is_some()).await;
    fill("#username", "somebody@example.com");
    click("#forgot-password [type=submit]");
    wait_for("failure", || text(".summary").contains("isn't responding right now")).await;
    answer("POST /api/user/forgot-password", 200, "");
    click(".summary button");
    wait_for("confirmation", || text("h1") == "Check your email").await;
}

#[wasm_bindgen_test]
async fn a_mailed_link_leads_to_a_new_password_and_a_sign_in() {
    let (_page, id) = mount_app(App::Store, "/change-password/the-id");
    network("cart({})");
    answer("POST /api/mailed-link", 200, "{}");
    answer("GET /api/user/change-password/the-id", 200, "{}");
    answer("GET /api/tenant/password-validation-rules", 200, RULES);
    wait_for("rules", || text(".rules").contains("At least 8 characters")).await;
    assert_eq!(path(), "/change-password", "the app must remove the id from the address bar");
    assert!(text(".rules").contains("At least one digit"));
    assert_eq!(kept_rules(), 0);
    fill("#new-password", "short1");
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    find("#new-password").unwrap().dispatch_event(&web_sys::Event::new_with_event_init_dict("input", &init).unwrap()).unwrap();
    wait_for("kept rule", || kept_rules() == 1).await;

    let refusal = r#"{"fieldErrors":{"password":[{"code":"[tooShort]password","message":"m"}]}}"#;
    answer("POST /api/user/change-password", 400, refusal);
    click("#change-password [type=submit]");
    wait_for("refusal", || text(".summary").contains("Choose a longer password.")).await;
    assert!(text("#new-password-error").contains("Choose a longer password."));

    answer("POST /api/user/change-password", 200, r#"{"oneTimePassword":"once"}"#);
    answer_with_token("POST /api/login", &id, "somebody");
    fill("#new-password", "long-enough-1");
    click("#change-password [type=submit]");
    wait_for("cart", || path() == "/cart").await;
    assert!(calls("POST /api/login").contains(r#""oneTimePassword":"once""#), "{}", calls("POST"));
    assert!(calls("POST /api/user/change-password").contains(r#""changePasswordId":"the-id""#));
    wait_for("notice", || text("[role=status] .banner.done").contains("Password changed. You're signed in.")).await;
    wait_for("empty cart", || text(".empty-state h2") == "Your cart is empty").await;
    assert_eq!(calls("GET /api/load-shopping-cart").lines().count(), 1);
}

#[wasm_bindgen_test]
async fn a_link_that_cannot_be_used_leads_to_a_new_one() {
    for address in ["/change-password/used", "/change-password"] {
        let (_page, _) = mount_app(App::Store, address);
        answer("POST /api/mailed-link", 200, "{}");
        answer("GET /api/user/change-password/used", 404, "");
        wait_for("form", || find("#forgot-password").is_some()).await;
        assert!(text(".summary").contains("This link is no longer valid."), "{address}");
        assert_eq!(path(), "/change-password");
    }
}

#[wasm_bindgen_test]
async fn a_failed_link_check_can_be_retried() {
    let (_page, _) = mount_app(App::Store, "/change-password/the-id");
    wait_for("failure", || text(".summary").contains("isn't responding right now")).await;
    answer("POST /api/mailed-link", 200, "{}");
    answer("GET /api/user/change-password/the-id", 200, "{}");
    click(".summary button");
    wait_for("form", || find("#change-password").is_some()).await;
}

#[wasm_bindgen_test]
async fn a_link_of_an_account_with_a_second_factor_asks_for_its_code_first() {
    let (_page, id) = mount_app(App::Store, "/change-password/the-id");
    network("cart({})");
    answer("POST /api/mailed-link", 200, "{}");
    answer("GET /api/user/change-password/the-id", 400, r#"{"generalErrors":[{"code":"[TrustTokenRequired]","message":"m"}]}"#);
    let methods = r#"[{"id":"a","method":"authenticator"},{"id":"e","method":"email","email":"toni@example.com"}]"#;
    let challenge = format!(r#"{{"twoFactorId":"waiting","methods":{methods},"trustChallenge":"bound"}}"#);
    answer("POST /api/password-link/second-factor", 200, &challenge);
    wait_for("code form", || find("#second-factor").is_some()).await;
    assert!(
        text(".auth").contains("Two-factor authentication protects this account")
            && text(".auth").contains("Send a code to t…@example.com")
    );
    let refusal = r#"{"type":"/problems/code-refused","title":"T","status":422,"detail":"That code is not correct."}"#;
    answer("POST /api/password-link/code", 422, refusal);
    fill("#code", "000000");
    click("#second-factor [type=submit]");
    wait_for("refusal", || text(".summary").contains("not correct")).await;
    let late = r#"{"type":"/problems/two-factor-expired","title":"T","status":404,"detail":"D"}"#;
    answer("POST /api/password-link/code", 404, late);
    fill("#code", "123456");
    click("#second-factor [type=submit]");
    wait_for("new challenge after the expired one", || text(".summary").contains("ran out of time")).await;
    assert_eq!(calls("POST /api/password-link/second-factor").lines().count(), 2);
    answer("POST /api/password-link/code", 200, r#"{"trustToken":"trusted"}"#);
    fill("#code", "123 456");
    click("#second-factor [type=submit]");
    wait_for("password form", || find("#change-password").is_some()).await;
    assert!(calls("POST /api/password-link/code").contains(r#""code":"123456""#));
    answer("POST /api/user/change-password", 200, r#"{"oneTimePassword":"once"}"#);
    answer_with_token("POST /api/login", &id, "somebody");
    fill("#new-password", "long-enough-1");
    click("#change-password [type=submit]");
    wait_for("cart", || path() == "/cart").await;
    let sent = calls("POST /api/user/change-password");
    assert!(sent.contains(r#""trustToken":"trusted""#) && sent.contains(r#""trustChallenge":"bound""#), "{sent}");
}
