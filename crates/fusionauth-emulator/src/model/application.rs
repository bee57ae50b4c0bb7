use super::{JwtConfiguration, OauthConfiguration, Unverified, VerificationStrategy};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// An application (<https://fusionauth.io/docs/apis/applications>). It has no `Debug`: it holds the client's secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Application {
    pub(crate) active: bool,
    pub(crate) id: Uuid,
    pub(crate) insert_instant: i64,
    pub(crate) jwt_configuration: JwtConfiguration,
    pub(crate) last_update_instant: i64,
    pub(crate) login_configuration: LoginConfiguration,
    pub(crate) name: String,
    pub(crate) oauth_configuration: OauthConfiguration,
    pub(crate) roles: Vec<Role>,
    pub(crate) tenant_id: Uuid,
    pub(crate) unverified: Unverified,
    pub(crate) verification_email_template_id: Option<Uuid>,
    pub(crate) verification_strategy: VerificationStrategy,
    pub(crate) verify_registration: bool,

    access_control_configuration: Option<Value>,
    authentication_token_configuration: Option<Value>,
    clean_speak_configuration: Option<Value>,
    data: Option<Value>,
    email_configuration: Option<Value>,
    external_identifier_configuration: Option<Value>,
    form_configuration: Option<Value>,
    lambda_configuration: Option<Value>,
    multi_factor_configuration: Option<Value>,
    passwordless_configuration: Option<Value>,
    phone_configuration: Option<Value>,
    registration_configuration: Option<Value>,
    registration_delete_policy: Option<Value>,
    samlv2_configuration: Option<Value>,
    scopes: Option<Value>,
    state: Option<Value>,
    theme_id: Option<Value>,
    universal_configuration: Option<Value>,
    web_authn_configuration: Option<Value>,
}

/// What the login API does for an application. All but `require_authentication` is off by default, as in FusionAuth.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct LoginConfiguration {
    pub(crate) allow_token_refresh: bool,
    pub(crate) generate_refresh_tokens: bool,
    pub(crate) require_authentication: bool,
}

/// A role of an application.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) is_default: bool,
    pub(crate) id: Option<Uuid>,
    description: Option<Value>,
    insert_instant: Option<Value>,
    is_super_role: bool,
    last_update_instant: Option<Value>,
}

impl Default for LoginConfiguration {
    fn default() -> Self {
        Self { allow_token_refresh: false, generate_refresh_tokens: false, require_authentication: true }
    }
}

impl Default for Application {
    fn default() -> Self {
        Self {
            active: true,
            id: Uuid::nil(),
            insert_instant: 0,
            jwt_configuration: JwtConfiguration::default(),
            last_update_instant: 0,
            login_configuration: LoginConfiguration::default(),
            name: String::new(),
            oauth_configuration: OauthConfiguration::default(),
            roles: Vec::new(),
            tenant_id: Uuid::nil(),
            unverified: Unverified::default(),
            verification_email_template_id: None,
            verification_strategy: VerificationStrategy::default(),
            verify_registration: false,
            access_control_configuration: None,
            authentication_token_configuration: None,
            clean_speak_configuration: None,
            data: None,
            email_configuration: None,
            external_identifier_configuration: None,
            form_configuration: None,
            lambda_configuration: None,
            multi_factor_configuration: None,
            passwordless_configuration: None,
            phone_configuration: None,
            registration_configuration: None,
            registration_delete_policy: None,
            samlv2_configuration: None,
            scopes: None,
            state: None,
            theme_id: None,
            universal_configuration: None,
            web_authn_configuration: None,
        }
    }
}
