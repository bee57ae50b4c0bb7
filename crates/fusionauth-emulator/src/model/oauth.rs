use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An application as an OAuth client (<https://fusionauth.io/docs/apis/applications>). Only the refresh grant has an effect here.
/// It has no `Debug`: it holds a secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct OauthConfiguration {
    pub(crate) client_authentication_policy: ClientAuthenticationPolicy,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
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

/// Whether a client must send its secret. For the refresh grant, the last two say the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ClientAuthenticationPolicy {
    #[default]
    Required,
    NotRequired,
    #[serde(rename = "NotRequiredWhenUsingPKCE")]
    NotRequiredWhenUsingPkce,
}

impl Default for OauthConfiguration {
    fn default() -> Self {
        Self {
            client_authentication_policy: ClientAuthenticationPolicy::default(),
            client_id: None,
            client_secret: None,
            enabled_grants: vec!["authorization_code".to_owned(), "refresh_token".to_owned()],
            authorized_origin_urls: None,
            authorized_redirect_urls: None,
            authorized_resource_uris: None,
            authorized_url_validation_policy: None,
            consent_mode: None,
            debug: None,
            device_verification_url: None,
            generate_refresh_tokens: None,
            logout_behavior: None,
            logout_url: None,
            proof_key_for_code_exchange_policy: None,
            provided_scope_policy: None,
            relationship: None,
            require_client_authentication: None,
            require_registration: None,
            scope_handling_policy: None,
            unknown_scope_policy: None,
        }
    }
}
