//! Authorization requests: their parameters, and the checks before the user signs in.

use super::client;
use super::error::{OauthError, missing};
use super::{pages, scopes};
use crate::database;
use crate::database::device_codes;
use crate::http::host::own_origin;
use crate::model::{Application, ProofKeyForCodeExchangePolicy, Tenant, WebAuthnWorkflow};
use crate::state::AppState;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::num::ParseIntError;

/// The path of the hosted backend to which the browser returns with a code.
pub(super) const CALLBACK: &str = "/app/callback";

/// The page to which the browser returns from a sign-in that approves a device.
pub(super) const DEVICE_COMPLETE: &str = "/oauth2/device-complete";

/// The parameters of an authorization request, as the client sent them.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Parameters {
    pub(super) client_id: Option<String>,
    pub(super) code_challenge: Option<String>,
    pub(super) code_challenge_method: Option<String>,
    /// The language that the client wants, which the redirect returns.
    pub(super) locale: Option<String>,
    pub(super) login_hint: Option<String>,
    pub(super) max_age: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) prompt: Option<String>,
    pub(super) redirect_uri: Option<String>,
    pub(super) response_mode: Option<String>,
    pub(super) response_type: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) state: Option<String>,
    #[serde(rename = "tenantId")]
    pub(super) tenant_id: Option<String>,
    /// The code of a device that the user approves.
    pub(super) user_code: Option<String>,
}

/// An authorization request that has passed the checks.
pub(super) struct AuthorizationRequest {
    pub(super) application: Application,
    pub(super) tenant: Tenant,
    pub(super) redirect_uri: String,
    pub(super) goal: Goal,
    pub(super) parameters: Parameters,
}

/// What a sign-in leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// The client gets a code.
    Code,
    /// The emulator approves a device whose user came from its own page.
    DeviceApproval,
}

/// The parameter `prompt` (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/prompt>). `consent` has no effect, because the
/// emulator never asks for consent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prompt {
    /// Single sign-on suffices.
    Any,
    /// The user must sign in again.
    Login,
    /// No page may be shown.
    None,
}

/// How the browser brings the answer to the client (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/response-modes>).
#[derive(Clone, Copy)]
enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

/// The error of an authorization request that the emulator refuses.
pub(super) enum RequestError {
    /// The emulator answers with this error itself. It does so if it can't trust the redirect URL.
    Answer(OauthError),
    /// The browser takes this answer, which contains the error, to the client.
    Client(Box<Response>),
}

impl AuthorizationRequest {
    pub(super) async fn check(emulator: &AppState, headers: &HeaderMap, parameters: Parameters) -> Result<Self, RequestError> {
        let parameters = parameters.without_empty();
        let id = parameters.client_id.as_deref().ok_or_else(|| missing("missing_client_id", "client_id"))?;
        let application = client::find_known(emulator, id).await?;
        let tenant = database::tenants::by_id(&emulator.database, application.tenant_id).await?.ok_or_else(client::unknown)?;
        if parameters.tenant_id.as_deref().is_some_and(|it| it != tenant.id.to_string()) {
            return Err(OauthError::Request("invalid_tenant_id", "The client belongs to another tenant.".to_owned()).into());
        }
        let redirect_uri = parameters.redirect_uri.clone().ok_or_else(|| missing("missing_redirect_uri", "redirect_uri"))?;
        let is_own = |path: &str| redirect_uri == format!("{}{path}", own_origin(headers));
        let goal = if is_own(DEVICE_COMPLETE) { Goal::DeviceApproval } else { Goal::Code };
        if !is_authorized(&application, &redirect_uri) && !is_own(CALLBACK) && goal == Goal::Code {
            return Err(unauthorized_redirect(&redirect_uri).into());
        }
        let mut request = Self { application, tenant, redirect_uri, goal, parameters };
        if let Some((error, reason, description)) = request.error() {
            return Err(request.refused(error, reason, description));
        }
        match scopes::accepted(emulator, &request.application, request.parameters.scope.take()).await {
            Ok(scope) => request.parameters.scope = scope,
            Err(OauthError::Scope(reason, description)) => return Err(request.refused("invalid_scope", reason, description)),
            Err(error) => return Err(error.into()),
        }
        request.check_user_code(emulator).await?;
        Ok(request)
    }

    /// Whether users may sign in with passkeys.
    pub(super) fn allows_passkeys(&self) -> bool {
        let own = Some(&self.application.web_authn_configuration);
        self.tenant.web_authn_configuration.workflow(own, WebAuthnWorkflow::Bootstrap).is_some()
    }

    /// Whether a mailed link may sign the user in. No such link approves a device, because it could contain the code of a stranger's device.
    pub(super) fn allows_passwordless(&self) -> bool {
        self.application.allows_passwordless() && self.parameters.user_code.is_none()
    }

    /// Whether the request may be answered without a page only.
    pub(super) fn is_silent(&self) -> bool {
        self.prompt() == Prompt::None
    }

    /// Whether a single sign-on session may replace the sign-in of a user who authenticated at `auth_time` (in seconds since 1970). A user
    /// who approves a device always signs in, because a link from a stranger could contain the code of the stranger's device.
    pub(super) fn accepts_session(&self, auth_time: i64, now_seconds: i64) -> bool {
        let age = now_seconds.saturating_sub(auth_time);
        let is_recent = self.max_age().ok().flatten().is_none_or(|it| it != 0 && age <= i64::from(it));
        self.prompt() != Prompt::Login && is_recent && self.parameters.user_code.is_none()
    }

