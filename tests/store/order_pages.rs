//! The list of orders, and the page of an order with its cancellation.

use super::checkout::{ID, order, summary};
use crate::support::{
    Styles, announced, answer, calls, click, find, focused, is_shown, mount_app, network, sign_in, sign_in_to, text, wait_for,
};
use leptos::prelude::window;
use storefront_api::App;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

const CANCEL: &str = "POST /api/orders/9f3c0000-0000-4000-8000-000000000001/cancellation";

#[wasm_bindgen_test]
async fn an_order_says_what_is_next_and_can_be_cancelled() {
    let (_page, id) = mount_app(App::Store, &format!("/orders/{ID}"));
    answer(&format!("GET /api/orders/{ID}"), 200, &order("placed"));
    sign_in(&id, "shopper").await;
    wait_for("order", || text("main main h1") == "Being packed").await;
    wait_for("title", || leptos::prelude::document().title() == "Your order · Fernhill").await;
    let days = text(".order .lead").replace(',', "");
    assert_eq!(days, "Expected delivery: tomorrow");
    assert_eq!(text(".order-end a"), "Continue shopping");
    assert_eq!(text(".order-end a[href='/contact?order=K7QP-2M9X']"), "Ask about this order");
    let steps = || {
        let names = ["1", "2", "3"].map(|at| text(&format!(".steps li:nth-child({at})"))).join(" ");
        names + " | " + &text(".steps [aria-current=step]")
    };
    assert_eq!(steps(), "Ordered Sent Arrived | Ordered");
    assert!(text(".order").contains("Prices include tax.") && text(".order").contains("Seller: Store & Co, Town"));
    assert_eq!(text(".order a[href='/returns']"), "How to return something");
    for part in ["Order K7QP-2M9X", "2 × Enamel mug", "€29.80", "€34.70", "Ada Lovelace", "Germany"] {
        assert!(text("main main").contains(part), "{part} is missing in {}", text("main main"));
    }
    click("#cancellation button");
    wait_for("question", || text("#cancellation").contains("can't undo a cancellation")).await;
    assert_eq!(focused().tag_name(), "P");
    click("#cancellation button:last-of-type");
    wait_for("first button", || text("#cancellation") == "Cancel this order…").await;
    assert_eq!(calls(CANCEL), "", "the first click must cancel nothing");

    click("#cancellation button");
    network(&format!("hold('{CANCEL}')"));
    answer(CANCEL, 200, &order("cancelled"));
    wait_for("button", || text("#cancellation").contains("Cancel the order")).await;
    for _ in 0..2 {
        click("#cancellation button");
    }
    wait_for("pending", || text("#cancellation").contains("Cancelling the order…")).await;
    network(&format!("release('{CANCEL}')"));
    wait_for("cancelled order", || text("main main").contains("This order is cancelled.")).await;
    assert_eq!(calls(CANCEL).lines().count(), 1);
    assert!(find("#cancellation").is_none() && announced() == "Order cancelled.");
    wait_for("heading", || text("main main h1") == "Cancelled").await;
    assert!(!text("main main").contains("Expected delivery") && find("[href='/returns']").is_none());
    assert_eq!(steps().trim_end(), "Ordered Cancelled  | Cancelled");
}

#[wasm_bindgen_test]
async fn an_order_in_a_state_of_a_later_version_is_shown() {
    let (_page, id) = mount_app(App::Store, &format!("/orders/{ID}"));
    answer(&format!("GET /api/orders/{ID}"), 200, &order("lost-in-the-post"));
    sign_in(&id, "shopper").await;
    wait_for("order", || text("main main h1") == "Ordered").await;
    assert!(text("main main").contains("Reload it to see what's next for your order.") && text("main main").contains("2 × Enamel mug"));
    assert!(find("#cancellation, .steps [aria-current]").is_none());
}

