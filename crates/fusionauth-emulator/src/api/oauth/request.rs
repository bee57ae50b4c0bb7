//! Authorization requests: their parameters, and the checks before the user signs in.

use super::client;
use super::error::{OauthError, missing};
use crate::database;
use crate::http::host::own_origin;
use crate::model::{Application, ProofKeyForCodeExchangePolicy, Tenant};
use crate::state::AppState;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The path of the hosted backend to which the browser returns with a code.
pub(super) const CALLBACK: &str = "/app/callback";

/// The parameters of an authorization request, as the client sent them.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Parameters {
    pub(super) client_id: Option<String>,
    pub(super) code_challenge: Option<String>,
    pub(super) code_challenge_method: Option<String>,
    pub(super) login_hint: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) prompt: Option<String>,
    pub(super) redirect_uri: Option<String>,
    pub(super) response_mode: Option<String>,
    pub(super) response_type: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) state: Option<String>,
    #[serde(rename = "tenantId")]
    pub(super) tenant_id: Option<String>,
}

/// An authorization request that has passed the checks.
pub(super) struct AuthorizationRequest {
    pub(super) application: Application,
    pub(super) tenant: Tenant,
    pub(super) redirect_uri: String,
    pub(super) parameters: Parameters,
}

/// The error of an authorization request that the emulator refuses.
pub(super) enum RequestError {
    /// The emulator answers with this error itself. It does so if it can't trust the redirect URL.
    Answer(OauthError),
    /// The emulator redirects the browser to this URL, which contains the error for the client.
    Redirect(String),
}

impl AuthorizationRequest {
    pub(super) async fn check(emulator: &AppState, headers: &HeaderMap, parameters: Parameters) -> Result<Self, RequestError> {
        let parameters = parameters.without_empty();
        let id = parameters.client_id.as_deref().ok_or_else(|| missing("missing_client_id", "client_id"))?;
        let application = client::find_known(emulator, id).await?;
        let tenant = database::tenants::by_id(&emulator.database, application.tenant_id).await.map_err(OauthError::from)?;
        let tenant = tenant.ok_or_else(client::unknown)?;
        if parameters.tenant_id.as_deref().is_some_and(|it| it != tenant.id.to_string()) {
            return Err(OauthError::Request("invalid_tenant_id", "The client belongs to another tenant.".to_owned()).into());
        }
        let redirect_uri = parameters.redirect_uri.clone().ok_or_else(|| missing("missing_redirect_uri", "redirect_uri"))?;
        if !is_authorized(&application, &redirect_uri) && redirect_uri != format!("{}{CALLBACK}", own_origin(headers)) {
            return Err(unauthorized_redirect().into());
        }
        let request = Self { application, tenant, redirect_uri, parameters };
        match request.error() {
            Some((error, reason, description)) => Err(request.refused(error, reason, description)),
            None => Ok(request),
        }
    }

    /// The redirect that tells the client about an error.
    pub(super) fn refused(&self, error: &str, reason: &str, description: &str) -> RequestError {
        RequestError::Redirect(self.redirect(&[("error", error), ("error_description", description), ("error_reason", reason)]))
    }

    /// The redirect URL with these parameters and the client's `state`.
    pub(super) fn redirect(&self, parameters: &[(&str, &str)]) -> String {
        let state = self.parameters.state.as_deref().map(|it| ("state", it));
        with_query(&self.redirect_uri, parameters.iter().copied().chain(state))
    }

    /// The first error: its OAuth type, FusionAuth's reason, and a description.
    fn error(&self) -> Option<(&'static str, &'static str, &'static str)> {
        let (oauth, parameters) = (&self.application.oauth_configuration, &self.parameters);
        match parameters.response_type.as_deref() {
            Some("code") => {}
            None => return Some(("invalid_request", "missing_response_type", "The parameter response_type is missing.")),
            Some(_) => return Some(("unsupported_response_type", "invalid_response_type", "response_type must be code.")),
        }
        if parameters.response_mode.as_deref().is_some_and(|it| it != "query") {
            return Some(("invalid_request", "invalid_response_mode", "response_mode must be query."));
        }
        if !oauth.enabled_grants.iter().any(|it| it == "authorization_code") {
            return Some(("unauthorized_client", "grant_type_disabled", "The application does not allow this grant."));
        }
        match (parameters.code_challenge.as_deref(), parameters.code_challenge_method.as_deref()) {
            (Some(challenge), Some("S256")) if URL_SAFE_NO_PAD.decode(challenge).is_ok_and(|it| it.len() == 32) => {}
            (Some(_), Some("S256")) => {
                return Some(("invalid_request", "invalid_pkce_code_challenge", "code_challenge is not the hash of a code_verifier."));
            }
            // RFC 7636 section 4.3: without a method the challenge is plain text, which FusionAuth does not accept.
            (Some(_), _) => return Some(("invalid_request", "invalid_pkce_code_challenge_method", "code_challenge_method must be S256.")),
            (None, Some(_)) => return Some(("invalid_request", "missing_code_challenge", "The parameter code_challenge is missing.")),
            (None, None) if oauth.proof_key_for_code_exchange_policy == ProofKeyForCodeExchangePolicy::Required => {
                return Some(("invalid_request", "missing_code_challenge", "The application requires a code_challenge."));
            }
            (None, None) => {}
        }
        // Without single sign-on, the user always has to sign in, which `prompt=none` forbids.
        let is_silent = parameters.prompt.as_deref().is_some_and(|it| it.split(' ').any(|it| it == "none"));
        is_silent.then_some(("login_required", "authentication_required", "The user must sign in."))
    }
}

impl Parameters {
    fn without_empty(mut self) -> Self {
        let members = [
            &mut self.client_id,
            &mut self.code_challenge,
            &mut self.code_challenge_method,
            &mut self.login_hint,
            &mut self.nonce,
            &mut self.prompt,
            &mut self.redirect_uri,
            &mut self.response_mode,
            &mut self.response_type,
            &mut self.scope,
            &mut self.state,
            &mut self.tenant_id,
        ];
        for member in members {
            member.take_if(|it| it.is_empty());
        }
        self
    }
}

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        match self {
            Self::Answer(error) => error.into_response(),
            Self::Redirect(url) => redirect(&url),
        }
    }
}

impl From<OauthError> for RequestError {
    fn from(error: OauthError) -> Self {
        Self::Answer(error)
    }
}

/// The error of a request with a redirect URL that the application does not name.
pub(super) fn unauthorized_redirect() -> OauthError {
    OauthError::Request("invalid_redirect_uri", "The application's authorizedRedirectURLs lack redirect_uri.".to_owned())
}

/// Whether the application's authorized redirect URLs contain exactly this URL. The emulator lacks FusionAuth's wildcards.
pub(super) fn is_authorized(application: &Application, url: &str) -> bool {
    application.oauth_configuration.authorized_redirect_urls.iter().any(|it| it == url)
}

/// The URL with these parameters in its query.
pub(super) fn with_query<'a>(url: &str, parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let query = serde_urlencoded::to_string(parameters.collect::<Vec<_>>()).unwrap_or_default();
    match (query.is_empty(), url.contains('?')) {
        (true, _) => url.to_owned(),
        (false, true) => format!("{url}&{query}"),
        (false, false) => format!("{url}?{query}"),
    }
}

/// A redirect with 302, the status that FusionAuth uses.
pub(super) fn redirect(url: &str) -> Response {
    match HeaderValue::from_str(url) {
        Ok(url) => (StatusCode::FOUND, [(header::LOCATION, url)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
