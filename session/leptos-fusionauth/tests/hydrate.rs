//! A browser hydrates a page that a server has rendered. This test has its own build with feature `hydrate`, because the page's elements
//! must be compiled in the same way as for the server.

#![cfg(target_arch = "wasm32")]

mod hydrated_page;

use leptos::{leptos_dom::helpers::document, mount::hydrate_from, task::tick};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn a_prerendered_page_is_taken_over_and_then_shows_the_session() {
    let host = document().create_element("div").unwrap();
    host.set_inner_html(hydrated_page::HTML);
    document().body().unwrap().append_child(&host).unwrap();
    let (heading, button) = (host.query_selector("h1").unwrap(), host.query_selector("button").unwrap().unwrap());
    let shown = || host.text_content().unwrap();
    assert_eq!(shown(), "ShopClicked 0", "the server does not know whether a user is signed in");

    let _mounted = hydrate_from(host.clone().unchecked_into(), hydrated_page::page);
    assert_eq!(shown(), "ShopClicked 0", "hydration itself changes nothing");
    assert_eq!(host.query_selector("h1").unwrap(), heading, "hydration keeps the server's elements");
    for _ in 0..10 {
        tick().await;
    }
    assert_eq!(shown(), "ShopSigned outClicked 0");
    button.unchecked_ref::<web_sys::HtmlElement>().click();
    tick().await;
    assert_eq!(shown(), "ShopSigned outClicked 1");
    host.remove();
}
