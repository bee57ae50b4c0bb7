//! Calls to FusionAuth that verify an email or a registration, as methods of the client [`FusionAuth`].

use crate::auth::fusionauth::FusionAuth;
use crate::clock::now_ms;
use crate::http::{client_address::ClientAddress, percent::encoded};
use crate::secret::{Secret, derive_key, random};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fusionauth_api::passkey::VerificationStrategy;
use fusionauth_api::verification::{ResendOutcome, Verified, VerifyOutcome, VerifyRequest};
use reqwest::Method;
use serde::Deserialize;

impl FusionAuth {
    /// Verifies an email or a registration. `code` is the code that the user typed, if the message contains a code instead of a link.
    pub async fn verify(&self, client: ClientAddress, what: Verified, verification_id: &str, code: Option<&str>) -> VerifyOutcome {
        let body = VerifyRequest { verification_id, one_time_code: code };
        match VerifyOutcome::from_status(self.post(what.path()).of(client).json(&body).status().await) {
            VerifyOutcome::Expired if code.is_some() && self.is_invented(verification_id, now_ms()) => VerifyOutcome::WrongCode,
            outcome => outcome,
        }
    }

    /// Makes FusionAuth send the message with the link or the code again.
    pub async fn send_verification(&self, client: ClientAddress, what: Verified, email: &str) -> ResendOutcome {
        let query = format!("?applicationId={}&email={}", encoded(&self.config.application_id), encoded(email));
        let request = self.call(Method::PUT, what.path(), &query).with_key().of(client);
        let (status, ids): (_, VerificationIds) = request.status_and_json().await;
        // Because of the API key, FusionAuth returns the verification id. If the message contains a link, the id alone is enough to verify,
        // so it must not reach the browser. This returns only an id that also needs a code.
        let needs_code = ids.one_time_code.is_some_and(|it| !it.is_empty());
        match ResendOutcome::from_status(status, ids.verification_id.filter(|_| needs_code)) {
            // FusionAuth does not know the email. With an id, the answer looks like that for a known one.
            ResendOutcome::Accepted { .. } if status == 404 => {
                let verification_id = (self.strategy(what).await == VerificationStrategy::FormField).then(|| self.invented_id(now_ms()));
                ResendOutcome::Accepted { verification_id }
            }
            outcome => outcome,
        }
    }

    /// What the message contains. [`VerificationStrategy::Unknown`] if this server cannot read the setting.
    async fn strategy(&self, what: Verified) -> VerificationStrategy {
        match (self.settings().await, what) {
            (Ok(Some((_, tenant))), Verified::Email) => tenant.email_configuration.verification_strategy,
            (Ok(Some((application, _))), Verified::Registration) => application.verification_strategy,
            (Ok(None) | Err(_), _) => VerificationStrategy::Unknown,
        }
    }

    /// An id that verifies nothing, in the form of FusionAuth's default: random bytes, and a tag by which [`Self::is_invented`] recognises it
    /// on every instance.
    fn invented_id(&self, now: i64) -> String {
        let start = random::<24>();
        URL_SAFE_NO_PAD.encode([&start[..], &self.tag(&start, now / DAY_MS)].concat())
    }

    /// Whether this server has invented the id today or yesterday. By default, a real id is valid at FusionAuth for a day.
    fn is_invented(&self, id: &str, now: i64) -> bool {
        let bytes = URL_SAFE_NO_PAD.decode(id).unwrap_or_default();
        let parts = bytes.split_first_chunk::<24>();
        parts.is_some_and(|(start, tag)| [0, 1].iter().any(|days_ago| tag == self.tag(start, now / DAY_MS - days_ago)))
    }

    fn tag(&self, start: &[u8; 24], day: i64) -> [u8; 8] {
        let purpose = format!("verification id {} of day {day}", URL_SAFE_NO_PAD.encode(start));
        let key = derive_key(self.api_key().map_or("", Secret::expose), &purpose);
        *key.first_chunk().unwrap_or(&[0; 8])
    }
}

/// A day in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// This type has no `Debug`, because it holds a one-time id and a code.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct VerificationIds {
    verification_id: Option<String>,
    one_time_code: Option<String>,
}
