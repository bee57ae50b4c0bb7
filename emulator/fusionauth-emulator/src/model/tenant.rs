//! Tenants: how long tokens live, what revokes them, which passwords are allowed, and which messages are sent. An application may override
//! some of these settings.

use super::stored::Stored;
use super::{
    Application, FailedAuthenticationConfiguration, MaximumPasswordAge, MinimumPasswordAge, PasswordValidationRules, WebAuthnConfiguration,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smart_default::SmartDefault;
use std::collections::BTreeMap;
use uuid::{Uuid, uuid};

/// The id of the default key, which signs for tenants that name no key.
pub(crate) const DEFAULT_SIGNING_KEY: Uuid = uuid!("f0000000-0000-4000-8000-0000000e0031");

/// A tenant (<https://fusionauth.io/docs/apis/tenants>).
#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Tenant {
    pub(crate) email_configuration: EmailConfiguration,
    pub(crate) external_identifier_configuration: ExternalIdentifierConfiguration,
    pub(crate) failed_authentication_configuration: FailedAuthenticationConfiguration,
    /// After how many seconds without a sign-in a single sign-on session expires; 0 switches single sign-on off.
    #[default(3_600)]
    pub(crate) http_session_max_inactive_interval: i64,
    pub(crate) id: Uuid,
    pub(crate) insert_instant: i64,
    #[default("acme.com".to_owned())]
    pub(crate) issuer: String,
    pub(crate) jwt_configuration: JwtConfiguration,
    pub(crate) last_update_instant: i64,
    pub(crate) login_configuration: TenantLoginConfiguration,
    #[serde(rename = "logoutURL")]
    pub(crate) logout_url: Option<String>,
    pub(crate) maximum_password_age: MaximumPasswordAge,
    pub(crate) minimum_password_age: MinimumPasswordAge,
    pub(crate) multi_factor_configuration: MultiFactorConfiguration,
    #[default("Default".to_owned())]
    pub(crate) name: String,
    pub(crate) password_validation_rules: PasswordValidationRules,
    pub(crate) web_authn_configuration: WebAuthnConfiguration,

    access_control_configuration: Option<Stored>,
    #[serde(rename = "baseURL")]
    base_url: Option<Stored>,
    captcha_configuration: Option<Stored>,
    client_risk_configuration: Option<Stored>,
    configured: Option<Value>,
    connector_policies: Option<Stored>,
    data: Option<Value>,
    pub(crate) event_configuration: Option<Value>,
    family_configuration: Option<Stored>,
    form_configuration: Option<Stored>,
    lambda_configuration: Option<Stored>,
    oauth_configuration: Option<Stored>,
    password_encryption_configuration: Option<Stored>,
    pub(crate) phone_configuration: PhoneConfiguration,
    rate_limit_configuration: Option<Stored>,
    pub(crate) registration_configuration: TenantRegistrationConfiguration,
    scim_server_configuration: Option<Stored>,
    sso_configuration: Option<Stored>,
    state: Option<Value>,
    theme_id: Option<Stored>,
    user_delete_policy: Option<Stored>,
    username_configuration: Option<Stored>,
}

impl Tenant {
    /// The policy of the application, or else of the tenant (`lookupMultiFactorLoginPolicy` in
    /// <https://github.com/FusionAuth/fusionauth-java-client>).
    pub(crate) fn multi_factor_login_policy(&self, application: Option<&Application>) -> MultiFactorLoginPolicy {
        let own = application.and_then(|it| it.multi_factor_configuration.login_policy);
        own.unwrap_or(self.multi_factor_configuration.login_policy)
    }
}

impl JwtConfiguration {
    /// The keys that sign tokens, if the configuration applies.
    pub(crate) fn keys(&self) -> (bool, Option<Uuid>, Option<Uuid>) {
        (self.enabled, self.access_token_key_id, self.id_token_key_id)
    }
}

/// How tokens are issued. An application's configuration applies if its `enabled` is true; otherwise the tenant's applies.
#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct JwtConfiguration {
    pub(crate) access_token_key_id: Option<Uuid>,
    pub(crate) enabled: bool,
    pub(super) id_token_key_id: Option<Uuid>,
    pub(crate) refresh_token_expiration_policy: RefreshTokenExpirationPolicy,
    pub(crate) refresh_token_one_time_use_configuration: RefreshTokenOneTimeUseConfiguration,
    pub(crate) refresh_token_revocation_policy: RefreshTokenRevocationPolicy,
    pub(crate) refresh_token_sliding_window_configuration: RefreshTokenSlidingWindowConfiguration,
    #[default(43_200)]
    pub(crate) refresh_token_time_to_live_in_minutes: i64,
    pub(crate) refresh_token_usage_policy: RefreshTokenUsagePolicy,
    #[default(3_600)]
    pub(crate) time_to_live_in_seconds: i64,
}

/// The time from which the lifetime of a refresh token is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RefreshTokenExpirationPolicy {
    /// The time when the token was first issued.
    #[default]
    Fixed,
    /// The time when the token was last used.
    SlidingWindow,
    /// The time when the token was last used. The token also expires when a maximum lifetime since its first issue has passed.
    SlidingWindowWithMaximumLifetime,
}

/// Whether a refresh replaces the refresh token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RefreshTokenUsagePolicy {
    #[default]
    Reusable,
    OneTimeUse,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RefreshTokenOneTimeUseConfiguration {
    pub(crate) grace_period_in_seconds: i64,
}

