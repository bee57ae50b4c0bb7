//! Writes to the backend: they outlive their page, belong to one user, wait for a connection, and are never executed twice.

mod another_user;
mod following;
mod waiting_edits;

use crate::support::{
    Mounted, announced, answer, answer_with_token, calls, click, count, fill, find, focused, get, kept_edits, mount_app, network, path,
    pause, reload_app, remount_app, sign_in, sign_in_to, sign_out_elsewhere, text, wait_for,
};
use leptos::prelude::*;
use storefront_api::App;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{BroadcastChannel, Element, Event, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

const PRODUCTS: &str = r#"[
    {"id":"mug","name":"Enamel mug","description":"Blue rim.","price":1490,"currency":"EUR","stock":3},
    {"id":"atlas","name":"Star atlas","description":"Of the north.","price":2850,"currency":"EUR","stock":9}]"#;
const ADD: &str = "POST /api/shopping-cart/lines";
const GUEST_ADD: &str = "POST /api/guest-cart/lines";
const POST: &str = "POST /api/posts";
const PUBLISHED: &str = r#"{"id":"2","author":"Sam","body":"My post","createdAt":"2026-11-20T09:00:00Z"}"#;

fn add_button(at: u32) -> String {
    format!(".product:nth-child({at}) button")
}

fn badge() -> String {
    find("header .badge").and_then(|badge| badge.text_content()).unwrap_or_default()
}

fn keys(prefix: &str) -> Vec<String> {
    network(&format!("keys('{prefix}')")).as_string().unwrap().lines().map(str::to_owned).collect()
}

/// Opens the list of products, signed in as `user`.
async fn products(user: &str) -> (Mounted, String) {
    let (page, id) = mount_app(App::Store, "/login?next=/");
    answer("GET /api/products", 200, PRODUCTS);
    network("cart({})");
    sign_in_to(&id, user, ".product").await;
    pause().await;
    (page, id)
}

/// Opens the list of products as a visitor, who has not signed in.
async fn visitor_at_the_products() -> (Mounted, String) {
    let (page, id) = mount_app(App::Store, "/");
    answer("GET /api/products", 200, PRODUCTS);
    network("cart({})");
    wait_for("products", || find(".product").is_some()).await;
    (page, id)
}

