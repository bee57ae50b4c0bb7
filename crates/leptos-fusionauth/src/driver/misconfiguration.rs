//! Detects configuration errors from the answer to a sign-in. This module is separate from [`super::send`], so that builds
//! that report no events do not contain its asynchronous code.

use super::Driver;
use crate::{FetchError, browser::request, event::Misconfiguration, fusionauth::CallResponse, json};
use serde::{Deserialize, de::IgnoredAny};

/// The tokens in the answer to a sign-in. Only their presence is read, because the refresh token must not enter the
/// program's data.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    token: Option<IgnoredAny>,
    refresh_token: Option<IgnoredAny>,
}

impl Driver {
    pub(super) async fn misconfiguration(&self, answer: &Result<CallResponse, FetchError>) -> Option<Misconfiguration> {
        match answer {
            // If both tokens are missing, that is no error, because a proxy may have removed them from the body.
            Ok(CallResponse { status: 200, body, .. }) => match json::decode(body) {
                Ok(Tokens { token: Some(_), refresh_token: None }) => Some(Misconfiguration::NoRefreshToken),
                _ => None,
            },
            Err(FetchError::Network) => {
                let answers = request::is_there(&(self.config.fusionauth_url.clone() + "/api/status")).await;
                answers.then_some(Misconfiguration::AnswerUnreadable)
            }
            _ => None,
        }
    }
}
