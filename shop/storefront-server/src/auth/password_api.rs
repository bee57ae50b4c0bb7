//! Calls to FusionAuth about a forgotten or a new password, as methods of the client [`FusionAuth`].

use crate::auth::fusionauth::{FusionAuth, Unreachable};
use crate::http::{client_address::ClientAddress, percent::encoded};
use fusionauth_api::password::{ChangePasswordIdState, ChangePasswordRequest, ForgotPasswordOutcome, ForgotPasswordRequest, MessageState};
use fusionauth_api::password::{PasswordRules, PasswordRulesResponse};
use reqwest::Method;

impl FusionAuth {
    /// Has FusionAuth mail a reset link, if the user exists.
    pub async fn forgot_password(&self, client: ClientAddress, login_id: &str, state: MessageState<'_>) -> ForgotPasswordOutcome {
        let body = ForgotPasswordRequest { login_id, application_id: &self.config.application_id, state: Some(state) };
        // This request must not carry the API key, because FusionAuth would then return the id that only the owner of the mailbox may get.
        ForgotPasswordOutcome::from_status(self.post("/api/user/forgot-password").of(client).json(&body).status().await)
    }

    /// Whether a `changePasswordId` can still be used, and whether FusionAuth also requires the user's second factor.
    pub async fn change_password_id_state(&self, id: &str) -> ChangePasswordIdState {
        match self.show_change_password_id(id).await {
            Ok((status, body)) => ChangePasswordIdState::from_response(status, &serde_json::from_slice(&body).unwrap_or_default()),
            Err(Unreachable) => ChangePasswordIdState::Unavailable { status: 0 },
        }
    }

    /// Like [`Self::change_password_id_state`], but returns FusionAuth's status and body.
    pub(crate) async fn show_change_password_id(&self, id: &str) -> Result<(u16, Vec<u8>), Unreachable> {
        let request = self.call(Method::GET, "/api/user/change-password", &format!("/{}", encoded(id)));
        status_and_body(request.quick().send().await?).await
    }

    /// Changes a password, and returns FusionAuth's status and body.
    ///
    /// # Errors
    /// FusionAuth does not answer. The password may have been changed.
    pub(super) async fn change_password(
        &self,
        client: ClientAddress,
        body: &ChangePasswordRequest<'_>,
    ) -> Result<(u16, Vec<u8>), Unreachable> {
        status_and_body(self.post("/api/user/change-password").of(client).json(body).send().await?).await
    }

    /// The tenant's rules for passwords. If FusionAuth does not answer, this returns FusionAuth's defaults. That does no harm, because
    /// FusionAuth checks each new password itself.
    pub async fn password_rules(&self) -> PasswordRules {
        let request = self.call(Method::GET, "/api/tenant/password-validation-rules", "");
        let (_, PasswordRulesResponse { password_validation_rules }) = request.quick().status_and_json().await;
        password_validation_rules
    }
}

async fn status_and_body(answer: reqwest::Response) -> Result<(u16, Vec<u8>), Unreachable> {
    let status = answer.status().as_u16();
    Ok((status, answer.bytes().await.map_err(|_| Unreachable)?.into()))
}
