//! The checkout and the pages of orders, in a real browser with a pretended network.
//!
//! They are a program of their own, because WebKit allows a page a hundred changes of its address in ten seconds.
#![cfg(target_arch = "wasm32")]

mod checkout;
mod orders;
#[path = "../pages/support.rs"]
mod support;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
