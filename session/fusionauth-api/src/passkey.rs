//! Passkeys, which a backend lists, creates and removes with its API key (<https://fusionauth.io/docs/apis/webauthn>).

use serde::{Deserialize, Serialize};

/// FusionAuth's name for the workflow that all requests of this module use, both to create a passkey and to sign in with one. In this
/// workflow the user's name is known before the browser looks for a passkey.
pub const WORKFLOW: &str = "bootstrap";

/// The body of `GET /api/application/{applicationId}`. These types read only the passkey settings and the tenant.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct ApplicationResponse {
    /// The application.
    pub application: ApplicationRecord,
}

/// See [`ApplicationResponse`].
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApplicationRecord {
    /// The id of the application's tenant.
    pub tenant_id: String,
    /// The application's passkey settings, which apply if they are enabled.
    pub web_authn_configuration: WebAuthnConfiguration,
    /// Whether users must verify their registration.
    pub verify_registration: bool,
    /// What that message contains.
    pub verification_strategy: VerificationStrategy,
}

/// The body of `GET /api/tenant/{tenantId}`. These types read only the settings of passkeys and unverified emails.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct TenantResponse {
    /// The tenant.
    pub tenant: TenantRecord,
}

/// See [`TenantResponse`].
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TenantRecord {
    /// The tenant's passkey settings.
    pub web_authn_configuration: WebAuthnConfiguration,
    /// The tenant's settings for emails.
    pub email_configuration: EmailConfiguration,
}

/// See [`TenantRecord::email_configuration`].
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EmailConfiguration {
    /// Whether users must verify their email.
    pub verify_email: bool,
    /// What a user may do before that.
    pub unverified: UnverifiedEmail,
    /// What the message contains.
    pub verification_strategy: VerificationStrategy,
}

/// What a verification message contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum VerificationStrategy {
    /// A link, which verifies alone.
    #[default]
    ClickableLink,
    /// A code, which the user types into a form.
    FormField,
    /// Anything else.
    #[serde(other)]
    Unknown,
}

/// See [`EmailConfiguration::unverified`].
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct UnverifiedEmail {
    /// `Allow`, or `Gated` if the user may do nothing.
    pub behavior: String,
}

impl EmailConfiguration {
    /// Whether a user with an unverified email may do nothing.
    pub fn gates_unverified(&self) -> bool {
        self.verify_email && self.unverified.behavior == "Gated"
    }
}

/// The passkey settings of a tenant or an application. Only a tenant has a relying party.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WebAuthnConfiguration {
    /// Of a tenant: whether passkeys are enabled. Of an application: whether its choice of workflows replaces the tenant's.
    pub enabled: bool,
    /// The workflow of [`WORKFLOW`].
    pub bootstrap_workflow: WebAuthnWorkflow,
    /// The domain that passkeys belong to. With `None` they belong to the host of the page.
    pub relying_party_id: Option<String>,
}

/// See [`WebAuthnConfiguration`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct WebAuthnWorkflow {
    /// Whether the workflow is on.
    pub enabled: bool,
}

impl WebAuthnConfiguration {
    /// Whether users of `application` may sign in with passkeys. `self` is the tenant's configuration.
    pub fn allows(&self, application: &Self) -> bool {
        let chosen_by = if application.enabled { application } else { self };
        self.enabled && chosen_by.bootstrap_workflow.enabled
    }
}

/// The body of `POST /api/webauthn/register/start`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartRegistrationRequest<'a> {
    /// The user's name for the passkey.
    pub display_name: &'a str,
    /// The id of the user to whom the passkey will belong.
    pub user_id: &'a str,
    /// Always [`WORKFLOW`].
    pub workflow: &'a str,
}

/// The body of `POST /api/webauthn/start`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartSignInRequest<'a> {
    /// The application to sign in to.
    pub application_id: &'a str,
    /// The email or user name that the user typed, if the user's id is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_id: Option<&'a str>,
    /// The user's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<&'a str>,
    /// Always [`WORKFLOW`].
    pub workflow: &'a str,
}

/// The body of the answers that begin a ceremony.
#[derive(Clone, Deserialize)]
pub struct OptionsResponse<Options> {
    /// The options for `navigator.credentials`.
    pub options: Options,
}

