//! The cart page: quick changes, rejections, failures, removal, undo, and announcements.

use crate::support::{
    Mounted, Styles, announced, answer, calls, cart_lines, click, fill, find, focused, get, mount_app, network, pause, sign_in, sign_in_to,
    text, wait_for,
};
use leptos::prelude::*;
use storefront_api::App;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{BroadcastChannel, Element, Event, EventInit, HtmlElement, HtmlInputElement};

const MUG: &str = "PUT /api/shopping-cart/lines/mug";
const THREE_MUGS: &str = r#"{"currency":"EUR","total":4470,"lines":[{"product":"mug","name":"Enamel mug","unitPrice":1490,"quantity":3}]}"#;

async fn cart() -> (Mounted, String) {
    let (page, id) = mount_app(App::Store, "/cart");
    network("cart({ mug: 2, blanket: 1 })");
    sign_in_to(&id, "shopper", ".line").await;
    (page, id)
}

fn quantity() -> String {
    quantity_of("mug")
}

fn quantity_of(product: &str) -> String {
    get::<HtmlInputElement>(&format!("#quantity-{product}")).value()
}

/// Dispatches `change`, as the browser does when the user leaves the field.
fn changed() {
    let bubbling = EventInit::new();
    bubbling.set_bubbles(true);
    let event = Event::new_with_event_init_dict("change", &bubbling).unwrap();
    find("input[aria-label='Quantity of Enamel mug']").unwrap().dispatch_event(&event).unwrap();
}

