//! Applications, to which users sign in. The audience of an access token is an application's id.

use super::{
    ApplicationWebAuthnConfiguration, JwtConfiguration, MultiFactorLoginPolicy, OauthConfiguration, RegistrationConfiguration,
    UnverifiedOptions, VerificationStrategy,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use smart_default::SmartDefault;
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

    access_control_configuration: Option<Value>,
    authentication_token_configuration: Option<Value>,
    #[serde(rename = "baseURL")]
    base_url: Option<Value>,
    clean_speak_configuration: Option<Value>,
    pub(crate) data: Option<Value>,
    pub(crate) email_configuration: Option<Value>,
    external_identifier_configuration: Option<Value>,
    form_configuration: Option<Value>,
    lambda_configuration: Option<Value>,
    pub(crate) passwordless_configuration: Option<Value>,
    phone_configuration: Option<Value>,
    registration_delete_policy: Option<Value>,
    samlv2_configuration: Option<Value>,
    scopes: Option<Value>,
    state: Option<Value>,
    theme_id: Option<Value>,
    universal_configuration: Option<Value>,
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

/// What an application changes in its tenant's rules for second factors.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ApplicationMultiFactorConfiguration {
    pub(super) login_policy: Option<MultiFactorLoginPolicy>,
    #[serde(flatten)]
    rest: Map<String, Value>,
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
