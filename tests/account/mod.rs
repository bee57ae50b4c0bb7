//! The account page with its passkeys, and the sign-in with a passkey.

pub(crate) mod account_page;
mod passkeys;
