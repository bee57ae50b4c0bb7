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
//! # Differences from a real FusionAuth, beside the endpoints that answer 501
//!
//! - Keys are RS256 only; JWKS has no `x5c` and `x5t`, and a `kid` is the SHA-1 of the public key, not of a certificate.
//! - `POST /api/user/registration` issues no refresh token, `POST /api/user` no access token.
//! - `GET /api/jwt/refresh` does not show the tokens' text.
//! - `POST /api/user/import` takes plain passwords only and does not undo the users before a faulty one.
//! - Failed logins lock nobody (409), registrations are never gated (213), events and mail are not sent.
//!
//! Where the documentation is silent: a refresh without a token is 400 `[blank]refreshToken`; 212 holds no token; the
//! refresh cookie's `Max-Age` is the whole life also on a refresh under `Fixed`; a failed refresh leaves cookies alone; a
//! refresh that the application does not allow is 400; with CORS off a foreign request runs without CORS headers;
//! a user with a wrong password who is locked gets 423; an authenticator code is good for one step before and after.

#![warn(missing_docs)]

mod api;
mod clock;
mod cookies;
mod emulator;
mod expiry;
mod http;
mod instance;
mod jwt;
mod kickstart;
mod model;
mod opaque;
mod password;
mod password_rules;
mod random;
mod renewal;
mod session;
mod signing_keys;
mod store;
mod totp;
mod users;

pub use clock::Clock;
pub use emulator::{Config, DEVELOPMENT_ENVIRONMENT, Emulator, StartError};
pub use kickstart::KickstartError;
pub use random::Random;
