//! After another user has signed in, the app never shows the data or the texts of the previous user.

use super::*;
use crate::account::account_page::{USER, answer_account, this_and_another};
use crate::support::{sign_in_elsewhere, sign_in_to, sign_out_elsewhere};

const DRAFT: &str = "GET /api/drafts/new";

fn banners() -> String {
    text("[role=alert] .banner") + &text("[role=status] .banner")
}

/// Opens the Forums as the first user, and holds back the answer that contains this user's draft.
async fn posts_with_draft() -> (Mounted, String) {
    let (page, id) = mount_app(App::Forums, "/");
    network("answer('GET /api/load-posts', 200, '[]', { 'storefront-draft': 'saved' })");
    answer(DRAFT, 200, r#"{"title":"","body":"Of the first user","savedAt":5}"#);
    network(&format!("hold('{DRAFT}')"));
    sign_in(&id, "first").await;
    wait_for("form and request", || find("#post").is_some() && count(DRAFT) == 1).await;
    (page, id)
}

#[wasm_bindgen_test]
async fn a_draft_that_comes_late_is_in_nobody_elses_form() {
    let (_page, id) = posts_with_draft().await;
    answer("GET /api/load-posts", 200, "[]");
    sign_in_elsewhere(&id, "second").await;
    wait_for("the second user", || text("header .me") == "second@example.com" && find("#post").is_some()).await;
    network(&format!("release('{DRAFT}')"));
    for _ in 0..3 {
        pause().await;
    }
    assert_eq!(area().value(), "");
}

#[wasm_bindgen_test]
async fn what_is_typed_into_a_form_is_in_nobody_elses() {
    let (_page, id) = posts().await;
    type_post("Of the first user");
    click("header .who button");
    wait_for("sign-in form", || find("#login").is_some()).await;
    sign_in_to(&id, "second", "#post").await;
    assert_eq!(area().value(), "");
    // The third user signs in, in another tab, while the second one is signed in.
    type_post("Of the second user");
    sign_in_elsewhere(&id, "third").await;
    wait_for("the third user", || text("header .me") == "third@example.com" && find("#post").is_some()).await;
    pause().await;
    assert_eq!(area().value(), "");
}

#[wasm_bindgen_test]
async fn a_late_failure_of_a_post_is_not_shown_to_the_next_user() {
    let (_page, id) = posts().await;
    network(&format!("hold('{POST}')"));
    type_post("Of the first user");
    click(".write [type=submit]");
    wait_for("request", || count(POST) == 1).await;
    sign_in_elsewhere(&id, "second").await;
    wait_for("the second user", || text("header .me") == "second@example.com" && find("#post").is_some()).await;
    type_post("Of the second user");
    answer(POST, 503, r#"{"type":"/problems/database-unavailable","title":"T","status":503}"#);
    network(&format!("release('{POST}')"));
    for _ in 0..3 {
        pause().await;
    }
    assert_eq!((area().value().as_str(), text(".write .failure").as_str(), banners().as_str()), ("Of the second user", "", ""));
    assert!(!text(".write").contains("Try again"), "{}", text(".write"));
}

/// Lets the first user add a product and leave the page. The addition fails, and the next page shows a notice about it.
async fn after_failed_addition() -> (Mounted, String) {
    let (page, id) = products("first").await;
    answer("GET /api/user", 200, r#"{"id":"first","email":null,"displayName":"Sam"}"#);
    answer(ADD, 409, r#"{"type":"/problems/out-of-stock","title":"T","status":409,"detail":"Only 2 left in stock."}"#);
    network(&format!("hold('{ADD}')"));
    click(&add_button(1));
    click("nav a[href='/account']");
    wait_for("account", || path() == "/account").await;
    network(&format!("release('{ADD}')"));
    wait_for("notice", || banners().contains("Only 2 left in stock.")).await;
    (page, id)
}

#[wasm_bindgen_test]
async fn a_notice_names_the_product_and_leads_to_its_page() {
    let _page = after_failed_addition().await;
    assert_eq!(text("[role=alert] .banner p"), "We couldn't add Enamel mug to your cart. Only 2 left in stock. Go to “Enamel mug”");
    click(".banner a");
    wait_for("the product's page", || path() == "/products/mug").await;
    wait_for("end of the notice", || banners().is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_notice_is_not_shown_to_another_user() {
    let (_page, id) = after_failed_addition().await;
    sign_in_elsewhere(&id, "second").await;
    wait_for("the second user", || text("header .me") == "second@example.com").await;
    wait_for("end of the notice", || banners().is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_sign_out_removes_a_notice_and_an_expired_session_keeps_it_for_the_same_user() {
    let (_page, _) = after_failed_addition().await;
    click("header .who button");
    wait_for("sign-out", || find("#login").is_some()).await;
    wait_for("end of the notice", || banners().is_empty()).await;

    for (next, is_told) in [("first", true), ("second", false)] {
        let (_page, id) = after_failed_addition().await;
        answer("GET /api/account", 401, "");
        answer("POST /api/jwt/refresh", 401, "");
        click("nav a[href='/cart']");
        answer("GET /api/load-shopping-cart", 401, "");
        wait_for("sign-in form", || find("#login").is_some()).await;
        network("forgetAnswer('GET /api/load-shopping-cart')");
        sign_in(&id, next).await;
        wait_for("cart", || find("#login").is_none() && text("header .me").starts_with(next)).await;
        pause().await;
        assert_eq!(banners().contains("Only 2 left in stock."), is_told, "{next}");
    }
}

#[wasm_bindgen_test]
async fn the_end_of_an_account_is_told_to_nobody_who_signs_in_afterwards() {
    let (_page, id) = mount_app(App::Store, "/account");
    network("cart({})");
    answer("GET /api/products", 200, PRODUCTS);
    answer("GET /api/user", 200, USER);
    answer_account(&[]);
    sign_in_to(&id, "first", "#delete-account > button").await;
    click("#delete-account > button");
    wait_for("form", || find("#delete-account [type=submit]").is_some()).await;
    fill("#delete-account #current-password", "correct-horse-battery");
    answer("POST /api/account/delete", 200, "{}");
    click("#delete-account [type=submit]");
    wait_for("notice", || banners().contains("Account deleted.")).await;
    click("header .who a");
    sign_in(&id, "second").await;
    wait_for("the second user", || text("header .me") == "second@example.com").await;
    wait_for("end of the notice", || banners().is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_sign_out_saves_first_what_was_typed_a_moment_before() {
    let (_page, _) = posts().await;
    network("stop(1000)");
    answer("PUT /api/drafts/new", 200, r#"{"savedAt":9}"#);
    type_post("Typed at last");
    click("header .who button");
    wait_for("sign-out", || find("#login").is_some()).await;
    assert!(calls("PUT /api/drafts/new").contains(r#""body":"Typed at last""#), "{}", calls("PUT"));
}

#[wasm_bindgen_test]
async fn a_sign_out_asks_whether_to_lose_what_could_not_be_saved() {
    let (_page, _) = posts().await;
    network("stop(1000)");
    answer("PUT /api/drafts/new", 422, r#"{"type":"/problems/post-too-long","title":"T","status":422}"#);
    type_post("Typed at last");
    click("header .who button");
    wait_for("question", || text("[role=alert] .banner").contains("We couldn't save your entries. If you sign out now, you'll lose them."))
        .await;
    click("#stay");
    wait_for("end of the question", || find("#stay").is_none()).await;
    assert_eq!(area().value(), "Typed at last");
    answer("PUT /api/drafts/new", 200, r#"{"savedAt":9}"#);
    click("header .who button");
    wait_for("sign-out", || find("#login").is_some()).await;
}

#[wasm_bindgen_test]
async fn a_sign_out_drops_what_could_not_be_saved_here_and_in_other_tabs() {
    for is_elsewhere in [false, true] {
        let (_page, id) = posts().await;
        answer("PUT /api/drafts/new", 422, r#"{"type":"/problems/post-too-long","title":"T","status":422}"#);
        type_post("Typed at last");
        if is_elsewhere {
            sign_out_elsewhere(&id).await;
        } else {
            click("header .who button");
            wait_for("question", || find("#stay").is_some()).await;
            click("[role=alert] .banner button");
        }
        wait_for("sign-in form", || find("#login").is_some()).await;
        sign_in_to(&id, "shopper", "#post").await;
        assert_eq!(area().value(), "", "the tab must keep no text after a sign-out, elsewhere: {is_elsewhere}");
    }
}

#[wasm_bindgen_test]
async fn a_sign_out_everywhere_saves_first_what_was_typed_or_asks_whether_to_lose_it() {
    const EVERYWHERE: &str = "POST /api/account/sign-out-everywhere";
    const SAVE: &str = "PUT /api/drafts/new";
    let (_page, _) = posts().await;
    answer_account(&this_and_another());
    answer(EVERYWHERE, 200, r#"{"isConfirmed":true}"#);
    network("stop(1000)");
    answer(SAVE, 422, r#"{"type":"/problems/post-too-long","title":"T","status":422}"#);
    type_post("Typed at last");
    click("nav a[href='/account']");
    wait_for("sessions", || find("#sessions li").is_some()).await;
    click("#sessions > button:last-of-type");
    wait_for("question", || text("[role=alert] .banner").contains("We couldn't save your entries.")).await;
    click("#stay");
    wait_for("end of the question", || find("#stay").is_none()).await;
    pause().await;
    assert_eq!(count(EVERYWHERE), 0, "the user has chosen to stay signed in");

    answer(SAVE, 200, r#"{"savedAt":9}"#);
    click("#sessions > button:last-of-type");
    wait_for("sign-out", || find("#login").is_some()).await;
    let calls = calls("");
    let (saved, signed_out) = (calls.rfind(SAVE), calls.find(EVERYWHERE));
    assert!(
        saved < signed_out && calls[saved.unwrap()..].starts_with(&format!("{SAVE} {{\"title\":\"\",\"body\":\"Typed at last\"")),
        "{calls}"
    );
}
