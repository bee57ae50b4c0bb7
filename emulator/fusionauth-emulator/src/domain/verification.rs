//! Verification of emails and registrations: issues ids and sends them.

use super::mail::{self, Context};
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
    /// Issues an id that verifies the user's email.
    pub(crate) async fn of_email(
        emulator: &AppState,
        connection: &mut SqliteConnection,
        tenant: &Tenant,
        user: &User,
    ) -> Result<Self, Refusal> {
        let made = Self::new(emulator, tenant.email_configuration.verification_strategy, Topic::VerifyEmail);
        let seconds = tenant.external_identifier_configuration.email_verification_id_time_to_live_in_seconds;
        let (purpose, code, details) = (Purpose::EmailVerification, made.code.as_ref(), json!({"email": user.email}));
        one_time_ids::store(emulator, connection, &made.id, purpose, user.id, seconds, code, details).await?;
        Ok(made)
    }

    /// Issues an id that verifies the user's registration for an application.
    pub(crate) async fn of_registration(
        emulator: &AppState,
        connection: &mut SqliteConnection,
        tenant: &Tenant,
        application: &Application,
        user: &User,
    ) -> Result<Self, Refusal> {
        let made = Self::new(emulator, application.verification_strategy, Topic::VerifyRegistration);
        let seconds = tenant.external_identifier_configuration.registration_verification_id_time_to_live_in_seconds;
        let (purpose, code) = (Purpose::RegistrationVerification, made.code.as_ref());
        let details = json!({"applicationId": application.id});
        one_time_ids::store(emulator, connection, &made.id, purpose, user.id, seconds, code, details).await?;
        Ok(made)
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
        mail::send(emulator, self.topic, None, Context { tenant, application, user: Some(user), values, state: None }).await
    }

    /// The body of the answer to a caller with an API key.
    pub(crate) fn to_json(&self) -> Value {
        json!({"oneTimeCode": self.code.as_ref().map(OpaqueToken::expose), "verificationId": self.id.expose()})
    }

    fn new(emulator: &AppState, strategy: VerificationStrategy, topic: Topic) -> Self {
        let code = match strategy {
            VerificationStrategy::ClickableLink => None,
            VerificationStrategy::FormField => Some(OpaqueToken::generate_code(&emulator.random)),
        };
        Self { id: OpaqueToken::generate(&emulator.random), code, topic }
    }
}
