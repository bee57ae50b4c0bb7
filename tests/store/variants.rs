//! The page of a product with variants: when the user chooses another variant, the page shows it at once and keeps the focus.

use crate::support::{
    Mounted, announced, answer, calls, click, find, focused, forget_everything, get, mount_app, network, path, pause, remount_app, text,
    wait_for,
};
use leptos::prelude::*;
use storefront_api::App;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};

const VARIANTS: &str = r##"[
    {"id":"mug","value":"White","swatch":"#ffffff","name":"Mug","description":"White.","price":1490,"stock":9},
    {"id":"mug-blue","value":"Blue","swatch":"#0000ff","name":"Mug, blue","description":"Blue.","price":1590,"stock":3},
    {"id":"mug-green","value":"Green","swatch":"#00ff00","name":"Mug, green","description":"Green.","price":1490,"stock":0}]"##;

/// The backend's answer for a variant.
fn variant(id: &str, name: &str, description: &str, price: u32, stock: u32) -> String {
    format!(
        r#"{{"id":"{id}","name":"{name}","description":"{description}","price":{price},"currency":"EUR","stock":{stock},"option":"colour","variants":{VARIANTS}}}"#
    )
}

/// Opens the page of the white mug, which has a blue and a green variant.
async fn page_of_mug() -> Mounted {
    let (app, _) = mount_app(App::Store, "/products/mug");
    answer("GET /api/products/mug", 200, &variant("mug", "Mug", "White.", 1490, 9));
    answer("GET /api/products/mug-blue", 200, &variant("mug-blue", "Mug, blue", "Blue.", 1590, 3));
    answer("GET /api/products/mug-green", 200, &variant("mug-green", "Mug, green", "Green.", 1490, 0));
    wait_for("mug", || text("h1") == "Mug").await;
    app
}

fn link(number: usize) -> HtmlElement {
    get(&format!(".variants li:nth-child({number}) a"))
}

fn current() -> String {
    let links = document().query_selector_all(".variants [aria-current]").unwrap();
    assert_eq!(links.length(), 1, "exactly one variant must be current");
    links.item(0).and_then(|it| it.text_content()).unwrap()
}

#[wasm_bindgen_test]
async fn another_variant_is_shown_at_once_and_its_link_keeps_the_focus() {
    let _app = page_of_mug().await;
    assert_eq!((text("#option").as_str(), current().as_str()), ("Colour", "White"));
    assert_eq!([1, 2, 3].map(|number| link(number).text_content().unwrap()), ["White", "Blue €15.90", "Green Sold out"]);
    assert_eq!(get::<Element>(".variants").get_attribute("aria-labelledby").as_deref(), Some("option"));
    network("cart({})");
    network("hold('GET /api/products/mug-blue')");
    let blue = link(2);
    blue.focus().unwrap();
    blue.click();
    pause().await;
    assert_eq!((path().as_str(), text("h1").as_str(), text(".lead").as_str()), ("/products/mug-blue", "Mug, blue", "Blue."));
    assert!(find(".skeleton").is_none() && text(".price").contains("€15.90") && text("main").contains("3 in stock."), "{}", text("main"));
    assert_eq!(current(), "Blue");
    assert!(find(".picture use").is_some_and(|it| it.get_attribute("href").is_some_and(|it| it.ends_with("#mug-blue"))));
    assert!(blue.is_connected() && focused() == *blue.unchecked_ref::<Element>(), "the link must keep the focus");
    wait_for("announcement", || announced() == "Mug, blue: €15.90. 3 in stock.").await;
    wait_for("title", || document().title() == "Mug, blue · Fernhill").await;
    // The answer to the background request updates the stock, but must not replace the elements of the links.
    answer("GET /api/products/mug-blue", 200, &variant("mug-blue", "Mug, blue", "Blue.", 1590, 2));
    network("release('GET /api/products/mug-blue')");
    wait_for("newer stock", || text("main").contains("2 in stock.")).await;
    assert!(blue.is_connected() && focused() == *blue.unchecked_ref::<Element>());
    click(".product-facts button");
    wait_for("addition", || text(".product-facts .note").contains("Added.")).await;
    assert_eq!(calls("POST /api/guest"), r#"POST /api/guest-cart/lines {"product":"mug-blue","quantity":1}"#);

    link(3).click();
    wait_for("green", || text("h1") == "Mug, green" && text(".sold-out") == "Sold out" && path() == "/products/mug-green").await;
    assert_eq!((current().as_str(), link(2).text_content().as_deref()), ("Green Sold out", Some("Blue €15.90")));
}

#[wasm_bindgen_test]
async fn choices_leave_the_history_and_the_focus() {
    let _app = page_of_mug().await;
    let green = link(3);
    green.focus().unwrap();
    let history = window().history().unwrap();
    let entries = history.length().unwrap();
    for (number, expected) in [(2, "/products/mug-blue"), (3, "/products/mug-green")] {
        link(number).click();
        wait_for(expected, || path() == expected).await;
    }
    wait_for("green", || text("h1") == "Mug, green" && announced().starts_with("Mug, green: ")).await;
    assert_eq!(history.length().unwrap(), entries, "one step back leaves the product, however many variants were shown");
    assert!(green.is_connected() && focused() == *green.unchecked_ref::<Element>(), "the app must keep the page of the product");
    // The lamp is not a variant of the mug, so the app must open a new page for it.
    answer("GET /api/products/lamp", 200, &variant("lamp", "Lamp", "Brass.", 1490, 1).replace(VARIANTS, "[]"));
    history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some("/products/lamp")).unwrap();
    history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some("/nowhere")).unwrap();
    history.back().unwrap();
    wait_for("lamp", || path() == "/products/lamp" && text("h1") == "Lamp").await;
    assert!(!green.is_connected() && focused().tag_name() == "H1", "the app must open a new page for another product");
}

