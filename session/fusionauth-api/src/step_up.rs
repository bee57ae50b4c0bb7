//! A second factor outside a sign-in, for one protected call. `POST /api/two-factor/start` requests the second factor
//! (<https://fusionauth.io/docs/apis/two-factor/start-multi-factor>), and `POST /api/two-factor/login` returns a trust token for the code.
//!
//! The first of these requests needs an API key, so this module is for servers only.

use crate::login::{CodeMethod, LoginFailure, LoginResponse, LoginStep};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The body of `POST /api/two-factor/start`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepUpRequest<'a> {
    /// The user who must pass a second factor.
    pub user_id: &'a str,
    /// The application that the message with a code names.
    pub application_id: &'a str,
    /// Binds the trust token to one call: that call must send the same text.
    pub trust_challenge: &'a str,
}

/// The body of the answer to [`StepUpRequest`]. FusionAuth also sends a code that it would accept. This type leaves the code out, because
/// the user must enter one.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StepUpResponse {
    /// The id to send with the code. It lives for 5 minutes by default.
    pub two_factor_id: String,
    /// The user's second factors, each with its email or phone number.
    pub methods: Vec<CodeMethod>,
}

/// The body of `POST /api/two-factor/login` for a trust token. This type has no `Debug`, because it contains a code.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustRequest<'a> {
    /// The id from [`StepUpResponse`].
    pub two_factor_id: &'a str,
    /// The code from the authenticator app or a message, or a recovery code.
    pub code: &'a str,
    /// The application.
    pub application_id: &'a str,
    /// Always `true`, because the request must not sign the user in.
    #[serde(rename = "noJWT")]
    pub no_jwt: bool,
}

/// The members that this crate reads from the answer to [`TrustRequest`].
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TrustResponse {
    trust_token: Option<TrustToken>,
    change_password_id: Option<String>,
}

/// A token that allows one protected call. It can be neither printed nor logged by accident.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrustToken(Arc<str>);

impl TrustToken {
    /// Wraps the token's text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The token's text, for a cookie or a request to FusionAuth.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The result of [`TrustRequest`].
pub enum TrustOutcome {
    /// The code was right.
    Trusted(TrustToken),
    /// The code was right, and FusionAuth requires a new password. A change with this id needs no trust token.
    PasswordChangeRequired(String),
    /// FusionAuth returned no trust token. A sign-in can fail for the same reasons.
    Failed(LoginFailure),
}

impl TrustOutcome {
    /// Reads an answer. With 202, 212 and 213 the code was right, too, although the user could not sign in yet.
    pub fn from_response(status: u16, body: TrustResponse) -> Self {
        match (status, body) {
            (200 | 202 | 212 | 213, TrustResponse { trust_token: Some(token), .. }) => Self::Trusted(token),
            (203, TrustResponse { change_password_id: Some(id), .. }) => Self::PasswordChangeRequired(id),
            (200..300, _) => Self::Failed(LoginFailure::Unavailable { status }),
            _ => Self::Failed(
                LoginResponse::default().into_token(LoginStep::SecondFactor, status).err().unwrap_or(LoginFailure::Unavailable { status }),
            ),
        }
    }
}

/// The result of `POST /api/two-factor/send/{twoFactorId}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendCodeOutcome {
    /// 200: the message is on its way, and earlier codes are invalid.
    Sent,
    /// 404: the two-factor id is too old.
    Expired,
    /// 429: too many messages for this user.
    TooMany,
    /// Any other status, such as 400 for a method that the user does not have.
    Unavailable {
        /// The status of the answer; 0 if there was no answer.
        status: u16,
    },
}

impl SendCodeOutcome {
    /// Reads the status of an answer.
    pub fn from_status(status: u16) -> Self {
        match status {
            200 => Self::Sent,
            404 => Self::Expired,
            429 => Self::TooMany,
            _ => Self::Unavailable { status },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(status: u16, body: &str) -> TrustOutcome {
        TrustOutcome::from_response(status, serde_json::from_str(body).unwrap_or_default())
    }

    #[test]
    fn only_a_trust_token_is_trust() {
        for status in [200, 202, 212, 213] {
            assert!(matches!(trusted(status, r#"{"trustToken":"t","token":"a.b.c"}"#), TrustOutcome::Trusted(_)), "{status}");
            assert!(matches!(trusted(status, "{}"), TrustOutcome::Failed(LoginFailure::Unavailable { .. })), "{status}");
        }
        assert!(matches!(trusted(203, r#"{"changePasswordId":"c"}"#), TrustOutcome::PasswordChangeRequired(_)));
        assert!(matches!(trusted(203, "{}"), TrustOutcome::Failed(LoginFailure::Unavailable { status: 203 })));
        assert!(matches!(trusted(421, r#"{"trustToken":"t"}"#), TrustOutcome::Failed(LoginFailure::InvalidCode)));
        assert!(matches!(trusted(404, ""), TrustOutcome::Failed(LoginFailure::TwoFactorExpired)));
    }
}
