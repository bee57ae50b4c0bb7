//! Authentication: access tokens, cookies, sessions, renewals, sign-outs, and FusionAuth's API.
//!
//! `authenticator` says who sends a request, in each workflow's way, and uses the rest: `verify`, `verified_tokens`, `jwks` and `current_user`
//! for access tokens, `sessions` for session ids, `renewal` for both when they have expired. What comes from one sign-in ends together: the rules
//! for that are in `family_rules`, the transactions in `families`, the SQL in `family_tables`, and FusionAuth's part in `revocations`.

mod account_api;
pub mod attempts;
pub mod authenticator;
pub mod cookies;
pub mod current_user;
pub mod error;
pub mod families;
pub mod family_rules;
pub mod family_tables;
pub mod fusionauth;
pub mod jwks;
pub mod passkey_api;
mod password_api;
pub mod password_changes;
pub mod renewal;
pub mod revocations;
pub mod revoked_access;
mod sealing;
mod second_factor_api;
pub mod secret;
pub mod sessions;
mod verification_api;
mod verified_tokens;
pub mod verify;
pub mod webhook;
