//! An application's settings as an OAuth client, which the endpoints under `/oauth2` and `/app` use.

use super::stored::Stored;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smart_default::SmartDefault;

/// An application as an OAuth client (<https://fusionauth.io/docs/apis/applications>). This type has no `Debug`, because it has a secret.
#[derive(Clone, SmartDefault, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OauthConfiguration {
    /// The URLs to which the emulator may redirect a browser with an authorization code. A URL must match exactly.
    #[serde(rename = "authorizedRedirectURLs")]
    pub(crate) authorized_redirect_urls: Vec<String>,
    pub(crate) client_authentication_policy: ClientAuthenticationPolicy,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    #[default(vec!["authorization_code".to_owned(), "refresh_token".to_owned()])]
    pub(crate) enabled_grants: Vec<String>,
    /// The page of the application on which a user types the code of a device.
    #[serde(rename = "deviceVerificationURL")]
    pub(crate) device_verification_url: Option<String>,
    /// Whether a client that requests the scope `offline_access` gets a refresh token.
    #[default(true)]
    pub(crate) generate_refresh_tokens: bool,
    /// The scopes of OpenID Connect that the application knows.
    pub(crate) provided_scope_policy: ProvidedScopePolicy,
    /// The URL to which a logout redirects the browser, unless its request names another URL.
    #[serde(rename = "logoutURL")]
    pub(crate) logout_url: Option<String>,
    pub(crate) proof_key_for_code_exchange_policy: ProofKeyForCodeExchangePolicy,
    /// Whether a user without a registration gets no code.
    pub(crate) require_registration: bool,
    pub(crate) scope_handling_policy: ScopeHandlingPolicy,
    pub(crate) unknown_scope_policy: UnknownScopePolicy,

    #[serde(rename = "authorizedOriginURLs")]
    authorized_origin_urls: Option<Stored>,
    authorized_resource_uris: Option<Stored>,
    #[serde(rename = "authorizedURLValidationPolicy")]
    authorized_url_validation_policy: Option<Stored>,
    consent_mode: Option<Stored>,
    debug: Option<Stored>,
    logout_behavior: Option<Stored>,
    relationship: Option<Stored>,
    require_client_authentication: Option<Value>,
}

/// Whether a client must send its secret. For the refresh grant, `NotRequired` and
/// `NotRequiredWhenUsingPkce` mean the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ClientAuthenticationPolicy {
    #[default]
    Required,
    NotRequired,
    #[serde(rename = "NotRequiredWhenUsingPKCE")]
    NotRequiredWhenUsingPkce,
}

/// Whether an authorization request must have a `code_challenge` (PKCE, RFC 7636).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ProofKeyForCodeExchangePolicy {
    Required,
    #[default]
    NotRequired,
    NotRequiredWhenUsingClientAuthentication,
}

/// Whether a request's scopes decide which claims the tokens and the UserInfo answer have
/// (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/scopes#scope-handling-policy>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ScopeHandlingPolicy {
    /// As before FusionAuth 1.50: all claims, whatever the scopes.
    Compatibility,
    #[default]
    Strict,
}

/// What happens to scopes that the application does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UnknownScopePolicy {
    Allow,
    Remove,
    #[default]
    Reject,
}

/// The scopes that FusionAuth provides.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ProvidedScopePolicy {
    address: ProvidedScope,
    email: ProvidedScope,
    phone: ProvidedScope,
    profile: ProvidedScope,
}

/// A scope that FusionAuth provides. `required` has no effect, because the emulator never asks for consent.
#[derive(Clone, SmartDefault, Serialize, Deserialize)]
#[serde(default)]
struct ProvidedScope {
    #[default(true)]
    enabled: bool,
    required: bool,
}

impl ProvidedScopePolicy {
    /// Whether FusionAuth provides a scope of this name, and the application has it on.
    pub(crate) fn is_enabled(&self, name: &str) -> bool {
        match name {
            "address" => self.address.enabled,
            "email" => self.email.enabled,
            "phone" => self.phone.enabled,
            "profile" => self.profile.enabled,
            _ => false,
        }
    }
}
