//! The pages around a sign-in in a real browser, with a pretended network: registration, forgotten passwords, and what follows a refused
//! sign-in.
//!
//! They are a program of their own, because WebKit allows a page a hundred changes of its address in ten seconds.
#![cfg(target_arch = "wasm32")]

mod forgotten_password;
mod register;
mod sign_in_steps;
#[path = "../pages/support.rs"]
mod support;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
