//! Tests of sessions in a real browser, with its cookies, CORS, storage and locks. Most tests use the emulator.
//!
//! The tests run one after another in the same page. [`support::clean`] resets the page and the browser to those of a new visitor.
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
mod passwordless;
mod reentrancy;
mod roles;
mod session;
mod support;
mod trace;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
