//! The app's pages in a real browser, with a pretended network: what people see, hear and can do.
#![cfg(target_arch = "wasm32")]

mod cart;
mod intl;
mod journeys;
mod sign_in;
mod static_form;
mod support;
mod takeover;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
