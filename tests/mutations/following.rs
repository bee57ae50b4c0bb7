//! An open cart page shows the changes that another device makes: the backend sends events, and without them the app polls.

use super::*;
use crate::support::{Mounted, answer_with_token, forget_everything};
use storefront_api::cart_version;

const READ: &str = "GET /api/load-shopping-cart";
const EVENTS: &str = "GET /api/shopping-cart/events";
const RENEWAL: &str = "POST /api/jwt/refresh";

fn streams() -> usize {
    network("streams()").as_f64().unwrap() as usize
}

/// Sends the backend's event for a cart with this many mugs.
fn send_cart_event(mugs: i64) {
    network(&format!("sendCartEvent({})", cart_version([("mug", mugs, 1490)].into_iter(), false)));
}

fn set_hidden(hidden: bool) {
    let set = if hidden {
        "Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })"
    } else {
        "delete document.hidden"
    };
    js_sys::eval(set).unwrap();
    js_sys::eval("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))").unwrap();
}

/// Opens the cart page of a user with one mug in the cart. The app's polls come at once. The clock is stopped, because the app measures how
/// long a stream has lasted.
async fn cart_with_a_mug(network_calls: &str) -> Mounted {
    forget_everything();
    network("stopClock()");
    network("hurry(2000, 20000, 1000)");
    network(network_calls);
    let (page, id) = remount_app(App::Store, "/cart");
    network("cart({ mug: 1 })");
    sign_in(&id, "shopper").await;
    wait_for("cart", || badge() == "1 item").await;
    page
}

/// Like [`cart_with_a_mug`], with an open stream.
async fn followed_cart() -> Mounted {
    let page = cart_with_a_mug("events(true)").await;
    wait_for("stream", || streams() == 1).await;
    network("hurry(20000, 1000)");
    page
}

async fn pauses(number: usize) {
    for _ in 0..number {
        pause().await;
    }
}

#[wasm_bindgen_test]
async fn the_cart_follows_what_another_device_does_while_it_is_looked_at() {
    let _page = cart_with_a_mug("events(false)").await;
    network("cart({ mug: 4 })");
    wait_for("the other device's change", || badge() == "4 items" && mugs() == "4").await;
    set_hidden(true);
    pauses(2).await;
    let before = count(READ);
    pauses(10).await;
    assert_eq!(count(READ), before, "the app must not poll in a hidden tab");
    set_hidden(false);
    wait_for("another read", || count(READ) > before).await;
}

#[wasm_bindgen_test]
async fn an_event_for_a_new_cart_version_reads_the_cart() {
    let _page = followed_cart().await;
    let before = count(READ);
    send_cart_event(1);
    pauses(5).await;
    assert_eq!(count(READ), before, "the app must not read a cart that the page already shows");
    network("cart({ mug: 4 })");
    send_cart_event(4);
    wait_for("the other device's change", || badge() == "4 items" && mugs() == "4").await;
    pauses(5).await;
    assert_eq!((count(READ), count(EVENTS), streams()), (before + 1, 1, 1));
}

#[wasm_bindgen_test]
async fn an_event_during_a_change_of_this_tab_waits_for_its_answer() {
    const CHANGE: &str = "PUT /api/shopping-cart/lines/mug";
    let _page = followed_cart().await;
    let before = count(READ);
    network(&format!("hold('{CHANGE}')"));
    click("[aria-label='Increase quantity of Enamel mug']");
    wait_for("change", || count(CHANGE) == 1).await;
    send_cart_event(2);
    send_cart_event(7);
    pauses(5).await;
    assert_eq!((count(READ), mugs().as_str()), (before, "2"), "the app must not read: the answer to its change will be newer");
    network(&format!("release('{CHANGE}')"));
    wait_for("answer", || network("quantity('mug')").as_f64() == Some(2.0)).await;
    network("cart({ mug: 7 })");
    wait_for("the other device's change", || mugs() == "7").await;
}

#[wasm_bindgen_test]
async fn only_the_last_of_two_events_is_compared_again() {
    let _page = followed_cart().await;
    network("stop(2000)");
    for (mugs_at_first, is_answer_late) in [(3, false), (5, true)] {
        let has_mugs = |number: i64| wait_for("the other device's change", move || mugs() == number.to_string());
        network(&format!("cart({{ mug: {mugs_at_first} }})"));
        send_cart_event(mugs_at_first);
        has_mugs(mugs_at_first).await;
        network("elapse(1000)");
        let before = count(READ);
        if is_answer_late {
            network(&format!("hold('{READ}')"));
        }
        network(&format!("cart({{ mug: {} }})", mugs_at_first + 1));
        send_cart_event(mugs_at_first + 1);
        wait_for("read", || count(READ) == before + 1).await;
        if !is_answer_late {
            has_mugs(mugs_at_first + 1).await;
        }
        network("elapse(1000)"); // only the first event's next comparison is due
        pauses(5).await;
        assert_eq!(count(READ), before + 1, "the app must not read the cart twice for one event");
        if is_answer_late {
            network(&format!("release('{READ}')"));
        }
        has_mugs(mugs_at_first + 1).await;
        network("elapse(2000)");
    }
}

