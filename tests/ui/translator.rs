//! The page while a translator, such as the one in Chrome, shows it in another language. `translator.js` acts as one: it replaces each
//! text by `«text»`, in elements of its own.

use crate::support::{answer, click, fill, find, get, mount_app, network, pause, sign_in_to, text, wait_for};
use js_sys::eval;
use storefront_api::App;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, EventInit, HtmlTextAreaElement};

/// A translator that translates the page until this value is dropped.
struct Translator;

impl Translator {
    fn start() -> Self {
        eval(include_str!("../../session/leptos-fusionauth-forms/tests/translator.js")).unwrap();
        eval("translator.start()").unwrap();
        Self
    }
}

impl Drop for Translator {
    fn drop(&mut self) {
        eval("translator.stop()").unwrap();
    }
}

/// Waits until the element shows exactly this text.
async fn shows(selector: &str, expected: &str) {
    let shown = || text(selector).split_whitespace().collect::<Vec<_>>().join(" ");
    wait_for(&format!("“{expected}” in {selector}"), || shown() == expected).await;
}

#[wasm_bindgen_test]
async fn a_translated_cart_shows_its_changes() {
    let (_page, id) = mount_app(App::Store, "/cart");
    network("cart({ mug: 2, blanket: 1 })");
    sign_in_to(&id, "shopper", ".line").await;
    let _translator = Translator::start();
    shows(".total p", "«3 items»").await;
    click("[aria-label='Increase quantity of Enamel mug']");
    shows(".total p", "«4 items»").await;
    shows(".total strong", "€133.70").await;
    shows("[data-product=mug] .line-total", "€44.70").await;
    shows(".to-cart .badge", "«4»«items»").await;
    shows("main main + [role=status]", "«4 items, total €133.70»").await;
    click("[aria-label='Remove Wool blanket']");
    shows(".line-gone p", "«Removed»«Wool blanket»«.»").await;
    shows(".total p", "«3 items»").await;
    click(".line-gone button");
    shows(".total p", "«4 items»").await;
    pause().await; // an unanswered change would make the banner say that changes wait
    network("offline(true)");
    shows("[role=status] .banner", "«You're offline. We'll send any changes when you're back online.»").await;
    click("[aria-label='Increase quantity of Enamel mug']");
    shows("[role=status] .banner", "«You're offline. We'll send your changes when you're back online.»").await;
}

#[wasm_bindgen_test]
async fn a_translated_form_shows_its_errors_and_its_progress() {
    let (_page, _) = mount_app(App::Store, "/login");
    wait_for("form", || find("#login").is_some()).await;
    let _translator = Translator::start();
    click(".reveal");
    shows(".reveal", "«Hide»").await;
    click(".reveal");
    shows(".reveal", "«Show»").await;
    fill("#username", "shopper@example.com");
    fill("#current-password", "a wrong password");
    for (status, expected) in [(404, "«The email or password is not correct.»"), (503, "«The sign-in service isn't responding right now.»")]
    {
        network("hold('POST /api/login')");
        answer("POST /api/login", status, "");
        fill("#current-password", "a wrong password");
        click("#login [type=submit]");
        shows("#login [type=submit]", "«Signing in…»").await;
        network("release('POST /api/login')");
        shows("#login [type=submit]", "«Sign in»").await;
        wait_for(expected, || text(".summary").contains(expected)).await;
    }
    assert!(!text(".summary").contains("not correct"), "{}", text(".summary"));
}

#[wasm_bindgen_test]
async fn a_translated_search_shows_what_it_finds() {
    let (_page, _) = mount_app(App::Store, "/");
    let product = |id: &str| {
        format!(r#"{{"id":"{id}","name":"Name of {id}","description":"About.","price":100,"currency":"EUR","stock":9,"category":"desk"}}"#)
    };
    answer("GET /api/products", 200, &format!("[{},{}]", product("mug"), product("axe")));
    answer("GET /api/products?q=axe", 200, &format!("[{}]", product("axe")));
    answer("GET /api/products?q=none", 200, "[]");
    wait_for("products", || find(".product").is_some()).await;
    let _translator = Translator::start();
    for (search, count, name) in
        [("axe", "«1 product»", "«Name of axe»"), ("none", "«Nothing found for “none”.»", ""), ("", "«2 products»", "«Name of mug»")]
    {
        fill("#q", search);
        let init = EventInit::new();
        init.set_bubbles(true);
        init.set_cancelable(true);
        let submit = Event::new_with_event_init_dict("submit", &init).unwrap();
        find(".catalogue-search").unwrap().dispatch_event(&submit).unwrap();
        shows(".catalogue-count", count).await;
        shows(".product h2", name).await;
    }
}

#[wasm_bindgen_test]
async fn a_translated_editor_counts_and_shows_what_it_publishes() {
    const FIRST: &str = r#"{"id":"t1","author":"Ines","body":"First words","createdAt":"2026-11-20T08:00:00Z","version":1}"#;
    let (_page, id) = mount_app(App::Forums, "/");
    answer("GET /api/load-posts", 200, &format!("[{FIRST}]"));
    sign_in_to(&id, "shopper", "article").await;
    let _translator = Translator::start();
    for (typed, left) in [("a", "«1999 characters left»"), ("ab", "«1998 characters left»")] {
        get::<HtmlTextAreaElement>("#post").set_value(typed);
        find("#post").unwrap().dispatch_event(&Event::new("input").unwrap()).unwrap();
        shows("#post-left", left).await;
    }
    network("hold('POST /api/posts')");
    answer("POST /api/posts", 201, &FIRST.replace("t1", "t2").replace("First words", "ab"));
    click(".write [type=submit]");
    shows(".write [type=submit]", "«Publishing…»").await;
    network("release('POST /api/posts')");
    shows("li:first-child article h2", "«ab»").await;
    click(".write-box summary"); // the box closes when its text is published
    shows(".write [type=submit]", "«Publish»").await;
    shows("#post-left", "«2000 characters left»").await;
}

#[wasm_bindgen_test]
async fn the_original_texts_come_back_and_change() {
    for is_copied in [false, true] {
        let (_page, id) = mount_app(App::Store, "/cart");
        network("cart({ mug: 2 })");
        sign_in_to(&id, "shopper", ".line").await;
        drop(Translator::start());
        let translator = Translator::start();
        shows(".total p", "«2 items»").await;
        pause().await;
        eval(&format!("translator.stop({is_copied})")).unwrap();
        shows(".total p", "2 items").await;
        click("[aria-label='Increase quantity of Enamel mug']");
        shows(".total p", "3 items").await;
        drop(translator);
    }
}
