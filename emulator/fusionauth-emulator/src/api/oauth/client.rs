//! The OAuth client of a request, and its authentication.

use super::error::{OauthError, missing};
use crate::database;
use crate::model::{Application, ClientAuthenticationPolicy};
use crate::state::{AppState, OpaqueToken};
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use uuid::Uuid;

/// The OAuth client of a request, from Basic authentication or from the form. If both name a client, it must be the same client. This
/// type has no `Debug`, because it contains the secret.
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: Option<String>,
    pub(super) by_basic: bool,
}

impl Client {
    pub(super) fn of(headers: &HeaderMap, id: Option<String>, secret: Option<String>) -> Result<Self, OauthError> {
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

    /// The client's application. If the request has a secret, it must be correct. `needs_secret` decides by the application's policy
    /// whether the request must have a secret.
    pub(super) async fn authenticated(
        self,
        emulator: &AppState,
        needs_secret: impl FnOnce(ClientAuthenticationPolicy) -> bool,
    ) -> Result<Application, OauthError> {
        let Self { id, secret, by_basic } = self;
        let unknown = || OauthError::Client { reason: "invalid_client_id", description: "There is no such client.", by_basic };
        let application = find(emulator, &id).await?.ok_or_else(unknown)?;
        let configuration = &application.oauth_configuration;
        match secret {
            // The comparison of hashes takes a time that reveals nothing about the secret.
            Some(secret) => {
                let own = configuration.client_secret.as_deref().map(|it| OpaqueToken::from_request(it).hash());
                if own != Some(OpaqueToken::from_request(secret).hash()) {
                    let description = "The client's secret is wrong.";
                    return Err(OauthError::Client { reason: "invalid_client_authentication", description, by_basic });
                }
            }
            None if needs_secret(configuration.client_authentication_policy) => {
                let description = "This client must send its secret.";
                return Err(OauthError::Client { reason: "missing_client_secret", description, by_basic });
            }
            None => {}
        }
        Ok(application)
    }
}

/// The active application with this client id.
pub(super) async fn find(emulator: &AppState, id: &str) -> Result<Option<Application>, OauthError> {
    Ok(database::applications::by_id(&emulator.database, id.parse::<Uuid>().ok()).await?.filter(|it| it.active))
}

/// As [`find`], for a request that is not authenticated: a client that does not exist is an error of the request.
pub(super) async fn find_known(emulator: &AppState, id: &str) -> Result<Application, OauthError> {
    find(emulator, id).await?.ok_or_else(unknown)
}

/// The error of a request that names a client that does not exist.
pub(super) fn unknown() -> OauthError {
    OauthError::Request("invalid_client_id", "There is no such client.".to_owned())
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
    // RFC 6749 section 2.3.1: the client form-encodes the id and the secret before it joins them.
    let decode = |it: &str| percent_decode_str(it).decode_utf8_lossy().into_owned();
    Ok(Some((decode(id), decode(secret))))
}