/// The body of `POST /api/webauthn/register/complete`. This type has no `Debug`, because it contains the answer to a challenge.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompleteRegistrationRequest<'a> {
    /// The credential that the browser has created.
    pub credential: NewCredential<'a>,
    /// The origin of the page.
    pub origin: &'a str,
    /// The tenant's relying party, or else the page's host.
    pub rp_id: &'a str,
    /// The id of the user to whom the passkey will belong.
    pub user_id: &'a str,
}

/// A passkey that a browser has created. FusionAuth accepts these members and no others.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewCredential<'a> {
    /// The id that the authenticator has chosen.
    pub id: &'a str,
    /// The public key, and the data that answer the challenge.
    pub response: AttestationResponse<'a>,
    /// How the authenticator can be reached.
    pub transports: &'a [String],
    /// Always `public-key`.
    #[serde(rename = "type")]
    pub kind: &'a str,
}

/// See [`NewCredential`].
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttestationResponse<'a> {
    /// The attestation object, which contains the public key.
    pub attestation_object: &'a str,
    /// The client data, with the challenge and the page's origin.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: &'a str,
}

/// The body of `GET /api/webauthn?userId=`.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct PasskeysResponse {
    /// The user's passkeys.
    pub credentials: Vec<PasskeyRecord>,
}

/// The body of `GET /api/webauthn/{id}`.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct PasskeyResponse {
    /// The passkey.
    pub credential: PasskeyRecord,
}

/// A passkey, as FusionAuth shows it. This type does not read the key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PasskeyRecord {
    /// FusionAuth's id of the passkey, which a request to remove the passkey needs.
    pub id: String,
    /// The id that the authenticator chose, in base64url.
    pub credential_id: String,
    /// The id of the user to whom the passkey belongs.
    pub user_id: String,
    /// The user's name for the passkey.
    pub display_name: String,
    /// When the passkey was created, in milliseconds since 1970.
    pub insert_instant: i64,
    /// When the passkey was last used, in milliseconds since 1970.
    pub last_use_instant: i64,
    /// The domain that the passkey belongs to.
    pub relying_party_id: String,
}

/// The result of one request of a ceremony. `T` is the body of a successful answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CeremonyOutcome<T> {
    /// 200.
    Done(T),
    /// 400 or 404: passkeys are off, the challenge is too old, or the body is not a passkey of this page.
    Refused,
    /// Any other answer.
    Unavailable {
        /// The status of the answer; 0 if there was no answer.
        status: u16,
    },
}

impl<T> CeremonyOutcome<T> {
    /// Reads an answer. A 200 with an unreadable body is [`Self::Unavailable`].
    pub fn from_response(status: u16, body: Option<T>) -> Self {
        match (status, body) {
            (200, Some(body)) => Self::Done(body),
            (400 | 404, _) => Self::Refused,
            (status, _) => Self::Unavailable { status },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enabled_settings_of_the_application_choose_the_workflow_if_the_tenant_enables_passkeys() {
        let settings = |enabled, workflow| WebAuthnConfiguration {
            enabled,
            bootstrap_workflow: WebAuthnWorkflow { enabled: workflow },
            relying_party_id: None,
        };
        for (tenant, application, expected) in [
            (settings(true, true), settings(false, false), true),
            (settings(true, false), settings(false, true), false),
            (settings(true, false), settings(true, true), true),
            (settings(true, true), settings(true, false), false),
            (settings(false, true), settings(true, true), false),
        ] {
            assert_eq!(tenant.allows(&application), expected, "{tenant:?} {application:?}");
        }
    }

    #[test]
    fn a_refusal_is_told_apart_from_no_answer() {
        assert_eq!(CeremonyOutcome::from_response(200, Some(())), CeremonyOutcome::Done(()));
        assert_eq!(CeremonyOutcome::from_response(200, None::<()>), CeremonyOutcome::Unavailable { status: 200 });
        for (status, expected) in
            [(400, CeremonyOutcome::Refused), (404, CeremonyOutcome::Refused), (401, CeremonyOutcome::Unavailable { status: 401 })]
        {
            assert_eq!(CeremonyOutcome::from_response(status, None::<()>), expected);
        }
    }
}
