//! Who sends a request: access tokens, cookies, sessions, renewals, and FusionAuth's API.

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
pub mod renewal;
pub mod revocations;
mod sealing;
pub mod secret;
pub mod sessions;
pub mod verify;
