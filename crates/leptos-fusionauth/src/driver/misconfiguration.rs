//! Detects configuration errors from the answer to a sign-in. It is a module apart from [`super::send`], so that builds
//! without event reporting do not contain its asynchronous code.

use super::Driver;
use crate::{FetchError, browser::request, event::Misconfiguration, fusionauth::CallResponse, session_json};

impl Driver {
    pub(super) async fn misconfiguration(&self, answer: &Result<CallResponse, FetchError>) -> Option<Misconfiguration> {
        match answer {
            // A proxy that takes the tokens out of the body takes the refresh token out as well.
            Ok(CallResponse { json, .. }) => {
                (json.status == 200 && session_json::lacks_refresh_token(json.body.clone())).then_some(Misconfiguration::NoRefreshToken)
            }
            Err(FetchError::Network) => {
                let answers = request::is_there(&(self.config.fusionauth_url.clone() + "/api/status")).await;
                answers.then_some(Misconfiguration::AnswerUnreadable)
            }
            Err(_) => None,
        }
    }
}
