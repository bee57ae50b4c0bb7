//! The server's side of Device Bound Session Credentials (DBSC), which make a copied cookie useless after a few minutes.
//!
//! The browser makes a key pair for a sign-in, if possible in a TPM. The server gives it a cookie that lives for ten minutes, the *bound
//! cookie*. When the cookie ends, the browser proves at the refresh path that it still has the key, and gets a new one; the request that
//! needs the cookie waits. Browsers without the protocol ignore the offer, and their sign-ins stay as they are.
//!
//! # Layout
//!
//! - [`DeviceBoundSessions`] is all that a server needs: [`offer`](DeviceBoundSessions::offer) at the sign-in,
//!   [`possession`](DeviceBoundSessions::possession) for each request, [`end`](DeviceBoundSessions::end) at the sign-out, and the two
//!   endpoints. `axum::router` serves them, with the feature `axum`.
//! - [`SessionStore`] is the storage, which the server writes; [`MemoryStore`] is one for tests.
//! - [`Session`] has the decisions, as pure functions of a record, a proof and the time. [`RegistrationProof`] and [`verify_refresh`]
//!   check signatures.
//! - [`headers`] and [`Instructions`] are what travels. `vectors` beside the sources has test vectors in JSON, for any language.
//!
//! # Rules
//!
//! - **A session takes one key**, by a proof for the challenge of its own sign-in, within a minute. A thief with cookies cannot register
//!   another key.
//! - **A challenge is taken once.** For ten seconds the same proof is accepted again, because the answer may have been lost.
//! - **A refresh uses the stored key**, whatever key the proof contains, and the algorithm of that key.
//! - **Nobody ends another's session.** An invalid proof is answered with a challenge, and a failure of the store with 503.
//! - **A sign-in with a key is never accepted without the bound cookie**, except in the first 30 seconds, and whatever
//!   `Secure-Session-Skipped` says. If a browser registers and never gets the answer, the user must sign in again.
//!
//! # What it never does
//!
//! It does not say who the user is: the application's own cookie does. It does not protect against a program on the user's device. It reads
//! no clock except in [`UnixMillis::now`], and no body of a request. It leaves out the sharing of keys between sites (`provider_key`).
//!
//! Sources: <https://w3c.github.io/webappsec-dbsc/>, and the behaviour of Chromium 156 where it differs.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "axum")]
pub mod axum;
mod config;
mod cookie;
pub mod headers;
mod identifiers;
mod instructions;
mod key;
mod proof;
mod server;
mod session;
mod store;
mod time;

pub use config::{Config, Lifetimes};
pub use cookie::{BoundCookie, InvalidCookie};
pub use identifiers::{Challenge, CookieKey, InvalidIdentifier, SessionId};
pub use instructions::{END, Instructions, RuleKind, Scope, ScopeRule};
pub use key::{Algorithm, PublicKey};
pub use proof::{MAX_PROOF_LENGTH, ProofError, RegistrationProof, verify_refresh};
pub use server::{Answer, DeviceBoundSessions};
pub use session::{Device, IssuedChallenge, Possession, RefreshStep, Refusal, Session};
pub use store::{MemoryStore, SessionStore};
pub use time::UnixMillis;

/// The program of the README, which the doctests compile.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
