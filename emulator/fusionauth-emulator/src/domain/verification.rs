//! Verification of emails and registrations: issues ids and sends them.

use super::mail::{self, Context, To};
use super::{Refusal, one_time_ids};
use crate::database::one_time_ids::Purpose;
use crate::model::{Application, Tenant, User, VerificationStrategy};
use crate::state::{AppState, OpaqueToken, Topic};
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

/// An id that verifies an email or a registration. If there is a `code`, the user types it into a form, and the id is
/// valid only together with the code.
pub(crate) struct Verification {
    pub(crate) id: OpaqueToken,
    pub(crate) code: Option<OpaqueToken>,
    topic: Topic,
}

impl Verification {
    /// Issues an id that verifies the user's registration for `application`, or, without one, the user's email.
    pub(crate) async fn issue(
        emulator: &AppState,
        connection: &mut SqliteConnection,
        tenant: &Tenant,
        application: Option<&Application>,
        user: &User,
    ) -> Result<Self, Refusal> {
        let lifetimes = &tenant.external_identifier_configuration;
        let (topic, purpose, strategy, seconds, details) = match application {
            Some(application) => (
                Topic::VerifyRegistration,
                Purpose::RegistrationVerification,
                application.verification_strategy,
                lifetimes.registration_verification_id_time_to_live_in_seconds,
                json!({"applicationId": application.id}),
            ),
            None => (
                Topic::VerifyEmail,
                Purpose::EmailVerification,
                tenant.email_configuration.verification_strategy,
                lifetimes.email_verification_id_time_to_live_in_seconds,
                json!({"email": user.email}),
            ),
        };
        let code = (strategy == VerificationStrategy::FormField).then(|| OpaqueToken::generate_code(&emulator.random));
        let id = OpaqueToken::generate(&emulator.random);
        one_time_ids::store(emulator, connection, &id, purpose, user.id, seconds, code.as_ref(), details).await?;
        Ok(Self { id, code, topic })
    }

    /// Sends the id to the user. The transaction that stored the id must have ended, because sending uses the pool.
    pub(crate) async fn send(
        &self,
        emulator: &AppState,
        tenant: &Tenant,
        application: Option<&Application>,
        user: &User,
    ) -> Result<(), Refusal> {
        let mut values = BTreeMap::from([("verificationId".to_owned(), self.id.expose().to_owned())]);
        values.extend(self.code.as_ref().map(|it| ("verificationOneTimeCode".to_owned(), it.expose().to_owned())));
        mail::send(emulator, self.topic, To::Mailbox, Context { tenant, application, user: Some(user), values, state: None }).await
    }

    /// The body of the answer to a caller with an API key.
    pub(crate) fn to_json(&self) -> Value {
        json!({"oneTimeCode": self.code.as_ref().map(OpaqueToken::expose), "verificationId": self.id.expose()})
    }
}
