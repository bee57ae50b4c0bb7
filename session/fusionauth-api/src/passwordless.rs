//! A sign-in without a password, which a backend starts with its API key (<https://fusionauth.io/docs/apis/passwordless>). The browser ends
//! it with [`PasswordlessLoginRequest`](crate::login::PasswordlessLoginRequest).
//!
//! With [`LoginStrategy::ClickableLink`] the message contains a link with the code. The backend must not give this code to the browser that
//! asked for the message, because the code alone signs in. With [`LoginStrategy::FormField`] the message contains a short code. The browser
//! gets the long code, and the user types the short code. The template of this message may also write a link with both codes.

use crate::password::MessageState;
use serde::{Deserialize, Serialize};

/// The body of `POST /api/passwordless/start`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartRequest<'a> {
    /// The application to sign in to. It must allow sign-ins without a password.
    pub application_id: &'a str,
    /// The email or user name that the user typed.
    pub login_id: &'a str,
    /// How the user proves that the message arrived. `None` means the application's setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_strategy: Option<LoginStrategy>,
    /// Data for the message's template, if it needs any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<MessageState<'a>>,
}

/// How the user proves that the message arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum LoginStrategy {
    /// The user opens a link with the code.
    ClickableLink,
    /// The user types a short code into a form.
    FormField,
}

/// The answer to `POST /api/passwordless/start`. This type has no `Debug`, because it contains codes that sign in.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartResponse {
    /// The code for [`SendRequest`], and for the sign-in.
    pub code: String,
    /// The short code, for a backend that sends the message itself. No browser may get it.
    #[serde(default)]
    pub one_time_code: Option<String>,
}

/// The body of `POST /api/passwordless/send`, with which FusionAuth sends the message. This type has no `Debug`, because it contains a code
/// that signs in.
#[derive(Serialize)]
pub struct SendRequest<'a> {
    /// The code of [`StartResponse`].
    pub code: &'a str,
}

/// The outcome of `POST /api/passwordless/start`.
#[derive(Clone, PartialEq, Eq)]
pub enum StartOutcome {
    /// 200.
    Started(StartResponse),
    /// 404: no such user. The backend must answer the browser as if FusionAuth had started the sign-in, because otherwise anyone could find
    /// out who has an account.
    UnknownUser,
    /// 400: the application does not allow sign-ins without a password, or FusionAuth could not use the request.
    Refused,
    /// Any other answer, such as 401 for a wrong API key.
    Unavailable {
        /// The status of the answer.
        status: u16,
    },
}

impl StartOutcome {
    /// Reads an answer. A 200 with an unreadable body is [`Self::Unavailable`].
    pub fn from_response(status: u16, body: Option<StartResponse>) -> Self {
        match (status, body) {
            (200, Some(started)) => Self::Started(started),
            (404, _) => Self::UnknownUser,
            (400, _) => Self::Refused,
            (status, _) => Self::Unavailable { status },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_200_with_a_code_starts_a_sign_in() {
        let body = || serde_json::from_str::<StartResponse>(r#"{"code":"c","oneTimeCode":null}"#).ok();
        let started = StartResponse { code: "c".into(), one_time_code: None };
        for status in 100..600 {
            let expected = match status {
                200 => StartOutcome::Started(started.clone()),
                400 => StartOutcome::Refused,
                404 => StartOutcome::UnknownUser,
                status => StartOutcome::Unavailable { status },
            };
            assert!(StartOutcome::from_response(status, body()) == expected, "{status}");
        }
        assert!(StartOutcome::from_response(200, None) == StartOutcome::Unavailable { status: 200 });
    }
}
