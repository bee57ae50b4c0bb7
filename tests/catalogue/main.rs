//! Search, categories and pages of the Store's list, and the variants of a product, in a real browser with a pretended network.
//!
//! They are a program of their own, because WebKit allows a page a hundred changes of its address in ten seconds.
#![cfg(target_arch = "wasm32")]

mod catalogue;
#[path = "../pages/support.rs"]
mod support;
mod variants;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
