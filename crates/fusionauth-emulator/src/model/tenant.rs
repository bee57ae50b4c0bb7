use super::{FailedAuthenticationConfiguration, MaximumPasswordAge, MinimumPasswordAge, PasswordValidationRules};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A tenant (<https://fusionauth.io/docs/apis/tenants>).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Tenant {
    pub(crate) email_configuration: EmailConfiguration,
    pub(crate) external_identifier_configuration: ExternalIdentifierConfiguration,
    pub(crate) failed_authentication_configuration: FailedAuthenticationConfiguration,
    pub(crate) id: Uuid,
    pub(crate) insert_instant: i64,
    pub(crate) issuer: String,
    pub(crate) jwt_configuration: JwtConfiguration,
    pub(crate) last_update_instant: i64,
    pub(crate) login_configuration: TenantLoginConfiguration,
    pub(crate) maximum_password_age: MaximumPasswordAge,
    pub(crate) minimum_password_age: MinimumPasswordAge,
    pub(crate) multi_factor_configuration: MultiFactorConfiguration,
    pub(crate) name: String,
    pub(crate) password_validation_rules: PasswordValidationRules,

    access_control_configuration: Option<Value>,
    captcha_configuration: Option<Value>,
    configured: Option<Value>,
    connector_policies: Option<Value>,
    data: Option<Value>,
    event_configuration: Option<Value>,
    family_configuration: Option<Value>,
    form_configuration: Option<Value>,
    http_session_max_inactive_interval: Option<Value>,
    lambda_configuration: Option<Value>,
    #[serde(rename = "logoutURL")]
    logout_url: Option<Value>,
    oauth_configuration: Option<Value>,
    password_encryption_configuration: Option<Value>,
    phone_configuration: Option<Value>,
    rate_limit_configuration: Option<Value>,
    registration_configuration: Option<Value>,
    scim_server_configuration: Option<Value>,
    sso_configuration: Option<Value>,
    state: Option<Value>,
    theme_id: Option<Value>,
    user_delete_policy: Option<Value>,
    username_configuration: Option<Value>,
    web_authn_configuration: Option<Value>,
}

/// How tokens are made: a tenant's, or an application's own if that is `enabled`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct JwtConfiguration {
    pub(crate) access_token_key_id: Option<Uuid>,
    pub(crate) enabled: bool,
    id_token_key_id: Option<Uuid>,
    pub(crate) refresh_token_expiration_policy: RefreshTokenExpirationPolicy,
    pub(crate) refresh_token_one_time_use_configuration: OneTimeUseConfiguration,
    pub(crate) refresh_token_revocation_policy: RevocationPolicy,
    pub(crate) refresh_token_sliding_window_configuration: SlidingWindowConfiguration,
    pub(crate) refresh_token_time_to_live_in_minutes: i64,
    pub(crate) refresh_token_usage_policy: RefreshTokenUsagePolicy,
    pub(crate) time_to_live_in_seconds: i64,
}

/// What a refresh token's life is counted from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RefreshTokenExpirationPolicy {
    /// Its first issue.
    #[default]
    Fixed,
    /// Its last use.
    SlidingWindow,
    /// Its last use, but no longer than the maximum from its first issue.
    SlidingWindowWithMaximumLifetime,
}

/// Whether a refresh gives a new refresh token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RefreshTokenUsagePolicy {
    #[default]
    Reusable,
    OneTimeUse,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct OneTimeUseConfiguration {
    pub(crate) grace_period_in_seconds: i64,
}

