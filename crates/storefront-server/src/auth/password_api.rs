//! FusionAuth's calls about a new password, in the client [`FusionAuth`].

use crate::auth::fusionauth::{FusionAuth, send, with_client_address};
use crate::http::{client_address::ClientAddress, percent::encoded};
use fusionauth_api::password::{
    ChangePasswordIdState, ChangePasswordOutcome, ChangePasswordRequest, ForgotPasswordOutcome, ForgotPasswordRequest, MessageState,
    PasswordRules, PasswordRulesResponse, Trust,
};

impl FusionAuth {
    /// Has FusionAuth mail a link for a new password, if there is such a user. `site` is the key of this site in the data of FusionAuth's
    /// application, where the message's template finds the address of the link.
    pub async fn forgot_password(&self, client: ClientAddress, login_id: &str, site: &str) -> ForgotPasswordOutcome {
        let path = "/api/user/forgot-password";
        let body = ForgotPasswordRequest { login_id, application_id: &self.config.application_id, state: MessageState { site } };
        // The API key is not sent: with it FusionAuth would return the id that only the owner of the mailbox may get.
        match send(path, with_client_address(self.post(path), client).json(&body)).await {
            Ok(answer) => ForgotPasswordOutcome::from_status(answer.status().as_u16()),
            Err(_) => ForgotPasswordOutcome::Unavailable { status: 0 },
        }
    }

    /// Whether an id for a new password can still be used, and whether it takes the user's second factor.
    pub async fn change_password_id_state(&self, id: &str) -> ChangePasswordIdState {
        let path = "/api/user/change-password";
        let request = self.http.get(format!("{}{path}/{}", self.config.url, encoded(id)));
        let Ok(answer) = send(path, request.timeout(self.config.timeouts.refresh)).await else {
            return ChangePasswordIdState::Unavailable { status: 0 };
        };
        let status = answer.status().as_u16();
        ChangePasswordIdState::from_response(status, &answer.json().await.unwrap_or_default())
    }

    /// Changes a password. `id` came with a mailed link or with a login's 203.
    pub async fn change_password(&self, client: ClientAddress, id: &str, password: &str, trust: Trust<'_>) -> ChangePasswordOutcome {
        let path = "/api/user/change-password";
        let body = ChangePasswordRequest { change_password_id: id, password, trust };
        let Ok(answer) = send(path, with_client_address(self.post(path), client).json(&body)).await else {
            return ChangePasswordOutcome::Unavailable { status: 0 };
        };
        let status = answer.status().as_u16();
        ChangePasswordOutcome::from_response(status, answer.json().await.unwrap_or_default())
    }

    /// The tenant's rules for passwords; FusionAuth's defaults if it does not answer, as it checks each password itself.
    pub async fn password_rules(&self) -> PasswordRules {
        let path = "/api/tenant/password-validation-rules";
        let request = self.http.get(format!("{}{path}", self.config.url)).timeout(self.config.timeouts.refresh);
        let Ok(answer) = send(path, request).await else { return PasswordRules::default() };
        answer.json::<PasswordRulesResponse>().await.unwrap_or_default().password_validation_rules
    }
}
