//! Authentication: access tokens, cookies, sessions, renewals, sign-outs, and FusionAuth's API.
//!
//! `authenticator` identifies the sender of a request in each of the five workflows (see `ARCHITECTURE.md`). It uses `verify`,
//! `jwks` and `verifier` for access tokens, `sessions` for session ids, and `renewal` if the access token or session has
//! expired. The sessions and refresh tokens from one sign-in are a *family*, and end together: the rules are in `family_rules`, the
//! transactions in `families`, and the SQL in `family_tables`. `revocations` makes FusionAuth revoke refresh tokens that no browser may use
//! any longer. `device_binding` binds a family to the browser's device, with its endpoints in `device_api` and its records in
//! `device_keys`. `email_proof` says whether the tenant refuses users with an unverified email, and what no user gets before the email is
//! proven.
//!
//! # Rules
//!
//! - **A sign-in with a registered key needs the bound cookie**, which only the device with the key can refresh: `webapp-session` for each
//!   request, the other workflows for each renewal. A refusal asks for no renewal and deletes no cookie.
//! - **A request renews only an access token or session that is valid except for its expiry**, because nobody may sign in here with only a
//!   stolen refresh token. With `--refresh-invalid-jwt` a refresh token alone is enough, as in the workflows that FusionAuth publishes. To
//!   show the user on a page that needs no sign-in, the server neither calls FusionAuth nor renews anything.
//! - **Sessions are rows in the database**, with hashes of their random ids. A session that is used lasts longer, up to an absolute end.
//!   The row of an expired session stays for a while, because a renewal needs it to check that session id and refresh token belong
//!   together.
//! - **On a site that signs in with cookies, a request that changes something must come from the same origin** (`Sec-Fetch-Site`,
//!   `Origin`).
//! - **A sign-in is one that this server has begun**, on sites that bind sign-ins to devices. FusionAuth exchanges a copied refresh token for
//!   one of a new session, which no key binds. No site accepts an access token that was exchanged for another one.
//! - **A session's user is checked** at FusionAuth after each tenth of the idle timeout: what the user may do, and whether the refresh token
//!   is valid. A session from the second of an event is checked before it is accepted, even for a public page.
//! - **A sensitive change needs the password**: a new password, a new email, the deletion of the account, and changes of authenticator
//!   apps, recovery codes or passkeys. FusionAuth checks the password, and a wrong password counts toward the limits for sign-ins. In the
//!   API, the cookie that such a check sets for ten minutes is enough, except for a new password and the deletion
//!   (`confirmation_proof`). In `spa-backend`, so is the refresh token of a sign-in within these ten minutes. A copied access token
//!   contains neither.
//! - **Only a credential that is valid now signs its user out everywhere.** An expired one, and one whose sign-in has ended, ends its own
//!   sign-in at most, because a thief may have copied it long ago.
//! - **The server writes a sign-out to the database before it calls FusionAuth.** If the database fails, the answer is 503 and the browser
//!   stays signed in. After the write, `revocations` calls FusionAuth until FusionAuth has confirmed; any instance can do this. After a
//!   sign-out everywhere, the user can sign in here again once FusionAuth has confirmed, or after ten minutes. Until then the server
//!   refuses a sign-in, because FusionAuth would revoke the new refresh token as well.
//! - **An ended family stays in the database** for as long as its refresh tokens may be valid. So a renewal that finishes after the end
//!   opens no session, and the server revokes the new refresh token.
//! - **A refused request deletes the sign-in cookies only if no other response has replaced them**, so a late request never deletes the
//!   cookies of a new sign-in.
//! - **A stranger's wrong passwords end no session**: the lockout in `shop/fusionauth/kickstart.json` only delays sign-ins. FusionAuth's default
//!   lockout would revoke every refresh token of the account.

pub mod account_api;
pub mod attempts;
pub mod authenticator;
pub mod confirmation_proof;
pub mod cookies;
pub mod device_api;
pub mod device_binding;
mod device_keys;
pub mod email_proof;
pub mod error;
pub mod families;
pub mod family_rules;
pub mod family_tables;
pub mod fusionauth;
pub mod jwks;
pub mod passkey_api;
mod password_api;
pub mod password_changes;
mod passwordless_api;
pub mod renewal;
pub mod revocations;
pub mod revoked_access;
mod sealing;
mod second_factor_api;
pub mod sessions;
mod verification_api;
pub mod verifier;
pub mod verify;
pub mod webhook;

use crate::user_data::{Deletion, Export, UserData};

/// The rows about users in the tables of sign-ins.
pub(crate) const USER_DATA: &[UserData] = &[
    email_proof::USER_DATA,
    sign_ins("token_families"),
    sign_ins("sessions"),
    sign_ins("user_sign_outs"),
    sign_ins("revocations"),
    sign_ins("revoked_access"),
];

const fn sign_ins(table: &'static str) -> UserData {
    UserData {
        table,
        export: Export::Nothing("the account page lists the sign-ins; the rows add only hashes and times"),
        deletion: Deletion::Nothing(
            "`RevokedAccess::end_user` ends all sign-ins, and their rows must stay until no token of them is valid",
        ),
    }
}
