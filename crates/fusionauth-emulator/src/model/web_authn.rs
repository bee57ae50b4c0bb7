//! Passkeys, and whether a tenant or an application lets people sign in with them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use smart_default::SmartDefault;
use uuid::Uuid;

/// A tenant's settings (<https://fusionauth.io/docs/apis/tenants>).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct WebAuthnConfiguration {
    pub(crate) bootstrap_workflow: WebAuthnWorkflowConfiguration,
    pub(crate) enabled: bool,
    pub(crate) reauthentication_workflow: WebAuthnWorkflowConfiguration,
    /// The domain that passkeys belong to. Without one it is the host of the page.
    pub(crate) relying_party_id: Option<String>,
    pub(crate) relying_party_name: Option<String>,
    debug: Option<Value>,
}

/// The settings of one of the two workflows, bootstrap and reauthentication. The emulator always requires user verification, whatever they
/// say.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct WebAuthnWorkflowConfiguration {
    pub(crate) enabled: bool,
    pub(crate) authenticator_attachment_preference: AttachmentPreference,
    user_verification_requirement: Option<Value>,
}

/// The authenticators that may create a passkey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum AttachmentPreference {
    #[default]
    Any,
    CrossPlatform,
    Platform,
}

/// An application's settings. If `enabled` is true, they decide in place of the tenant's which workflows are allowed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ApplicationWebAuthnConfiguration {
    pub(crate) bootstrap_workflow: ApplicationWorkflow,
    pub(crate) enabled: bool,
    pub(crate) reauthentication_workflow: ApplicationWorkflow,
}

/// Whether an application allows one of the two workflows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ApplicationWorkflow {
    pub(crate) enabled: bool,
}

/// The purpose of a ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum WebAuthnWorkflow {
    /// The sign-in of a person who has entered a name. Passkeys for it work on a new device.
    Bootstrap,
    /// A passkey is created for either workflow. No sign-in has this value.
    General,
    /// Another sign-in on the same device.
    Reauthentication,
}

/// A passkey (<https://fusionauth.io/docs/apis/webauthn>). The public key is stored beside it, in the form that verifies signatures.
#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Passkey {
    pub(crate) algorithm: i64,
    #[default("none".to_owned())]
    pub(crate) attestation_type: String,
    pub(crate) authenticator_supports_user_verification: bool,
    /// The id that the authenticator chose, in base64url.
    pub(crate) credential_id: String,
    pub(crate) discoverable: bool,
    pub(crate) display_name: String,
    pub(crate) id: Uuid,
    pub(crate) insert_instant: i64,
    pub(crate) last_use_instant: i64,
    pub(crate) name: String,
    pub(crate) relying_party_id: String,
    pub(crate) sign_count: u32,
    pub(crate) tenant_id: Uuid,
    pub(crate) transports: Vec<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) user_id: Uuid,
}

impl WebAuthnConfiguration {
    /// The settings of a workflow, if it may be used: passkeys are on, and the workflow is on for the application.
    pub(crate) fn workflow(
        &self,
        application: Option<&ApplicationWebAuthnConfiguration>,
        workflow: WebAuthnWorkflow,
    ) -> Option<WebAuthnWorkflowConfiguration> {
        let own = application.filter(|it| it.enabled);
        let (tenants, is_on) = match workflow {
            WebAuthnWorkflow::General => return self.enabled.then(WebAuthnWorkflowConfiguration::default),
            WebAuthnWorkflow::Bootstrap => (&self.bootstrap_workflow, own.map(|it| it.bootstrap_workflow.enabled)),
            WebAuthnWorkflow::Reauthentication => (&self.reauthentication_workflow, own.map(|it| it.reauthentication_workflow.enabled)),
        };
        (self.enabled && is_on.unwrap_or(tenants.enabled)).then(|| tenants.clone())
    }
}