#[wasm_bindgen_test]
async fn an_event_that_no_read_can_satisfy_is_given_up() {
    let _page = followed_cart().await;
    network("hurry(2000)");
    let before = count(READ);
    send_cart_event(99);
    wait_for("reads", || count(READ) == before + 3).await;
    pauses(10).await;
    assert_eq!(count(READ), before + 3);
}

#[wasm_bindgen_test]
async fn a_stream_is_closed_with_its_page_and_while_nobody_looks() {
    let _page = followed_cart().await;
    set_hidden(true);
    wait_for("end of the stream", || streams() == 0).await;
    pauses(5).await;
    assert_eq!(streams(), 0);
    set_hidden(false);
    wait_for("stream", || streams() == 1).await;
    answer("GET /api/products", 200, PRODUCTS);
    click("nav a[href='/']");
    wait_for("end of the stream", || streams() == 0).await;
    click("nav a[href='/cart']");
    wait_for("stream", || streams() == 1).await;
    click("header .who button");
    wait_for("end of the stream", || streams() == 0).await;
    pauses(5).await;
    assert_eq!(streams(), 0, "the app must open no stream after a sign-out");
}

#[wasm_bindgen_test]
async fn a_stream_that_is_cut_leaves_reading_now_and_then_and_is_tried_again() {
    let _page = followed_cart().await;
    network("cart({ mug: 3 })");
    network("cutStreams()");
    wait_for("the other device's change", || mugs() == "3").await;
    wait_for("another stream", || streams() == 1).await;
    // If the stream has lasted long enough, the app opens another one at once, and does not read the cart before that.
    network("later(30000)");
    let before = count(READ);
    network("cutStreams()");
    wait_for("another stream", || streams() == 1).await;
    assert_eq!(count(READ), before);
}

#[wasm_bindgen_test]
async fn a_stream_that_is_silent_is_given_up() {
    let _page = cart_with_a_mug("hold('GET /api/shopping-cart/events')").await;
    network("events(true)");
    network("hurry(20000, 45000)");
    network("release('GET /api/shopping-cart/events')");
    network("cart({ mug: 5 })");
    wait_for("the other device's change", || mugs() == "5").await;
}

#[wasm_bindgen_test]
async fn a_refused_stream_renews_the_session_once() {
    forget_everything();
    network("hurry(2000, 20000, 1000)");
    let (_page, id) = remount_app(App::Store, "/cart");
    network("cart({ mug: 1 })");
    answer(EVENTS, 401, "{}");
    answer_with_token(RENEWAL, &id, "shopper");
    sign_in(&id, "shopper").await;
    wait_for("attempts", || count(EVENTS) > 3).await;
    assert_eq!(count(RENEWAL), 1);
    assert_eq!(badge(), "1 item", "the user must stay signed in");
}

#[wasm_bindgen_test]
async fn a_page_from_the_back_forward_cache_reads_again_what_it_shows_of_the_user() {
    let come_back = || {
        for event in ["pagehide", "pageshow"] {
            js_sys::eval(&format!("dispatchEvent(new PageTransitionEvent('{event}', {{ persisted: true }}))")).unwrap();
        }
    };
    let (page, id) = products("shopper").await;
    network("cart({ mug: 2 })"); // another page of this tab
    come_back();
    wait_for("badge", || badge() == "2 items").await;
    drop(page);

    // The page of an order that was placed, and cancelled on another page.
    let order = crate::store::checkout::order;
    let path = format!("/orders/{}", crate::store::checkout::ID);
    answer(&format!("GET /api{path}"), 200, &order("placed"));
    let page = reload_app(App::Store, &path, &id);
    wait_for("order", || text("main main h1") == "Being packed").await;
    answer(&format!("GET /api{path}"), 200, &order("cancelled"));
    come_back();
    wait_for("new state", || text("main main h1") == "Cancelled").await;
    drop(page);

    // A visitor.
    let (_page, _) = mount_app(App::Store, "/");
    answer("GET /api/products", 200, "[]");
    pause().await;
    network("guest({ mug: 3 })"); // another page of this tab
    network("cart({})");
    come_back();
    wait_for("badge", || badge() == "3 items").await;
}

#[wasm_bindgen_test]
async fn a_cart_that_could_not_be_read_without_a_connection_is_counted_when_it_is_back() {
    let (_page, id) = mount_app(App::Store, "/login?next=/orders");
    answer("GET /api/orders", 200, r#"{"orders":[],"next":null}"#);
    network(&format!("loseAnswers('{READ}', true)"));
    sign_in(&id, "shopper").await;
    wait_for("request", || count(READ) > 0 && text("main main").contains("No orders yet")).await;
    network("offline(true)");
    network("cart({ mug: 1 })");
    network(&format!("loseAnswers('{READ}', false)"));
    pause().await;
    network("offline(false)");
    wait_for("badge", || badge() == "1 item").await;
}
