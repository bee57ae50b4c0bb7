//! `POST /api/jwt/refresh` (<https://fusionauth.io/docs/apis/jwt/refresh>), and which answers end a session.

use crate::AccessToken;
use serde::{Deserialize, de::IgnoredAny};

/// The JSON body of an answer to a refresh, with the status 200 or 400. `refreshToken` is left out on purpose, because script must not
/// read it.
#[derive(Clone, Default, Deserialize)]
#[serde(from = "Members")]
pub struct RefreshResponse {
    /// The new access token.
    pub token: Option<AccessToken>,
    /// Whether the body is FusionAuth's `Errors` object.
    pub is_errors: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    token: Option<AccessToken>,
    field_errors: Option<IgnoredAny>,
    general_errors: Option<IgnoredAny>,
}

impl From<Members> for RefreshResponse {
    fn from(it: Members) -> Self {
        Self { token: it.token, is_errors: it.field_errors.is_some() || it.general_errors.is_some() }
    }
}

/// The kind of an answer's body.
#[derive(Clone)]
pub enum RefreshBody {
    /// Empty.
    Empty,
    /// JSON that could be decoded.
    Json(RefreshResponse),
    /// Anything else: a proxy's HTML, or a truncated body.
    Other,
}

/// The effect of an answer to a refresh on the session.
#[derive(Clone)]
pub enum RefreshOutcome {
    /// A new access token.
    Refreshed(AccessToken),
    /// 200 without a token. The answer has only new cookies, because a proxy in front of FusionAuth removes tokens from bodies.
    Renewed,
    /// The refresh token is expired, unknown or revoked: the session is over.
    Refused,
    /// The answer is not definitive. The session continues; try again later.
    Unavailable {
        /// The status of the answer.
        status: u16,
    },
}

impl RefreshOutcome {
    /// Reads an answer.
    ///
    /// Only these answers are definitive refusals: 400 with FusionAuth's `Errors`, and 401 and 404 with an empty body. FusionAuth's current
    /// documentation says 400, its articles about workflows 404, and older documentation 401. Every other answer (403 of a CORS filter,
    /// 408, 429, 5xx, a proxy's HTML, JSON that is not FusionAuth's) says nothing about the refresh token.
    pub fn from_response(status: u16, body: RefreshBody) -> Self {
        match (status, body) {
            (200, RefreshBody::Json(RefreshResponse { token: Some(token), .. })) => Self::Refreshed(token),
            (200, RefreshBody::Json(body)) if !body.is_errors => Self::Renewed,
            (400, RefreshBody::Json(body)) if body.is_errors => Self::Refused,
            (401 | 404, RefreshBody::Empty) => Self::Refused,
            _ => Self::Unavailable { status },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> RefreshBody {
        RefreshBody::Json(serde_json::from_str(text).unwrap())
    }
    const ERRORS: &str = r#"{"fieldErrors":{"refreshToken":[{"code":"[invalid]refreshToken","message":"gone"}]}}"#;

    #[test]
    fn refusals_are_an_allow_list() {
        for status in 100..600 {
            let refused = |body| matches!(RefreshOutcome::from_response(status, body), RefreshOutcome::Refused);
            assert_eq!(refused(json(ERRORS)), status == 400, "{status} with Errors");
            assert_eq!(refused(RefreshBody::Empty), [401, 404].contains(&status), "{status} empty");
            assert!(!refused(RefreshBody::Other), "{status} with HTML");
            assert!(!refused(json("{}")), "{status} with other JSON");
        }
    }

    #[test]
    fn only_a_200_with_json_renews() {
        assert!(matches!(
            RefreshOutcome::from_response(200, json(r#"{"token":"a.b.c","refreshToken":"r"}"#)),
            RefreshOutcome::Refreshed(_)
        ));
        assert!(matches!(RefreshOutcome::from_response(200, json("{}")), RefreshOutcome::Renewed));
        assert!(matches!(RefreshOutcome::from_response(200, json(ERRORS)), RefreshOutcome::Unavailable { .. }));
        assert!(matches!(RefreshOutcome::from_response(200, RefreshBody::Other), RefreshOutcome::Unavailable { .. }));
        assert!(matches!(RefreshOutcome::from_response(200, RefreshBody::Empty), RefreshOutcome::Unavailable { .. }));
        assert!(matches!(RefreshOutcome::from_response(201, json(r#"{"token":"a.b.c"}"#)), RefreshOutcome::Unavailable { .. }));
    }
}
