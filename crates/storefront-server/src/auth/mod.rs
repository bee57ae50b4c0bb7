//! Authentication: access tokens, cookies, sessions, renewals, sign-outs, and FusionAuth's API.
//!
//! `authenticator` identifies the sender of a request in each of the five workflows (see `ARCHITECTURE.md`). It uses `verify`,
//! `verified_tokens`, `jwks` and `verifier` for access tokens, `sessions` for session ids, and `renewal` for both when they have
//! expired. The sessions and refresh tokens from one sign-in are a *family*, and end together: the rules are in `family_rules`, the
//! transactions in `families`, and the SQL in `family_tables`. `revocations` makes FusionAuth revoke the refresh tokens.
//!
//! # Rules
//!
//! - **A request renews only a credential that is valid except for its expiry**: a stolen refresh token alone cannot sign in here. With
//!   `--refresh-invalid-jwt` a refresh token alone is enough, as in the workflows that FusionAuth publishes. Public pages neither call
//!   FusionAuth nor renew anything.
//! - **Sessions are rows in the database**, with hashes of their random ids. Each use extends a session, up to an absolute end. An expired
//!   row stays, because a renewal checks with it that session id and refresh token belong together.
//! - **A request that changes something and has cookies must come from the same origin** (`Sec-Fetch-Site`, `Origin`).
//! - **A sensitive change needs the password**: a new password, the deletion of the account, and changes of authenticators, recovery codes
//!   or passkeys. FusionAuth checks the password, and a wrong one counts against the limits of a sign-in. For authenticators, recovery
//!   codes and passkeys, a sign-in in the last ten minutes (`auth_time`) is enough.
//! - **A sign-out commits here first.** If the database fails, the answer is 503 and the browser stays signed in. Then `revocations` calls
//!   FusionAuth until it answers, from any instance that is alive. After a sign-out everywhere, the user can sign in here only when
//!   FusionAuth has answered (or after ten minutes), because FusionAuth would revoke the new refresh token as well.
//! - **An ended family stays in the database** until its refresh tokens must have expired. A renewal that finishes after the end opens no
//!   session, and its new refresh token is revoked.
//! - **A refusal deletes cookies only if no response has replaced them since**, so a late request never deletes the cookies of a new
//!   sign-in.
//! - **A stranger's wrong passwords end no session**: the lockout of `fusionauth/kickstart.json` only delays sign-ins. FusionAuth's default
//!   would revoke every refresh token of the account.

mod account_api;
pub mod attempts;
pub mod authenticator;
mod authorization_header;
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
pub mod renewal_outcome;
pub mod revocations;
pub mod revoked_access;
mod sealing;
mod second_factor_api;
pub mod secret;
pub mod sessions;
mod verification_api;
mod verified_tokens;
pub mod verifier;
pub mod verify;
pub mod webhook;
