//! Calls to FusionAuth as methods of the client [`FusionAuth`]: the calls about second factors outside a sign-in, and the one that sends a
//! code.

use crate::auth::fusionauth::{FusionAuth, Unreachable};
use crate::http::{client_address::ClientAddress, percent::encoded};
use fusionauth_api::authenticator::{AddAuthenticatorRequest, CodeOutcome, RecoveryCodesResponse, RemoveMethodRequest, SecretResponse};
use fusionauth_api::login::LoginFailure;
use fusionauth_api::step_up::{SendCodeOutcome, StepUpRequest, StepUpResponse, TrustOutcome, TrustRequest};
use reqwest::Method;
use serde::Serialize;

impl FusionAuth {
    /// Begins a check of the second factor of the user that the reset link with this id belongs to. FusionAuth binds the later trust token
    /// to `trust_challenge`. `None` if the id is unknown or has expired.
    pub(crate) async fn start_second_factor_of_link(&self, id: &str, trust_challenge: &str) -> Result<Option<StepUpResponse>, Unreachable> {
        if self.config.api_key.is_none() {
            tracing::error!("without --fusionauth-api-key, a reset link cannot change the password of an account with a second factor");
            return Err(Unreachable);
        }
        let Some(user) = self.user_with_change_password_id(id).await? else { return Ok(None) };
        self.start_second_factor(&user.id, trust_challenge).await.map(Some)
    }

    /// Begins a check of a user's second factor. FusionAuth binds the later trust token to `trust_challenge`.
    pub(crate) async fn start_second_factor(&self, user_id: &str, trust_challenge: &str) -> Result<StepUpResponse, Unreachable> {
        let body = StepUpRequest { user_id, application_id: &self.config.application_id, trust_challenge };
        let refusal = "FusionAuth did not start a second factor; may the API key POST to this endpoint?";
        self.with_key(Method::POST, "/api/two-factor/start", "").json(&body).expect_json(refusal).await
    }

    /// Exchanges a second factor's code for a trust token.
    pub async fn trust(&self, client: ClientAddress, two_factor_id: &str, code: &str) -> TrustOutcome {
        let body = TrustRequest { two_factor_id, code, application_id: &self.config.application_id, no_jwt: true };
        let Ok(answer) = self.post("/api/two-factor/login").of(client).json(&body).send().await else {
            return TrustOutcome::Failed(LoginFailure::NoAnswer);
        };
        let status = answer.status().as_u16();
        TrustOutcome::from_response(status, answer.json().await.unwrap_or_default())
    }

    /// A new secret for an authenticator app, in base32.
    pub(crate) async fn authenticator_secret(&self) -> Result<String, Unreachable> {
        let answer = self.with_key(Method::GET, "/api/two-factor/secret", "").expect_json(REFUSAL).await;
        answer.map(|SecretResponse { secret_base32_encoded }| secret_base32_encoded)
    }

    /// Adds an authenticator app with this secret as a second factor of the user. `code` is a code from that app. Returns the recovery
    /// codes.
    pub async fn add_authenticator(&self, user_id: &str, secret: &str, code: &str) -> CodeOutcome<Vec<String>> {
        let application_id = &self.config.application_id;
        let body = AddAuthenticatorRequest { application_id, code, method: "authenticator", secret_base32_encoded: secret };
        let request = self.call(Method::POST, "/api/user/two-factor", &format!("/{}", encoded(user_id))).with_key();
        let (status, RecoveryCodesResponse { recovery_codes }) = request.json(&body).status_and_json().await;
        CodeOutcome::from_response(status, recovery_codes)
    }

    /// Removes a second factor of the user. If `code` is a recovery code, FusionAuth removes all second factors of the user.
    pub async fn remove_second_factor(&self, user_id: &str, method_id: &str, code: &str) -> CodeOutcome<()> {
        let body = RemoveMethodRequest { application_id: &self.config.application_id, code, method_id };
        let request = self.call(Method::DELETE, "/api/user/two-factor", &format!("/{}", encoded(user_id))).with_key();
        CodeOutcome::from_response(request.json(&body).status().await, ())
    }

    /// Creates new recovery codes of the user, which replace the old ones.
    pub(crate) async fn new_recovery_codes(&self, user_id: &str) -> Result<Vec<String>, Unreachable> {
        let request = self.with_key(Method::POST, "/api/user/two-factor/recovery-code", &format!("/{}", encoded(user_id)));
        let answer = request.expect_json(REFUSAL).await;
        answer.map(|RecoveryCodesResponse { recovery_codes }| recovery_codes)
    }

    /// Has FusionAuth send a code to the email or phone number of this method.
    pub async fn send_code(&self, client: ClientAddress, two_factor_id: &str, method_id: &str) -> SendCodeOutcome {
        let request = self.call(Method::POST, "/api/two-factor/send", &format!("/{}", encoded(two_factor_id)));
        SendCodeOutcome::from_status(request.of(client).json(&SendCode { method_id }).status().await)
    }
}

/// The text in the log if FusionAuth refuses a call with the API key.
const REFUSAL: &str = "FusionAuth refused a call about second factors; is there an API key that may send it?";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendCode<'a> {
    method_id: &'a str,
}
