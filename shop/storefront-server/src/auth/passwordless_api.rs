//! Calls to FusionAuth about a sign-in without a password, as methods of the client [`FusionAuth`].

use crate::auth::fusionauth::{FusionAuth, LoginAnswer};
use crate::http::client_address::ClientAddress;
use fusionauth_api::backend::{BackendLoginRequest, Device};
use fusionauth_api::login::{LoginStep, PasswordlessLoginRequest};
use fusionauth_api::password::MessageState;
use fusionauth_api::passwordless::{LoginStrategy, SendRequest, StartOutcome, StartRequest};

impl FusionAuth {
    /// Starts a sign-in with a short code, which the user types. The message also has a link to the site that `state` names. This call needs
    /// the API key.
    pub async fn start_passwordless(&self, login_id: &str, state: MessageState<'_>) -> StartOutcome {
        let login_strategy = Some(LoginStrategy::FormField);
        let body = StartRequest { application_id: &self.config.application_id, login_id, login_strategy, state: Some(state) };
        let (status, started) = self.post("/api/passwordless/start").with_key().json(&body).status_and_json().await;
        StartOutcome::from_response(status, started)
    }

    /// Makes FusionAuth email the short code. Returns FusionAuth's status, or 0 if there was no answer.
    pub async fn send_passwordless(&self, client: ClientAddress, code: &str) -> u16 {
        self.post("/api/passwordless/send").of(client).json(&SendRequest { code }).status().await
    }

    /// Signs in with the code of a sign-in that [`Self::start_passwordless`] has started, and the short code that the user typed
    /// or that a mailed link contains.
    pub async fn passwordless_login(&self, client: ClientAddress, device: Device<'_>, code: &str, short_code: Option<&str>) -> LoginAnswer {
        let request = PasswordlessLoginRequest { code, one_time_code: short_code, application_id: &self.config.application_id };
        self.send_login(client, LoginStep::Passwordless, &BackendLoginRequest { request: &request, device }).await
    }
}
