//! Store and Forums: one single-page app with native sign-in on FusionAuth. The configuration block in `index.html` says which of the two
//! applications a page belongs to.
//!
//! Each folder depends only on the folders after it in this list, and features never depend on each other: [`shell`]; the features
//! [`account`], [`store`] and [`forums`]; [`sign_in`]; [`data`]; [`ui`]; [`core`].
#![warn(clippy::disallowed_methods)] // clippy.toml lists them
#![recursion_limit = "256"] // native builds do not set `erase_components`, so the types of views nest deeply
#![allow(unreachable_pub, reason = "the component macro generates `pub` items even for a private component")]

pub mod account;
pub mod core;
pub mod data;
pub mod forums;
pub mod shell;
pub mod sign_in;
pub mod store;
pub mod ui;

#[cfg(all(debug_assertions, not(storefront_split)))]
use ui::part::assert_loaded as assert_part_is_loaded;

// Without this line, the test runner would skip the unit tests: `WASM_BINDGEN_TEST_ONLY_WEB` skips all tests that are not configured for
// the browser.
#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
