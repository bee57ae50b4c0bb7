//! Calls to FusionAuth that verify an email or a registration, as methods of the client [`FusionAuth`].

use crate::auth::fusionauth::FusionAuth;
use crate::http::{client_address::ClientAddress, percent::encoded};
use fusionauth_api::verification::{ResendOutcome, Verified, VerifyOutcome, VerifyRequest};
use reqwest::Method;
use serde::Deserialize;

impl FusionAuth {
    /// Verifies an email or a registration. `code` is the code that the user typed, if the message contains a code instead of a link.
    pub async fn verify(&self, client: ClientAddress, what: Verified, verification_id: &str, code: Option<&str>) -> VerifyOutcome {
        let body = VerifyRequest { verification_id, one_time_code: code };
        VerifyOutcome::from_status(self.post(what.path()).of(client).json(&body).status().await)
    }

    /// Makes FusionAuth send the message with the link or the code again.
    pub async fn send_verification(&self, client: ClientAddress, what: Verified, email: &str) -> ResendOutcome {
        let query = format!("?applicationId={}&email={}", encoded(&self.config.application_id), encoded(email));
        let request = self.call(Method::PUT, what.path(), &query).with_key().of(client);
        let (status, ids): (_, VerificationIds) = request.status_and_json().await;
        // Because of the API key, FusionAuth returns the verification id. If the message contains a link, the id alone is enough to verify,
        // so it must not reach the browser. This returns only an id that also needs a code.
        let needs_code = ids.one_time_code.is_some_and(|it| !it.is_empty());
        ResendOutcome::from_status(status, ids.verification_id.filter(|_| needs_code))
    }
}

/// This type has no `Debug`, because it holds a one-time id and a code.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct VerificationIds {
    verification_id: Option<String>,
    one_time_code: Option<String>,
}
