//! The list of products with its search: the URL and the controls always agree, and a shopper who comes back sees the same list.

use crate::support::{
    Mounted, Styles, answer, calls, click, fill, find, focused, get, is_shown, mount_app, network, path_and_query, pause, reload_app, text,
    value, wait_for,
};
use leptos::prelude::*;
use storefront_api::App;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, Event, EventInit, HtmlElement, HtmlInputElement};

/// The JSON of the products with these ids.
fn products(ids: impl IntoIterator<Item = String>) -> String {
    let product = |id: String| {
        format!(r#"{{"id":"{id}","name":"Name of {id}","description":"About.","price":100,"currency":"EUR","stock":9,"category":"desk"}}"#)
    };
    format!("[{}]", ids.into_iter().map(product).collect::<Vec<_>>().join(","))
}

/// Lets the backend answer a query with these products. `headers` is a JavaScript object.
fn page(query: &str, ids: impl IntoIterator<Item = String>, headers: &str) {
    network(&format!("answer('GET /api/products{query}', 200, '{}', {headers})", products(ids)));
}

fn numbered(numbers: std::ops::Range<u32>) -> impl Iterator<Item = String> {
    numbers.map(|number| format!("p{number}"))
}

/// Presses a key in the search field. Returns whether the app has prevented the browser's own action.
fn press(key: &str) -> bool {
    let init = web_sys::KeyboardEventInit::new();
    init.set_key(key);
    init.set_bubbles(true);
    init.set_cancelable(true);
    let event = web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    !get::<Element>("#q").dispatch_event(&event).unwrap()
}

/// Types a text into the search field.
fn type_search(text: &str) {
    fill("#q", text);
    dispatch("#q", "input");
}

fn shown_suggestions() -> u32 {
    document().query_selector_all("#suggestions:not([hidden]) [role=option]").unwrap().length()
}

#[wasm_bindgen_test]
async fn suggestions_are_chosen_by_keys_and_by_a_click() {
    let (_app, _) = mount_app(App::Store, "/");
    page("", numbered(0..1), "{}");
    wait_for("list", || number_of_products() == 1).await;
    let attribute = |name: &str| find("#q").and_then(|it| it.get_attribute(name)).unwrap_or_default();
    assert_eq!((attribute("role"), find("#suggestions")), (String::new(), None), "a plain form until the first focus");
    page("?q=kn", ["knife".to_owned()], "{}");
    page("?q=ki", ["kettle".to_owned()], "{}");
    network("hold('GET /api/products?q=kn')");
    get::<HtmlInputElement>("#q").focus().unwrap();
    wait_for("combobox", || attribute("role") == "combobox").await;
    type_search("k");
    type_search("kn");
    wait_for("request", || !calls("GET /api/products?q=kn").is_empty()).await;
    type_search("ki");
    wait_for("suggestions", || shown_suggestions() == 2).await;
    network("release('GET /api/products?q=kn')");
    pause().await;
    assert_eq!((shown_suggestions(), text(".search-box [role=status]").as_str()), (2, "2 suggestions"), "an older answer is dropped");
    assert_eq!(
        calls("GET /api/products?q=k"),
        calls("GET /api/products?q=kn") + "\n" + &calls("GET /api/products?q=ki"),
        "one letter asks nothing"
    );
    assert_eq!((attribute("aria-expanded").as_str(), attribute("aria-activedescendant").as_str()), ("true", ""));
    let _styles = Styles::new(include_str!("../../style/store.css"));
    let (field, list) = (get::<HtmlElement>("#q"), get::<HtmlElement>("#suggestions"));
    assert!(list.offset_top() >= field.offset_top() + field.offset_height(), "the list covers the field");
    for (key, active) in [
        ("ArrowDown", "Kitchen Category"),
        ("ArrowDown", "Name of kettle"),
        ("ArrowDown", "Kitchen Category"),
        ("ArrowUp", "Name of kettle"),
    ] {
        assert!(press(key));
        wait_for(key, || text(&format!("[id='{}']", attribute("aria-activedescendant"))).trim() == active).await;
        assert_eq!(text("#suggestions [aria-selected=true]").trim(), active);
        assert_eq!((focused().id().as_str(), text(".search-box [role=status]").as_str()), ("q", "2 suggestions"));
    }
    assert!(press("Escape"), "the browser would clear the field");
    wait_for("end of the list", || shown_suggestions() == 0 && attribute("aria-expanded") == "false").await;
    assert!(value("#q") == "ki" && attribute("aria-activedescendant").is_empty() && !press("Escape"));

    page("?category=kitchen", numbered(1..2), "{}");
    type_search("ki");
    wait_for("suggestions", || shown_suggestions() == 2).await;
    click("#suggestions a");
    wait_for("category", || path_and_query() == "/?category=kitchen" && shown_suggestions() == 0 && value("#q").is_empty()).await;
    type_search("ki");
    wait_for("suggestions", || shown_suggestions() == 2).await;
    press("ArrowUp");
    wait_for("last one", || attribute("aria-activedescendant") == "suggestions-1").await;
    assert!(press("Enter"), "the browser would send the form");
    wait_for("product", || path_and_query() == "/products/kettle").await;
}

#[wasm_bindgen_test]
async fn the_search_needs_no_suggestions() {
    let (_app, _) = mount_app(App::Store, "/");
    page("", numbered(0..1), "{}");
    wait_for("list", || number_of_products() == 1).await;
    network("offline(true)");
    get::<HtmlInputElement>("#q").focus().unwrap();
    type_search("mug");
    pause().await;
    assert_eq!((shown_suggestions(), find("main main [role=alert]")), (0, None), "offline shows nothing");
    network("offline(false)");

    answer("GET /api/products?q=mugs", 503, "<html>");
    type_search("mugs");
    wait_for("failure", || !calls("GET /api/products?q=mugs").is_empty()).await;
    pause().await;
    assert_eq!((shown_suggestions(), find("main main [role=alert]")), (0, None), "a failure shows nothing");
    page("?q=mug", ["mug".to_owned()], "{}");
    type_search("mug");
    wait_for("suggestions", || shown_suggestions() == 1).await;
    dispatch("#q", "focusout");
    wait_for("end of the list", || shown_suggestions() == 0).await;
    type_search("mug");
    wait_for("suggestions", || shown_suggestions() == 1).await;
    assert!(!press("Enter"), "the form searches for the typed text");
    submit(".catalogue-search");
    wait_for("search", || path_and_query() == "/?q=mug" && shown_suggestions() == 0 && value("#q") == "mug").await;
}

/// Dispatches an event that bubbles and is cancelable, like the browser's own events.
fn dispatch(selector: &str, kind: &str) {
    let init = EventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    get::<Element>(selector).dispatch_event(&Event::new_with_event_init_dict(kind, &init).unwrap()).unwrap();
}

fn submit(selector: &str) {
    dispatch(selector, "submit");
}

fn choose(selector: &str, value: &str) {
    get::<HtmlInputElement>(selector).set_value(value); // a `select` element also has the property `value`
    dispatch(selector, "change");
}

/// Puts content into the document as the server does, with this search and these attributes of the mug's button.
fn put_first_content(button: &str) {
    let content = document().create_element("main").unwrap();
    content.set_id("first-content");
    content.set_inner_html(&format!(
        "<form><input id='q' type='search' value='mug'><select id='sort'><option value='' selected></option><option value='price'></option>\
         </select><input id='available' type='checkbox'></form><button type='button' name='add' data-product='mug' {button}>Add</button>"
    ));
    document().body().unwrap().append_child(&content).unwrap();
}

#[wasm_bindgen_test]
async fn the_app_keeps_what_the_shopper_has_done_in_the_servers_content() {
    crate::support::forget_everything();
    put_first_content("data-held");
    let search: HtmlInputElement = get("#first-content #q");
    search.set_value("mug gr");
    search.focus().unwrap();
    search.set_selection_range(4, 4).unwrap();
    choose("#first-content #sort", "price");
    network("cart({})");
    page("?q=mug", ["mug".to_owned(), "p2".to_owned()], "{}");
    page("?q=mug+gr&sort=price", ["mug".to_owned(), "p2".to_owned()], "{}");
    let (_page, _) = crate::support::remount_app(App::Store, "/?q=mug");
    wait_for("choice", || path_and_query() == "/?q=mug+gr&sort=price").await;
    wait_for("products", || number_of_products() == 2).await;
    assert!(find("#first-content").is_none());
    assert_eq!((value("#q"), value("#sort")), ("mug gr".to_owned(), "price".to_owned()));
    let search: HtmlInputElement = get("#q");
    assert_eq!((focused().id(), search.selection_start().unwrap()), ("q".to_owned(), Some(4)));
    wait_for("held addition", || !calls("POST").is_empty()).await;
    assert_eq!(calls("POST"), r#"POST /api/guest-cart/lines {"product":"mug","quantity":1}"#);
    pause().await; // the answer must find the app, which the end of the test unmounts
}

#[wasm_bindgen_test]
async fn the_app_keeps_the_picture_that_the_shopper_has_chosen() {
    crate::support::forget_everything();
    let content = document().create_element("main").unwrap();
    content.set_id("first-content");
    let picture = |at: u32| format!("<input type='radio' name='picture' id='picture-{at}'>");
    content.set_inner_html(&[0, 1, 2].map(picture).concat());
    document().body().unwrap().append_child(&content).unwrap();
    click("#picture-1");
    answer("GET /api/products/mug", 200, products(["mug".to_owned()]).trim_matches(['[', ']']));
    let (_page, _) = crate::support::remount_app(App::Store, "/products/mug");
    wait_for("pictures", || find("main main #picture-1").is_some()).await;
    wait_for("choice", || find("#picture-1:checked").is_some()).await;
}

#[wasm_bindgen_test]
async fn the_app_adds_nothing_that_nobody_has_clicked() {
    crate::support::forget_everything();
    put_first_content("");
    network("cart({})");
    page("?q=mug", numbered(1..3), "{}");
    let (_page, _) = crate::support::remount_app(App::Store, "/?q=mug");
    wait_for("products", || number_of_products() == 2).await;
    pause().await;
    assert_eq!((path_and_query(), calls("POST /api/guest"), value("#q")), ("/?q=mug".to_owned(), String::new(), "mug".to_owned()));
}

fn number_of_products() -> u32 {
    document().query_selector_all(".product").unwrap().length()
}

async fn until_status(expected: &str) {
    wait_for(expected, || text(".catalogue-count") == expected).await;
}

/// Opens the app at `path`. The backend lists two products, and answers the searches for a mug.
async fn catalogue(path: &str) -> Mounted {
    let (app, _) = mount_app(App::Store, path);
    page("", numbered(0..2), "{}");
    page("?q=mug", ["mug".to_owned()], "{}");
    page("?q=mug&category=kitchen", ["mug".to_owned()], "{}");
    page("?q=mug&category=kitchen&sort=price", ["mug".to_owned()], "{}");
    app
}

#[wasm_bindgen_test]
async fn the_controls_write_the_url_and_the_list_follows_it() {
    let _app = catalogue("/").await;
    until_status("2 products").await;
    fill("#q", " mug ");
    submit(".catalogue-search");
    until_status("1 product").await;
    assert_eq!((path_and_query().as_str(), text(".product h2").as_str()), ("/?q=mug", "Name of mug"));
    wait_for("title", || document().title() == "Search: mug · Fernhill").await;
    let sign_in = find("header .who a").and_then(|it| it.get_attribute("href"));
    assert_eq!(sign_in.as_deref(), Some("/login?next=%2F%3Fq%3Dmug"), "the sign-in must return to the search");
    assert!(find(".categories a[aria-current=true]").is_some_and(|it| it.text_content().as_deref() == Some("All")));
    let kitchen: HtmlElement = get(".categories a:nth-child(2)");
    kitchen.focus().unwrap();
    kitchen.click();
    assert_eq!(path_and_query(), "/?q=mug&category=kitchen");
    wait_for("category", || {
        kitchen.get_attribute("aria-current").as_deref() == Some("true") && !calls("GET /api/products?q=mug&category=kitchen").is_empty()
    })
    .await;
    assert!(kitchen.is_connected() && focused() == *kitchen.unchecked_ref::<Element>(), "the link must keep the focus");
    until_status("1 product").await;
    choose("#sort", "price");
    wait_for("order", || !calls("GET /api/products?q=mug&category=kitchen&sort=price").is_empty()).await;
    assert_eq!(path_and_query(), "/?q=mug&category=kitchen&sort=price");
    until_status("1 product").await;
    page("?q=mug&category=kitchen&sort=price&available=1", ["mug".to_owned()], "{}");
    let in_stock: HtmlInputElement = get("#available");
    in_stock.focus().unwrap();
    in_stock.click();
    wait_for("products in stock", || path_and_query() == "/?q=mug&category=kitchen&sort=price&available=1").await;
    until_status("1 product").await;
    assert!(focused() == *in_stock.unchecked_ref::<Element>() && in_stock.checked(), "the control must keep the focus");

    let sorted = "/?q=mug&category=kitchen&sort=price";
    for (expected, search, order) in
        [(sorted, "mug", "price"), ("/?q=mug&category=kitchen", "mug", ""), ("/?q=mug", "mug", ""), ("/", "", "")]
    {
        window().history().unwrap().back().unwrap();
        wait_for(expected, || path_and_query() == expected && value("#q") == search && value("#sort") == order).await;
    }
    until_status("2 products").await;
    window().history().unwrap().forward().unwrap();
    wait_for("search", || path_and_query() == "/?q=mug" && value("#q") == "mug" && text(".product h2") == "Name of mug").await;
}

#[wasm_bindgen_test]
async fn a_url_that_somebody_sends_shows_its_list() {
    let (_app, _) = mount_app(App::Store, "/?q=enamal+mug&category=kitchen&sort=price-desc&available=1&utm_source=mail");
    page(
        "?q=enamal+mug&category=kitchen&sort=price-desc&available=1",
        numbered(0..24),
        "{'product-count': 501, 'searched-for': 'enamel%20mug', link: '</api/products?q=enamel+mug&after=1>; rel=\"next\"'}",
    );
    until_status("Showing results for “enamel mug”. More than 500 products, 24 shown").await;
    assert_eq!((value("#q").as_str(), value("#sort").as_str()), ("enamal mug", "price-desc"));
    assert!(get::<HtmlInputElement>("#available").checked());
    assert_eq!(text(".categories [aria-current=true]"), "Kitchen");
    assert_eq!(text(".catalogue-filter .badge"), "3", "a phone hides the choices, so the filter counts them");
}

#[wasm_bindgen_test]
async fn on_a_phone_one_button_shows_the_choices_and_the_categories() {
    let _app = catalogue("/").await;
    until_status("2 products").await;
    let _styles = Styles::new(&include_str!("../../style/store.css").replace("(max-width: 40rem)", "(min-width: 1px)"));
    let hidden = [".catalogue-choices", ".categories"];
    assert!(find(".catalogue-filter .badge").is_none() && is_shown("#q"));
    assert_eq!(hidden.map(is_shown), [false; 2], "{hidden:?}");
    click(".catalogue-filter summary");
    assert_eq!(hidden.map(is_shown), [true; 2], "{hidden:?}");
}

#[wasm_bindgen_test]
async fn a_product_with_sizes_is_chosen_on_its_page() {
    let (_app, _) = mount_app(App::Store, "/");
    let variant = |id: &str, stock: u32| format!(r#"{{"id":"{id}","value":"{id}","name":"{id}","price":100,"stock":{stock}}}"#);
    let product = |id: &str, option: &str, stock: u32| {
        format!(
            r#"{{"id":"{id}","name":"{id}","description":"","price":100,"currency":"EUR","stock":{stock},"option":"{option}","variants":[{},{}]}}"#,
            variant(id, stock),
            variant("other", 1)
        )
    };
    let all = [product("blanket", "size", 0), product("mug", "colour", 1)].join(",");
    answer("GET /api/products", 200, &format!("[{all}]"));
    until_status("2 products").await;
    assert_eq!(text(".product:first-child .button"), "Choose", "one of the sizes is in stock");
    assert!(find(".product:first-child button, .is-sold-out").is_none());
    assert_eq!(text(".product:nth-child(2) button"), "Add to cart");
}

#[wasm_bindgen_test]
async fn nothing_found_says_what_to_do() {
    let _app = catalogue("/?q=zeppelin").await;
    page("?q=zeppelin", [], "{'product-count': 0}");
    until_status("Nothing found for “zeppelin”.").await;
    assert!(text(".empty-state").contains("On the road"), "the message offers the categories");
    click(".empty-state a.button");
    until_status("2 products").await;
    assert_eq!((path_and_query().as_str(), focused().id().as_str(), value("#q").as_str()), ("/", "q", ""));
}

#[wasm_bindgen_test]
async fn a_new_search_is_not_replaced_by_the_answer_to_an_earlier_one() {
    let _app = catalogue("/").await;
    until_status("2 products").await;
    page("?q=slow", ["slow".to_owned()], "{}");
    network("hold('GET /api/products?q=slow')");
    fill("#q", "slow");
    submit(".catalogue-search");
    wait_for("request", || calls("GET /api/products?q=slow").contains("slow")).await;
    assert!(find(".skeleton.products").is_some() && number_of_products() == 0, "the page must show no stale list while the new list loads");
    fill("#q", "mug");
    submit(".catalogue-search");
    until_status("1 product").await;
    network("release('GET /api/products?q=slow')");
    pause().await;
    assert_eq!((text(".product h2").as_str(), path_and_query().as_str()), ("Name of mug", "/?q=mug"));
}

#[wasm_bindgen_test]
async fn a_search_that_fails_can_be_tried_again_and_shows_no_other_list() {
    let _app = catalogue("/").await;
    until_status("2 products").await;
    network("offline(true)");
    fill("#q", "mug");
    submit(".catalogue-search");
    wait_for("failure", || text(".failure").contains("We couldn't reach the")).await;
    assert_eq!(number_of_products(), 0);
    network("offline(false)");
    click(".failure button");
    until_status("1 product").await;
}

#[wasm_bindgen_test]
async fn show_more_appends_and_a_shopper_who_comes_back_finds_as_much() {
    let (app, id) = mount_app(App::Store, "/?sort=price");
    page("?sort=price", numbered(0..24), "{'product-count': 30, link: '</api/products?sort=price&after=2.1.p23>; rel=\"next\"'}");
    // The second page repeats p23, as if the product had moved in the list. The app must show it only once.
    page("?sort=price&after=2.1.p23", numbered(23..30), "{'product-count': 30}");
    answer("GET /api/products/p29", 200, products(["p29".to_owned()]).trim_matches(['[', ']']));
    until_status("30 products, 24 shown").await;
    let first: Element = get(".product");
    network("hold('GET /api/products?sort=price&after=2.1.p23')");
    let more: HtmlElement = get(".more button");
    more.focus().unwrap();
    more.click();
    wait_for("pending", || text(".more button") == "Loading…").await;
    assert_eq!(more.get_attribute("aria-disabled").as_deref(), Some("true"));
    network("offline(true)");
    network("release('GET /api/products?sort=price&after=2.1.p23')");
    wait_for("failure", || text(".more [role=alert]").contains("We couldn't reach the")).await;
    assert_eq!((focused(), number_of_products()), (more.clone().unchecked_into::<Element>(), 24));
    network("offline(false)");
    more.click();
    until_status("30 products, 30 shown").await;
    assert!(first.is_connected() && number_of_products() == 30, "the elements of the first products must stay in the page");
    wait_for("focus", || focused().text_content().as_deref() == Some("Name of p24")).await;
    assert!(find(".more button").is_none());

    click(".product:nth-child(30) h2 a");
    wait_for("product", || text("h1") == "Name of p29").await;
    let lists = calls("GET /api/products?").lines().count();
    network("hold('GET /api/products?sort=price')");
    window().history().unwrap().back().unwrap();
    wait_for("list", || number_of_products() == 30).await;
    // The app reads the list again in the background. It must not have read the list while it showed the product.
    wait_for("request", || calls("GET /api/products?").lines().count() == lists + 1).await;
    network("release('GET /api/products?sort=price')");
    wait_for("second page", || calls("GET /api/products?").lines().count() == lists + 2).await;
    pause().await;
    assert_eq!((number_of_products(), text(".catalogue-count").as_str()), (30, "30 products, 30 shown"));

    drop(app);
    let _app = reload_app(App::Store, "/?sort=price", &id);
    until_status("30 products, 24 shown").await;
}

#[wasm_bindgen_test]
async fn the_link_to_the_search_leads_into_the_box() {
    let _app = catalogue("/nowhere").await;
    wait_for("page", || text("h1") == "Page not found").await;
    click("header a[href='/?q=']");
    wait_for("focus", || focused().id() == "q").await;
    until_status("2 products").await;
}