#[wasm_bindgen_test]
async fn guest_orders_are_added_by_a_click() {
    let (_page, id) = mount_app(App::Store, "/orders");
    answer(
        "GET /api/orders",
        200,
        r#"{"orders":[],"next":null,"guestOrder":{"number":"K7QP-2M9X","placedAt":"2026-07-01T10:00:00Z","city":"Berlin"}}"#,
    );
    sign_in(&id, "shopper").await;
    wait_for("offer", || ["order K7QP-2M9X", "delivery to Berlin"].iter().all(|it| text(".offer").contains(it))).await;
    let claim = "POST /api/guest-orders/claim";
    answer(claim, 403, r#"{"type":"/problems/email-not-proven","title":"x","status":403,"detail":"Confirm your email first."}"#);
    click(".offer button");
    wait_for("refusal", || text(".offer").contains("Confirm your email first.")).await;
    answer(claim, 200, &format!(r#"{{"orders":[{}],"next":null}}"#, summary("placed")));
    click(".offer button");
    wait_for("order", || find(".orders a").is_some() && find(".offer").is_none()).await;
    assert_eq!((focused().tag_name().as_str(), announced().as_str()), ("H1", "The order is now in this account."));
}

#[wasm_bindgen_test]
async fn an_order_is_printed_without_the_controls_of_its_page() {
    let (_page, id) = mount_app(App::Store, &format!("/orders/{ID}"));
    answer(&format!("GET /api/orders/{ID}"), 200, &order("placed"));
    sign_in_to(&id, "shopper", "#cancellation button").await;
    let (printed, others) =
        (["main main h1", ".review-lines", "address", ".steps"], ["header", "#cancellation", ".order a[href='/orders']"]);
    assert!(printed.iter().chain(&others).all(|it| is_shown(it)), "the screen must show all of these elements");
    let _styles = Styles::in_print(include_str!("../../style/checkout.css"));
    assert_eq!((printed.map(is_shown), others.map(is_shown)), ([true; 4], [false; 3]), "{printed:?} {others:?}");
}

const REPEAT: &str = "POST /api/orders/9f3c0000-0000-4000-8000-000000000001/repetition";
const REPEATED: &str = r#"{"cart":{"currency":"EUR","lines":[{"product":"mug","name":"Enamel mug","unitPrice":1490,"quantity":2}],"total":2980},"message":"Everything from this order is in your cart."}"#;

#[wasm_bindgen_test]
async fn an_order_is_put_into_the_cart_again_where_it_is_shown() {
    let (_page, id) = mount_app(App::Store, &format!("/orders/{ID}"));
    answer(&format!("GET /api/orders/{ID}"), 200, &order("placed").replace(r#""quantity":2}]"#, r#""quantity":2,"hasPage":true}]"#));
    sign_in(&id, "shopper").await;
    wait_for("order", || text("main main").contains("What you ordered")).await;
    assert_eq!(find(".review-lines a").and_then(|it| it.get_attribute("href")).as_deref(), Some("/products/mug"));
    network(&format!("hold('{REPEAT}')"));
    answer(REPEAT, 200, REPEATED);
    for _ in 0..2 {
        click(".order-again button");
    }
    wait_for("request", || !calls(REPEAT).is_empty()).await;
    network(&format!("release('{REPEAT}')"));
    wait_for("result", || text(".order-again").contains("Everything from this order is in your cart. See your cart")).await;
    assert_eq!((calls(REPEAT).lines().count(), announced().as_str()), (1, "Everything from this order is in your cart."));
    wait_for("header", || text("header").contains('2')).await;

    answer(REPEAT, 503, r#"{"type":"/problems/unavailable","title":"Busy","status":503,"detail":"Try again in a moment."}"#);
    click(".order-again button");
    wait_for("failure", || text(".order-again [role=alert]") == "Try again in a moment.").await;
    click(".order-again button");
    wait_for("another attempt", || calls(REPEAT).lines().count() == 3).await;
}

#[wasm_bindgen_test]
async fn an_order_in_the_list_is_put_into_the_cart_again_and_a_session_that_ends_leads_back() {
    let (_page, id) = mount_app(App::Store, "/orders");
    answer("GET /api/orders", 200, &format!(r#"{{"orders":[{}],"next":null}}"#, summary("placed")));
    sign_in_to(&id, "shopper", ".order-again button").await;
    assert_eq!(find(".order-again button").and_then(|it| it.get_attribute("aria-label")).as_deref(), Some("Order again: K7QP-2M9X"));
    answer(REPEAT, 401, "");
    answer("POST /api/jwt/refresh", 401, "");
    click(".order-again button");
    wait_for("sign-in form", || find("#login").is_some() || find("input[type=password]").is_some()).await;
    answer(REPEAT, 200, REPEATED);
    sign_in_to(&id, "shopper", ".order-again button").await;
    assert!(find(".order-again p").is_none(), "nothing was added");
    click(".order-again button");
    wait_for("result", || text(".order-again p").contains("in your cart")).await;
    click(".order-again a");
    wait_for("cart", || window().location().pathname().unwrap() == "/cart").await;
}

#[wasm_bindgen_test]
async fn an_order_that_was_sent_says_so() {
    let (_page, id) = mount_app(App::Store, &format!("/orders/{ID}"));
    answer(&format!("GET /api/orders/{ID}"), 200, &order("placed"));
    sign_in_to(&id, "shopper", "#cancellation button").await;
    answer(CANCEL, 409, r#"{"type":"/problems/order-shipped","title":"Sent","status":409,"detail":"This order has been sent already."}"#);
    answer(&format!("GET /api/orders/{ID}"), 200, &order("shipped"));
    click("#cancellation button");
    wait_for("button", || text("#cancellation").contains("Cancel the order")).await;
    click("#cancellation button");
    wait_for("new state", || text(".steps [aria-current]") == "Sent" && find("#cancellation").is_none()).await;
}

#[wasm_bindgen_test]
async fn orders_are_listed_with_the_way_to_older_ones() {
    let (_page, id) = mount_app(App::Store, "/orders");
    answer("GET /api/orders", 200, &format!(r#"{{"orders":[{}],"next":"{ID}"}}"#, summary("placed")));
    sign_in_to(&id, "shopper", ".orders li").await;
    assert_eq!(text(".orders h2"), "Order K7QP-2M9X");
    assert!(text(".orders").contains("2 items, €34.70") && text(".orders").contains("Being packed"));
    let older = summary("cancelled").replace("K7QP-2M9X", "0000-0001").replace("9f3c", "0001");
    answer("GET /api/orders", 200, &format!(r#"{{"orders":[{older}],"next":null}}"#));
    click(".more > button");
    wait_for("older order", || text(".orders").contains("Order 0000-0001")).await;
    wait_for("end of the button", || find(".more > button").is_none()).await;
    assert_eq!(focused().text_content().as_deref(), Some("Order 0000-0001"), "the focus must move to the first older order");
    answer(&format!("GET /api/orders/{ID}"), 200, &order("placed"));
    click(".orders a");
    wait_for("order", || window().location().pathname().unwrap() == format!("/orders/{ID}")).await;
    wait_for("heading", || text("main main h1") == "Being packed").await;
}

#[wasm_bindgen_test]
async fn without_orders_the_page_leads_to_the_products() {
    let (_page, id) = mount_app(App::Store, "/orders");
    answer("GET /api/orders", 200, r#"{"orders":[],"next":null}"#);
    sign_in(&id, "shopper").await;
    wait_for("empty list", || text("main main").contains("No orders yet")).await;
}

#[wasm_bindgen_test]
async fn an_unknown_order_leads_to_the_list() {
    let (_page, id) = mount_app(App::Store, "/orders/unknown");
    let problem = r#"{"type":"/problems/order-unknown","title":"Unknown order","status":404,"detail":"We can't find that order."}"#;
    answer("GET /api/orders/unknown", 404, problem);
    answer("GET /api/orders", 200, r#"{"orders":[],"next":null}"#);
    sign_in(&id, "shopper").await;
    wait_for("message", || text(".empty-state").contains("We can't find that order.")).await;
    assert!(find(".empty-state button").is_none(), "the page must offer no retry, because a retry would not help");
    click(".empty-state a");
    wait_for("list", || window().location().pathname().unwrap() == "/orders" && text("main main").contains("No orders yet")).await;
}

#[wasm_bindgen_test]
async fn what_did_not_load_without_a_connection_is_loaded_as_soon_as_there_is_one() {
    let (_page, id) = mount_app(App::Store, "/login?next=/account");
    answer("GET /api/user", 200, r#"{"id":"shopper","email":null,"displayName":"Shopper"}"#);
    sign_in_to(&id, "shopper", ".facts").await;
    answer("GET /api/orders", 200, r#"{"orders":[],"next":null}"#);
    network("offline(true)");
    click("main main a[href='/orders']");
    wait_for("message", || text("main main h1") == "Your orders" && find(".failure button").is_some()).await;
    find(".failure button").unwrap().unchecked_into::<HtmlElement>().focus().unwrap();
    network("offline(false)");
    wait_for("list", || text("main main").contains("No orders yet")).await;
    assert_eq!(focused().tag_name(), "H1", "the heading must get the focus, because the button that had it is gone");
}
