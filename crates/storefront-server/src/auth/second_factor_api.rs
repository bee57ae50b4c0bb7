//! Calls to FusionAuth about second factors outside a sign-in, and to send a code, as methods of the client [`FusionAuth`].

use crate::auth::fusionauth::{FusionAuth, Unreachable, send, with_client_address};
use crate::http::{client_address::ClientAddress, percent::encoded};
use fusionauth_api::authenticator::{AddAuthenticatorRequest, CodeOutcome, RecoveryCodesResponse, RemoveMethodRequest, SecretResponse};
use fusionauth_api::login::LoginFailure;
use fusionauth_api::step_up::{SendCodeOutcome, StepUpRequest, StepUpResponse, TrustOutcome, TrustRequest};
use reqwest::{Response, StatusCode};
use serde::{Deserialize, Serialize};

impl FusionAuth {
    /// Requests the second factor of the user that `change_password_id` belongs to. `None` if the id is unknown or has expired.
    ///
    /// # Errors
    /// There is no API key, or FusionAuth does not answer as documented.
    pub async fn start_second_factor_of_link(
        &self,
        change_password_id: &str,
        trust_challenge: &str,
    ) -> Result<Option<StepUpResponse>, Unreachable> {
        if self.config.api_key.is_none() {
            tracing::error!("without --fusionauth-api-key, a reset link cannot change the password of an account with a second factor");
            return Err(Unreachable);
        }
        let path = "/api/user";
        let request = self.http.get(format!("{}{path}?changePasswordId={}", self.config.url, encoded(change_password_id)));
        let answer = send(path, self.with_api_key(request).timeout(self.config.timeouts.refresh)).await?;
        let user = match answer.status() {
            StatusCode::NOT_FOUND => return Ok(None),
            StatusCode::OK => answer.json::<FoundUser>().await.map_err(|_| Unreachable)?.user,
            status => {
                tracing::error!(%status, endpoint = path, "FusionAuth did not name the user of a reset link; may the API key GET this endpoint?");
                return Err(Unreachable);
            }
        };
        let body = StepUpRequest { user_id: &user.id, application_id: &self.config.application_id, trust_challenge };
        let path = "/api/two-factor/start";
        let answer = send(path, self.with_api_key(self.post(path)).timeout(self.config.timeouts.refresh).json(&body)).await?;
        match answer.status() {
            StatusCode::OK => answer.json().await.map(Some).map_err(|_| Unreachable),
            status => {
                tracing::error!(%status, endpoint = path, "FusionAuth did not start a second factor; may the API key POST to this endpoint?");
                Err(Unreachable)
            }
        }
    }

    /// Exchanges a second factor's code for a trust token.
    pub async fn trust(&self, client: ClientAddress, two_factor_id: &str, code: &str) -> TrustOutcome {
        let path = "/api/two-factor/login";
        let body = TrustRequest { two_factor_id, code, application_id: &self.config.application_id, no_jwt: true };
        let Ok(answer) = send(path, with_client_address(self.post(path), client).json(&body)).await else {
            return TrustOutcome::Failed(LoginFailure::NoAnswer);
        };
        let status = answer.status().as_u16();
        TrustOutcome::from_response(status, answer.json().await.unwrap_or_default())
    }

    /// A new secret for an authenticator app, in base32.
    ///
    /// # Errors
    /// There is no API key, or FusionAuth does not answer as documented.
    pub async fn authenticator_secret(&self) -> Result<String, Unreachable> {
        let path = "/api/two-factor/secret";
        let request = self.with_api_key(self.http.get(format!("{}{path}", self.config.url)));
        let answer = expect_200(path, send(path, request.timeout(self.config.timeouts.refresh)).await?)?;
        answer.json::<SecretResponse>().await.map(|it| it.secret_base32_encoded).map_err(|_| Unreachable)
    }

    /// Adds an authenticator app with this secret as a second factor of the user. Returns the recovery codes.
    pub async fn add_authenticator(&self, user_id: &str, secret: &str, code: &str) -> CodeOutcome<Vec<String>> {
        let path = "/api/user/two-factor";
        let application_id = &self.config.application_id;
        let body = AddAuthenticatorRequest { application_id, code, method: "authenticator", secret_base32_encoded: secret };
        let request = self.with_api_key(self.post(&format!("{path}/{}", encoded(user_id)))).json(&body);
        let Ok(answer) = send(path, request).await else { return CodeOutcome::Unavailable { status: 0 } };
        let status = answer.status().as_u16();
        let codes = answer.json::<RecoveryCodesResponse>().await.unwrap_or_default();
        CodeOutcome::from_response(status, codes.recovery_codes)
    }

    /// Removes a second factor of the user; with a recovery code as `code`, all of them.
    pub async fn remove_second_factor(&self, user_id: &str, method_id: &str, code: &str) -> CodeOutcome<()> {
        let path = "/api/user/two-factor";
        let body = RemoveMethodRequest { application_id: &self.config.application_id, code, method_id };
        let request = self.http.delete(format!("{}{path}/{}", self.config.url, encoded(user_id)));
        match send(path, self.with_api_key(request).json(&body)).await {
            Ok(answer) => CodeOutcome::from_response(answer.status().as_u16(), ()),
            Err(_) => CodeOutcome::Unavailable { status: 0 },
        }
    }

    /// New recovery codes of the user, which replace the old ones.
    ///
    /// # Errors
    /// There is no API key, or FusionAuth does not answer as documented.
    pub async fn new_recovery_codes(&self, user_id: &str) -> Result<Vec<String>, Unreachable> {
        let path = "/api/user/two-factor/recovery-code";
        let request = self.with_api_key(self.post(&format!("{path}/{}", encoded(user_id))));
        let answer = expect_200(path, send(path, request.timeout(self.config.timeouts.refresh)).await?)?;
        answer.json::<RecoveryCodesResponse>().await.map(|it| it.recovery_codes).map_err(|_| Unreachable)
    }

    /// Has FusionAuth send a code to the email or phone number of this method.
    pub async fn send_code(&self, client: ClientAddress, two_factor_id: &str, method_id: &str) -> SendCodeOutcome {
        let path = "/api/two-factor/send";
        let request = with_client_address(self.post(&format!("{path}/{}", encoded(two_factor_id))), client);
        match send(path, request.json(&SendCode { method_id })).await {
            Ok(answer) => SendCodeOutcome::from_status(answer.status().as_u16()),
            Err(_) => SendCodeOutcome::Unavailable { status: 0 },
        }
    }
}

fn expect_200(endpoint: &'static str, answer: Response) -> Result<Response, Unreachable> {
    if answer.status() == StatusCode::OK {
        return Ok(answer);
    }
    tracing::error!(status = %answer.status(), endpoint, "FusionAuth refused a call about second factors; is there an API key that may send it?");
    Err(Unreachable)
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