async fn posts() -> (Mounted, String) {
    let (page, id) = mount_app(App::Forums, "/");
    answer("GET /api/load-posts", 200, "[]");
    answer("PUT /api/drafts/new", 200, r#"{"savedAt":9}"#);
    answer("GET /api/user", 200, r#"{"id":"shopper","email":null,"displayName":"Sam"}"#);
    sign_in_to(&id, "shopper", "#post").await;
    (page, id)
}

fn area() -> HtmlTextAreaElement {
    get("#post")
}

fn type_post(body: &str) {
    area().set_value(body);
    area().dispatch_event(&Event::new("input").unwrap()).unwrap();
}

#[wasm_bindgen_test]
async fn an_addition_outlives_its_page_and_reaches_the_cart_page() {
    let _page = products("shopper").await;
    network(&format!("hold('{ADD}')"));
    click(&add_button(1));
    wait_for("request", || count(ADD) == 1).await;
    click("nav a[href='/cart']");
    wait_for("cart", || text(".empty-state h2") == "Your cart is empty").await;
    network(&format!("release('{ADD}')"));
    wait_for("line", || find(".line").is_some() && badge() == "1 item").await;
    assert_eq!(announced(), "Added Enamel mug. 1 item in your cart.");
    assert_eq!(count(ADD), 1);
}

#[wasm_bindgen_test]
async fn a_post_outlives_its_page_and_leaves_no_draft() {
    let _page = posts().await;
    network(&format!("hold('{POST}')"));
    type_post("My post");
    click(".write [type=submit]");
    wait_for("request", || count(POST) == 1).await;
    click("nav a[href='/account']");
    wait_for("account", || find(".facts").is_some()).await;
    answer(POST, 201, PUBLISHED);
    network(&format!("release('{POST}')"));
    wait_for("announcement", || announced() == "Post published.").await;
    wait_for("notice", || text("[role=status] .banner.done").starts_with("Post published. Go to “My post”")).await;
    click("nav a[href='/']");
    wait_for("post", || text(".posts").contains("My post")).await;
    pause().await;
    assert_eq!((area().value().as_str(), count(POST)), ("", 1));
}

#[wasm_bindgen_test]
async fn text_that_is_typed_while_a_post_is_published_stays() {
    let _page = posts().await;
    network(&format!("hold('{POST}')"));
    answer(POST, 201, PUBLISHED);
    type_post("My post");
    click(".write [type=submit]");
    wait_for("request", || count(POST) == 1).await;
    type_post("My post\nAnd an afterthought");
    network(&format!("release('{POST}')"));
    wait_for("post", || text(".posts").contains("My post")).await;
    pause().await;
    assert_eq!(area().value(), "And an afterthought");
    assert_ne!(focused().tag_name(), "A", "the author is still typing");
}

#[wasm_bindgen_test]
async fn a_failure_is_told_on_whichever_page_is_open_with_the_way_back() {
    let _page = posts().await;
    network(&format!("hold('{POST}')"));
    answer(POST, 500, "<html>broken</html>");
    type_post("My post");
    click(".write [type=submit]");
    wait_for("request", || count(POST) == 1).await;
    click("nav a[href='/account']");
    wait_for("account", || find(".facts").is_some()).await;
    network(&format!("release('{POST}')"));
    wait_for("notice", || text("[role=alert] .banner").contains("We couldn't publish your post. Something went wrong on our side")).await;
    click("[role=alert] .banner a");
    wait_for("form", || text(".write [role=alert]").contains("We couldn't publish your post.")).await;
    pause().await;
    assert!(find("[role=alert] .banner").is_none());
    assert_eq!(area().value(), "My post");
    answer(POST, 201, PUBLISHED);
    click(".write [role=alert] button");
    wait_for("post", || text(".posts").contains("My post")).await;
    let keys = keys(POST);
    assert!(keys.len() == 2 && keys[0] == keys[1] && !keys[0].is_empty(), "the retry must have the key of the failed request: {keys:?}");
}

#[wasm_bindgen_test]
async fn a_lost_answer_is_asked_for_again_with_the_same_key() {
    let _page = products("shopper").await;
    network("cart(null)");
    fail_two_attempts(|| click(&add_button(1))).await;
    network(&format!("elapse({BEFORE_THIRD_TRY})"));
    wait_for("failure", || text(".card-error").contains("We couldn't reach the")).await;
    let first = keys(ADD);
    assert!(first.len() == 3 && first.iter().all(|it| *it == first[0] && !it.is_empty()), "{first:?}");
    network("cart({})");
    click(&add_button(2));
    wait_for("success", || badge() == "1 item").await;
    click(&add_button(1));
    wait_for("repeat", || badge() == "2 items").await;
    click(&add_button(1));
    wait_for("further addition", || badge() == "3 items").await;
    let keys = keys(ADD);
    assert_ne!(keys[3], first[0], "the addition of another product must have another key");
    assert_eq!(keys[4], first[0], "the retry must have the same key, because the cart may already have the product");
    assert_ne!(keys[5], first[0], "a further addition of the same product must have another key");
}

#[wasm_bindgen_test]
async fn changes_wait_for_the_connection_and_are_sent_in_order() {
    let _page = products("shopper").await;
    network("offline(true)");
    click(&add_button(1));
    click(&add_button(2));
    wait_for("waiting", || text(".product:nth-child(2)").contains("Will be sent when you're back online.")).await;
    assert!(text(".banner").contains("We'll send your changes"), "{:?}", text(".banner"));
    assert_eq!(count(ADD), 0);
    network("offline(false)");
    wait_for("additions", || badge() == "2 items").await;
    let sent = calls(ADD);
    assert!(sent.lines().next().unwrap().contains("mug") && sent.lines().nth(1).unwrap().contains("atlas"), "{sent}");
    assert!(find(".banner").is_none());
}

#[wasm_bindgen_test]
async fn a_change_survives_a_connection_that_leads_nowhere_at_first() {
    let _page = products("shopper").await;
    network("offline(true)");
    click(&add_button(1));
    wait_for("waiting", || text(".product:nth-child(1)").contains("Will be sent when you're back online.")).await;
    network(&format!("loseAnswers('{ADD}', true)"));
    fail_two_attempts(|| _ = network("offline(false)")).await;
    network(&format!("loseAnswers('{ADD}', false)"));
    network(&format!("elapse({BEFORE_THIRD_TRY})"));
    wait_for("addition", || badge() == "1 item").await;
    let keys = keys(ADD);
    assert!(keys.len() == 3 && keys.iter().all(|it| *it == keys[0]), "{keys:?}");
    assert_eq!(text(".card-error"), "");
}

#[wasm_bindgen_test]
async fn a_change_that_waits_for_its_next_try_is_not_sent_after_a_sign_out() {
    let (_page, id) = products("first").await;
    network(&format!("loseAnswers('{ADD}', true)"));
    fail_two_attempts(|| click(&add_button(1))).await;
    network(&format!("loseAnswers('{ADD}', false)"));
    sign_out_elsewhere(&id).await;
    wait_for("sign-out", || find("header .who a").is_some()).await;
    click("header .who a");
    sign_in(&id, "first").await;
    wait_for("products", || path() == "/" && find(".product").is_some()).await;
    // A retry would follow this pause, so let the pause end before the check that the app has sent nothing.
    network(&format!("elapse({BEFORE_THIRD_TRY})"));
    pause().await;
    // The backend has executed the addition at the first attempt, whose answer was lost.
    assert_eq!((count(ADD), badge().as_str()), (2, "1 item"));
}

/// The app's pause before it sends a change for the third time, in milliseconds.
const BEFORE_THIRD_TRY: u32 = 2_000;

/// Runs `begin`, which sends an addition, and waits until the app pauses before the third attempt. Only `elapse` ends the pause.
async fn fail_two_attempts(begin: impl FnOnce()) {
    network(&format!("stop({BEFORE_THIRD_TRY})"));
    let pauses = || network(&format!("stopped({BEFORE_THIRD_TRY})")).as_f64().unwrap();
    let before = pauses();
    begin();
    wait_for("pause after two attempts", || count(ADD) == 2 && pauses() > before).await;
}

/// Changes the mug's line to two mugs while the browser is offline. The app sends the change ten seconds later. By then the cart at the
/// backend is `cart_elsewhere`.
async fn late_change(cart_elsewhere: &str) -> Mounted {
    let (page, id) = mount_app(App::Store, "/cart");
    network("cart({ mug: 1, atlas: 1 })");
    sign_in_to(&id, "shopper", ".line").await;
    network("offline(true)");
    click("[aria-label='Increase quantity of Enamel mug']");
    wait_for("waiting", || text(".line-waiting") == "Will be sent when you're back online.").await;
    network("later(10000)");
    network(&format!("cart({cart_elsewhere})"));
    network("offline(false)");
    wait_for("request", || calls("PUT").ends_with(r#"{"quantity":2}"#)).await;
    page
}

fn mugs() -> String {
    find("#quantity-mug").map(|it| it.unchecked_into::<HtmlInputElement>().value()).unwrap_or_default()
}

/// Waits until the mug's line says that the change to `quantity` was rejected, because another tab or device has changed the line.
async fn refused_as_changed_elsewhere(quantity: u32) {
    let why = "This item has since changed in another tab or on another device.";
    let expected = format!("We couldn't change the quantity of Enamel mug to {quantity}. {why}");
    wait_for("refusal", || text(".line-error").starts_with(&expected)).await;
}

#[wasm_bindgen_test]
async fn a_change_that_has_waited_undoes_no_newer_one_that_looks_like_the_older() {
    let _page = late_change("network.cart({ mug: 7, atlas: 1 }) ?? { mug: 1, atlas: 1 }").await;
    refused_as_changed_elsewhere(2).await;
    assert_eq!(mugs(), "1");
}

/// Changes the mug's line to two mugs, and cuts the connection during the request. The clock is stopped.
async fn broken_change() -> Mounted {
    let (page, id) = mount_app(App::Store, "/cart");
    network("cart({ mug: 1, atlas: 1 })");
    sign_in_to(&id, "shopper", ".line").await;
    network("stopClock()");
    network("hold('PUT /api/shopping-cart/lines/mug')");
    click("[aria-label='Increase quantity of Enamel mug']");
    wait_for("request", || count("PUT") == 1).await;
    network("offline(true)");
    network("release('PUT /api/shopping-cart/lines/mug')");
    wait_for("waiting", || text(".line-waiting") == "Will be sent when you're back online.").await;
    page
}

#[wasm_bindgen_test]
async fn a_change_after_a_broken_first_request_undoes_no_newer_one() {
    let _page = broken_change().await;
    click("[aria-label='Increase quantity of Enamel mug']");
    network("cart({ mug: 7, atlas: 1 })");
    network("offline(false)");
    refused_as_changed_elsewhere(3).await;
    wait_for("the newer cart", || mugs() == "7").await;
    assert_eq!(network("quantity('mug')"), 7);
}

#[wasm_bindgen_test]
async fn a_change_after_a_broken_first_request_is_repeated_and_the_last_intent_follows() {
    let _page = broken_change().await;
    click("[aria-label='Increase quantity of Enamel mug']");
    network("offline(false)");
    wait_for("the user's last change", || network("quantity('mug')") == 3 && badge() == "4 items").await;
    assert!(find(".line-error").is_none());
}

#[wasm_bindgen_test]
async fn a_change_that_has_waited_is_made_where_only_another_line_has_changed() {
    let _page = late_change("{ mug: 1, atlas: 5 }").await;
    wait_for("both changes", || badge() == "7 items" && mugs() == "2").await;
    assert!(find(".line-error").is_none());
}

#[wasm_bindgen_test]
async fn a_change_that_has_waited_undoes_no_newer_one_that_the_answer_to_another_change_shows() {
    let (_page, id) = mount_app(App::Store, "/cart");
    network("cart({ mug: 1, atlas: 1 })");
    sign_in_to(&id, "shopper", ".line").await;
    network("offline(true)");
    click("[aria-label='Increase quantity of Star atlas']");
    click("[aria-label='Increase quantity of Enamel mug']");
    network("later(10000)");
    network("cart({ mug: 7, atlas: 1 })");
    network("offline(false)");
    refused_as_changed_elsewhere(2).await;
    assert_eq!((network("quantity('mug')").as_f64(), network("quantity('atlas')").as_f64()), (Some(7.0), Some(2.0)));
}

#[wasm_bindgen_test]
async fn a_line_that_was_removed_elsewhere_can_be_put_back() {
    let _page = late_change("{ atlas: 1 }").await;
    wait_for("the newer cart", || text(".line-gone p") == "Removed Enamel mug." && badge() == "1 item").await;
    click(".undo");
    wait_for("the line", || mugs() == "1" && badge() == "2 items").await;
    wait_for("request", || network("quantity('mug')") == 1).await;
}

#[wasm_bindgen_test]
async fn each_of_several_removed_lines_can_be_put_back() {
    let (_page, id) = mount_app(App::Store, "/cart");
    network("cart({ mug: 2, blanket: 1, atlas: 3 })");
    sign_in_to(&id, "shopper", ".line").await;
    click("[aria-label='Remove Enamel mug']");
    click("[aria-label='Remove Star atlas']");
    wait_for("removals", || calls("DELETE").lines().count() == 2 && badge() == "1 item").await;
    wait_for("offer", || find("[aria-label='Undo: put Enamel mug back']").is_some()).await;
    click("[aria-label='Undo: put Enamel mug back']");
    wait_for("mugs", || mugs() == "2" && badge() == "3 items").await;
    click("[aria-label='Undo: put Star atlas back']");
    wait_for("all lines", || badge() == "6 items" && find(".line-gone").is_none()).await;
    wait_for("requests", || network("quantity('atlas')") == 3).await;
}

#[wasm_bindgen_test]
async fn what_has_changed_in_a_cart_is_accepted_by_the_text_that_was_read() {
    let (_page, id) = mount_app(App::Store, "/cart");
    network("cart({ mug: 1 })");
    network("notice('Enamel mug now costs €15.90 instead of €14.90.')");
    sign_in(&id, "shopper").await;
    wait_for("notice", || text(".offer[role=status]").contains("€15.90 instead of €14.90")).await;
    click(".offer button");
    wait_for("end of the notice", || find(".offer").is_none()).await;
    assert!(calls("POST /api/shopping-cart/ack").ends_with(r#"{"notice":"Enamel mug now costs €15.90 instead of €14.90."}"#));
}

#[wasm_bindgen_test]
async fn a_waiting_write_is_never_sent_as_somebody_else() {
    let (_page, id) = products("first").await;
    network("offline(true)");
    click(&add_button(1));
    pause().await;
    click("header .who button");
    wait_for("question", || text("[role=alert] .banner").contains("If you sign out now, you'll lose them.")).await;
    click("[role=alert] .banner button");
    wait_for("sign-out", || find("header .who a").is_some()).await;
    click("header .who a");
    network("offline(false)");
    sign_in(&id, "second").await;
    wait_for("products", || path() == "/" && find(".product").is_some()).await;
    pause().await;
    assert_eq!((count(ADD), badge().as_str(), kept_edits().as_str()), (0, "", ""));
}

#[wasm_bindgen_test]
async fn a_sign_out_waits_for_the_writes_that_wait() {
    let _page = products("shopper").await;
    network("offline(true)");
    click(&add_button(1));
    pause().await;
    click("header .who button");
    wait_for("question", || focused().id() == "stay").await;
    click("#stay");
    wait_for("end of the question", || find("#stay").is_none() && focused().tag_name() == "H1").await;
    click("header .who button");
    wait_for("question", || find("#stay").is_some()).await;
    network(&format!("hold('{ADD}')"));
    network("offline(false)");
    wait_for("sending", || count(ADD) == 1 && text("[role=alert] .banner").contains("We'll sign you out after that")).await;
    pause().await;
    assert!(find("header .who button").is_some(), "the user must stay signed in until the addition is done");
    network(&format!("release('{ADD}')"));
    wait_for("sign-out", || text(".banner.done p") == "You are signed out." && find("#stay").is_none()).await;
    assert_eq!(network("quantity('mug')"), 1, "the addition must reach the cart before the sign-out");
}

#[wasm_bindgen_test]
async fn an_addition_after_the_end_of_a_session_waits_for_the_same_user() {
    for (next, expected) in [("first", 1), ("second", 0)] {
        let (_page, id) = products("first").await;
        answer(ADD, 401, "");
        answer("POST /api/jwt/refresh", 401, "");
        click(&add_button(1));
        wait_for("end of the session", || find("header .who a").is_some()).await;
        network(&format!("hold('{ADD}')"));
        let before = count(ADD);
        click("header .who a");
        sign_in(&id, next).await;
        wait_for("products", || path() == "/" && find(".product").is_some()).await;
        pause().await;
        assert_eq!(count(ADD) - before, expected, "{next}");
    }
}

/// Adds the products at these places of the list, one after the other.
async fn add_as_visitor(places: &[u32]) {
    for at in places {
        let before = count(GUEST_ADD);
        click(&add_button(*at));
        wait_for("addition", || count(GUEST_ADD) > before && text(&format!(".product:nth-child({at})")).contains("Added.")).await;
    }
}

#[wasm_bindgen_test]
async fn a_visitor_fills_and_changes_a_cart_without_a_sign_in() {
    let (page, _) = visitor_at_the_products().await;
    add_as_visitor(&[1, 2, 2]).await;
    assert_eq!((path().as_str(), badge().as_str(), announced().as_str()), ("/", "3 items", "Added Star atlas. 3 items in your cart."));
    click(".product:nth-child(2) .note a");
    wait_for("cart", || path() == "/cart" && text(".lines").contains("Enamel mug") && text(".lines").contains("Star atlas")).await;
    assert!(text(".offer").contains("This cart is kept in this browser"), "{:?}", text("main"));
    assert_eq!(get::<Element>(".offer a").get_attribute("href").as_deref(), Some("/login?next=%2Fcart"));
    click("[aria-label='Increase quantity of Enamel mug']");
    wait_for("change", || calls("PUT") == r#"PUT /api/guest-cart/lines/mug {"quantity":2}"# && badge() == "4 items").await;
    click("[aria-label='Remove Star atlas']");
    wait_for("removal", || calls("DELETE") == "DELETE /api/guest-cart/lines/atlas").await;
    pause().await;
    assert!(find(".undo").is_some(), "the page must still offer to undo the removal");
    drop(page);

    let (page, _) = remount_app(App::Store, "/cart");
    wait_for("cart after a reload", || find(".line").is_some() && badge() == "2 items").await;
    assert!(find("#login").is_none());
    drop(page);
    window().session_storage().unwrap().unwrap().clear().unwrap();
    let (_page, _) = remount_app(App::Store, "/");
    wait_for("badge in another tab", || badge() == "2 items").await;
    assert_eq!(calls("POST /api/shopping-cart") + &calls("GET /api/load-shopping-cart"), "", "the app must request only the guest cart");
}

#[wasm_bindgen_test]
async fn a_visitors_cart_is_added_to_the_users_at_the_sign_in_and_told_until_read() {
    let (_page, id) = visitor_at_the_products().await;
    network("cart({ mug: 1 })");
    add_as_visitor(&[1, 2]).await;
    click("header .who a");
    sign_in(&id, "shopper").await;
    wait_for("the whole cart", || path() == "/" && badge() == "3 items").await;
    assert_eq!((count(ADD), count(GUEST_ADD)), (0, 2), "the backend must merge the carts, not the app");
    assert_eq!(window().session_storage().unwrap().unwrap().length().unwrap(), 0, "the app must leave nothing for the next visitor");
    click("nav a[href='/cart']");
    wait_for("notice", || text(".offer").contains("Your cart now includes what you added before you signed in.")).await;
    click(".offer button");
    wait_for("end of the notice", || find(".offer").is_none() && count("POST /api/shopping-cart/acknowledgement") == 1).await;
    assert_eq!(focused().tag_name(), "H1");

    answer("POST /api/logout", 200, "");
    click("nav a[href='/']");
    wait_for("products", || find(".product").is_some()).await;
    click("header .who button");
    wait_for("sign-out", || find("header .who a").is_some()).await;
    assert_eq!(badge(), "", "the next visitor in this browser must have an empty cart");
    add_as_visitor(&[2]).await;
    assert_eq!(badge(), "1 item");
}

#[wasm_bindgen_test]
async fn an_addition_that_is_on_its_way_at_the_sign_in_is_in_the_users_cart_once() {
    for is_gone in [false, true] {
        let (_page, id) = visitor_at_the_products().await;
        add_as_visitor(&[1]).await;
        network(&format!("hold('{GUEST_ADD}')"));
        click(&add_button(2));
        wait_for("request", || count(GUEST_ADD) == 2).await;
        click("header .who a");
        sign_in(&id, "shopper").await;
        wait_for("the user's cart", || path() == "/" && badge() == "1 item").await;
        if is_gone {
            network("guestGone()");
        }
        network(&format!("release('{GUEST_ADD}')"));
        wait_for("both products", || badge() == "2 items").await;
        pause().await;
        assert_eq!((badge().as_str(), count(ADD)), ("2 items", usize::from(is_gone)), "{is_gone}");
        let (guest, own) = (keys(GUEST_ADD), keys(ADD));
        assert!(own.iter().all(|key| *key == guest[1]), "{guest:?} {own:?}");
    }
}

#[wasm_bindgen_test]
async fn a_visitors_cart_that_is_gone_is_restarted_with_what_was_added() {
    let _page = visitor_at_the_products().await;
    add_as_visitor(&[1]).await;
    network("guestGone()");
    click(&add_button(2));
    wait_for("addition", || count(GUEST_ADD) == 3 && badge() == "1 item").await;
    wait_for("confirmation", || text(".product:nth-child(2)").contains("Added.")).await;
}

#[wasm_bindgen_test]
async fn after_a_reload_the_badge_is_there_after_one_read_of_the_cart() {
    let (page, id) = products("shopper").await;
    network("cart({ mug: 2, atlas: 1 })");
    drop(page);
    for path in ["/", "/cart"] {
        let before = count("GET /api/load-shopping-cart");
        let page = reload_app(App::Store, path, &id);
        wait_for("badge", || badge() == "3 items").await;
        pause().await;
        assert_eq!(count("GET /api/load-shopping-cart") - before, 1, "{path}");
        drop(page);
    }
}

#[wasm_bindgen_test]
async fn a_visitors_products_are_in_the_cart_after_registering() {
    let (_page, id) = visitor_at_the_products().await;
    add_as_visitor(&[1]).await;
    click("header .who a");
    wait_for("sign-in form", || find("#login").is_some()).await;
    click(".aside a[href^='/register']");
    wait_for("registration form", || find("#register").is_some()).await;
    fill("#email", "new@example.com");
    fill("#new-password", "correct-horse-battery");
    fill("#display-name", " Sam ");
    answer("POST /api/register", 503, "");
    click("#register [type=submit]");
    wait_for("failure", || text(".summary").contains("Something went wrong on our side")).await;
    answer("POST /api/register", 201, r#"{"id":"new","email":"new@example.com","displayName":"Sam"}"#);
    answer_with_token("POST /api/login", &id, "new");
    click("#register [type=submit]");
    wait_for("badge", || path() == "/" && text("header").contains("1 item")).await;
    click("header a[href='/cart']");
    wait_for("cart", || path() == "/cart" && text(".lines").contains("Enamel mug")).await;
    assert!(calls("POST /api/register").contains(r#""displayName":"Sam""#));
    assert!(find("[role=alert] .banner").is_none(), "a notice although the user got the chosen name: {:?}", text("[role=alert] .banner"));
    let keys = keys("POST /api/register");
    assert!(keys.len() == 2 && keys[0] == keys[1] && !keys[0].is_empty(), "{keys:?}");
}

#[wasm_bindgen_test]
async fn a_display_name_that_was_taken_is_told_after_registering() {
    for (chosen, given, is_told) in [("Sam", "Shopper 4F2A", true), (" e\u{301}  \u{ff21}da", "é Ada", false)] {
        let (_page, id) = mount_app(App::Store, "/register");
        network("cart({})");
        wait_for("registration form", || find("#register").is_some()).await;
        fill("#email", "new@example.com");
        fill("#new-password", "correct-horse-battery");
        fill("#display-name", chosen);
        answer("POST /api/register", 201, &format!(r#"{{"id":"new","email":"new@example.com","displayName":"{given}"}}"#));
        answer_with_token("POST /api/login", &id, "new");
        click("#register [type=submit]");
        wait_for("cart", || path() == "/cart").await;
        pause().await;
        let told = text("[role=alert] .banner");
        assert_eq!(told.contains("Yours is “Shopper 4F2A”.") && told.contains("Go to “Your account”"), is_told, "{told:?}");
    }
}

#[wasm_bindgen_test]
async fn the_cart_of_another_tab_shows_here_if_it_is_the_same_users() {
    let _page = products("shopper").await;
    let other = BroadcastChannel::new("storefront.cart").unwrap();
    let tell = |user: &str, quantity: i64| {
        let line = format!(r#"{{"product":"mug","name":"Enamel mug","unitPrice":1490,"quantity":{quantity}}}"#);
        let text = format!(r#"{{"user":"{user}","cart":{{"currency":"EUR","total":0,"lines":[{line}]}}}}"#);
        other.post_message(&text.into()).unwrap();
    };
    tell("shopper", 4);
    wait_for("badge", || badge() == "4 items").await;
    tell("stranger", 9);
    tell("shopper", 5);
    wait_for("badge", || badge() != "4 items").await;
    assert_eq!(badge(), "5 items");
    other.close();
}

#[wasm_bindgen_test]
async fn signing_out_on_a_public_page_says_so_and_keeps_the_focus_on_the_page() {
    let _page = products("shopper").await;
    get::<HtmlElement>("header .who button").focus().unwrap();
    click("header .who button");
    wait_for("notice", || text("[role=status] .banner.done p") == "You are signed out.").await;
    assert_eq!(announced(), "", "a screen reader says it once");
    wait_for("focus", || focused().tag_name() == "H1").await;
}

#[wasm_bindgen_test]
async fn an_addition_that_loses_the_connection_is_sent_again_with_the_same_key() {
    let _page = products("shopper").await;
    network(&format!("hold('{ADD}')"));
    click(&add_button(1));
    wait_for("request", || count(ADD) == 1).await;
    network("offline(true)");
    network(&format!("release('{ADD}')"));
    wait_for("waiting", || text(".product:nth-child(1)").contains("Will be sent when you're back online.")).await;
    pause().await;
    assert_eq!((count(ADD), text(".card-error").as_str()), (1, ""));
    network("offline(false)");
    wait_for("addition", || badge() == "1 item").await;
    let keys = keys(ADD);
    assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
}

#[wasm_bindgen_test]
async fn a_display_name_can_be_changed_and_a_refusal_stands_beside_it() {
    let (_page, id) = mount_app(App::Store, "/account");
    answer("GET /api/user", 200, r#"{"id":"shopper","email":null,"displayName":"Sam"}"#);
    sign_in_to(&id, "shopper", "#display-name").await;
    pause().await;
    fill("#display-name", "Ines");
    answer(
        "PUT /api/user",
        422,
        r#"{"type":"/problems/invalid","title":"Invalid input","status":422,"detail":"Check what you entered.",
            "errors":[{"field":"displayName","code":"taken","message":"Someone else has this display name."}]}"#,
    );
    click("#change-name [type=submit]");
    wait_for("refusal", || text("#display-name-error").contains("Someone else has this display name.")).await;
    answer("PUT /api/user", 200, r#"{"id":"shopper","email":null,"displayName":"Ines"}"#);
    network("hold('PUT /api/user')");
    click("#change-name [type=submit]");
    wait_for("request", || count("PUT /api/user") == 2).await;
    fill("#display-name", "Ines B.");
    network("release('PUT /api/user')");
    wait_for("name", || text(".facts").contains("Ines")).await;
    assert_eq!(announced(), "Display name changed.");
    assert_eq!(get::<HtmlInputElement>("#display-name").value(), "Ines B.", "the field must keep the text typed during the request");
    assert!(find("#display-name-error").is_none() && get::<Element>("#display-name").get_attribute("aria-invalid").is_none());
}
