//! Authentication: access tokens, cookies, sessions, renewals, sign-outs, and FusionAuth's API.
//!
//! `authenticator` identifies the sender of a request, in each workflow's way, and uses the rest: `verify`, `verified_tokens`, `jwks` and
//! `current_user` for access tokens, `sessions` for session ids, `renewal` for both when they have expired. Everything from one sign-in
//! ends together: the rules are in `family_rules`, the transactions in `families`, the SQL in `family_tables`, and FusionAuth's part in
//! `revocations`.
//!
//! # Rules
//!
//! - **A request renews only a credential that is valid except for its expiry**: a stolen refresh token alone cannot sign in here.
//!   `--refresh-invalid-jwt` shows the published behaviour. Public pages neither call FusionAuth nor renew anything.
//! - **Sessions are rows**; their ids are random and stored as hashes. Use extends them up to an absolute end. An expired row stays, as the
//!   proof that session id and refresh token belong together.
//! - **A request that changes something and has cookies must come from the same origin** (`Sec-Fetch-Site`, `Origin`).
//! - **A sensitive change needs proof of the password**, which FusionAuth checks within the limits of a sign-in: a new password, a
//!   deletion, authenticators, recovery codes, passkeys. For the last three a sign-in of the last ten minutes (`auth_time`) is enough.
//! - **A sign-out commits here first.** If the database fails, the answer is 503 and the browser stays signed in. Then `revocations` calls
//!   FusionAuth until it answers, from any instance that is alive. "On every other device" appears only after that. Until then the same
//!   user cannot sign in here (ten minutes at most), because FusionAuth would revoke the new refresh token as well.
//! - **An ended family leaves a tombstone** until its refresh tokens would have expired. A renewal that returns later opens no session, and
//!   its new refresh token is revoked.
//! - **A refusal deletes cookies only if no answer has replaced them since**, so a late request never deletes the cookies of a new sign-in.
//! - **A stranger's wrong passwords end no session**: the lockout of `fusionauth/kickstart.json` only delays sign-ins. FusionAuth's default
//!   would revoke every refresh token of the account.

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
