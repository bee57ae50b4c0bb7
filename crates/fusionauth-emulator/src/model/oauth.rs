//! An application's settings as an OAuth client. `POST /oauth2/token` follows them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use smart_default::SmartDefault;

/// An application as an OAuth client (<https://fusionauth.io/docs/apis/applications>). Only the refresh grant has an effect here.
/// This type has no `Debug`, because it holds a secret.
#[derive(Clone, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OauthConfiguration {
    pub(crate) client_authentication_policy: ClientAuthenticationPolicy,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    #[default(vec!["authorization_code".to_owned(), "refresh_token".to_owned()])]
    pub(crate) enabled_grants: Vec<String>,

    #[serde(rename = "authorizedOriginURLs")]
    authorized_origin_urls: Option<Value>,
    #[serde(rename = "authorizedRedirectURLs")]
    authorized_redirect_urls: Option<Value>,
    authorized_resource_uris: Option<Value>,
    #[serde(rename = "authorizedURLValidationPolicy")]
    authorized_url_validation_policy: Option<Value>,
    consent_mode: Option<Value>,
    debug: Option<Value>,
    #[serde(rename = "deviceVerificationURL")]
    device_verification_url: Option<Value>,
    generate_refresh_tokens: Option<Value>,
    logout_behavior: Option<Value>,
    #[serde(rename = "logoutURL")]
    logout_url: Option<Value>,
    proof_key_for_code_exchange_policy: Option<Value>,
    provided_scope_policy: Option<Value>,
    relationship: Option<Value>,
    require_client_authentication: Option<Value>,
    require_registration: Option<Value>,
    scope_handling_policy: Option<Value>,
    unknown_scope_policy: Option<Value>,
}

/// Whether a client must send its secret. For the refresh grant the last two mean the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ClientAuthenticationPolicy {
    #[default]
    Required,
    NotRequired,
    #[serde(rename = "NotRequiredWhenUsingPKCE")]
    NotRequiredWhenUsingPkce,
}
