//! Applications, to which users sign in. The audience of an access token is an application's id.

use super::stored::Stored;
use super::{
    ApplicationWebAuthnConfiguration, JwtConfiguration, MultiFactorLoginPolicy, OauthConfiguration, PhoneConfiguration,
    RegistrationConfiguration, UnverifiedOptions, VerificationStrategy,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smart_default::SmartDefault;
use std::collections::BTreeMap;
use uuid::Uuid;

/// An application (<https://fusionauth.io/docs/apis/applications>). This type has no `Debug`, because it contains the client secret.
#[derive(Clone, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Application {
    #[default(true)]
    pub(crate) active: bool,
    pub(crate) id: Uuid,
    pub(crate) insert_instant: i64,
    pub(crate) jwt_configuration: JwtConfiguration,
    pub(crate) last_update_instant: i64,
    pub(crate) login_configuration: LoginConfiguration,
    pub(crate) multi_factor_configuration: ApplicationMultiFactorConfiguration,
    pub(crate) name: String,
    pub(crate) oauth_configuration: OauthConfiguration,
    pub(crate) registration_configuration: RegistrationConfiguration,
    pub(crate) roles: Vec<Role>,
    pub(crate) tenant_id: Uuid,
    pub(crate) unverified: UnverifiedOptions,
    pub(crate) verification_email_template_id: Option<Uuid>,
    pub(crate) verification_strategy: VerificationStrategy,
    pub(crate) verify_registration: bool,
    pub(crate) web_authn_configuration: ApplicationWebAuthnConfiguration,

    access_control_configuration: Option<Stored>,
    pub(crate) authentication_token_configuration: Enabled,
    #[serde(rename = "baseURL")]
    base_url: Option<Stored>,
    clean_speak_configuration: Option<Stored>,
    pub(crate) data: Option<Value>,
    pub(crate) email_configuration: ApplicationEmailConfiguration,
    external_identifier_configuration: Option<Stored>,
    form_configuration: Option<Stored>,
    lambda_configuration: Option<Stored>,
    pub(crate) passwordless_configuration: Option<Value>,
    pub(crate) phone_configuration: PhoneConfiguration,
    registration_delete_policy: Option<Stored>,
    samlv2_configuration: Option<Stored>,
    scopes: Option<Stored>,
    state: Option<Value>,
    theme_id: Option<Stored>,
    universal_configuration: Option<Stored>,
}

impl Application {
    /// Whether users may sign in with a mailed link or code.
    pub(crate) fn allows_passwordless(&self) -> bool {
        self.passwordless_configuration.as_ref().is_some_and(|it| it["enabled"] == true)
    }
}

/// The login API's settings for an application. By default only `require_authentication` is on, as in FusionAuth.
#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LoginConfiguration {
    pub(crate) allow_token_refresh: bool,
    pub(crate) generate_refresh_tokens: bool,
    #[default(true)]
    pub(crate) require_authentication: bool,
}

/// The application's own email templates. Those that the tenant has, too, take precedence over the tenant's.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ApplicationEmailConfiguration {
    pub(crate) email_verification_email_template_id: Option<Uuid>,
    pub(crate) email_verified_email_template_id: Option<Uuid>,
    pub(crate) forgot_password_email_template_id: Option<Uuid>,
    pub(crate) password_reset_success_email_template_id: Option<Uuid>,
    pub(crate) password_update_email_template_id: Option<Uuid>,
    pub(crate) passwordless_email_template_id: Option<Uuid>,
    pub(crate) set_password_email_template_id: Option<Uuid>,
    pub(crate) two_factor_method_add_email_template_id: Option<Uuid>,
    pub(crate) two_factor_method_remove_email_template_id: Option<Uuid>,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

/// The application's own template for the codes of a second factor.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MultiFactorTemplate {
    pub(crate) template_id: Option<Uuid>,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

/// What an application changes in its tenant's rules for second factors.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ApplicationMultiFactorConfiguration {
    pub(crate) email: MultiFactorTemplate,
    pub(super) login_policy: Option<MultiFactorLoginPolicy>,
    pub(crate) sms: MultiFactorTemplate,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

/// Whether a feature is on.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Enabled {
    pub(crate) enabled: bool,
}

/// A role of an application.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) is_default: bool,
    pub(crate) id: Option<Uuid>,
    pub(crate) description: Option<Value>,
    pub(crate) insert_instant: Option<Value>,
    pub(crate) is_super_role: bool,
    pub(crate) last_update_instant: Option<Value>,
}
