//! `POST /oauth2/token` (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/endpoints>): the refresh grant. It also accepts
//! refresh tokens of `POST /api/login`, and sets no cookies.

use crate::database;
use crate::domain::Refusal;
use crate::domain::renewals::{Candidate, RenewalError};
use crate::http::form::form;
use crate::http::json;
use crate::model::{Application, ClientAuthenticationPolicy};
use crate::state::{AppState, OpaqueToken};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/oauth2/token", post(token))
}

/// This type has no `Debug`, because it holds a token and a secret.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    client_id: Option<String>,
    client_secret: Option<String>,
    expires_in: Option<String>,
    grant_type: Option<String>,
    refresh_token: Option<String>,
}

/// Why no token is issued. The answer is an OAuth error object with the reason codes that FusionAuth's published clients list.
enum OauthError {
    Request(&'static str, String),
    Client { reason: &'static str, description: &'static str, by_basic: bool },
    Grant(&'static str, &'static str),
    UnauthorizedClient(&'static str, &'static str),
    UnsupportedGrant,
    NotImplemented(String),
    Internal(Refusal),
}

/// The grants of FusionAuth that the emulator lacks.
const GRANTS: [&str; 5] =
    ["authorization_code", "client_credentials", "password", "implicit", "urn:ietf:params:oauth:grant-type:device_code"];

async fn token(State(emulator): State<Arc<AppState>>, request: Request) -> Result<Response, OauthError> {
    let headers = request.headers().clone();
    let form: Form = form(request).await.map_err(|description| OauthError::Request("unknown", description))?;
    let grant = form.grant_type.as_deref().filter(|it| !it.is_empty());
    let grant = grant.ok_or_else(|| missing("missing_grant_type", "grant_type"))?.to_owned();
    let client = Client::of(&headers, form.client_id, form.client_secret)?;
    let application = client.authenticated(&emulator).await?;
    if grant != "refresh_token" && !GRANTS.contains(&grant.as_str()) {
        return Err(OauthError::UnsupportedGrant);
    }
    if !application.oauth_configuration.enabled_grants.contains(&grant) {
        return Err(OauthError::UnauthorizedClient("grant_type_disabled", "The application does not allow this grant."));
    }
    if grant != "refresh_token" {
        return Err(OauthError::NotImplemented(grant));
    }
    let presented = form.refresh_token.filter(|it| !it.is_empty()).ok_or_else(|| missing("missing_refresh_token", "refresh_token"))?;
    let lifetime = match form.expires_in.filter(|it| !it.is_empty()) {
        Some(text) => Some(text.parse::<i64>().map_err(|_| invalid_lifetime())?),
        None => None,
    };
    let candidate = Candidate::find(&emulator, OpaqueToken::from_request(presented)).await?;
    if candidate.application.id != application.id {
        return Err(RenewalError::NotFound.into());
    }
    let user = candidate.user.id;
    let renewed = candidate.renew(&emulator, lifetime, Some("refresh_token")).await?;
    let answer = json!({
        "access_token": renewed.access_token.text,
        "expires_in": renewed.seconds,
        "refresh_token": renewed.refresh_token.expose(),
        "refresh_token_id": renewed.session.id,
        "token_type": "Bearer",
        "userId": user,
    });
    Ok(json(StatusCode::OK, &answer))
}

/// The OAuth client of a request, from Basic authentication or from the form. If both name a client, it must be the same.
struct Client {
    id: String,
    secret: Option<String>,
    by_basic: bool,
}

impl Client {
    fn of(headers: &HeaderMap, id: Option<String>, secret: Option<String>) -> Result<Self, OauthError> {
        let (id, secret) = (id.filter(|it| !it.is_empty()), secret.filter(|it| !it.is_empty()));
        let Some((name, password)) = basic(headers)? else {
            let id = id.ok_or_else(|| missing("missing_client_id", "client_id"))?;
            return Ok(Self { id, secret, by_basic: false });
        };
        if id.is_some_and(|it| it != name) {
            return Err(OauthError::Request("client_id_mismatch", "client_id and the Authorization header differ.".to_owned()));
        }
        Ok(Self { id: name, secret: Some(password), by_basic: true })
    }

