//! The public state of a session and the reasons why a session ends.

use fusionauth_api::User;
use serde::{Deserialize, Serialize};

/// The session's state for the user interface. It holds no token.
///
/// Applications match all variants, because each needs its own display. A further variant would be a breaking change,
/// so this enum is not `non_exhaustive`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SessionState {
    /// The tab does not know yet whether a user is signed in. This state ends within a bounded time.
    Loading,
    /// Nobody is signed in. The reason says why the last session ended. It is `None` if there was no session, or if the user
    /// signed out during an earlier visit.
    SignedOut(Option<SignOutReason>),
    /// A user is signed in.
    SignedIn {
        /// The user.
        user: User,
        /// Whether the session can be renewed at the moment.
        connection: Connection,
    },
}

/// Whether the session can be renewed at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Connection {
    /// The session can be renewed, as far as is known.
    Good,
    /// The access token has expired and FusionAuth does not answer. The renewal is retried automatically.
    Reconnecting,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignOutReason {
    /// The user signed out, in this tab or another.
    UserRequest,
    /// FusionAuth or the backend refused to renew the session, because the refresh token had expired or was revoked. A
    /// driver also shows this reason for a session that had to end when the browser was closed.
    Expired,
    /// Another application or another user replaced FusionAuth's cookie.
    Replaced,
}
