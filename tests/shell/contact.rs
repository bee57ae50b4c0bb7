//! The contact form.

use crate::support::{answer, calls, click, count, fill, find, focused, get, mount_app, network, path, sign_in, text, value, wait_for};
use storefront_api::App;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlTextAreaElement;

const SEND: &str = "POST /api/contact";

async fn send() {
    wait_for("form", || find("#body").is_some()).await;
    click("form [type=submit]");
}

#[wasm_bindgen_test]
async fn the_form_begins_with_the_users_email() {
    let (_page, id) = mount_app(App::Store, "/contact");
    wait_for("empty form", || find("#email").is_some() && value("#email").is_empty()).await;
    click("header .who a");
    sign_in(&id, "shopper").await;
    wait_for("email", || find("#email").is_some() && value("#email") == "shopper@example.com").await;
}

#[wasm_bindgen_test]
async fn a_message_is_sent_once_and_no_text_is_lost() {
    let (_page, _) = mount_app(App::Store, "/contact?order=7K2M-9QX4");
    wait_for("order", || find("#order").is_some() && value("#order") == "7K2M-9QX4").await;
    let invalid = r#"{"type":"/problems/invalid","title":"T","status":422,"detail":"D",
        "errors":[{"field":"email","code":"blank","message":"Enter your email address."},
                  {"field":"body","code":"blank","message":"Write something first."}]}"#;
    answer(SEND, 422, invalid);
    send().await;
    wait_for("errors", || text("#body-error").contains("Write something first.") && !text("#email-error").is_empty()).await;
    fill("#full-name", "Ada");
    fill("#email", "ada@example.com");
    get::<HtmlTextAreaElement>("#body").set_value("The mug leaks.");
    network(&format!("hold('{SEND}')"));
    answer(SEND, 503, r#"{"type":"/problems/email-unavailable","title":"T","status":503,"detail":"We couldn't send your message."}"#);
    for _ in 0..2 {
        send().await;
    }
    wait_for("request", || text("form [type=submit]") == "Sending…" && count(SEND) == 2).await;
    answer("GET /api/products", 200, "[]");
    click("header .to-start");
    wait_for("other page", || path() == "/").await;
    network(&format!("release('{SEND}')"));
    wait_for("notice", || text(".banner").contains("We couldn't send your message.")).await;
    js_sys::eval("history.back()").unwrap();
    wait_for("typed text", || find("#body").is_some() && value("#full-name") == "Ada" && value("#order") == "7K2M-9QX4").await;
    answer(SEND, 201, "{}");
    send().await;
    wait_for("confirmation", || text("main main [role=status]").contains("within two working days")).await;
    assert!(find("form").is_none() && focused().tag_name() == "H1");
    let sent = calls(SEND);
    let message = r#"{"fullName":"Ada","email":"ada@example.com","order":"7K2M-9QX4","body":"The mug leaks."}"#;
    assert_eq!(sent.matches(message).count(), 2, "{sent}");
}