    async fn authenticated(self, emulator: &AppState) -> Result<Application, OauthError> {
        let Self { id, secret, by_basic } = self;
        let application = match id.parse() {
            Ok(id) => database::applications::by_id(&emulator.database, id).await.map_err(|it| OauthError::Internal(it.into()))?,
            Err(_) => None,
        };
        let unknown = || OauthError::Client { reason: "invalid_client_id", description: "There is no such client.", by_basic };
        let application = application.filter(|it| it.active).ok_or_else(unknown)?;
        let configuration = &application.oauth_configuration;
        match secret {
            // Comparing hashes takes a time that reveals nothing about the secret.
            Some(secret) => {
                let own = configuration.client_secret.as_deref().map(|it| OpaqueToken::from_request(it).hash());
                if own != Some(OpaqueToken::from_request(secret).hash()) {
                    let description = "The client's secret is wrong.";
                    return Err(OauthError::Client { reason: "invalid_client_authentication", description, by_basic });
                }
            }
            None if configuration.client_authentication_policy == ClientAuthenticationPolicy::Required => {
                let description = "This client must send its secret.";
                return Err(OauthError::Client { reason: "missing_client_secret", description, by_basic });
            }
            None => {}
        }
        Ok(application)
    }
}

/// Id and secret of Basic authentication (RFC 7617). Other schemes are ignored.
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, OauthError> {
    let Some((scheme, encoded)) = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok()?.split_once(' ')) else {
        return Ok(None);
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let text = STANDARD.decode(encoded.trim()).ok().and_then(|it| String::from_utf8(it).ok());
    let malformed = OauthError::Client {
        reason: "invalid_client_authentication",
        description: "The Authorization header can't be read.",
        by_basic: true,
    };
    let text = text.ok_or(malformed)?;
    let (id, secret) = text.split_once(':').unwrap_or((&text, ""));
    // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
    let decode = |it: &str| percent_decode_str(it).decode_utf8_lossy().into_owned();
    Ok(Some((decode(id), decode(secret))))
}

fn missing(reason: &'static str, name: &str) -> OauthError {
    OauthError::Request(reason, format!("The parameter {name} is missing."))
}

fn invalid_lifetime() -> OauthError {
    OauthError::Request("invalid_expires_in", "expires_in can only shorten the access token's life.".to_owned())
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        let answer = |status: StatusCode, error: &str, reason: &str, description: &str| {
            json(status, &json!({"error": error, "error_description": description, "error_reason": reason}))
        };
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::Request(reason, description) => answer(bad, "invalid_request", reason, &description),
            Self::Client { reason, description, by_basic } => {
                let mut response = answer(StatusCode::UNAUTHORIZED, "invalid_client", reason, description);
                if by_basic {
                    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"FusionAuth\""));
                }
                response
            }
            Self::Grant(reason, description) => answer(bad, "invalid_grant", reason, description),
            Self::UnauthorizedClient(reason, description) => answer(bad, "unauthorized_client", reason, description),
            Self::UnsupportedGrant => answer(bad, "unsupported_grant_type", "invalid_grant_type", "There is no such grant."),
            Self::NotImplemented(grant) => {
                let description = format!("FusionAuth has the grant {grant}; this emulator lacks it.");
                answer(StatusCode::NOT_IMPLEMENTED, "unsupported_grant_type", "invalid_grant_type", &description)
            }
            Self::Internal(refusal) => refusal.into_response(),
        }
    }
}

impl From<RenewalError> for OauthError {
    fn from(error: RenewalError) -> Self {
        match error {
            RenewalError::NotFound | RenewalError::NotAllowed => {
                Self::Grant("refresh_token_not_found", "The refresh token is expired, revoked or unknown.")
            }
            RenewalError::UserLocked => Self::Grant("user_locked", "The user is locked."),
            RenewalError::UserExpired => Self::Grant("user_expired", "The user has expired."),
            RenewalError::LoginPrevented => Self::Grant("login_prevented", "An action prevents the user's login."),
            RenewalError::InvalidLifetime => invalid_lifetime(),
            RenewalError::Internal(refusal) => Self::Internal(refusal),
        }
    }
}
