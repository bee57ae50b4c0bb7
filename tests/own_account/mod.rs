//! The account page with its passkeys, and the sign-in with one.

pub(crate) mod account_page;
mod passkeys;
