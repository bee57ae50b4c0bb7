//! Verifying e-mail addresses and registrations: making the ids, and sending them.

use crate::http::Refusal;
use crate::instance::Instance;
use crate::mail::{self, Topic};
use crate::model::{Application, Tenant, User, VerificationStrategy};
use crate::one_time;
use crate::opaque::Opaque;
use crate::store::one_time_ids::Kind;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An id, and the code that must come along where the person types it into a form.
pub(crate) struct Verification {
    pub(crate) id: Opaque,
    pub(crate) code: Option<Opaque>,
}

/// Whether the person is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Mail,
    None,
}

impl Verification {
    /// Lets somebody verify the e-mail address.
    pub(crate) async fn of_email(instance: &Instance, tenant: &Tenant, user: &User, delivery: Delivery) -> Result<Self, Refusal> {
        let seconds = tenant.external_identifier_configuration.email_verification_id_time_to_live_in_seconds;
        let strategy = tenant.email_configuration.verification_strategy;
        let made = Self::make(instance, Kind::EmailVerification, user, seconds, strategy, json!({"email": user.email})).await?;
        made.deliver(instance, tenant, None, user, Topic::VerifyEmail, delivery).await
    }

    /// Lets somebody verify the registration for an application.
    pub(crate) async fn of_registration(
        instance: &Instance,
        tenant: &Tenant,
        application: &Application,
        user: &User,
        delivery: Delivery,
    ) -> Result<Self, Refusal> {
        let seconds = tenant.external_identifier_configuration.registration_verification_id_time_to_live_in_seconds;
        let details = json!({"applicationId": application.id});
        let strategy = application.verification_strategy;
        let made = Self::make(instance, Kind::RegistrationVerification, user, seconds, strategy, details).await?;
        made.deliver(instance, tenant, Some(application), user, Topic::VerifyRegistration, delivery).await
    }

    async fn make(
        instance: &Instance,
        kind: Kind,
        user: &User,
        seconds: i64,
        strategy: VerificationStrategy,
        details: Value,
    ) -> Result<Self, Refusal> {
        match strategy {
            VerificationStrategy::ClickableLink => {
                Ok(Self { id: one_time::issue(instance, kind, user.id, seconds, details).await?, code: None })
            }
            VerificationStrategy::FormField => {
                let (id, code) = one_time::issue_with_code(instance, kind, user.id, seconds, details).await?;
                Ok(Self { id, code: Some(code) })
            }
        }
    }

    async fn deliver(
        self,
        instance: &Instance,
        tenant: &Tenant,
        application: Option<&Application>,
        user: &User,
        topic: Topic,
        delivery: Delivery,
    ) -> Result<Self, Refusal> {
        if delivery == Delivery::Mail {
            let mut values = BTreeMap::from([("verificationId", self.id.expose().to_owned())]);
            values.extend(self.code.as_ref().map(|it| ("verificationOneTimeCode", it.expose().to_owned())));
            mail::send(instance, tenant, application, user, topic, None, values).await?;
        }
        Ok(self)
    }

    /// What a caller with an API key is told.
    pub(crate) fn shown(&self) -> Value {
        json!({"oneTimeCode": self.code.as_ref().map(Opaque::expose), "verificationId": self.id.expose()})
    }
}
