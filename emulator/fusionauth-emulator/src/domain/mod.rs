//! The rules for users, sessions, one-time ids and mail that several endpoints share.
//!
//! Functions that take a connection are steps of the caller's transaction. They must not use the pool: its only
//! connection is busy until that transaction ends.

pub(crate) mod events;
mod freemarker;
pub(crate) mod groups;
pub(crate) mod mail;
pub(crate) mod one_time_ids;
pub(crate) mod passkeys;
pub(crate) mod password_change;
pub(crate) mod password_hash;
pub(crate) mod password_rules;
pub(crate) mod refresh_token_life;
mod refusal;
pub(crate) mod registrations;
pub(crate) mod renewals;
pub(crate) mod second_factor;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod user_actions;
pub(crate) mod users;
pub(crate) mod verification;

pub(crate) use refusal::{Refusal, all_of, required};
