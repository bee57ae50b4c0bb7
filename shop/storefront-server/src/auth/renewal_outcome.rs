//! The outcome of a renewal. The request that calls FusionAuth stores the outcome, and the requests that wait for it respond with the same
//! one.

use super::{family_rules::FamilyEnd, verify::Identity};
use fusionauth_api::backend::Tokens;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The outcome of a renewal.
#[derive(Clone)]
pub enum RenewalOutcome {
    /// New tokens, with their user.
    Renewed(Arc<RenewedSignIn>),
    /// The sign-in has ended.
    Ended(FamilyEnd),
    /// The access token or session, and the refresh token, belong to different users.
    AnotherUser,
    /// FusionAuth or the database gave no definitive answer. Try again.
    Unavailable,
}

impl RenewalOutcome {
    /// The name in the metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Renewed(_) => "renewed",
            Self::Ended(_) => "ended",
            Self::AnotherUser => "another-user",
            Self::Unavailable => "unavailable",
        }
    }
}

/// The outcome of a successful renewal.
#[derive(Clone, Serialize, Deserialize)]
pub struct RenewedSignIn {
    /// The new tokens.
    pub tokens: Tokens,
    /// The user.
    pub identity: Identity,
    /// The browser's new credential besides the refresh token.
    pub credential: BrowserCredential,
}

/// The browser's credential besides the refresh token.
#[derive(Clone, Serialize, Deserialize)]
pub struct BrowserCredential {
    /// The session's id. None if the browser holds the access token.
    pub session: Option<String>,
    /// When the credential expires, in milliseconds since 1970.
    pub good_until: i64,
}
