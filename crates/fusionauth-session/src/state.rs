//! The public state of a session, the reasons why a session ends, and the outcomes of a sign-in.

use fusionauth_api::{User, login::TwoFactorMethod};
use serde::{Deserialize, Serialize};

/// What a person may see of the session. It holds no token.
///
/// Applications match all variants, because each needs a display of its own. A further variant would be a breaking change, so
/// this enum is not `non_exhaustive`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SessionState {
    /// Whether somebody is signed in is not known yet. This state ends within a bounded time.
    Loading,
    /// Nobody is signed in. If there was a session, the reason says why it ended.
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
    /// The access token has expired and FusionAuth does not answer. The renewal is tried again without the user's
    /// doing.
    Reconnecting,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignOutReason {
    /// The user signed out, in this tab or another.
    UserRequest,
    /// FusionAuth refused the refresh token: expired or revoked.
    Expired,
    /// Another application or another user replaced FusionAuth's cookie.
    Replaced,
}

impl SignOutReason {
    /// All reasons.
    pub const ALL: [Self; 3] = [Self::UserRequest, Self::Expired, Self::Replaced];

    /// The reason's name in a stored record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserRequest => "user-request",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
        }
    }
}

/// The outcome of an attempt to sign in. Each needs a display of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SignInOutcome {
    /// Signed in; the [`SessionState`] has changed already.
    SignedIn,
    /// 202: right password, but no registration for this application.
    NotRegistered,
    /// 203: the password must be changed first.
    PasswordChangeRequired {
        /// The id that `POST /api/user/change-password` takes.
        change_password_id: Option<String>,
        /// `Administrative`, `Breached`, `Expired` or `Validation`.
        reason: Option<String>,
    },
    /// 212: the e-mail address is not verified yet.
    EmailNotVerified,
    /// 213: the registration is not verified yet.
    RegistrationNotVerified,
    /// 242: a second factor is needed; give its code to `complete_two_factor`.
    TwoFactorRequired {
        /// The id to send with the code.
        two_factor_id: String,
        /// The ways to get a code.
        methods: Vec<TwoFactorMethod>,
    },
    /// 404: no such user or wrong password.
    InvalidCredentials,
    /// 421: the second factor's code was wrong; it may be tried again.
    InvalidCode,
    /// 404 at the second factor: it took too long; start again with the password.
    TwoFactorExpired,
    /// 409: prevented for now, for example after failed attempts.
    Prevented,
    /// 410: the account has expired.
    AccountExpired,
    /// 423: the account is locked.
    Locked,
    /// 401: FusionAuth wants an API key for this application. A fault of the configuration, never of the shopper.
    ApiKeyRequired,
    /// 400: FusionAuth could not use the request. A fault of the configuration.
    Invalid,
    /// 200, but the token is for another application or holds no user. A fault of the configuration.
    UnusableToken,
    /// 429 or 5xx: FusionAuth answered, but not about the credentials. Try again later.
    Unavailable {
        /// The status.
        status: u16,
    },
    /// No answer could be read: offline, time-out, or a refusal by CORS. Try again.
    NoAnswer,
}
