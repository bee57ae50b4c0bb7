//! The checkout: the app places an order only once, keeps typed text, and shows the shopper the outcome.

use crate::support::{
    Mounted, Styles, answer, calls, click, count, fill, find, focused, forget_everything, get, mount_app, network, path, pause, reload_app,
    remount_app, sign_in_to, sign_out_elsewhere, text, value, wait_for,
};
use leptos::prelude::{document, window};
use storefront::store::cart::guest_cart;
use storefront_api::App;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, Event, EventInit, HtmlElement, HtmlSelectElement};

pub(crate) const ID: &str = "9f3c0000-0000-4000-8000-000000000001";
const PLACE: &str = "POST /api/orders";
const KEEP: &str = "PUT /api/checkout";

pub(crate) fn summary(state: &str) -> String {
    format!(
        r#"{{"id":"{ID}","number":"K7QP-2M9X","state":"{state}","placedAt":"2026-11-20T08:00:00Z","currency":"EUR","items":2,"total":3470}}"#
    )
}

pub(crate) fn order(state: &str) -> String {
    let lines = r#"[{"product":"mug","name":"Enamel mug","unitPrice":1490,"quantity":2}]"#;
    let address =
        r#"{"fullName":"Ada Lovelace","street":"Musterstraße 1","streetExtra":"","postalCode":"10115","city":"Berlin","country":"DE"}"#;
    let expected = if state == "cancelled" { "" } else { r#""expected":"Expected delivery: tomorrow","# };
    format!(
        r#"{{"summary":{},"lines":{lines},"delivery":"standard","deliveryPrice":490,{expected}"address":{address},"confirmationEmail":"shopper@example.com","seller":"Store & Co, Town"}}"#,
        summary(state)
    )
}

/// The backend's answer for the checkout of this many mugs at this price.
fn checkout(quantity: i64, price: i64, notice: Option<&str>) -> String {
    let total = quantity * price;
    let notice = notice.map_or(String::new(), |it| format!(r#","notice":"{it}""#));
    let lines = match quantity {
        0 => String::new(),
        _ => format!(r#"{{"product":"mug","name":"Enamel mug","variant":"White","unitPrice":{price},"quantity":{quantity}}}"#),
    };
    let latest = if quantity == 0 { summary("placed") } else { "null".to_owned() };
    format!(
        r#"{{"cart":{{"currency":"EUR","lines":[{lines}],"total":{total}{notice}}},"deliveries":[{{"delivery":"standard","price":490,"freeFrom":5000}},{{"delivery":"express","price":990}}],"form":{{"address":{{"fullName":"Ada Lovelace","street":"","streetExtra":"","postalCode":"","city":"","country":"DE"}},"delivery":"standard"}},"key":"order-1","confirmationEmail":"shopper@example.com","latestOrder":{latest}}}"#
    )
}

fn button() -> String {
    text(".checkout [type=submit]")
}

/// Opens the checkout of a user with two mugs in the cart.
async fn open() -> (Mounted, String) {
    let (page, id) = mount_app(App::Store, "/checkout");
    answer("GET /api/checkout", 200, &checkout(2, 1_490, None));
    answer(KEEP, 200, "{}");
    answer(&format!("GET /api/orders/{ID}"), 200, &order("placed"));
    sign_in_to(&id, "shopper", ".checkout").await;
    (page, id)
}

/// Sets the value of an input and dispatches `input`, as typing does.
fn write(selector: &str, text: &str) {
    fill(selector, text);
    let bubbling = EventInit::new();
    bubbling.set_bubbles(true);
    find(selector).unwrap().dispatch_event(&Event::new_with_event_init_dict("input", &bubbling).unwrap()).unwrap();
}

fn write_address() {
    for (selector, text) in [("#street", "Musterstraße 1"), ("#postal-code", "10115"), ("#city", "Berlin")] {
        write(selector, text);
    }
}

#[wasm_bindgen_test]
async fn what_was_read_is_ordered_and_its_page_follows() {
    let _page = open().await;
    assert_eq!(value("#full-name"), "Ada Lovelace", "the form must show the stored postal address");
    assert_eq!(get::<HtmlSelectElement>("#country").value(), "DE");
    assert_eq!(button(), "Place order · €34.70");
    assert_eq!(text("header .badge"), "2 items");
    write_address();
    assert!(text(".review").contains("Add €20.20 for free delivery."), "{}", text(".review"));
    click(".deliveries label:last-child input");
    wait_for("total", || button() == "Place order · €39.70").await;
    assert!(!text(".review").contains("free delivery"), "express is never free");
    answer(PLACE, 201, &summary("placed"));
    click(".checkout [type=submit]");
    wait_for("order", || path() == format!("/orders/{ID}") && text("main main h1") == "Thank you for your order.").await;
    assert_eq!(network(&format!("keys('{PLACE}')")).as_string().as_deref(), Some("order-1"));
    let sent = calls(PLACE);
    for part in [
        r#""fullName":"Ada Lovelace""#,
        r#""city":"Berlin""#,
        r#""delivery":"express""#,
        r#""lines":[{"product":"mug","quantity":2,"unitPrice":1490}]"#,
        r#""total":3970"#,
    ] {
        assert!(sent.contains(part), "{part} is missing in {sent}");
    }
    assert!(find("header .badge").is_none(), "the badge must disappear, because the cart is empty");
    assert_eq!(focused().tag_name(), "H1");
    assert!(text("main main").contains("Order K7QP-2M9X") && text(".steps [aria-current]") == "Ordered", "{}", text("main main"));
    // Later, the page says what became of the order, and the checkout does not repeat its news.
    answer("GET /api/orders", 200, &format!(r#"{{"orders":[{}],"next":null}}"#, summary("placed")));
    click(".order-end a[href='/orders']");
    wait_for("list", || find(".orders a").is_some()).await;
    click(".orders a");
    wait_for("order", || path() == format!("/orders/{ID}") && text("main main h1") == "Being packed").await;
    answer("GET /api/checkout", 200, &checkout(0, 0, None));
    follow("/checkout");
    wait_for("empty checkout", || text("main main").contains("Your cart is empty")).await;
    assert!(find(".offer").is_none(), "{}", text("main main"));
    let stored = js_sys::eval("JSON.stringify([{...localStorage}, {...sessionStorage}])").unwrap().as_string().unwrap();
    assert!(!stored.contains("Lovelace") && !stored.contains("Berlin"), "the browser's storage contains a postal address: {stored}");
}

#[wasm_bindgen_test]
async fn a_guest_orders_with_an_email_cancels_and_deletes_the_data() {
    forget_everything();
    guest_cart::keep(Some(2));
    let (_page, _) = remount_app(App::Store, "/checkout");
    answer("GET /api/guest-checkout", 200, &checkout(2, 1_490, None).replace("\"shopper@example.com\"", "null"));
    wait_for("checkout", || find(".checkout #email").is_some()).await;
    assert_eq!(get::<HtmlElement>(".checkout a[href^='/login']").get_attribute("href").as_deref(), Some("/login?next=%2Fcheckout"));
    let place = "POST /api/guest-orders";
    let errors = r#"[{"field":"email","code":"blank","message":"Enter your email address."}]"#;
    answer(place, 422, &format!(r#"{{"type":"/problems/invalid","title":"Invalid input","status":422,"detail":"x","errors":{errors}}}"#));
    click(".checkout [type=submit]");
    wait_for("error", || text("#email-error").contains("Enter your email address.")).await;
    write("#email", " ada@example.com ");
    write_address();
    answer(place, 201, &summary("placed"));
    answer("GET /api/guest-order", 200, &order("placed"));
    click(".checkout [type=submit]");
    wait_for("order", || path() == "/guest-order" && text("main main h1") == "Thank you for your order.").await;
    let sent = calls(place).lines().last().unwrap().to_owned();
    for part in [r#""email":"ada@example.com""#, r#""order":{"address":{"fullName":"Ada Lovelace""#, r#""total":3470"#] {
        assert!(sent.contains(part), "{part} is missing in {sent}");
    }
    assert_eq!((calls(KEEP), calls(PLACE), find("header .badge").is_some()), (String::new(), String::new(), false));
    assert!(find(".order-again, .order-end a[href='/orders']").is_none(), "{}", text("main main"));
    assert_eq!(value("input[autocomplete=username]"), "shopper@example.com");

    let cancel = "POST /api/guest-order/cancellation";
    answer(cancel, 200, &order("cancelled"));
    click("#cancellation button");
    wait_for("question", || text("#cancellation").contains("can't undo a cancellation")).await;
    click("#cancellation button");
    wait_for("cancelled order", || text("main main").contains("This order is cancelled.")).await;
    answer("DELETE /api/guest-order", 200, "{}");
    click("main details summary");
    click("main details button");
    wait_for("products", || path() == "/" && text("body").contains("We deleted your data.")).await;
    guest_cart::keep(None); // later tests begin without a guest's cart
}

#[wasm_bindgen_test]
async fn a_guest_who_corrects_the_form_after_a_lost_answer_is_led_to_the_order() {
    forget_everything();
    guest_cart::keep(Some(2));
    let (_page, _) = remount_app(App::Store, "/checkout");
    answer("GET /api/guest-checkout", 200, &checkout(2, 1_490, None));
    wait_for("checkout", || find(".checkout #email").is_some()).await;
    write("#email", "ada@example.com");
    write_address();
    let reused = r#"{"type":"/problems/idempotency-key-reused","title":"x","status":422,"detail":"x"}"#;
    answer("POST /api/guest-orders", 422, reused);
    answer("GET /api/guest-checkout", 200, &checkout(0, 0, None));
    click(".checkout [type=submit]");
    wait_for("order", || text(".offer").contains("We've received your order K7QP-2M9X.")).await;
    assert_eq!(find(".offer a").unwrap().get_attribute("href").as_deref(), Some("/guest-order"));
    assert!(!text("body").contains("didn't place your order") && focused().tag_name() == "H1", "{}", text("body"));
    guest_cart::keep(None);
}

#[wasm_bindgen_test]
async fn a_guest_signs_in_where_no_link_can_be_mailed() {
    forget_everything();
    guest_cart::keep(Some(2));
    let (_page, _) = remount_app(App::Store, "/checkout");
    answer("GET /api/guest-checkout", 502, r#"{"type":"/problems/email-unavailable","title":"x","status":502,"detail":"x"}"#);
    wait_for("form", || path() == "/login" && text(".auth .lead") == "Your cart is saved. Sign in to order.").await;
    guest_cart::keep(None);
}

#[wasm_bindgen_test]
async fn on_a_phone_the_total_and_its_button_stay_in_the_window() {
    let _page = open().await;
    // The rules of a phone, also if the test's window is wider.
    let rules = include_str!("../../style/checkout.css").replace("(max-width: 59.99rem)", "(min-width: 1px)");
    let _styles = Styles::new(&(rules.replace("(min-width: 60rem)", "(max-width: 1px)") + ".deliveries { height: 3000px }"));
    let edges = "(({ top, bottom }) => top >= 0 && bottom <= innerHeight + 1)(document.querySelector('.place').getBoundingClientRect())";
    for shown in [".checkout", ".deliveries"] {
        find(shown).unwrap().scroll_into_view();
        assert!(js_sys::eval(edges).unwrap().is_truthy(), "the button has left the window at {shown}");
    }
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

#[wasm_bindgen_test]
async fn a_double_click_and_a_lost_answer_send_one_key() {
    let _page = open().await;
    write_address();
    network("hurry(1000)");
    click(".checkout [type=submit]");
    click(".checkout [type=submit]");
    wait_for("second try", || count(PLACE) >= 2).await; // the backend does not answer yet
    assert!(button().contains("Checking…"), "{}", button());
    assert!(text(".place [role=status]").contains("we're checking whether we have your order"));
    assert_eq!(path(), "/checkout");
    network("hurry(2000)");
    answer(PLACE, 201, &summary("placed"));
    wait_for("order", || path() == format!("/orders/{ID}")).await;
    let keys = network(&format!("keys('{PLACE}')")).as_string().unwrap();
    assert!(keys.lines().all(|key| key == "order-1"), "{keys}");
    let mut sent: Vec<_> = calls(PLACE).lines().map(ToOwned::to_owned).collect();
    sent.dedup();
    assert_eq!(sent.len(), 1, "every attempt must send the same request");
}

#[wasm_bindgen_test]
async fn an_offline_shopper_has_ordered_nothing() {
    let _page = open().await;
    network("offline(true)");
    click(".checkout [type=submit]");
    wait_for("summary", || text(".summary").contains("You're offline, so we didn't place your order.")).await;
    assert_eq!(count(PLACE), 0);
    assert!(focused().matches(".summary").unwrap());
    let title = || document().title();
    wait_for("title", || title().starts_with("Error: ")).await;
    network("offline(false)");
    wait_for("end of the message", || find(".summary, .banner").is_none() && !title().starts_with("Error: ")).await;
    assert!(focused().matches(".checkout [type=submit]").unwrap());
    assert_eq!(count(PLACE), 0, "the app must order nothing without a click");
    answer(PLACE, 201, &summary("placed"));
    click(".checkout [type=submit]");
    wait_for("order", || path() == format!("/orders/{ID}")).await;
}

#[wasm_bindgen_test]
async fn what_is_wrong_stands_at_its_field_and_what_was_typed_stays() {
    let _page = open().await;
    write("#street", "Musterstraße 1");
    let errors = r#"[{"field":"city","code":"blank","message":"Enter the city."},{"field":"country","code":"invalid","message":"Choose a country from the list."}]"#;
    answer(PLACE, 422, &format!(r#"{{"type":"/problems/invalid","title":"Invalid input","status":422,"detail":"x","errors":{errors}}}"#));
    click(".checkout [type=submit]");
    wait_for("errors", || find("#city-error").is_some()).await;
    assert!(text(".summary").contains("Enter the city.") && text("#country-error").contains("Choose a country"));
    assert_eq!(find("#country").unwrap().get_attribute("aria-describedby").as_deref(), Some("country-error"));
    assert_eq!(value("#street"), "Musterstraße 1");
    click(".summary a");
    assert_eq!(focused().id(), "city");
    write("#city", "Berlin");
    wait_for("end of the error", || find("#city-error, #city[aria-invalid]").is_none()).await;
    assert!(text(".summary").contains("Choose a country") && !text(".summary").contains("Enter the city."), "{}", text(".summary"));
    write("#country", "DE");
    wait_for("end of all errors", || find(".summary, #country-error").is_none()).await;
    assert_eq!(button(), "Place order · €34.70", "the shopper must be able to send the order again");
}

#[wasm_bindgen_test]
async fn a_changed_price_is_shown_and_ordered_only_when_it_was_seen() {
    let _page = open().await;
    write_address();
    let problem = r#"{"type":"/problems/checkout-changed","title":"Cart changed","status":409,"detail":"Your cart has changed."}"#;
    answer(PLACE, 409, problem);
    let notice = "Enamel mug now costs €15.90 instead of €14.90.";
    answer("GET /api/checkout", 200, &checkout(2, 1_590, Some(notice)));
    click(".checkout [type=submit]");
    wait_for("new total", || button() == "Place order · €36.70").await;
    wait_for("reason", || text(".review [role=alert]") == format!("You haven't placed your order yet. {notice}")).await;
    assert!(find(".summary").is_none(), "the page shows the reason twice");
    assert_eq!(value("#city"), "Berlin");

    answer(PLACE, 201, &summary("placed"));
    click(".checkout [type=submit]");
    wait_for("order", || path() == format!("/orders/{ID}")).await;
    assert!(calls(PLACE).ends_with(r#""total":3670}"#), "{}", calls(PLACE));
}

/// The texts of all alerts on the page.
fn alerts() -> Vec<String> {
    let all = document().query_selector_all("[role=alert]").unwrap();
    (0..all.length()).filter_map(|at| all.get(at)?.text_content()).filter(|text| !text.is_empty()).collect()
}

/// Whether the element lies in the window. The browser scrolls to whole pixels.
fn is_in_window(selector: &str) -> bool {
    let script = format!(
        "(({{ top, bottom }}) => top > -1 && bottom < innerHeight + 1)(document.querySelector('{selector}').getBoundingClientRect())"
    );
    js_sys::eval(&script).unwrap().is_truthy()
}

#[wasm_bindgen_test]
async fn an_error_that_takes_the_focus_comes_into_view_and_so_does_the_field_that_it_names() {
    let _page = open().await;
    // The summary and each field are far above the button, as on a phone.
    let _styles = Styles::new(".checkout .field { padding-top: 1500px }");
    get::<Element>(".checkout [type=submit]").scroll_into_view();
    assert!(!is_in_window("#postal-code"));
    let errors = r#"[{"field":"postalCode","code":"blank","message":"Enter a postal code."}]"#;
    answer(PLACE, 422, &format!(r#"{{"type":"/problems/invalid","title":"Invalid input","status":422,"detail":"x","errors":{errors}}}"#));
    click(".checkout [type=submit]");
    wait_for("error", || find(".summary:focus").is_some()).await;
    assert!(is_in_window(".summary"), "the shopper sees no error");
    click(".summary a[href='#postal-code']");
    assert!(find("#postal-code:focus").is_some() && is_in_window("#postal-code"));

    // Offline, the error is another one.
    network("offline(true)");
    get::<Element>(".checkout [type=submit]").scroll_into_view();
    click(".checkout [type=submit]");
    wait_for("error", || text(".summary").contains("offline") && find(".summary:focus").is_some()).await;
    assert!(is_in_window(".summary"), "the shopper does not see that the order was not sent");
    network("offline(false)");
}

#[wasm_bindgen_test]
async fn missing_stock_is_told_once_at_the_lines_and_the_next_click_orders_what_is_left() {
    let _page = open().await;
    write_address();
    // The lines fill more than a window, so the notice above them is not visible when the shopper presses the button below them.
    let _styles = Styles::new(".review-lines li { display: block; height: 3000px }");
    get::<Element>(".checkout [type=submit]").scroll_into_view();
    answer(PLACE, 409, r#"{"type":"/problems/checkout-changed","title":"Cart changed","status":409,"detail":"Your cart has changed."}"#);
    let notice = "Enamel mug: only 1 left. We'll change the quantity in your cart to 1.";
    answer("GET /api/checkout", 200, &checkout(1, 1_490, Some(notice)));
    click(".checkout [type=submit]");
    wait_for("notice", || alerts() == [format!("You haven't placed your order yet. {notice}")]).await;
    assert!(find(".review > [role=alert] + .review-lines").is_some(), "the notice must stand at the lines");
    assert!(find(".banner, .summary, .offer[role=status]").is_none(), "the page says it a second time");
    assert_eq!(get::<HtmlElement>(".review-lines").text_content().unwrap(), "1 × Enamel mug, White€14.90");
    assert_eq!((button(), text("header .badge")), ("Place order · €19.80".to_owned(), "1 item".to_owned()));
    wait_for("scrolling", || js_sys::eval("document.querySelector('.offer').getBoundingClientRect().top >= 0").unwrap().is_truthy()).await;

    answer(PLACE, 201, &summary("placed"));
    click(".checkout [type=submit]");
    wait_for("order", || path() == format!("/orders/{ID}")).await;
    let sent = calls(PLACE);
    assert!(sent.ends_with(r#""lines":[{"product":"mug","quantity":1,"unitPrice":1490}],"total":1980}"#), "{sent}");
}

#[wasm_bindgen_test]
async fn a_sold_out_cart_is_told_once_and_nothing_can_be_ordered() {
    let _page = open().await;
    answer(PLACE, 409, r#"{"type":"/problems/cart-empty","title":"Cart empty","status":409,"detail":"Your cart is empty."}"#);
    let notice = "Enamel mug is sold out. We'll remove it from your cart.";
    answer("GET /api/checkout", 200, &checkout(0, 0, Some(notice)).replace(&summary("placed"), "null"));
    click(".checkout [type=submit]");
    wait_for("notice", || alerts() == [format!("You haven't placed your order yet. {notice}")]).await;
    assert!(text("main main").contains("Your cart is empty") && find(".checkout, .banner, .summary").is_none());
    assert!(find("header .badge").is_none());
}

#[wasm_bindgen_test]
async fn what_was_typed_is_kept_with_the_account_and_survives_an_ended_session() {
    let (_page, id) = open().await;
    write("#city", "Berlin");
    wait_for("request that saves the text", || calls(KEEP).contains(r#""city":"Berlin""#)).await;
    let keys = network(&format!("keys('{KEEP}')")).as_string();
    assert_eq!(keys.as_deref(), Some("order-1"), "with this key, the backend ignores a form that arrives after its order");
    // The session expires before the app can save the next text.
    answer(KEEP, 401, "");
    answer("POST /api/jwt/refresh", 401, "");
    write("#street", "Musterstraße 1");
    wait_for("sign-in form", || find("#login").is_some()).await;
    answer(KEEP, 200, "{}");
    sign_in_to(&id, "shopper", ".checkout").await;
    assert_eq!((value("#street"), value("#city")), ("Musterstraße 1".to_owned(), "Berlin".to_owned()));
    assert_eq!(count(PLACE), 0, "the app must order nothing without a click");
}

#[wasm_bindgen_test]
async fn nobody_else_finds_what_was_typed() {
    let (_page, id) = open().await;
    answer(KEEP, 401, "");
    answer("POST /api/jwt/refresh", 401, "");
    write("#street", "Musterstraße 1");
    wait_for("sign-in form", || find("#login").is_some()).await;
    sign_in_to(&id, "second", ".checkout").await;
    assert_eq!(value("#street"), "");
}

#[wasm_bindgen_test]
async fn a_sign_out_saves_what_was_typed_a_moment_before_and_forgets_it() {
    let (_page, id) = open().await;
    network("stop(400)");
    write("#street", "Musterstraße 1");
    click("header .who button");
    wait_for("sign-in form", || find("#login").is_some()).await;
    assert!(calls(KEEP).contains("Musterstraße 1"), "{}", calls(KEEP));
    sign_in_to(&id, "shopper", ".checkout").await;
    assert_eq!(value("#street"), "", "the tab must keep no text after a sign-out");
}

/// Follows a link to `path`.
fn follow(path: &str) {
    let link = document().create_element("a").unwrap();
    link.set_attribute("href", path).unwrap();
    find("#main").unwrap().append_child(&link).unwrap();
    link.unchecked_into::<HtmlElement>().click();
}

#[wasm_bindgen_test]
async fn a_sign_out_on_another_page_or_in_another_tab_forgets_what_could_not_be_saved() {
    for is_elsewhere in [false, true] {
        let (_page, id) = open().await;
        answer(KEEP, 422, r#"{"type":"/problems/address-invalid","title":"T","status":422}"#);
        answer("GET /api/products", 200, "[]");
        write("#street", "Musterstraße 1");
        follow("/");
        wait_for("products", || path() == "/").await;
        if is_elsewhere {
            sign_out_elsewhere(&id).await;
        } else {
            click("header .who button");
            wait_for("question", || text("[role=alert] .banner").contains("If you sign out now, you'll lose them.")).await;
            click("[role=alert] .banner button");
        }
        wait_for("sign-out", || find("header .who a").is_some()).await;
        follow("/checkout");
        sign_in_to(&id, "shopper", ".checkout").await;
        assert_eq!(value("#street"), "", "the tab must keep no text after a sign-out, elsewhere: {is_elsewhere}");
    }
}

#[wasm_bindgen_test]
async fn an_order_of_another_tab_empties_this_one_and_is_shown() {
    let (page, id) = open().await;
    answer("GET /api/checkout", 200, &checkout(0, 0, None));
    let other = web_sys::BroadcastChannel::new("storefront.cart").unwrap();
    let message = r#"{"user":"shopper","cart":{"currency":"EUR","lines":[],"total":0}}"#;
    other.post_message(&message.into()).unwrap();
    wait_for("empty checkout", || text("main main").contains("Your cart is empty")).await;
    other.close();
    assert!(text(".offer").contains("We've received your order K7QP-2M9X."));
    assert_eq!(find(".offer a").unwrap().get_attribute("href"), Some(format!("/orders/{ID}")));
    drop(page);
    // A reloaded page shows the order, too. So a shopper learns of an order even if the answer to the order was lost.
    let page = reload_app(App::Store, "/checkout", &id);
    wait_for("empty checkout", || text("main main").contains("We've received your order K7QP-2M9X.")).await;
    drop(page);
    answer("GET /api/checkout", 200, &checkout(0, 0, None).replace(&summary("placed"), &summary("cancelled")));
    let _page = reload_app(App::Store, "/checkout", &id);
    wait_for("empty checkout", || text("main main").contains("Your cart is empty")).await;
    assert!(find(".offer").is_none(), "the shop has not kept a cancelled order: {}", text("main main"));
}

#[wasm_bindgen_test]
async fn a_shopper_who_leaves_learns_the_outcome_of_the_order() {
    let _page = open().await;
    write_address();
    network(&format!("hold('{PLACE}')"));
    answer(PLACE, 201, &summary("placed"));
    answer("GET /api/products", 200, "[]");
    click(".checkout [type=submit]");
    wait_for("request", || count(PLACE) == 1).await;
    click("header nav a");
    wait_for("products", || path() == "/").await;
    network(&format!("release('{PLACE}')"));
    wait_for("notice", || document().body().unwrap().inner_text().contains("We've received your order K7QP-2M9X.")).await;
    pause().await;
    assert_eq!(path(), "/", "the app must stay on the page that the shopper opened");
}