/// The events that revoke refresh tokens, besides requests that ask to revoke them. The emulator reads this policy only from the tenant.
#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RefreshTokenRevocationPolicy {
    #[default(true)]
    pub(crate) on_login_prevented: bool,
    pub(crate) on_multi_factor_enable: bool,
    pub(crate) on_one_time_token_reuse: bool,
    #[default(true)]
    pub(crate) on_password_changed: bool,
}

#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RefreshTokenSlidingWindowConfiguration {
    #[default(43_200)]
    pub(crate) maximum_time_to_live_in_minutes: i64,
}

#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TenantLoginConfiguration {
    #[default(true)]
    pub(crate) require_authentication: bool,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EmailConfiguration {
    pub(crate) email_verified_email_template_id: Option<Uuid>,
    pub(crate) forgot_password_email_template_id: Option<Uuid>,
    /// Whether a password change through a mailed link also verifies the email.
    #[default(true)]
    pub(crate) implicit_email_verification_allowed: bool,
    pub(crate) password_reset_success_email_template_id: Option<Uuid>,
    pub(crate) password_update_email_template_id: Option<Uuid>,
    pub(crate) passwordless_email_template_id: Option<Uuid>,
    pub(crate) set_password_email_template_id: Option<Uuid>,
    pub(crate) two_factor_method_add_email_template_id: Option<Uuid>,
    pub(crate) two_factor_method_remove_email_template_id: Option<Uuid>,
    pub(crate) unverified: UnverifiedOptions,
    pub(crate) verification_email_template_id: Option<Uuid>,
    pub(crate) verification_strategy: VerificationStrategy,
    pub(crate) verify_email: bool,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

/// How a user proves that an email is theirs: by a link in a message, or by an id and a code that they type into a form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum VerificationStrategy {
    #[default]
    ClickableLink,
    FormField,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UnverifiedOptions {
    pub(crate) behavior: UnverifiedBehavior,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

/// Whether a user with an unverified email may sign in. `Gated` is a paid feature of a real instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UnverifiedBehavior {
    #[default]
    Allow,
    Gated,
}

#[derive(Clone, Debug, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ExternalIdentifierConfiguration {
    #[default(30)]
    pub(crate) authorization_grant_id_time_to_live_in_seconds: i64,
    #[default(600)]
    pub(crate) change_password_id_time_to_live_in_seconds: i64,
    #[default(300)]
    pub(crate) device_code_time_to_live_in_seconds: i64,
    #[default(86_400)]
    pub(crate) email_verification_id_time_to_live_in_seconds: i64,
    #[default(60)]
    pub(crate) one_time_password_time_to_live_in_seconds: i64,
    #[default(180)]
    pub(crate) passwordless_login_time_to_live_in_seconds: i64,
    #[default(86_400)]
    pub(crate) registration_verification_id_time_to_live_in_seconds: i64,
    #[default(86_400)]
    pub(crate) setup_password_id_time_to_live_in_seconds: i64,
    #[default(180)]
    pub(crate) trust_token_time_to_live_in_seconds: i64,
    #[default(300)]
    pub(crate) two_factor_id_time_to_live_in_seconds: i64,
    #[default(60)]
    pub(crate) two_factor_one_time_code_id_time_to_live_in_seconds: i64,
    #[default(2_592_000)]
    pub(crate) two_factor_trust_id_time_to_live_in_seconds: i64,
    #[default(180)]
    pub(crate) web_authn_authentication_challenge_time_to_live_in_seconds: i64,
    #[default(180)]
    pub(crate) web_authn_registration_challenge_time_to_live_in_seconds: i64,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MultiFactorConfiguration {
    pub(crate) email: MultiFactorMessage,
    pub(crate) login_policy: MultiFactorLoginPolicy,
    authenticator: Option<Value>,
    pub(crate) sms: MultiFactorMessage,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

impl MultiFactorConfiguration {
    /// Whether this kind of second factor is on.
    pub(crate) fn allows(&self, method: &str) -> bool {
        self.configurable_methods().contains(&method)
    }

    /// The kinds of second factors that a user of this tenant may set up. Only `authenticator` is on by default.
    pub(crate) fn configurable_methods(&self) -> Vec<&'static str> {
        let has_app = self.authenticator.as_ref().and_then(|it| it["enabled"].as_bool()).unwrap_or(true);
        let methods = [("authenticator", has_app), ("email", self.email.enabled), ("sms", self.sms.enabled)];
        methods.into_iter().filter_map(|(method, is_on)| is_on.then_some(method)).collect()
    }
}

/// Second-factor codes by email or SMS.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MultiFactorMessage {
    enabled: bool,
    pub(crate) template_id: Option<Uuid>,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

/// The templates for SMS of a tenant or an application.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PhoneConfiguration {
    pub(crate) forgot_password_template_id: Option<Uuid>,
    pub(crate) passwordless_template_id: Option<Uuid>,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

/// Limits on new users.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TenantRegistrationConfiguration {
    /// The domains of emails that no user may have.
    pub(crate) blocked_domains: Vec<String>,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

/// Whether FusionAuth asks for a second factor at login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MultiFactorLoginPolicy {
    Disabled,
    #[default]
    Enabled,
    Required,
}
