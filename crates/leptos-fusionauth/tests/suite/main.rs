//! Sessions in a real browser, most of them against the emulator: its cookies, CORS, storage and locks.
//!
//! All of them share one page, one after another. [`support::clean`] makes the page and the browser those of a fresh visitor.
#![cfg(target_arch = "wasm32")]

mod components;
mod cookies;
mod cors;
mod early;
mod events;
mod fake;
mod fake_example;
mod faults;
mod fetch;
mod keep_signed_in;
mod lifetime;
mod reentrancy;
mod session;
mod support;
mod trace;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
