//! FusionAuth's calls about a second factor outside a sign-in, and about codes that are sent, in the client [`FusionAuth`].

use crate::auth::fusionauth::{FusionAuth, Unreachable, send, with_client_address};
use crate::http::{client_address::ClientAddress, percent::encoded};
use fusionauth_api::login::LoginFailure;
use fusionauth_api::step_up::{SendCodeOutcome, StepUpRequest, StepUpResponse, TrustOutcome, TrustRequest};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

impl FusionAuth {
    /// Asks for the second factor of the user whose new password `change_password_id` is for. `None` if the id belongs to nobody any more.
    ///
    /// # Errors
    /// There is no API key, or FusionAuth does not answer as documented.
    pub async fn start_second_factor_of_link(
        &self,
        change_password_id: &str,
        trust_challenge: &str,
    ) -> Result<Option<StepUpResponse>, Unreachable> {
        if self.config.api_key.is_none() {
            tracing::error!("a password of an account with a second factor cannot be changed by a link without --fusionauth-api-key");
            return Err(Unreachable);
        }
        let path = "/api/user";
        let request = self.http.get(format!("{}{path}?changePasswordId={}", self.config.url, encoded(change_password_id)));
        let answer = send(path, self.with_api_key(request).timeout(self.config.timeouts.refresh)).await?;
        let user = match answer.status() {
            StatusCode::NOT_FOUND => return Ok(None),
            StatusCode::OK => answer.json::<FoundUser>().await.map_err(|_| Unreachable)?.user,
            status => {
                tracing::error!(%status, endpoint = path, "FusionAuth did not name the owner of a password link; may the API key GET it?");
                return Err(Unreachable);
            }
        };
        let body = StepUpRequest { user_id: &user.id, application_id: &self.config.application_id, trust_challenge };
        let path = "/api/two-factor/start";
        let answer = send(path, self.with_api_key(self.post(path)).timeout(self.config.timeouts.refresh).json(&body)).await?;
        match answer.status() {
            StatusCode::OK => answer.json().await.map(Some).map_err(|_| Unreachable),
            status => {
                tracing::error!(%status, endpoint = path, "FusionAuth did not ask for a second factor; may the API key POST it?");
                Err(Unreachable)
            }
        }
    }

    /// Shows a second factor's code for a trust token.
    pub async fn trust(&self, client: ClientAddress, two_factor_id: &str, code: &str) -> TrustOutcome {
        let path = "/api/two-factor/login";
        let body = TrustRequest { two_factor_id, code, application_id: &self.config.application_id, no_jwt: true };
        let Ok(answer) = send(path, with_client_address(self.post(path), client).json(&body)).await else {
            return TrustOutcome::Failed(LoginFailure::NoAnswer);
        };
        let status = answer.status().as_u16();
        TrustOutcome::from_response(status, answer.json().await.unwrap_or_default())
    }

    /// Has FusionAuth send a code to the address of this method.
    pub async fn send_code(&self, client: ClientAddress, two_factor_id: &str, method_id: &str) -> SendCodeOutcome {
        let path = "/api/two-factor/send";
        let request = with_client_address(self.post(&format!("{path}/{}", encoded(two_factor_id))), client);
        match send(path, request.json(&SendCode { method_id })).await {
            Ok(answer) => SendCodeOutcome::from_status(answer.status().as_u16()),
            Err(_) => SendCodeOutcome::Unavailable { status: 0 },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendCode<'a> {
    method_id: &'a str,
}

#[derive(Deserialize)]
struct FoundUser {
    user: UserId,
}

#[derive(Deserialize)]
struct UserId {
    id: String,
}
