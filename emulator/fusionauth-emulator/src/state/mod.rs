//! The state of the emulated FusionAuth: its database, clock, random source, signing keys, mail and behaviours.
//!
//! This is the bottom layer. It names neither HTTP nor an endpoint, so every other layer can depend on it.

mod behaviours;
mod clock;
mod hash_counts;
mod opaque_token;
mod random;
pub(crate) mod request;
mod sent_messages;
mod signing_key;
mod unknown_members;

pub use behaviours::{Behaviours, CorsOff, FailedRefreshCookies, FixedMaxAge, RefreshFailure, SameSite, UnverifiedToken};
pub use clock::Clock;
pub(crate) use hash_counts::HashCounts;
pub(crate) use opaque_token::OpaqueToken;
pub use random::Random;
pub(crate) use sent_messages::SentMessages;
pub use sent_messages::{Message, Topic};
pub(crate) use signing_key::{KeyError, SigningKey, key_id, public_pem_of_generated, sign_with_secret};
pub use unknown_members::UnknownMembers;

use aws_lc_rs::rsa::KeySize;
use serde_json::Value;
use sqlx::SqlitePool;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::mpsc::UnboundedSender;
use uuid::Uuid;

/// The state that all endpoints share.
pub(crate) struct AppState {
    /// The pool has one connection, so transactions run one after another: no other request changes what a transaction reads before it
    /// commits. A function with an open transaction must not use the pool, because it would wait for its own transaction.
    pub(crate) database: SqlitePool,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    /// Signing keys by `kid`, kept after their first use because parsing a key takes longer than signing with it.
    pub(crate) signing_keys: Mutex<BTreeMap<String, Arc<SigningKey>>>,
    /// Whether this emulator has generated an RSA key; see `domain::signing_keys::generate`.
    pub(crate) has_generated_key: AtomicBool,
    /// RSA keys of the kickstart that have an id, but no key pair yet; see `api::keys`.
    pub(crate) postponed_keys: Mutex<Vec<(Uuid, KeySize)>>,
    pub(crate) sent_messages: SentMessages,
    pub(crate) hash_counts: HashCounts,
    /// The events that `domain::events` delivers to the webhooks.
    pub(crate) events: UnboundedSender<Value>,
    pub(crate) behaviours: RwLock<Behaviours>,
    pub(crate) unknown_members: UnknownMembers,
}

impl AppState {
    /// The current behaviours where FusionAuth's documentation leaves a question open.
    pub(crate) fn behaviours(&self) -> Behaviours {
        *self.behaviours.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_behaviours(&self, behaviours: Behaviours) {
        *self.behaviours.write().unwrap_or_else(PoisonError::into_inner) = behaviours;
    }
}
