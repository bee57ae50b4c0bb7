//! FusionAuth native login for Leptos: session provider, guard and authorized fetch.
//!
//! The sign-in form is your own; this crate posts it to FusionAuth, keeps the access token, renews it with the
//! refresh-token cookie that only the browser and FusionAuth see, and tells every tab. Where no script is to see a token
//! at all, [`TokenStorage`] names two safer ways. All decisions are [`fusionauth_session`]'s; this crate carries them out in a
//! browser.
//!
//! ```
//! use leptos::prelude::*;
//! use leptos_fusionauth::{TokenStorage, RequireSession, SessionConfig, SessionProvider, use_session};
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     let config = SessionConfig {
//!         fusionauth_url: "http://auth.shop.localhost:9011".into(),
//!         application_id: "10000000-0000-0000-0000-000000000001".into(),
//!         tenant_id: None,
//!         token_storage: TokenStorage::LocalStorage,
//!     };
//!     view! {
//!         <SessionProvider config=config>
//!             <RequireSession loading=|| "One moment…".into_any() children=account />
//!         </SessionProvider>
//!     }
//! }
//!
//! fn account() -> AnyView {
//!     let session = use_session();
//!     view! { <button on:click=move |_| session.sign_out()>"Sign out"</button> }.into_any()
//! }
//! ```
//!
//! # When something is wrong
//!
//! What is set up wrongly ([`Misconfiguration`]) is told in the console of a debug build, never to the shopper as their
//! fault. With the feature `events`, `Session::add_listener` tells it as well, and every other change, in any build. With the
//! feature `trace`, `fusionauthTrace()` in the console, and `Session::trace`, give the last 200 steps of the session as
//! JSON, without a token, a user's id or an address: attach it to a bug report. `fusionauth_session::Trace` reads it and
//! replays it natively.
//!
//! # What it never does
//!
//! It never reads, keeps or sends the refresh token: the browser does that, in an HttpOnly cookie of FusionAuth's host.
//! It never puts a token into a log, an error or a message to another tab.

#![warn(missing_docs)]
#![cfg_attr(leptos_fusionauth_inert, allow(dead_code, unused_imports, reason = "it leaves out what uses most of the crate"))]

mod browser;
mod config;
#[cfg_attr(leptos_fusionauth_inert, path = "inert.rs")]
mod driver;
mod event;
#[cfg(feature = "fake")]
mod fake;
mod fetch;
mod fusionauth;
mod machine;
// Leptos' component macro writes a `pub` function of its own beside each exported component.
#[allow(unreachable_pub)]
mod guard;
pub mod json;
#[allow(unreachable_pub)]
mod provider;
mod return_to;
mod wire;

pub use config::{SessionConfig, TokenStorage};
pub use event::{Misconfiguration, SessionEvent};
#[cfg(feature = "fake")]
pub use fake::{FakeCall, FakeSession};
pub use fetch::{ApiRequest, FetchError, Method, Response, fetch_public};
pub use fusionauth_api::{AccessToken, login::TwoFactorMethod};
pub use fusionauth_session::{Connection, Notice, SessionState, SignInOutcome, SignOutReason, Tuning, User};
pub use guard::{RequireSession, SignedIn, SignedOut};
pub use provider::{SendCodeOutcome, Session, SessionProvider, use_session};
pub use return_to::{login_path, return_to};

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
