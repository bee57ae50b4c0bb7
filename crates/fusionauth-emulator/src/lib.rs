//! FusionAuth for development and tests: native login, refresh and logout, started from the `kickstart.json` that a real
//! FusionAuth takes too. **Never for production**: passwords are hashed cheaply and the database holds private keys.
//!
//! ```no_run
//! use fusionauth_emulator::{Config, Emulator};
//!
//! # async fn start() -> Result<(), fusionauth_emulator::StartError> {
//! let fusionauth = Emulator::start(Config::new("fusionauth/kickstart.json")).await?;
//! println!("{}/api/login", fusionauth.url());
//! # Ok(()) }
//! ```
//!
//! # Layout
//!
//! - `api/`: one endpoint, one file; `api/missing.rs` lists what answers 501.
//! - `http/`: FusionAuth's dialect of HTTP: JSON errors, PATCH, CORS, API keys.
//! - `store/`: one module per table of the SQLite database.
//! - `model/`: tenants, applications, users as FusionAuth's JSON has them.
//! - `session.rs`, `renewal.rs`, `expiry.rs`, `jwt.rs`, `opaque.rs`: access tokens and refresh tokens.
//! - `kickstart/`: runs a kickstart file through the same endpoints.
//!
//! - `one_time.rs`, `verification.rs`, `password_change.rs`, `actions.rs`, `second_factor.rs`, `mail.rs`: self-service.
//! - `control/`: what FusionAuth has not: the mail outbox, faults, the clock, switches, the reset.
//!
//! What differs from a real FusionAuth, and how open questions are answered, is listed in `docs/emulator.md`.

#![warn(missing_docs)]

mod actions;
mod answers;
mod api;
mod clock;
mod control;
mod cookies;
mod emulator;
mod expiry;
mod http;
mod instance;
mod jwt;
mod kickstart;
mod mail;
mod model;
mod one_time;
mod opaque;
mod password;
mod password_change;
mod password_rules;
mod random;
mod renewal;
mod second_factor;
mod session;
mod signing_keys;
mod store;
mod totp;
mod users;
mod verification;

pub use answers::{Answers, CorsOff, FailedRefreshCookies, FixedMaxAge, RefreshFailure, SameSite, UnverifiedToken};
pub use clock::Clock;
pub use emulator::{Config, DEVELOPMENT_ENVIRONMENT, Emulator, StartError};
pub use kickstart::KickstartError;
pub use random::Random;
