//! Passkeys, and whether a tenant or an application lets users sign in with them.

use super::application::Enabled;
use super::stored::Stored;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use uuid::Uuid;

/// A tenant's settings (<https://fusionauth.io/docs/apis/tenants>).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct WebAuthnConfiguration {
    pub(crate) bootstrap_workflow: WebAuthnWorkflowConfiguration,
    pub(crate) enabled: bool,
    pub(crate) reauthentication_workflow: WebAuthnWorkflowConfiguration,
    /// The domain that passkeys belong to. With `None` they belong to the host of the page.
    pub(crate) relying_party_id: Option<String>,
    pub(crate) relying_party_name: Option<String>,
    debug: Option<Stored>,
}

/// The settings of one of the two workflows, bootstrap and reauthentication. The emulator always requires user verification, whatever
/// these settings say.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct WebAuthnWorkflowConfiguration {
    pub(crate) enabled: bool,
    /// The default is any authenticator, but for the reauthentication workflow that of the device.
    pub(crate) authenticator_attachment_preference: Option<AttachmentPreference>,
    user_verification_requirement: Option<Stored>,
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

/// An application's settings. If `enabled` is true, these settings replace the tenant's decision which workflows are allowed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ApplicationWebAuthnConfiguration {
    pub(crate) bootstrap_workflow: Enabled,
    pub(crate) enabled: bool,
    pub(crate) reauthentication_workflow: Enabled,
}

/// The purpose for which the browser creates or uses a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum WebAuthnWorkflow {
    /// A sign-in for which the user has entered an email or a user name. It also works on a device that the user has not used before.
    Bootstrap,
    /// The creation of a passkey that both other workflows accept. A sign-in never has this value.
    General,
    /// A later sign-in on a device where the user has signed in before.
    Reauthentication,
}

/// A passkey (<https://fusionauth.io/docs/apis/webauthn>). The database stores the public key
/// separately, in the form that verifies signatures.
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
    /// The tenant's settings for a workflow; `None` if passkeys or the workflow are off. The application decides whether the workflow is
    /// on, if its configuration is enabled; otherwise the tenant decides.
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
        let mut configuration = tenants.clone();
        if workflow == WebAuthnWorkflow::Reauthentication {
            configuration.authenticator_attachment_preference.get_or_insert(AttachmentPreference::Platform);
        }
        (self.enabled && is_on.unwrap_or(tenants.enabled)).then_some(configuration)
    }
}