/// What revokes refresh tokens beside a request to do so. A tenant's only.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct RevocationPolicy {
    pub(crate) on_login_prevented: bool,
    pub(crate) on_multi_factor_enable: bool,
    pub(crate) on_one_time_token_reuse: bool,
    pub(crate) on_password_changed: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct SlidingWindowConfiguration {
    pub(crate) maximum_time_to_live_in_minutes: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TenantLoginConfiguration {
    pub(crate) require_authentication: bool,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EmailConfiguration {
    pub(crate) forgot_password_email_template_id: Option<Uuid>,
    pub(crate) set_password_email_template_id: Option<Uuid>,
    pub(crate) unverified: Unverified,
    pub(crate) verification_email_template_id: Option<Uuid>,
    pub(crate) verification_strategy: VerificationStrategy,
    pub(crate) verify_email: bool,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// How a person verifies an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum VerificationStrategy {
    #[default]
    ClickableLink,
    FormField,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Unverified {
    pub(crate) behavior: UnverifiedBehavior,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What somebody with an unverified address may do. Gating is a paid-plan feature of a real instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UnverifiedBehavior {
    #[default]
    Allow,
    Gated,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ExternalIdentifierConfiguration {
    pub(crate) change_password_id_time_to_live_in_seconds: i64,
    pub(crate) email_verification_id_time_to_live_in_seconds: i64,
    pub(crate) one_time_password_time_to_live_in_seconds: i64,
    pub(crate) registration_verification_id_time_to_live_in_seconds: i64,
    pub(crate) setup_password_id_time_to_live_in_seconds: i64,
    pub(crate) trust_token_time_to_live_in_seconds: i64,
    pub(crate) two_factor_id_time_to_live_in_seconds: i64,
    pub(crate) two_factor_one_time_code_id_time_to_live_in_seconds: i64,
    pub(crate) two_factor_trust_id_time_to_live_in_seconds: i64,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MultiFactorConfiguration {
    pub(crate) email: MultiFactorEmail,
    pub(crate) login_policy: MultiFactorLoginPolicy,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Codes by e-mail.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct MultiFactorEmail {
    enabled: bool,
    pub(crate) template_id: Option<Uuid>,
}

/// Whether a second factor is asked for at login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MultiFactorLoginPolicy {
    Disabled,
    #[default]
    Enabled,
    Required,
}

impl Default for Tenant {
    fn default() -> Self {
        Self {
            email_configuration: EmailConfiguration::default(),
            external_identifier_configuration: ExternalIdentifierConfiguration::default(),
            failed_authentication_configuration: FailedAuthenticationConfiguration::default(),
            id: Uuid::nil(),
            insert_instant: 0,
            // FusionAuth's own default.
            issuer: "acme.com".to_owned(),
            jwt_configuration: JwtConfiguration::default(),
            last_update_instant: 0,
            login_configuration: TenantLoginConfiguration::default(),
            maximum_password_age: MaximumPasswordAge::default(),
            minimum_password_age: MinimumPasswordAge::default(),
            multi_factor_configuration: MultiFactorConfiguration::default(),
            name: "Default".to_owned(),
            password_validation_rules: PasswordValidationRules::default(),
            access_control_configuration: None,
            captcha_configuration: None,
            configured: None,
            connector_policies: None,
            data: None,
            event_configuration: None,
            family_configuration: None,
            form_configuration: None,
            http_session_max_inactive_interval: None,
            lambda_configuration: None,
            logout_url: None,
            oauth_configuration: None,
            password_encryption_configuration: None,
            phone_configuration: None,
            rate_limit_configuration: None,
            registration_configuration: None,
            scim_server_configuration: None,
            sso_configuration: None,
            state: None,
            theme_id: None,
            user_delete_policy: None,
            username_configuration: None,
            web_authn_configuration: None,
        }
    }
}

impl Default for JwtConfiguration {
    fn default() -> Self {
        Self {
            access_token_key_id: None,
            enabled: false,
            id_token_key_id: None,
            refresh_token_expiration_policy: RefreshTokenExpirationPolicy::default(),
            refresh_token_one_time_use_configuration: OneTimeUseConfiguration::default(),
            refresh_token_revocation_policy: RevocationPolicy::default(),
            refresh_token_sliding_window_configuration: SlidingWindowConfiguration::default(),
            refresh_token_time_to_live_in_minutes: 43_200,
            refresh_token_usage_policy: RefreshTokenUsagePolicy::default(),
            time_to_live_in_seconds: 3_600,
        }
    }
}

impl Default for RevocationPolicy {
    fn default() -> Self {
        Self { on_login_prevented: true, on_multi_factor_enable: false, on_one_time_token_reuse: false, on_password_changed: true }
    }
}

impl Default for SlidingWindowConfiguration {
    fn default() -> Self {
        Self { maximum_time_to_live_in_minutes: 43_200 }
    }
}

impl Default for TenantLoginConfiguration {
    fn default() -> Self {
        Self { require_authentication: true, rest: Map::new() }
    }
}

impl Default for ExternalIdentifierConfiguration {
    fn default() -> Self {
        Self {
            change_password_id_time_to_live_in_seconds: 600,
            email_verification_id_time_to_live_in_seconds: 86_400,
            one_time_password_time_to_live_in_seconds: 60,
            registration_verification_id_time_to_live_in_seconds: 86_400,
            setup_password_id_time_to_live_in_seconds: 86_400,
            trust_token_time_to_live_in_seconds: 180,
            two_factor_id_time_to_live_in_seconds: 300,
            two_factor_one_time_code_id_time_to_live_in_seconds: 60,
            two_factor_trust_id_time_to_live_in_seconds: 2_592_000,
            rest: Map::new(),
        }
    }
}
