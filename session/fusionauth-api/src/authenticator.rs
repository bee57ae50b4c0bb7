//! An authenticator app as a second factor, which a backend adds and removes with its API key
//! (<https://fusionauth.io/docs/apis/two-factor/enable-multi-factor>, <https://fusionauth.io/docs/apis/two-factor/disable-multi-factor>).
//!
//! No type in this module has a `Debug`, because each contains a secret or a code.

use serde::{Deserialize, Serialize};

/// The body of `GET /api/two-factor/secret`.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SecretResponse {
    /// A new secret in base32. FusionAuth does not keep it.
    pub secret_base32_encoded: String,
}

/// The body of `POST /api/user/two-factor/{userId}`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AddAuthenticatorRequest<'a> {
    /// The application.
    pub application_id: &'a str,
    /// The code that the app shows.
    pub code: &'a str,
    /// Always `authenticator`.
    pub method: &'a str,
    /// The secret of [`SecretResponse`].
    pub secret_base32_encoded: &'a str,
}

/// The body of the answers that contain recovery codes.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RecoveryCodesResponse {
    /// The recovery codes, each valid once.
    pub recovery_codes: Vec<String>,
}

/// The body of `DELETE /api/user/two-factor/{userId}`. FusionAuth also accepts query parameters, but then logs would contain the code.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveMethodRequest<'a> {
    /// The application.
    pub application_id: &'a str,
    /// A code of the app, or a recovery code. A recovery code removes all of the user's second factors.
    pub code: &'a str,
    /// The id of the second factor to remove.
    pub method_id: &'a str,
}

/// The result of a change that needs a code. `T` is FusionAuth's answer to a successful change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum CodeOutcome<T> {
    /// 200.
    Done(T),
    /// 421: the code is wrong.
    WrongCode,
    /// 400: the secret is not valid base32, or the method is unknown.
    Invalid,
    /// Any other answer.
    Unavailable {
        /// The status of the answer; 0 if there was no answer.
        status: u16,
    },
}

impl<T> CodeOutcome<T> {
    /// Reads an answer.
    pub fn from_response(status: u16, body: T) -> Self {
        match status {
            200 => Self::Done(body),
            421 => Self::WrongCode,
            400 => Self::Invalid,
            _ => Self::Unavailable { status },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_code_is_told_apart_from_what_cannot_be_done() {
        let outcome = |status| CodeOutcome::from_response(status, "body");
        assert!(outcome(200) == CodeOutcome::Done("body") && outcome(421) == CodeOutcome::WrongCode);
        assert!(outcome(400) == CodeOutcome::Invalid && outcome(404) == CodeOutcome::Unavailable { status: 404 });
    }
}
