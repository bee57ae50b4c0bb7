//! What the answer to a sign-in says about the configuration. Apart from [`super::send`], because an await stays in the program also
//! where it is never reached: where nobody is told, none of this is there.

use super::Driver;
use crate::{FetchError, browser::request, event::Misconfiguration, fusionauth::Answer, session_json};

impl Driver {
    pub(super) async fn misconfiguration(&self, answer: &Result<Answer, FetchError>) -> Option<Misconfiguration> {
        match answer {
            // Where something has taken the tokens out of the body, it has taken the refresh token out as well.
            Ok(Answer { whole, .. }) => {
                (whole.status == 200 && session_json::lacks_refresh_token(whole.body.clone())).then_some(Misconfiguration::NoRefreshToken)
            }
            Err(FetchError::Network) => {
                let answers = request::is_there(&(self.config.fusionauth_url.clone() + "/api/status")).await;
                answers.then_some(Misconfiguration::AnswerUnreadable)
            }
            Err(_) => None,
        }
    }
}