#[wasm_bindgen_test]
async fn a_line_links_to_its_product_and_says_the_variant() {
    let (_page, id) = mount_app(App::Store, "/cart");
    let line = r#"{"product":"mug","name":"Enamel mug","variant":"White","unitPrice":1490,"quantity":3}"#;
    let cart = format!(r#"{{"currency":"EUR","total":4470,"lines":[{line}]}}"#);
    answer("GET /api/load-shopping-cart", 200, &cart);
    sign_in(&id, "shopper").await;
    wait_for("cart", || text(".line-about p") == "White · €14.90 each").await;
    let link = find(".line h2 a").unwrap();
    assert_eq!((link.text_content().as_deref(), link.get_attribute("href").as_deref()), (Some("Enamel mug"), Some("/products/mug")));
}

#[wasm_bindgen_test]
async fn quick_clicks_show_at_once_and_send_one_request_at_a_time() {
    let _page = cart().await;
    network(&format!("hold('{MUG}')"));
    click("[aria-label='Increase quantity of Enamel mug']");
    wait_for("request", || !calls(MUG).is_empty()).await;
    for _ in 0..3 {
        click("[aria-label='Increase quantity of Enamel mug']");
    }
    click("[aria-label='Decrease quantity of Enamel mug']");
    pause().await;
    assert_eq!(quantity(), "5");
    assert_eq!(text(".total strong"), "€163.50");
    assert!(text(".total").contains("Delivery costs €4.90"), "{}", text(".total"));
    assert_eq!(calls(MUG), format!(r#"{MUG} {{"quantity":3}}"#));
    network(&format!("release('{MUG}')"));
    wait_for("request for the last quantity", || calls(MUG).lines().count() == 2).await;
    assert!(calls(MUG).ends_with(r#"{"quantity":5}"#));
    pause().await;
    assert_eq!((quantity().as_str(), calls(MUG).lines().count()), ("5", 2));
    wait_for("announcement", || announced() == "6 items, total €163.50").await;
}

#[wasm_bindgen_test]
async fn the_total_says_what_is_missing_until_the_delivery_is_free() {
    let expected = r#""expected":"Expected delivery: tomorrow""#;
    let (_page, id) = mount_app(App::Store, "/cart");
    network("cart({ mug: 3 })");
    network("stop(2000)");
    answer("GET /api/deliveries", 200, &format!(r#"[{{"delivery":"standard","price":490,"freeFrom":5000,{expected}}}]"#));
    sign_in_to(&id, "shopper", ".line").await;
    network("elapse(2000)"); // the app is idle
    let shown = || text(".total .quiet-text").replace(',', "");
    let day = "Expected delivery: tomorrow";
    wait_for("costs", || shown() == format!("Prices include tax. Delivery costs €4.90. Add €5.30 for free delivery. {day}")).await;
    let before = announced();
    network(&format!("hold('{MUG}')"));
    click("[aria-label='Increase quantity of Enamel mug']");
    wait_for("free delivery", || shown() == format!("Prices include tax. Delivery is free. {day}")).await;
    assert!(announced() == before && find("main main [role=status]").is_none(), "the backend has not confirmed the change");
    network(&format!("release('{MUG}')"));
    wait_for("announcement", || announced() == "4 items, total €59.60. Delivery is free.").await;
}

#[wasm_bindgen_test]
async fn the_costs_are_shown_in_a_total_that_comes_after_them() {
    let (_page, _) = mount_app(App::Store, "/");
    network("cart({})");
    network("stop(2000)");
    network("hold('GET /api/guest-cart')");
    answer("GET /api/products", 200, r#"[{"id":"mug","name":"Enamel mug","description":"","price":1490,"currency":"EUR","stock":9}]"#);
    answer("GET /api/deliveries", 200, r#"[{"delivery":"standard","price":490,"freeFrom":5000}]"#);
    wait_for("product", || find(".product button").is_some()).await;
    click(".product button");
    wait_for("link to the cart", || find(".product .note a").is_some()).await;
    click(".product .note a");
    wait_for("placeholders", || find(".skeleton.lines").is_some()).await;
    network("elapse(2000)");
    wait_for("deliveries", || !calls("GET /api/deliveries").is_empty()).await;
    pause().await;
    network("release('GET /api/guest-cart')");
    wait_for("costs", || text(".total .quiet-text").trim() == "Prices include tax. Delivery costs €4.90. Add €35.10 for free delivery.")
        .await;
}

/// In a long list, style/cart.css lets the browser leave out lines that are outside of the window.
#[wasm_bindgen_test]
async fn only_a_list_of_more_than_thirty_lines_is_long_and_each_is_in_the_document_as_a_whole() {
    for count in [30, 31, 500] {
        let (_page, id) = mount_app(App::Store, "/cart");
        let lines = cart_lines(count);
        answer("GET /api/load-shopping-cart", 200, &format!(r#"{{"currency":"EUR","total":1,"lines":[{lines}]}}"#));
        sign_in_to(&id, "shopper", ".line").await;
        assert_eq!(find(".long .line").is_some(), count > 30, "{count} lines");
        let elements = document().query_selector_all(".lines *").unwrap().length();
        let last = format!("#quantity-p{}", count - 1);
        assert!(find(&last).is_some() && elements as usize <= count * 13, "the page must contain every line, in few elements: {elements}");
    }
}

#[wasm_bindgen_test]
async fn a_refused_change_rolls_back_and_says_why() {
    let _page = cart().await;
    let refusal = r#"{"type":"/problems/out-of-stock","title":"Not enough in stock","status":409,"detail":"There are only 2 left."}"#;
    answer(MUG, 409, refusal);
    click("[aria-label='Increase quantity of Enamel mug']");
    wait_for("refusal", || find(".line-error[role=alert]").is_some()).await;
    assert_eq!(quantity(), "2");
    assert_eq!(text(".total strong"), "€118.80");
    assert!(text(".line-error").contains(" to 3. There are only 2 left."), "{:?}", text(".line-error"));
    assert!(find(".line-error button").is_none(), "the line must offer no retry, because the backend would reject it, too");
    assert_eq!(announced(), "", "the app must announce only figures that the backend has confirmed");
    let more: Element = get("[aria-label='Increase quantity of Enamel mug']");
    let disabled = || more.get_attribute("aria-disabled");
    assert_eq!((disabled().as_deref(), more.get_attribute("aria-describedby")), (Some("true"), Some(find(".line-error").unwrap().id())));
    click("[aria-label='Increase quantity of Enamel mug']");
    pause().await;
    assert_eq!(calls(MUG).lines().count(), 1, "the button is off, and the message is its reason");
    answer(MUG, 200, THREE_MUGS);
    click("[aria-label='Decrease quantity of Enamel mug']");
    wait_for("removal of the message", || find(".line-error").is_none()).await;
    assert_eq!(disabled(), None);
}

#[wasm_bindgen_test]
async fn a_failure_is_in_its_line_covers_no_other_and_its_retry_keeps_the_focus() {
    let _styles = Styles::new(concat!(
        include_str!("../../style/base.css"),
        include_str!("../../style/ui.css"),
        include_str!("../../style/cart.css")
    ));
    let _page = cart().await;
    answer(MUG, 503, "<html>");
    click("[aria-label='Increase quantity of Enamel mug']");
    wait_for("failure", || find(".line-error button").is_some()).await;
    let (line, message) = (get::<HtmlElement>(".line"), get::<HtmlElement>(".line-error"));
    assert!(message.offset_top() > 0 && message.offset_top() + message.offset_height() < line.offset_height());
    answer(MUG, 200, THREE_MUGS);
    get::<HtmlElement>(".line-error button").focus().unwrap();
    click(".line-error button");
    wait_for("success", || find(".line-error").is_none()).await;
    pause().await;
    assert_eq!((quantity().as_str(), focused().id().as_str()), ("3", "quantity-mug"));
}

#[wasm_bindgen_test]
async fn a_removed_line_can_be_put_back_where_it_was() {
    let _page = cart().await;
    network("orders()");
    click("[aria-label='Remove Enamel mug']");
    wait_for("undo", || find(".undo").is_some()).await;
    pause().await;
    assert!(focused().class_list().contains("undo"));
    assert_eq!(text(".line-gone p"), "Removed Enamel mug.");
    wait_for("announcement", || announced() == "Removed Enamel mug. 1 item, total €89.00").await;
    assert_eq!(text(".total strong"), "€89.00");
    wait_for("removal", || !calls("DELETE").is_empty()).await;
    click(".undo");
    wait_for("the line", || find(".lines > :first-child [aria-label='Quantity of Enamel mug']").is_some()).await;
    assert_eq!(quantity(), "2");
    wait_for("request", || calls(MUG).ends_with(r#"{"quantity":2}"#)).await;
    assert_eq!(focused().id(), "quantity-mug");
    click(".total [href='/checkout']");
    wait_for("checkout", || find(".checkout").is_some()).await;
    pause().await;
    assert_eq!(calls("GET /api/checkout").lines().count(), 1, "the backend's other order of the lines is no reason to read again");
}

#[wasm_bindgen_test]
async fn a_line_that_stays_keeps_its_element_and_the_focus() {
    let _page = cart().await;
    let input: HtmlElement = get("#quantity-blanket");
    input.focus().unwrap();
    let other_tab = BroadcastChannel::new("storefront.cart").unwrap();
    let line =
        |product: &str, price: i64| format!(r#"{{"product":"{product}","name":"<i>{product}</i>","unitPrice":{price},"quantity":7}}"#);
    let lines = [line("blanket", 8000), line("atlas", 2850)].join(",");
    let message = format!(r#"{{"user":"shopper","cart":{{"currency":"EUR","total":0,"lines":[{lines}]}}}}"#);
    other_tab.post_message(&message.into()).unwrap();
    wait_for("the other tab's cart", || find("#quantity-atlas").is_some()).await;
    other_tab.close();
    assert!(focused() == *input.unchecked_ref::<Element>(), "the element must keep the focus");
    assert_eq!((quantity_of("blanket").as_str(), find("#quantity-mug").is_none()), ("7", true));
    assert!(text(".line").contains("€80.00 each"), "the line must show the changed price: {:?}", text(".line"));
    assert_eq!(text(".line:last-child h2"), "<i>atlas</i>", "the page must show a name as text, never as markup");
}

#[wasm_bindgen_test]
async fn a_refused_removal_brings_the_line_back() {
    let _page = cart().await;
    answer("DELETE /api/shopping-cart/lines/mug", 503, "");
    get::<HtmlElement>("[aria-label='Remove Enamel mug']").focus().unwrap();
    click("[aria-label='Remove Enamel mug']");
    wait_for("the line", || text(".line-error").contains("We couldn't remove")).await;
    assert_eq!(quantity(), "2");
    wait_for("focus", || focused().id() == "quantity-mug").await;
}

#[wasm_bindgen_test]
async fn a_quantity_that_no_line_may_hold_is_answered_with_a_message() {
    let _page = cart().await;
    for nonsense in ["0", "-3", "100", "1.5", ""] {
        fill("input[aria-label='Quantity of Enamel mug']", nonsense);
        changed();
        pause().await;
        assert!(text("#quantity-mug-error[role=alert]").contains("99"), "{nonsense:?}: {:?}", text(".line"));
        assert_eq!(quantity(), nonsense, "the field must keep the typed text");
    }
    fill("input[aria-label='Quantity of Enamel mug']", "4");
    changed();
    wait_for("change", || find("#quantity-mug-error").is_none() && calls(MUG).ends_with(r#"{"quantity":4}"#)).await;
}

#[wasm_bindgen_test]
async fn an_empty_cart_and_a_broken_one_say_so() {
    let (_page, id) = mount_app(App::Store, "/cart");
    sign_in_to(&id, "shopper", ".failure[role=alert]").await;
    assert_eq!(text("h1"), "Your cart");
    answer("GET /api/load-shopping-cart", 200, r#"{"currency":"EUR","total":0,"lines":[]}"#);
    click(".failure button");
    wait_for("empty cart", || text(".empty-state h2") == "Your cart is empty").await;
    assert!(
        document().active_element().unwrap().unchecked_into::<web_sys::Element>().tag_name() == "H1",
        "the focus must move from the removed button to the heading"
    );
}