    /// `path` with the parameters of this request.
    pub(super) fn url_of(&self, path: &str) -> String {
        let pairs = self.parameters.pairs();
        with_query(path, pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    fn prompt(&self) -> Prompt {
        let has = |wanted: &str| self.parameters.prompt.as_deref().is_some_and(|it| it.split(' ').any(|it| it == wanted));
        if has("none") {
            Prompt::None
        } else if has("login") {
            Prompt::Login
        } else {
            Prompt::Any
        }
    }

    /// The parameter `max_age`, in seconds.
    fn max_age(&self) -> Result<Option<u32>, ParseIntError> {
        self.parameters.max_age.as_deref().map(str::parse).transpose()
    }

    async fn check_user_code(&self, emulator: &AppState) -> Result<(), RequestError> {
        let Some(code) = &self.parameters.user_code else { return Ok(()) };
        let hash = device_codes::hash_of_user_code(code);
        let device = device_codes::by_user_code(&emulator.database, &hash).await?;
        match device.filter(|it| it.application_id == self.application.id && it.approval.is_none()) {
            Some(device) if device.expiry_ms > emulator.clock.now_ms() => Ok(()),
            Some(_) => Err(self.refused("expired_token", "user_code_expired", "The user code has expired.")),
            None => Err(self.refused("invalid_request", "invalid_user_code", "The user code is unknown or used.")),
        }
    }

    /// The answer that tells the client about an error.
    pub(super) fn refused(&self, error: &str, reason: &str, description: &str) -> RequestError {
        let parameters = [("error", error), ("error_description", description), ("error_reason", reason)];
        RequestError::Client(Box::new(self.respond(&parameters)))
    }

    /// The answer that brings these parameters and the client's `state` to the redirect URL, by the request's `response_mode`.
    pub(super) fn respond(&self, parameters: &[(&str, &str)]) -> Response {
        let state = self.parameters.state.as_deref().map(|it| ("state", it));
        let parameters = parameters.iter().copied().chain(state);
        match self.response_mode().unwrap_or(ResponseMode::Query) {
            ResponseMode::Query => redirect(&with_query(&self.redirect_uri, parameters)),
            ResponseMode::Fragment => redirect(&format!("{}#{}", self.redirect_uri, with_query("", parameters).trim_start_matches('?'))),
            ResponseMode::FormPost => {
                let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                pages::form_post(&self.redirect_uri, &parameters)
            }
        }
    }

    /// The parameter `response_mode`; `None` if it is unknown.
    fn response_mode(&self) -> Option<ResponseMode> {
        match self.parameters.response_mode.as_deref() {
            None | Some("query") => Some(ResponseMode::Query),
            Some("fragment") => Some(ResponseMode::Fragment),
            Some("form_post") => Some(ResponseMode::FormPost),
            Some(_) => None,
        }
    }

    /// The first error: its OAuth type, FusionAuth's reason, and a description.
    fn error(&self) -> Option<(&'static str, &'static str, &'static str)> {
        let (oauth, parameters) = (&self.application.oauth_configuration, &self.parameters);
        match parameters.response_type.as_deref() {
            Some("code") => {}
            None => return Some(("invalid_request", "missing_response_type", "The parameter response_type is missing.")),
            Some(_) => return Some(("unsupported_response_type", "invalid_response_type", "response_type must be code.")),
        }
        if self.response_mode().is_none() {
            return Some(("invalid_request", "invalid_response_mode", "response_mode must be query, fragment or form_post."));
        }
        if parameters.prompt.as_deref().is_some_and(|it| it.contains(' ')) && self.is_silent() {
            return Some(("invalid_request", "invalid_prompt", "prompt=none allows no other prompt."));
        }
        if self.max_age().is_err() {
            return Some(("invalid_request", "unknown", "max_age must be a number of seconds."));
        }
        if self.goal == Goal::DeviceApproval {
            let is_missing = parameters.user_code.is_none();
            return is_missing.then_some(("invalid_request", "missing_user_code", "The parameter user_code is missing."));
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
        None
    }
}

impl Parameters {
    /// The names and values of the parameters that are given.
    pub(super) fn pairs(&self) -> BTreeMap<String, String> {
        let parameters = serde_json::to_value(self).unwrap_or_default();
        let texts =
            parameters.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        texts.collect()
    }

    fn without_empty(&self) -> Self {
        let mut given = self.pairs();
        given.retain(|_, it| !it.is_empty());
        serde_json::from_value(json!(given)).unwrap_or_default()
    }
}

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        match self {
            Self::Answer(error) => error.into_response(),
            Self::Client(response) => *response,
        }
    }
}

impl<E: Into<OauthError>> From<E> for RequestError {
    fn from(error: E) -> Self {
        Self::Answer(error.into())
    }
}

/// The error of a request with a redirect URL that the application does not name.
pub(super) fn unauthorized_redirect(url: &str) -> OauthError {
    // FusionAuth's own text (<https://github.com/FusionAuth/fusionauth-example-react/issues/22>).
    OauthError::Request("invalid_redirect_uri", format!("Invalid redirect uri {url}"))
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
