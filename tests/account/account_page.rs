//! The account page: its content, its forms, and the message, announcement and focus after a form succeeds or fails.

use crate::support::{
    Mounted, Styles, announced, answer, answer_with_token, calls, click, fill, find, focused, is_shown, mount_app, network, path_and_query,
    pause, reload_app, sign_in, sign_in_to, text, wait_for,
};
use leptos::prelude::window;
use storefront_api::App;
use wasm_bindgen_test::wasm_bindgen_test;

pub(crate) const USER: &str = r#"{"id":"shopper","email":"shopper@example.com","displayName":"Shopper"}"#;
const RULES: &str = r#"{"passwordValidationRules":{"minLength":8,"maxLength":256}}"#;

fn session(id: &str, device: &str, is_current: bool) -> String {
    format!(
        r#"{{"id":"{id}","device":"{device}","app":"store","signedInAt":"2026-11-20T08:00:00Z","lastUsedAt":"2026-11-21T08:00:00Z","isCurrent":{is_current}}}"#
    )
}

pub(crate) fn answer_account(sessions: &[String]) {
    answer_account_of(None, sessions);
}

/// Lets the backend answer with an account that waits for the code of this new email.
fn answer_account_of(pending_email: Option<&str>, sessions: &[String]) {
    let pending = pending_email.map_or("null".to_owned(), |it| format!("\"{it}\""));
    let sessions = sessions.join(",");
    let until = "2026-12-20T08:00:00Z";
    let body = format!(
        r#"{{"email":"shopper@example.com","canChangeEmail":true,"pendingEmail":{pending},"madeAt":"2025-01-02T08:00:00Z","signedInUntil":"{until}","sessions":[{sessions}],"authenticators":[]}}"#
    );
    answer("GET /api/account", 200, &body);
    answer("GET /api/account/passkeys", 200, r#"{"areOn":false,"passkeys":[]}"#);
}

pub(crate) fn this_and_another() -> [String; 2] {
    [session("one", "Firefox on Linux", true), session("two", "Safari on iPhone", false)]
}

pub(crate) fn refusal(status: u16, code: &str, errors: &str) -> String {
    format!(r#"{{"type":"/problems/{code}","title":"Refused","status":{status},"detail":"The reason.","errors":[{errors}]}}"#)
}

const WRONG: &str = r#"{"field":"currentPassword","code":"wrong","message":"That is not your current password."}"#;

/// Opens the account page at this URL. The user is signed in on this device and on another device.
async fn open(url: &str) -> Mounted {
    let (page, id) = mount_app(App::Store, url);
    answer("GET /api/user", 200, USER);
    answer_account(&this_and_another());
    answer("GET /api/tenant/password-validation-rules", 200, RULES);
    sign_in_to(&id, "shopper", "#sessions li").await;
    page
}

#[wasm_bindgen_test]
async fn the_page_shows_who_is_signed_in_since_when_and_until_when() {
    let _page = open("/account").await;
    let facts = text(".facts");
    for fact in ["shopper@example.com", "Account created", "2 Jan 2025", "Signed in here since", "20 Nov 2026", "until", "20 Dec 2026"] {
        assert!(facts.contains(fact), "{fact} is missing in {facts}");
    }
    for word in ["token", "sign-in service", "Account number"] {
        assert!(!text("main main").contains(word), "{word}: {}", text("main main"));
    }
}

#[wasm_bindgen_test]
async fn the_orders_and_the_postal_address_come_first() {
    let (_page, id) = mount_app(App::Store, "/account");
    answer("GET /api/user", 200, USER);
    answer_account(&this_and_another());
    let address = r#""deliveryAddress":["Ada Lovelace","10115 Berlin"],"canChangeEmail""#;
    let body = format!(
        r#"{{"email":null,{address}:false,"pendingEmail":null,"madeAt":null,"signedInUntil":null,"sessions":[],"authenticators":[]}}"#
    );
    answer("GET /api/account", 200, &body);
    sign_in(&id, "shopper").await;
    wait_for("address", || text(".group:first-child address") == "Ada Lovelace10115 Berlin").await;
    assert_eq!((text(".account nav a").as_str(), text(".group h2").as_str()), ("Your orders", "Your orders"));
    assert!(find("#orders a[href='/orders']").is_some());
}

#[wasm_bindgen_test]
async fn a_password_is_replaced_and_the_browser_signs_in_with_the_new_one() {
    let _page = open("/account").await;
    click("#own-password > button");
    wait_for("rules", || text(".rules").contains("At least 8 characters")).await;
    assert_eq!(focused().id(), "current-password");
    click("#replace-password [type=submit]");
    wait_for("summary", || find(".summary").is_some()).await;
    assert_eq!(
        (text("#current-password-error"), text("#new-password-error")),
        ("Error: Enter your password.".into(), "Error: Enter a password.".into())
    );
    assert!(document_title().starts_with("Error: "));

    answer("POST /api/account/password", 422, &refusal(422, "invalid", WRONG));
    fill("#current-password", "wrong-horse-battery");
    fill("#new-password", "a-better-password");
    click("#replace-password [type=submit]");
    wait_for("refusal", || text("#current-password-error").contains("That is not your current password.")).await;
    assert!(focused().matches(".summary").unwrap());

    answer("POST /api/account/password", 200, "{}");
    fill("#current-password", "correct-horse-battery");
    click("#replace-password [type=submit]");
    wait_for("success", || text("#own-password .reason").contains("Password changed.")).await;
    assert!(announced().contains("Password changed."), "{}", announced());
    assert!(calls("POST /api/login").lines().last().unwrap().contains(r#""password":"a-better-password""#));
    pause().await;
    assert!(focused().matches("#own-password > button").unwrap() && find("#replace-password").is_none());
    assert!(!document_title().starts_with("Error: "));
}

#[wasm_bindgen_test]
async fn an_account_with_a_second_factor_enters_a_code_after_the_change() {
    let (_page, id) = mount_app(App::Store, "/account?change=password");
    answer("GET /api/user", 200, USER);
    answer_account(&this_and_another());
    sign_in_to(&id, "shopper", "#replace-password").await;
    answer("POST /api/account/password", 200, "{}");
    answer("POST /api/login", 242, r#"{"twoFactorId":"challenge","methods":[]}"#);
    fill("#current-password", "correct-horse-battery");
    fill("#new-password", "a-better-password");
    click("#replace-password [type=submit]");
    wait_for("code", || find("#code").is_some()).await;
    assert!(announced().contains("To stay signed in, enter a code"));
    answer("POST /api/two-factor/login", 421, "");
    fill("#code", "000 000");
    click("#own-password [type=submit]");
    wait_for("refusal", || text("#code-error").contains("That code is not correct.")).await;
    answer_with_token("POST /api/two-factor/login", &id, "shopper");
    fill("#code", "१२३–456");
    click("#own-password [type=submit]");
    wait_for("success", || text("#own-password .reason").contains("Password changed.")).await;
    assert!(calls("POST /api/two-factor/login").contains(r#""code":"123456""#));
}

#[wasm_bindgen_test]
async fn adding_an_authenticator_needs_the_password_unless_the_browser_has_confirmed_it() {
    let _page = open("/account").await;
    let secret = r#"{"secret":"JBSWY3DPEHPK3PXP","uri":"otpauth://totp/Store:ann?secret=JBSWY3DPEHPK3PXP"}"#;
    answer("POST /api/account/authenticator/secret", 200, secret);
    click("#add-authenticator > button");
    wait_for("secret", || text(".secret") == "JBSW Y3DP EHPK 3PXP").await;
    assert!(find("svg.qr-code[role=img] path").is_some());
    assert!(focused().matches("#add-authenticator h3").unwrap());
    answer("POST /api/account/authenticator", 403, &refusal(403, "password-needed", ""));
    fill("#code", "123456");
    click("#add-authenticator [type=submit]");
    wait_for("password", || find("#current-password").is_some()).await;
    pause().await;
    assert_eq!((focused().id(), announced()), ("current-password".to_owned(), "The reason.".to_owned()));
    answer("POST /api/account/authenticator", 200, r#"{"recoveryCodes":["AAAAA-BBBBB","CCCCC-DDDDD"]}"#);
    fill("#current-password", "correct-horse-battery");
    click("#add-authenticator [type=submit]");
    wait_for("codes", || text(".recovery-codes ul").contains("CCCCC-DDDDD")).await;
    let sent = calls("POST /api/account/authenticator {").lines().last().unwrap().to_owned();
    assert!(sent.contains(r#""currentPassword":"correct-horse-battery""#) && sent.contains(r#""secret":"JBSWY3DPEHPK3PXP""#), "{sent}");
    pause().await;
    assert!(focused().matches(".recovery-codes h3").unwrap());
    let styles = Styles::in_print(include_str!("../../style/account.css"));
    assert!(is_shown(".recovery-codes h3") && is_shown(".recovery-codes ul"));
    for other in
        ["header", "main main h1", "main nav[aria-label]", "#profile", "#security > h2", "#own-password", ".recovery-codes button", "#data"]
    {
        assert!(!is_shown(other), "{other} is printed");
    }
    drop(styles);
    answer(
        "GET /api/account",
        200,
        r#"{"email":"shopper@example.com","canChangeEmail":true,"pendingEmail":null,"madeAt":null,"signedInUntil":null,"sessions":[],"authenticators":[{"id":"app"}]}"#,
    );
    click(".recovery-codes .primary");
    wait_for("section", || find("#remove-authenticator").is_some()).await;
    assert!(find(".recovery-codes").is_none());

    click("#remove-authenticator > button");
    wait_for("form", || focused().id() == "code").await;
    answer("POST /api/account/authenticator/app/remove", 200, "{}");
    answer_account(&this_and_another());
    fill("#code", "123456");
    click("#remove-authenticator [type=submit]");
    wait_for("success", || text("#add-authenticator .reason").contains("App removed. You now sign in with just your password.")).await;
    wait_for("focus", || focused().matches("#add-authenticator > button").unwrap()).await;
    assert!(calls("POST /api/account/authenticator/app/remove").contains(r#""code":"123456""#));
}

#[wasm_bindgen_test]
async fn the_email_is_changed_by_a_mailed_code_also_after_a_reload() {
    let (page, id) = mount_app(App::Store, "/account");
    answer("GET /api/user", 200, USER);
    answer_account(&this_and_another());
    sign_in_to(&id, "shopper", "#own-email > button").await;
    click("#own-email > button");
    wait_for("form", || focused().id() == "new-email").await;
    let invalid = r#"{"field":"email","code":"not-email","message":"Enter an email address."}"#;
    answer("POST /api/account/email", 422, &refusal(422, "invalid", invalid));
    fill("#new-email", "nobody");
    click("#own-email [type=submit]");
    wait_for("refusal", || text("#new-email-error").contains("Enter an email address.")).await;
    answer("POST /api/account/email", 200, "{}");
    fill("#new-email", " sam@new.example ");
    click("#own-email [type=submit]");
    wait_for("form for the code", || focused().id() == "code").await;
    assert!(calls("POST /api/account/email").ends_with(r#"{"email":"sam@new.example"}"#), "{}", calls("POST /api/account/email"));

    // The user may open the mailbox in this tab.
    drop(page);
    answer_account_of(Some("sam@new.example"), &this_and_another());
    let _page = reload_app(App::Store, "/account", &id);
    wait_for("form for the code", || text("#own-email").contains("sam@new.example")).await;
    let wrong = r#"{"field":"code","code":"wrong","message":"That code is not correct."}"#;
    answer("POST /api/account/email/confirm", 422, &refusal(422, "invalid", wrong));
    fill("#code", "12");
    click("#own-email [type=submit]");
    wait_for("refusal", || text("#code-error").contains("That code is not correct.")).await;
    answer("POST /api/account/email/confirm", 200, "{}");
    answer("GET /api/user", 200, &USER.replace("shopper@example.com", "sam@new.example"));
    answer_account(&this_and_another());
    fill("#code", "१२३·456");
    click("#own-email [type=submit]");
    wait_for("success", || text("#own-email .reason").contains("Email changed. From now on, sign in with the new one.")).await;
    assert!(calls("POST /api/account/email/confirm").ends_with(r#"{"code":"123456"}"#));
    wait_for("focus", || focused().matches("#own-email > button").unwrap()).await;
    wait_for("new email", || text(".facts").contains("sam@new.example")).await;
}

#[wasm_bindgen_test]
async fn a_failed_sign_in_after_a_password_change_asks_for_a_sign_in() {
    let _page = open("/account").await;
    click("#own-password > button");
    wait_for("form", || find("#replace-password").is_some()).await;
    answer("POST /api/account/password", 200, "{}");
    answer("POST /api/login", 404, "");
    fill("#current-password", "correct-horse-battery");
    fill("#new-password", "a-better-password");
    click("#replace-password [type=submit]");
    wait_for("sign-in form", || find("#login").is_some()).await;
    assert!(text("[role=status] .banner.done").contains("Password changed. Sign in with your new password."));
}

#[wasm_bindgen_test]
async fn a_change_that_cannot_be_made_says_why() {
    let _page = open("/account?change=password").await;
    wait_for("form", || find("#replace-password").is_some()).await;
    assert_eq!(path_and_query(), "/account");
    fill("#current-password", "correct-horse-battery");
    fill("#new-password", "a-better-password");
    answer("POST /api/account/password", 403, &refusal(403, "link-needed", ""));
    click("#replace-password [type=submit]");
    wait_for("reason", || text(".summary").contains("The reason.")).await;
    network("offline(true)");
    click("#replace-password [type=submit]");
    wait_for("message about the lost answer", || text(".summary").contains("Your password may already have changed.")).await;
    network("offline(false)");
    click("#replace-password .quiet.wide");
    pause().await;
    assert!(focused().matches("#own-password > button").unwrap());
}

#[wasm_bindgen_test]
async fn sessions_are_listed_and_ended() {
    let _page = open("/account").await;
    let items = text("#sessions ul");
    assert!(items.find("This device").unwrap() < items.find("Safari on iPhone").unwrap(), "{items}");
    answer("DELETE /api/account/sessions/two", 503, &refusal(503, "session-not-ended", ""));
    click("#sessions li button");
    wait_for("failure", || text("#sessions [role=alert]").contains("The reason.")).await;
    answer("DELETE /api/account/sessions/two", 200, "{}");
    answer_account(&this_and_another()[..1]);
    network("hold('DELETE /api/account/sessions/two')");
    click("#sessions li button");
    click("#sessions li button");
    pause().await;
    assert_eq!(find("#sessions li button").unwrap().get_attribute("aria-disabled").as_deref(), Some("true"));
    network("release('DELETE /api/account/sessions/two')");
    wait_for("end", || find("#sessions li button").is_none()).await;
    assert_eq!(calls("DELETE").lines().count(), 2, "a click while a request is in flight must send nothing");
    assert_eq!(announced(), "That session has ended.");
    assert!(focused().matches("#sessions h2").unwrap());
    assert!(!text("#sessions").contains("End all other sessions"));
}

#[wasm_bindgen_test]
async fn a_sign_out_everywhere_signs_out_here() {
    let _page = open("/account").await;
    answer("POST /api/account/sign-out-everywhere", 200, r#"{"isConfirmed":true}"#);
    click("#sessions > button:last-of-type");
    wait_for("sign-in form", || find("#login").is_some()).await;
    assert!(text("[role=status] .banner.done").contains("You are signed out on every device."));
}

#[wasm_bindgen_test]
async fn a_failed_load_can_be_retried_and_does_not_affect_the_rest_of_the_page() {
    let (_page, id) = mount_app(App::Store, "/account");
    answer("GET /api/user", 200, USER);
    answer("GET /api/account", 503, &refusal(503, "sign-in-service-unavailable", ""));
    sign_in(&id, "shopper").await;
    wait_for("failure", || text("#sessions .failure").contains("The reason.")).await;
    assert!(find("#change-name").is_some());
    answer_account(&this_and_another());
    click("#sessions .failure button");
    assert!(focused().matches("#sessions h2").unwrap());
    wait_for("sessions", || find("#sessions li").is_some()).await;
}

#[wasm_bindgen_test]
async fn the_data_come_as_a_file_to_save() {
    let _page = open("/account").await;
    click("#export button");
    wait_for("failure", || text("#export [role=alert]").contains("We couldn't reach the")).await;
    answer("GET /api/account/export", 200, "{\n  \"cart\": []\n}");
    click("#export button");
    wait_for("file", || find("#export a[download='account.json']").is_some()).await;
    pause().await;
    assert!(focused().matches("#export a").unwrap());
    assert!(focused().get_attribute("href").unwrap().contains("%22cart%22%3A%20%5B%5D"));
}

#[wasm_bindgen_test]
async fn an_account_is_deleted_with_its_password() {
    let _page = open("/account").await;
    click("#delete-account > button");
    wait_for("form", || find("#delete-account form").is_some()).await;
    pause().await;
    assert_eq!(focused().id(), "current-password");
    click("#delete-account [type=submit]");
    wait_for("summary", || text("#delete-account .summary").contains("Enter your password.")).await;
    assert_eq!(calls("POST /api/account/delete"), "");
    answer("POST /api/account/delete", 422, &refusal(422, "invalid", WRONG));
    fill("#current-password", "wrong-horse-battery");
    click("#delete-account [type=submit]");
    wait_for("refusal", || text("#delete-account .summary").contains("That is not your current password.")).await;
    answer("POST /api/account/delete", 200, "{}");
    fill("#current-password", "correct-horse-battery");
    click("#delete-account [type=submit]");
    // One message, on a page that a user without an account can use.
    wait_for("start page", || {
        window().location().pathname().unwrap() == "/" && text("[role=status] .banner.done").starts_with("Account deleted.")
    })
    .await;
    pause().await;
    assert!(find("#login, .banner.done a").is_none(), "{}", text("[role=status] .banner.done"));
}

#[wasm_bindgen_test]
async fn the_url_names_a_section_and_leads_to_it() {
    let (page, id) = mount_app(App::Store, "/account");
    answer("GET /api/user", 200, USER);
    answer_account(&this_and_another());
    sign_in_to(&id, "shopper", "#sessions li").await;
    drop(page);
    let _page = reload_app(App::Store, "/account#security", &id);
    wait_for("section", || focused().matches("#security > h2").unwrap()).await;
    for (at, heading) in ["Your orders", "Profile", "Security", "Where you are signed in", "Your data"].into_iter().enumerate() {
        let link = format!("nav[aria-label='On this page'] a:nth-child({})", at + 1);
        assert_eq!(text(&link), heading);
        click(&link);
        wait_for(heading, || focused().matches(".group > h2").unwrap() && focused().text_content().as_deref() == Some(heading)).await;
        let fragment = find(&link).unwrap().get_attribute("href").unwrap().replace("/account", "");
        assert_eq!((window().location().pathname().unwrap(), window().location().hash().unwrap()), ("/account".to_owned(), fragment));
    }
}

#[wasm_bindgen_test]
async fn a_sign_in_returns_to_the_group_that_the_url_names() {
    let (_page, id) = mount_app(App::Store, "/account#security");
    answer("GET /api/user", 200, USER);
    answer_account(&this_and_another());
    sign_in(&id, "shopper").await;
    wait_for("section", || focused().matches("#security > h2").unwrap()).await;
    assert_eq!(window().location().hash().unwrap(), "#security");
}

fn document_title() -> String {
    leptos::prelude::document().title()
}

/// Leaves the page while the answer to `request` is held back. Then the backend answers the request.
pub(crate) async fn leave_during(request: &str) {
    wait_for("request", || !calls(request).is_empty()).await;
    click("header .brand");
    wait_for("end of the page", || find("#sessions").is_none()).await;
    network(&format!("release('{request}')"));
}

/// The banner about the outcome of an action on an earlier page.
pub(crate) fn notice() -> String {
    text("[role=status] .banner.done") + &text("[role=alert] .banner")
}

async fn send_another_password() {
    click("#own-password > button");
    wait_for("form", || find("#replace-password").is_some()).await;
    fill("#current-password", "correct-horse-battery");
    fill("#new-password", "a-better-password");
    network("hold('POST /api/account/password')");
    click("#replace-password [type=submit]");
}

#[wasm_bindgen_test]
async fn a_user_who_leaves_the_page_during_a_change_of_the_password_is_told_of_its_outcome() {
    let (wrong, refused) = (refusal(422, "invalid", WRONG), "Password: That is not your current password.");
    for (status, body, told, sign_ins) in [(200, "{}", "Password changed. You're signed in here", 2), (422, wrong.as_str(), refused, 1)] {
        let _page = open("/account").await;
        answer("POST /api/account/password", status, body);
        send_another_password().await;
        leave_during("POST /api/account/password").await;
        wait_for("notice", || notice().contains(told)).await;
        let logins = calls("POST /api/login");
        assert_eq!(logins.lines().count(), sign_ins, "after a refusal, the app must not sign in again");
        assert_eq!(logins.contains(r#""password":"a-better-password""#), status == 200);
    }
}

#[wasm_bindgen_test]
async fn a_user_who_signs_out_during_a_change_of_the_password_stays_signed_out_and_is_told_of_it() {
    let _page = open("/account").await;
    answer("POST /api/account/password", 200, "{}");
    send_another_password().await;
    wait_for("request", || !calls("POST /api/account/password").is_empty()).await;
    click("header .who button");
    wait_for("sign-in form", || find("#login").is_some()).await;
    network("release('POST /api/account/password')");
    wait_for("notice", || notice().contains("Password changed. Sign in with your new password.")).await;
    pause().await;
    assert_eq!(calls("POST /api/login").lines().count(), 1, "the app must not sign in again");
    assert!(find("#login").is_some());
}

#[wasm_bindgen_test]
async fn a_user_who_leaves_the_page_is_told_which_other_change_has_failed() {
    for (request, section, refused) in [
        ("POST /api/account/delete", "#delete-account", "Delete your account: The reason."),
        ("POST /api/account/email", "#own-email", "Email: The reason."),
    ] {
        let button = format!("{section} [type=submit]");
        let _page = open("/account").await;
        click(&format!("{section} > button"));
        wait_for("form", || find(&button).is_some()).await;
        _ = find(&format!("{section} #current-password")).map(|_| fill("#current-password", "correct-horse-battery"));
        _ = find("#new-email").map(|_| fill("#new-email", "other@example.com"));
        answer(request, 503, &refusal(503, "sign-in-service-unavailable", ""));
        network(&format!("hold('{request}')"));
        click(&button);
        leave_during(request).await;
        wait_for(refused, || notice().contains(refused)).await;
    }
}

#[wasm_bindgen_test]
async fn a_user_who_leaves_the_page_is_told_that_signing_out_everywhere_has_failed() {
    let _page = open("/account").await;
    answer("POST /api/account/sign-out-everywhere", 503, &refusal(503, "sign-in-service-unavailable", ""));
    network("hold('POST /api/account/sign-out-everywhere')");
    click("#sessions > button:last-of-type");
    leave_during("POST /api/account/sign-out-everywhere").await;
    wait_for("notice", || notice().contains("Where you are signed in: The reason.")).await;
}
