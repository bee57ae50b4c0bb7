//! The account page with its passkeys, and the sign-in with one.

mod account_page;
mod passkeys;
