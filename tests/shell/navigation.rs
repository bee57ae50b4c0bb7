//! Journeys through several pages: links, titles, focus, history, and the sign-in that a guarded page requires.

use crate::support::{
    Styles, announced, answer, answer_with_token, calls, click, find, focused, forget_everything, get, mount_app, network,
    path_and_query as path, pause, reload_app, remount_app, sign_in, sign_in_to, text, two_frames, wait_for,
};
use js_sys::eval;
use leptos::prelude::*;
use storefront_api::App;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, Event, HtmlInputElement, HtmlTextAreaElement};

const PRODUCTS: &str = r#"[
    {"id":"mug","name":"Enamel mug","description":"Blue rim.","price":1490,"currency":"EUR","stock":3},
    {"id":"atlas","name":"Star atlas","description":"Of the north.","price":2850,"currency":"EUR","stock":0}]"#;

#[wasm_bindgen_test]
async fn a_visitor_adds_a_product_signs_in_and_has_it_in_the_cart() {
    let (_page, id) = mount_app(App::Store, "/");
    answer("GET /api/products", 200, PRODUCTS);
    wait_for("products", || find(".product").is_some()).await;
    assert!(text(".product:nth-child(1)").contains("Only 3 left"));
    assert_eq!(text(".product:nth-child(2) .sold-out"), "Sold out");

    network("cart({})");
    let button = get::<Element>(".product button");
    let names = (button.text_content(), button.get_attribute("aria-label"));
    assert_eq!(
        names,
        (Some("Add to cart".to_owned()), Some("Add to cart: Enamel mug".to_owned())),
        "the accessible name must start with the visible text"
    );
    click(".product button");
    wait_for("product added", || text(".product").contains("Added.")).await;
    assert_eq!(path(), "/");
    assert_eq!(calls("POST /api/guest"), r#"POST /api/guest-cart/lines {"product":"mug","quantity":1}"#);
    click("header .who a");
    sign_in(&id, "shopper").await;
    wait_for("the user's cart", || path() == "/" && calls("GET /api/load").contains("cart")).await;
    assert!(find("#login").is_none());
    wait_for("badge", || find("header .badge").is_some_and(|it| it.text_content().as_deref() == Some("1 item"))).await;
}

#[wasm_bindgen_test]
async fn a_page_that_came_with_its_content_shows_the_same_at_once_and_rereads_it() {
    forget_everything();
    network("hold('GET /api/products')");
    put_first_answer(&format!(r#"{{"products":{PRODUCTS},"count":2,"searchedFor":null,"next":null}}"#));
    let (_page, _) = remount_app(App::Store, "/");
    wait_for("products", || find(".product").is_some()).await;
    wait_for("background request", || calls("GET /api/products") == "GET /api/products").await;
    assert!(find("[aria-busy]").is_none() && find("#first-answer").is_none(), "the page must show the answer at once, and remove it");
    network("release('GET /api/products')");

    put_first_answer(PRODUCTS);
    forget_everything();
    answer("GET /api/products/mug", 404, "");
    let (_page, _) = remount_app(App::Store, "/products/mug");
    wait_for("the failure", || find("main .failure").is_some()).await;
    assert!(find("#first-answer").is_none(), "the app must drop an answer that is not for this page");
}

fn put_first_answer(json: &str) {
    let element = document().create_element("script").unwrap();
    element.set_attribute("type", "application/json").unwrap();
    element.set_id("first-answer");
    element.set_text_content(Some(json));
    document().head().unwrap().append_child(&element).unwrap();
}

#[wasm_bindgen_test]
async fn a_product_has_a_page_of_its_own_that_leads_into_the_cart_and_back() {
    let (_page, _) = mount_app(App::Store, "/");
    let product = |name: &str, id: &str, stock: u8| {
        format!(r#"{{"id":"{id}","name":"{name}","description":"Blue rim.","price":1490,"currency":"EUR","stock":{stock}}}"#)
    };
    answer("GET /api/products", 200, PRODUCTS);
    answer("GET /api/products/mug", 200, &product("Enamel mug", "mug", 3));
    answer("GET /api/products/atlas", 200, &product("Star atlas", "atlas", 0));
    network("cart({})");
    wait_for("products", || find(".product").is_some()).await;
    click(".product h2 a");
    wait_for("page", || path() == "/products/mug" && text("h1") == "Enamel mug").await;
    wait_for("title", || document().title() == "Enamel mug · Fernhill").await;
    wait_for("facts, which the list does not know", || text("main").contains("3 in stock. You can return")).await;
    assert!(text("main").contains("Only 3 left"), "{}", text("main"));
    get::<HtmlInputElement>(".buy select").set_value("2"); // a `select` element also has the property `value`
    click(".product-facts button");
    wait_for("addition", || text(".product-facts .note").contains("Added.")).await;
    assert_eq!(text("header .badge"), "2 items");
    click(".product-facts > p:last-child a");
    wait_for("products", || path() == "/" && find(".product").is_some()).await;
    network("hold('GET /api/products/atlas')");
    click(".product:nth-child(2) h2 a");
    wait_for("page", || path() == "/products/atlas").await;
    pause().await;
    assert_eq!(text("h1"), "Star atlas", "the app must not show another product while this product is loading");
    assert!(text("main").contains("€28.50") && find(".product-page .picture").is_some(), "the list has shown these");
    assert!(find(".skeleton").is_some() && find(".sold-out").is_none());
    network("release('GET /api/products/atlas')");
    wait_for("page", || text("h1") == "Star atlas" && text(".sold-out") == "Sold out").await;
    assert_eq!((focused().tag_name().as_str(), text("h1").as_str()), ("H1", "Star atlas"));
    window().history().unwrap().back().unwrap();
    wait_for("products", || path() == "/" && find(".product").is_some()).await;
}

#[wasm_bindgen_test]
async fn a_product_page_shows_facts_and_related_products() {
    let (_page, _) = mount_app(App::Store, "/products/mug");
    let details = r#"{"dimensions":"8 cm high","material":"","care":"Wash it.","related":[{"id":"pan","name":"Pan","price":5900}]}"#;
    let product = |more: &str| {
        format!(r#"{{"id":"mug","name":"Enamel mug","description":"Blue rim.","price":1490,"currency":"EUR","stock":1{more}}}"#)
    };
    answer("GET /api/products/mug", 200, &product(&format!(r#","details":{details}"#)));
    let facts = || find(".product-facts .facts").and_then(|it| it.text_content());
    wait_for("page", || facts().as_deref() == Some("Dimensions8 cm highCareWash it.")).await;
    assert_eq!(find(".related a").unwrap().get_attribute("href").as_deref(), Some("/products/pan"));
    assert!(text(".related").contains("€59.00") && find(".related button, .buy select").is_none(), "{}", text("main"));
    answer("GET /api/products/pan", 200, &product("").replace("mug", "pan"));
    click(".related a");
    wait_for("other page", || path() == "/products/pan" && find(".buy").is_some()).await;
    assert!(find(".related, .facts").is_none(), "{}", text("main"));
}

#[wasm_bindgen_test]
async fn the_outcome_of_an_addition_comes_into_view_on_a_product_s_page() {
    let _styles = Styles::new(".buy { padding-top: 2000px } .product-facts { padding-bottom: 9000px } .buy .note { margin-top: 3000px }");
    let (_page, _) = mount_app(App::Store, "/products/mug");
    let mug = r#"{"id":"mug","name":"Enamel mug","description":"Blue rim.","price":1490,"currency":"EUR","stock":3}"#;
    answer("GET /api/products/mug", 200, mug);
    network("cart({})");
    wait_for("mug", || find(".buy button").is_some()).await;
    answer("POST /api/guest-cart/lines", 409, r#"{"type":"/problems/out-of-stock","title":"","status":409,"detail":"Only 2 left."}"#);
    click(".buy button");
    let edges =
        "(({ top, bottom }) => top >= 0 && bottom <= innerHeight + 1)(document.querySelector('.buy .note').getBoundingClientRect())";
    wait_for("message in view", || find(".card-error").is_some() && eval(edges).unwrap().is_truthy()).await;
}

#[wasm_bindgen_test]
async fn a_product_page_tells_a_refused_addition_once_and_shows_the_new_stock() {
    let (_page, _) = mount_app(App::Store, "/products/mug");
    let product = |stock: u32| {
        format!(r#"{{"id":"mug","name":"Enamel mug","description":"Blue rim.","price":1490,"currency":"EUR","stock":{stock}}}"#)
    };
    answer("GET /api/products/mug", 200, &product(58));
    network("cart({})");
    wait_for("page", || text(".product-facts").contains("58 in stock")).await;
    answer("GET /api/products/mug", 200, &product(2));
    let refusal = r#"{"type":"/problems/out-of-stock","title":"Not enough in stock","status":409,"detail":"There are only 2 left."}"#;
    answer("POST /api/guest-cart/lines", 409, refusal);
    click(".product-facts button");
    let told = "We couldn't add Enamel mug to your cart. There are only 2 left.";
    wait_for("refusal", || text(".product-facts .note [role=alert]") == told).await;
    wait_for("stock", || text(".product-facts").contains("2 in stock")).await;
    assert_eq!(text(".product-facts .note [role=alert]"), told, "the message must stay");
    assert!(find(".banner").is_none(), "a banner shows the message a second time: {}", text(".banner"));
}

#[wasm_bindgen_test]
async fn a_product_shows_what_was_asked_about_it() {
    let product = |threads: &str| {
        format!(r#"{{"id":"mug","name":"Enamel mug","description":"Blue rim.","price":1490,"currency":"EUR","stock":3{threads}}}"#)
    };
    let newest = r#"{"id":"t2","title":"","replies":0,"createdAt":"2026-11-20T08:00:00Z"},{"id":"t1","title":"Does it chip?","replies":2,"createdAt":"2026-11-19T08:00:00Z","answer":{"author":"Emil","text":"Not <b>yet</b>."}}"#;
    let show = async |threads: &str| {
        let (page, _) = mount_app(App::Store, "/products/mug");
        answer("GET /api/products/mug", 200, &product(threads));
        wait_for("page", || text("h1") == "Enamel mug").await;
        page
    };
    let page = show(&format!(r#","threads":[{newest},{newest}]"#)).await;
    assert_eq!(text(".questions li:nth-child(1) a"), "Untitled question");
    assert_eq!(text(".questions li:nth-child(2) a"), "Does it chip?");
    assert!(text(".questions li:nth-child(2) p:last-child").starts_with("2 replies · "));
    assert_eq!((text(".answer"), text(".answer + p")), ("Not <b>yet</b>.".to_owned(), "Answer by Emil".to_owned()));
    assert!(find(".questions li:nth-child(1) .answer").is_none() && text(".questions").contains("Only members see whole threads."));
    let href = |selector: &str| find(selector).unwrap().get_attribute("href").unwrap();
    assert!(href(".questions li:nth-child(2) a").ends_with("/posts/t1"));
    assert!(href(".questions .button").ends_with("/?product=mug") && text(".questions .button") == "Ask an owner");
    assert_eq!(text(".questions > p a"), "All questions about Enamel mug", "the page must link to the fourth question");
    assert_eq!(document().query_selector_all(".questions li").unwrap().length(), 3);
    drop(page);
    let page = show(r#","threads":[]"#).await;
    assert!(text(".questions").contains("No questions yet") && text(".questions").contains("Ask an owner"));
    drop(page);
    let _page = show("").await;
    assert!(text(".questions").ends_with("Ask an owner") && !text(".questions").contains("No questions yet"), "{}", text(".questions"));
    assert!(text("main").contains("Add to cart"), "the page must offer the product even if its threads cannot be read");
}

#[wasm_bindgen_test]
async fn an_unknown_product_says_so() {
    let (_page, _) = mount_app(App::Store, "/products/unknown");
    answer(
        "GET /api/products/unknown",
        404,
        r#"{"type":"/problems/product-unknown","title":"Unknown product","status":404,"detail":"We can't find that product."}"#,
    );
    wait_for("message", || text(".empty-state").contains("We can't find that product.")).await;
    wait_for("heading", || text("h1") == "Unknown product" && document().title() == "Unknown product · Fernhill").await;
    assert!(find(".empty-state button").is_none(), "the page must offer no retry, because a retry would not help");
    click(".empty-state a");
    wait_for("products", || path() == "/").await;
}

#[wasm_bindgen_test]
async fn after_a_reload_every_page_of_the_store_says_how_many_items_are_in_the_cart() {
    let (page, id) = mount_app(App::Store, "/cart");
    network("cart({ mug: 2 })");
    sign_in_to(&id, "shopper", ".line").await;
    drop(page);
    for path in ["/", "/products/mug", "/checkout", "/orders", "/account", "/delivery", "/unknown"] {
        let _page = reload_app(App::Store, path, &id);
        wait_for(path, || text("header .badge") == "2 items").await;
    }
}

#[wasm_bindgen_test]
async fn signing_out_takes_a_guarded_page_away_and_says_so() {
    let (_page, id) = mount_app(App::Store, "/account");
    wait_for("sign-in", || path() == "/login?next=%2Faccount").await;
    answer("GET /api/user", 200, r#"{"id":"shopper","email":"shopper@example.com","displayName":"Shopper"}"#);
    sign_in(&id, "shopper").await;
    wait_for("account", || text(".facts").contains("shopper@example.com")).await;
    pause().await;
    assert_eq!((path().as_str(), document().title().as_str()), ("/account", "Your account · Fernhill"));
    assert_eq!((focused().tag_name().as_str(), text("h1").as_str()), ("H1", "Your account"));
    click("header button");
    wait_for("form", || text(".reason") == "You are signed out.").await;
    assert_eq!(path(), "/login?next=%2Faccount");
    assert_eq!(announced(), "You are signed out.");
}

#[wasm_bindgen_test]
async fn an_empty_post_is_refused_and_one_with_text_comes_first() {
    let (_page, id) = mount_app(App::Forums, "/");
    answer("GET /api/load-posts", 200, r#"[{"id":"1","author":"Ines","body":"First","createdAt":"2026-11-20T08:00:00Z"}]"#);
    sign_in_to(&id, "shopper", "article").await;

    click(".write-box summary");
    click(".write [type=submit]");
    pause().await;
    assert_eq!(text("#post-error"), "Write something first.");
    assert!(document().title().starts_with("Error: "));

    let area: HtmlTextAreaElement = get("#post");
    area.set_value("Half an hour of typing");
    area.dispatch_event(&Event::new("input").unwrap()).unwrap();
    answer("POST /api/posts", 201, r#"{"id":"2","author":"Sam","body":"Half an hour of typing","createdAt":"2026-11-20T09:00:00Z"}"#);
    click(".write [type=submit]");
    wait_for("post", || text(".posts li:first-child").contains("Half an hour of typing")).await;
    assert_eq!(area.value(), "");
    assert!(!document().title().starts_with("Error: "));
}

#[wasm_bindgen_test]
async fn a_link_changes_url_title_and_focus_also_after_steps_in_the_history() {
    let (_page, id) = mount_app(App::Store, "/nowhere");
    answer("GET /api/products", 200, PRODUCTS);
    answer("GET /api/products?q=", 200, PRODUCTS);
    answer("GET /api/user", 200, r#"{"id":"shopper","email":"shopper@example.com","displayName":"Shopper"}"#);
    let history = window().history().unwrap();
    wait_for("page", || text("h1") == "Page not found").await;
    pause().await;
    assert_eq!(document().title(), "Page not found · Fernhill");
    click("nav a[href='/']");
    wait_for("products", || path() == "/" && find(".product").is_some()).await;
    pause().await;
    assert_eq!((text("h1").as_str(), focused().tag_name().as_str()), ("Products", "H1"));
    assert_eq!(document().title(), "Products · Fernhill");
    assert_eq!(find("nav [aria-current=page]").unwrap().text_content().as_deref(), Some("Products"));
    click("nav .to-search");
    wait_for("search", || path() == "/?q=").await;
    history.back().unwrap();
    wait_for("products", || path() == "/").await;
    history.forward().unwrap();
    wait_for("search", || path() == "/?q=").await;
    click("nav a[href='/']");
    wait_for("products", || path() == "/").await;
    history.back().unwrap();
    wait_for("search", || path() == "/?q=").await;

    // The sign-in page replaces the history entry of the guarded page. After the sign-in, the guarded page replaces the same entry again.
    click("nav .to-account");
    wait_for("sign-in", || path() == "/login?next=%2Faccount").await;
    sign_in(&id, "shopper").await;
    wait_for("account", || path() == "/account" && find(".facts").is_some()).await;
    history.back().unwrap();
    wait_for("search", || path() == "/?q=" && text("h1") == "Products").await;
    click("nav .to-account");
    wait_for("account", || path() == "/account" && text("h1") == "Your account").await;
    history.back().unwrap();
    wait_for("search", || path() == "/?q=" && text("h1") == "Products").await;
}

#[wasm_bindgen_test]
async fn a_step_back_from_the_sign_in_leads_to_the_page_before_the_guarded_one() {
    let (_page, _) = mount_app(App::Store, "/nowhere");
    wait_for("page", || text("h1") == "Page not found").await;
    click("nav .to-account");
    wait_for("sign-in", || path() == "/login?next=%2Faccount" && find("#login").is_some()).await;
    window().history().unwrap().back().unwrap();
    wait_for("previous page", || path() == "/nowhere" && text("h1") == "Page not found").await;
}

#[wasm_bindgen_test]
async fn an_opened_page_is_shown_from_its_top_and_a_step_back_leads_to_where_it_was_left() {
    let (_page, _) = mount_app(App::Store, "/");
    let many: Vec<_> = (0..60)
        .map(|at| format!(r#"{{"id":"p{at}","name":"Product {at}","description":"Blue rim.","price":1490,"currency":"EUR","stock":3}}"#))
        .collect();
    answer("GET /api/products", 200, &format!("[{}]", many.join(",")));
    wait_for("products", || find(".product:nth-child(60)").is_some()).await;
    let at = || window().scroll_y().unwrap();
    get::<Element>(".product:nth-child(60)").scroll_into_view();
    assert!(at() > 0.0);
    two_frames().await;
    let link: Element = get("header .who a");
    link.unchecked_ref::<web_sys::HtmlElement>().click();
    wait_for("sign-in", || find("#login").is_some() && at() == 0.0).await;
    window().history().unwrap().back().unwrap();
    // The browser knows the real height of an element only when the element has come into view, so the position in pixels may differ.
    let is_in_view = || eval("document.querySelector('.product:nth-child(60)')?.getBoundingClientRect().top < innerHeight").unwrap();
    wait_for("position", || path() == "/" && at() > 0.0 && is_in_view().is_truthy()).await;
}

/// Scrolls to this position, and waits until the app knows.
async fn scroll_to(at: f64) {
    window().scroll_to_with_x_and_y(0.0, at);
    two_frames().await;
}

fn scrolled() -> f64 {
    window().scroll_y().unwrap().round()
}

#[wasm_bindgen_test]
async fn each_history_entry_has_its_own_position_even_for_two_pages_of_one_kind() {
    let (_page, _) = mount_app(App::Store, "/products/mug");
    let _styles = Styles::new(".product-facts { height: 9000px }");
    let product = |id: &str| format!(r#"{{"id":"{id}","name":"{id}","description":"Blue.","price":1490,"currency":"EUR","stock":3}}"#);
    answer("GET /api/products/mug", 200, &product("mug"));
    wait_for("mug", || find(".product-facts").is_some()).await;
    scroll_to(3000.0).await;
    answer("GET /api/products", 200, PRODUCTS);
    click("nav a[href='/']");
    wait_for("products", || find(".product").is_some() && scrolled() == 0.0).await;
    answer("GET /api/products/atlas", 200, &product("atlas"));
    click(".product a[href='/products/atlas']");
    wait_for("atlas", || find(".product-facts").is_some() && scrolled() == 0.0).await;
    scroll_to(1000.0).await;
    let history = window().history().unwrap();
    history.go_with_delta(-2).unwrap();
    wait_for("the mug's position", || path() == "/products/mug" && scrolled() == 3000.0).await;
    history.go_with_delta(2).unwrap();
    wait_for("the atlas' position", || path() == "/products/atlas" && scrolled() == 1000.0).await;
}

#[wasm_bindgen_test]
async fn a_reload_leads_to_where_the_page_was_left_when_its_content_stands() {
    let _styles = Styles::new(".product { display: block; height: 4000px }");
    let (page, id) = mount_app(App::Store, "/");
    answer("GET /api/products", 200, PRODUCTS);
    wait_for("products", || find(".product").is_some()).await;
    scroll_to(5000.0).await;
    // The browser hides the page before it unloads or discards it.
    eval("dispatchEvent(new Event('visibilitychange'))").unwrap();
    network("hold('GET /api/products')");
    drop(page);
    two_frames().await;

    let page = reload_app(App::Store, "/", &id);
    wait_for("grey shapes", || find(".skeleton").is_some()).await;
    two_frames().await;
    assert!(scrolled() < 5000.0);
    network("release('GET /api/products')");
    wait_for("position", || find(".product").is_some() && scrolled() == 5000.0).await;
    drop(page);

    // A user who scrolls while the content loads stays there.
    network("hold('GET /api/products')");
    let _page = reload_app(App::Store, "/", &id);
    wait_for("grey shapes", || find(".skeleton").is_some()).await;
    eval("dispatchEvent(new WheelEvent('wheel'))").unwrap();
    window().scroll_to_with_x_and_y(0.0, 0.0);
    network("release('GET /api/products')");
    wait_for("products", || find(".product").is_some()).await;
    two_frames().await;
    assert_eq!(scrolled(), 0.0);
}

#[wasm_bindgen_test]
async fn a_reload_loads_a_list_as_far_as_it_was_read() {
    let _styles = Styles::new(".product { display: block; height: 4000px }");
    let product = |id: &str| format!(r#"[{{"id":"{id}","name":"{id}","description":"","price":1490,"currency":"EUR","stock":3}}]"#);
    let page_of = |path: &str, id: &str, next: &str| {
        network(&format!("answer('GET /api/products{path}', 200, '{}', {{ 'product-count': 3 {next} }})", product(id)));
    };
    let (page, id) = mount_app(App::Store, "/");
    page_of("", "a", ", link: '</api/products?after=1>; rel=\"next\"'");
    page_of("?after=1", "b", ", link: '</api/products?after=2>; rel=\"next\"'");
    page_of("?after=2", "c", "");
    for products in 2..=3 {
        wait_for("button", || find(".more button:not([aria-disabled])").is_some()).await;
        click(".more button");
        wait_for("page", || find(&format!(".product:nth-child({products})")).is_some()).await;
    }
    scroll_to(6000.0).await;
    eval("dispatchEvent(new Event('visibilitychange'))").unwrap();
    drop(page);
    two_frames().await;

    let _page = reload_app(App::Store, "/", &id);
    wait_for("position", || find(".product").is_some() && scrolled() == 6000.0).await;
    assert!(find(".product:nth-child(2)").is_some() && find(".product:nth-child(3)").is_none(), "no more than the position needs");
    assert_eq!(focused().tag_name(), "BODY", "nobody has clicked");
}

/// Opens the list of products, leaves it, and opens it again. The answer for the second visit is held back.
async fn products_twice() -> crate::support::Mounted {
    let (page, _) = mount_app(App::Store, "/");
    answer("GET /api/products", 200, PRODUCTS);
    wait_for("products", || find(".product").is_some()).await;
    click("header .who a");
    wait_for("sign-in", || find("#login").is_some()).await;
    network("hold('GET /api/products')");
    click("nav a[href='/']");
    wait_for("page", || text("h1") == "Products").await;
    page
}

#[wasm_bindgen_test]
async fn a_page_that_is_opened_again_shows_its_data_at_once_and_then_what_has_changed() {
    let _page = products_twice().await;
    assert!(find(".skeleton").is_none() && text(".product h2") == "Enamel mug", "the page must show the earlier data before the answer");
    let card: Element = get(".product");
    answer("GET /api/products", 200, &PRODUCTS.replace("\"stock\":0", "\"stock\":0 "));
    network("release('GET /api/products')");
    pause().await;
    assert!(card.is_connected(), "an answer with equal data must replace no element");

    click("header .who a");
    wait_for("sign-in", || find("#login").is_some()).await;
    answer("GET /api/products", 200, &PRODUCTS.replace("\"stock\":3", "\"stock\":2"));
    click("nav a[href='/']");
    wait_for("changed stock", || text(".product").contains("Only 2 left")).await;
}

#[wasm_bindgen_test]
async fn data_that_cannot_be_reread_stays_and_says_so_until_another_try() {
    let _page = products_twice().await;
    answer("GET /api/products", 503, r#"{"type":"/problems/internal","title":"Out of order","status":503}"#);
    network("release('GET /api/products')");
    wait_for("message", || text(".line-error").contains("You're seeing an older version of this page")).await;
    assert_eq!(text(".product h2"), "Enamel mug");
    answer("GET /api/products", 200, PRODUCTS);
    click(".line-error button");
    assert_eq!(focused().tag_name(), "H1");
    wait_for("end of the message", || find(".line-error").is_none()).await;
    assert_eq!(text(".product h2"), "Enamel mug");
}

#[wasm_bindgen_test]
async fn nobody_sees_what_was_shown_to_somebody_else() {
    let (_page, id) = mount_app(App::Store, "/account");
    wait_for("sign-in", || find("#login").is_some()).await;
    answer("GET /api/user", 200, r#"{"id":"ines","email":"ines@example.com","displayName":"Ines"}"#);
    sign_in(&id, "ines").await;
    wait_for("account", || text(".facts").contains("ines@example.com")).await;
    answer("POST /api/logout", 200, "");
    click("header button");
    wait_for("form", || find("#login").is_some()).await;
    network("hold('GET /api/user')");
    sign_in(&id, "sam").await;
    wait_for("account", || text("h1") == "Your account").await;
    pause().await;
    assert!(find(".facts").is_none() && find(".skeleton").is_some());
    network("release('GET /api/user')");
}

#[wasm_bindgen_test]
async fn a_page_that_waits_for_the_session_keeps_the_focus_on_its_heading() {
    let (page, id) = mount_app(App::Store, "/login");
    sign_in(&id, "shopper").await;
    wait_for("cart", || path() == "/cart").await;
    drop(page);
    let expire = "(key => {
        const record = JSON.parse(localStorage.getItem(key));
        record.session.receivedAt -= 3_600_000;
        localStorage.setItem(key, JSON.stringify(record));
    })";
    eval(&format!("{expire}('fusionauth.session.{id}')")).unwrap();
    network("hold('POST /api/jwt/refresh')");
    answer_with_token("POST /api/jwt/refresh", &id, "shopper");
    answer("GET /api/user", 200, r#"{"id":"shopper","email":"shopper@example.com","displayName":"Shopper"}"#);
    let _page = reload_app(App::Store, "/", &id);
    wait_for("page", || find("#main h1").is_some()).await;
    click("header a[href='/account']");
    pause().await;
    network("release('POST /api/jwt/refresh')");
    // The session waits for FusionAuth for some seconds. On a very slow machine, the page says then that its data cannot be loaded.
    wait_for("account", || find(".facts, .failure").is_some()).await;
    pause().await;
    assert_eq!((text("h1").as_str(), focused().tag_name().as_str()), ("Your account", "H1"));
}

#[wasm_bindgen_test]
async fn a_click_between_the_answer_to_a_sign_in_and_its_redirect_is_followed() {
    let (_page, id) = mount_app(App::Store, "/login");
    answer("GET /api/products", 200, PRODUCTS);
    let click_before_the_redirect = "(({ setTimeout }) => {
        let isClicked = false; // a timer that was set before the click may end in a later test
        globalThis.setTimeout = (run, ...more) => setTimeout(() => {
            if (isClicked || !document.querySelector('header .me')) return run();
            isClicked = true;
            globalThis.setTimeout = setTimeout;
            document.querySelector('nav .to-start').click();
            setTimeout(run);
        }, ...more);
    })(window)";
    eval(click_before_the_redirect).unwrap();
    sign_in_to(&id, "shopper", ".product").await;
    pause().await;
    assert_eq!((path().as_str(), text("h1").as_str()), ("/", "Products"));
}

#[wasm_bindgen_test]
async fn a_link_with_a_key_or_to_elsewhere_is_left_to_the_browser() {
    let (_page, _) = mount_app(App::Store, "/nowhere");
    wait_for("page", || text("h1") == "Page not found").await;
    // `stayHere` runs after the app's own listener on `window`, and keeps the test's page open. `eval` sees the names that the wasm-bindgen
    // glue imports, so the listener needs a name that no module exports.
    eval("globalThis.left = []; globalThis.stayHere = event => { left.push(event.defaultPrevented); event.preventDefault(); }; addEventListener('click', stayHere)")
        .unwrap();
    eval("document.querySelector(\"nav a[href='/']\").dispatchEvent(new MouseEvent('click', { ctrlKey: true, bubbles: true, cancelable: true }))")
        .unwrap();
    click("nav a.sibling");
    click("nav a[href='/cart']");
    eval("removeEventListener('click', stayHere)").unwrap();
    assert_eq!(eval("left.join()").unwrap().as_string().as_deref(), Some("false,false,true"));
}
