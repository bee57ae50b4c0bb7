//! Detects configuration errors from the answer to a sign-in. It is a module apart from [`super::send`], so that builds
//! without event reporting do not contain its asynchronous code.

use super::Driver;
use crate::{FetchError, browser::request, event::Misconfiguration, fusionauth::CallResponse, json};
use serde::{Deserialize, de::IgnoredAny};

/// The tokens of an answer to a sign-in. Their values are not read: browsers have the refresh token in a cookie.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    token: Option<IgnoredAny>,
    refresh_token: Option<IgnoredAny>,
}

impl Driver {
    pub(super) async fn misconfiguration(&self, answer: &Result<CallResponse, FetchError>) -> Option<Misconfiguration> {
        match answer {
            // A proxy that takes the tokens out of the body takes the refresh token out as well.
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
