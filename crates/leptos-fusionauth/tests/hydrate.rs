//! A page that a server has rendered is taken over as it is, and shows who is signed in afterwards.
//!
//! The suite is built on its own, because Leptos renders in the browser either anew or by hydration.

#![cfg(all(target_arch = "wasm32", feature = "hydrate"))]

#[path = "support/prerendered.rs"]
mod prerendered;

use leptos::{mount::hydrate_from, prelude::*};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn what_the_server_rendered_is_kept_and_then_shows_who_is_signed_in() {
    let host = document().create_element("div").unwrap();
    host.set_inner_html(prerendered::HTML);
    let paragraph = host.query_selector("p").unwrap().expect("what the server rendered");
    let mounted = hydrate_from(host.clone().unchecked_into(), prerendered::page);
    assert_eq!(paragraph.text_content().as_deref(), Some("One moment"), "the first state is the server's");
    for _ in 0..10 {
        leptos::task::tick().await;
    }
    assert_eq!(paragraph.text_content().as_deref(), Some("Nobody"), "{}", host.inner_html());
    assert!(host.contains(Some(&paragraph)), "the element is the server's");
    assert_eq!(host.query_selector_all("main, p, form").unwrap().length(), 3, "{}", host.inner_html());
    drop(mounted);
}