#[wasm_bindgen_test]
async fn quick_choices_end_with_the_last_one() {
    let _app = page_of_mug().await;
    network("hold('GET /api/products/mug-blue')");
    link(2).click();
    wait_for("request", || calls("GET /api/products/mug-blue").contains("mug-blue")).await;
    link(3).click();
    wait_for("green", || text("h1") == "Mug, green").await;
    network("release('GET /api/products/mug-blue')");
    pause().await;
    assert_eq!((path().as_str(), text("h1").as_str(), current().as_str()), ("/products/mug-green", "Mug, green", "Green Sold out"));
}

#[wasm_bindgen_test]
async fn a_variant_that_cannot_be_reread_is_shown_until_another_one_can() {
    let _app = page_of_mug().await;
    network("offline(true)");
    link(2).click();
    wait_for("message", || text("main").contains("You're seeing an older version of this page.") && text("h1") == "Mug, blue").await;
    network("offline(false)");
    link(1).click();
    wait_for("end of the message", || !text("main").contains("You're seeing an older version of this page.") && text("h1") == "Mug").await;
}

#[wasm_bindgen_test]
async fn a_product_that_cannot_be_read_says_so_after_another_one_was() {
    let app = page_of_mug().await;
    click(".product-facts > p:last-child a");
    wait_for("list", || path() == "/").await;
    network("offline(true)");
    window().history().unwrap().push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some("/products/lamp")).unwrap();
    window().history().unwrap().push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some("/nowhere")).unwrap();
    window().history().unwrap().back().unwrap();
    wait_for("failure", || path() == "/products/lamp" && find(".failure button").is_some()).await;
    assert!(find(".skeleton").is_none() && !text("main").contains("You're seeing an older version of this page."), "{}", text("main"));
    network("offline(false)");
    answer("GET /api/products/lamp", 200, &variant("lamp", "Lamp", "Brass.", 1490, 1));
    click(".failure button");
    wait_for("lamp", || text("h1") == "Lamp").await;
    drop(app);
}

#[wasm_bindgen_test]
async fn a_list_says_how_many_variants_there_are() {
    forget_everything();
    answer("GET /api/products", 200, &format!("[{}]", variant("mug", "Mug", "White.", 1490, 9)));
    let (_app, _) = remount_app(App::Store, "/");
    wait_for("list", || text(".product .price").contains("3 colours")).await;
    assert_eq!(document().query_selector_all(".product").unwrap().length(), 1);
}
