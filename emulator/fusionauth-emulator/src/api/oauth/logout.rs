//! `/oauth2/logout` ends the browser's single sign-on session, and redirects the browser to the URL in the request or to the configured logout
//! URL. As in FusionAuth, the refresh tokens of applications stay valid. The emulator calls no logout URLs of other applications.

use super::client;
use super::error::OauthError;
use super::form::FormBody;
use super::request::{is_authorized, redirect, with_query};
use super::sso;
use crate::database;
use crate::http::{Answer, Anyone, Routes, cookies, credentials};
use crate::model::Application;
use crate::state::AppState;
use axum::http::HeaderMap;
use axum::routing::get;
use serde::Deserialize;

pub(super) fn router() -> Routes {
    Routes::new().route("/oauth2/logout", get(logout).post(logout))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    client_id: Option<String>,
    id_token_hint: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

/// A GET has its parameters in the query. A POST has them in the body, or, without a body, in the query.
async fn logout(Anyone(emulator): Anyone, headers: HeaderMap, FormBody(parameters): FormBody<Parameters>) -> Answer<OauthError> {
    let application = application(&emulator, &parameters).await?;
    let wanted = parameters.post_logout_redirect_uri.filter(|it| !it.is_empty());
    let target = match (wanted, application) {
        (Some(url), Some(application)) if is_authorized(&application, &url) => url,
        (Some(_), _) => {
            let description = "The application's authorizedRedirectURLs lack post_logout_redirect_uri.".to_owned();
            return Err(OauthError::Request("invalid_post_logout_redirect_uri", description));
        }
        (None, application) => match application {
            Some(Application { oauth_configuration, tenant_id, .. }) => match oauth_configuration.logout_url {
                Some(url) => url,
                None => {
                    database::tenants::by_id(&emulator.database, tenant_id).await?.and_then(|it| it.logout_url).unwrap_or("/".to_owned())
                }
            },
            None => "/".to_owned(),
        },
    };
    sso::end(&emulator, &headers).await?;
    let mut response = redirect(&with_query(&target, parameters.state.as_deref().map(|it| ("state", it)).into_iter()));
    cookies::append(&mut response, [sso::expired_cookie(&headers)]);
    Ok(response)
}

/// The application that `client_id` names, or else the application in the audience of `id_token_hint`.
async fn application(emulator: &AppState, parameters: &Parameters) -> Result<Option<Application>, OauthError> {
    if let Some(id) = parameters.client_id.as_deref().filter(|it| !it.is_empty()) {
        return client::find_known(emulator, id).await.map(Some);
    }
    let Some(hint) = parameters.id_token_hint.as_deref().filter(|it| !it.is_empty()) else { return Ok(None) };
    // FusionAuth accepts an expired hint, too.
    let claims = credentials::claims_of_any_age(emulator, hint).await?;
    let invalid = || OauthError::Request("invalid_id_token_hint", "id_token_hint is invalid.".to_owned());
    let claims = claims.ok_or_else(invalid)?;
    client::find(emulator, claims["aud"].as_str().unwrap_or_default()).await
}
