//! The hosted backend (<https://fusionauth.io/docs/apis/hosted-backend>): `/app/*` performs the authorization code grant for an
//! application without a backend, and keeps the tokens in cookies. A browser sends these cookies only to this host, but FusionAuth's
//! cookies also to its sibling hosts.

use super::client;
use super::code::{self, CodeGrant, challenge_of};
use super::error::OauthError;
use super::request::{CALLBACK, is_authorized, redirect, unauthorized_redirect, with_query};
use super::token::renew;
use super::token_claims::claims_of;
use super::tokens::IssuedTokens;
use crate::http::cookies::{self, Lifetime};
use crate::http::host::own_origin;
use crate::http::{Answer, Anyone, Query, Routes, empty, json};
use crate::model::Application;
use crate::state::{AppState, OpaqueToken};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;

const ACCESS_TOKEN: &str = "app.at";
/// The cookie with the time when the access token expires, in seconds since 1970. The page's scripts may read this cookie.
const EXPIRY: &str = "app.at_exp";
/// The cookie with the id token. The page's scripts may read this cookie.
const ID_TOKEN: &str = "app.idt";
const REFRESH_TOKEN: &str = "app.rt";
/// The cookie with the PKCE verifier of a sign-in in progress. Without it, another browser can't complete the sign-in.
const VERIFIER: &str = "app.code_verifier";
/// How long a sign-in may take, in seconds.
const SIGN_IN_SECONDS: i64 = 600;

pub(super) fn router() -> Routes {
    let endpoints = [("login", get(begin)), ("register", get(begin)), ("me", get(me)), ("refresh", post(refresh)), ("logout", get(logout))];
    endpoints.into_iter().fold(Routes::new().route(CALLBACK, get(callback)), |routes, (name, endpoint)| {
        let path = format!("/app/{name}");
        // FusionAuth's SDKs for browsers end the path with a slash, and name the client in the query.
        let routes = routes.route(&path, endpoint.clone()).route(&format!("{path}/"), endpoint.clone());
        routes.route(&format!("{path}/{{client_id}}"), endpoint)
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    client_id: Option<String>,
    post_logout_redirect_uri: Option<String>,
    redirect_uri: Option<String>,
    scope: Option<String>,
    state: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CallbackParameters {
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    error_reason: Option<String>,
    locale: Option<String>,
    state: String,
    #[serde(rename = "userState")]
    user_state: Option<String>,
}

/// The `state` of the authorization request. Anybody can forge a `state`, so the callback checks its values again.
#[derive(Serialize, Deserialize)]
struct PendingSignIn {
    client: String,
    redirect_uri: String,
    state: Option<String>,
}

/// Redirects the browser to the page for a sign-in, or for a registration if the application allows self-service registration.
async fn begin(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    uri: Uri,
    path: Option<Path<String>>,
    Query(parameters): Query<Parameters>,
) -> Answer<OauthError> {
    let application = application(&emulator, path, parameters.client_id).await?;
    let registers = uri.path().starts_with("/app/register") && application.registration_configuration.enabled;
    let page = if registers { "/oauth2/register" } else { "/oauth2/authorize" };
    let allowed = &application.oauth_configuration.authorized_redirect_urls;
    let redirect_uri = parameters.redirect_uri.or_else(|| allowed.first().cloned()).unwrap_or_default();
    check_redirect(&application, &redirect_uri)?;
    let client = application.id.to_string();
    let pending = PendingSignIn { client: client.clone(), redirect_uri, state: parameters.state };
    let state = URL_SAFE_NO_PAD.encode(json!(pending).to_string());
    let verifier = OpaqueToken::generate(&emulator.random);
    let (callback, tenant, challenge) = (callback_url(&headers), application.tenant_id.to_string(), challenge_of(verifier.expose()));
    let query = [
        ("client_id", client.as_str()),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("redirect_uri", &callback),
        ("response_type", "code"),
        ("scope", parameters.scope.as_deref().unwrap_or("openid offline_access")),
        ("state", &state),
        ("tenantId", &tenant),
    ];
    let mut response = redirect(&with_query(page, query.into_iter()));
    let (same_site, lifetime) = (emulator.behaviours().same_site, Lifetime::Seconds(SIGN_IN_SECONDS));
    cookies::append(&mut response, [cookies::set(&headers, same_site, VERIFIER, verifier.expose(), lifetime)]);
    Ok(response)
}

/// Exchanges the code, and sends the browser back to the application.
async fn callback(Anyone(emulator): Anyone, headers: HeaderMap, Query(parameters): Query<CallbackParameters>) -> Answer<OauthError> {
    let unreadable = || OauthError::Request("unknown", "The parameter state does not come from /app/login.".to_owned());
    let state = URL_SAFE_NO_PAD.decode(&parameters.state).map_err(|_| unreadable())?;
    let pending: PendingSignIn = serde_json::from_slice(&state).map_err(|_| unreadable())?;
    let application = application(&emulator, None, Some(pending.client)).await?;
    check_redirect(&application, &pending.redirect_uri)?;
    let texts = [
        ("error", parameters.error),
        ("error_description", parameters.error_description),
        ("error_reason", parameters.error_reason),
        ("locale", parameters.locale),
        ("state", pending.state),
        ("userState", parameters.user_state),
    ];
    let texts = texts.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    let mut response = redirect(&with_query(&pending.redirect_uri, texts));
    if let Some(code) = parameters.code {
        let (code, verifier) = (OpaqueToken::from_request(code), cookies::get(&headers, VERIFIER));
        let grant = CodeGrant { code, redirect_uri: callback_url(&headers), verifier };
        let tokens = code::exchange(&emulator, &application, grant).await?;
        set_cookies(&emulator, &headers, &mut response, &tokens);
    }
    cookies::append(&mut response, [cookies::delete(VERIFIER)]);
    Ok(response)
}

/// Claims about the user of the access token in the cookie.
async fn me(Anyone(emulator): Anyone, headers: HeaderMap) -> Answer<OauthError> {
    let token = cookies::get(&headers, ACCESS_TOKEN).unwrap_or_default();
    Ok(json(StatusCode::OK, &claims_of(&emulator, &token).await?))
}

/// Renews the tokens. 400 if the cookie has no valid refresh token: the user must sign in again.
async fn refresh(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    path: Option<Path<String>>,
    Query(parameters): Query<Parameters>,
) -> Answer<OauthError> {
    let application = application(&emulator, path, parameters.client_id).await?;
    let token = cookies::get(&headers, REFRESH_TOKEN).unwrap_or_default();
    let tokens = renew(&emulator, &application, OpaqueToken::from_request(token), None, None).await?;
    let mut response = empty(StatusCode::OK);
    set_cookies(&emulator, &headers, &mut response, &tokens);
    Ok(response)
}

async fn logout(Anyone(emulator): Anyone, path: Option<Path<String>>, Query(parameters): Query<Parameters>) -> Answer<OauthError> {
    let application = application(&emulator, path, parameters.client_id).await?;
    let (client, target) = (application.id.to_string(), parameters.post_logout_redirect_uri.or(parameters.redirect_uri));
    let optional = [("post_logout_redirect_uri", target.as_deref()), ("state", parameters.state.as_deref())];
    let optional = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let mut response = redirect(&with_query("/oauth2/logout", [("client_id", client.as_str())].into_iter().chain(optional)));
    cookies::append(&mut response, [ACCESS_TOKEN, EXPIRY, ID_TOKEN, REFRESH_TOKEN].map(cookies::delete));
    Ok(response)
}

async fn application(emulator: &AppState, path: Option<Path<String>>, query: Option<String>) -> Result<Application, OauthError> {
    let id = path.map(|Path(it)| it).or(query).unwrap_or_default();
    client::find_known(emulator, &id).await
}

fn check_redirect(application: &Application, url: &str) -> Result<(), OauthError> {
    if is_authorized(application, url) { Ok(()) } else { Err(unauthorized_redirect(url)) }
}

fn callback_url(headers: &HeaderMap) -> String {
    format!("{}{CALLBACK}", own_origin(headers))
}

fn set_cookies(emulator: &AppState, headers: &HeaderMap, response: &mut Response, tokens: &IssuedTokens) {
    let same_site = emulator.behaviours().same_site;
    let access = Lifetime::Seconds(tokens.seconds);
    let refresh = Lifetime::Seconds(tokens.refresh_token_seconds);
    let expiry = tokens.access_token.expiration_instant.div_euclid(1_000).to_string();
    let refresh_token = tokens.refresh_token.as_ref().map(|(_, it)| it.expose());
    cookies::append(
        response,
        [
            cookies::set(headers, same_site, ACCESS_TOKEN, &tokens.access_token.text, access),
            // This cookie lives as long as the refresh token, so that scripts know after the expiry that there was a session.
            cookies::set_for_scripts(headers, same_site, EXPIRY, &expiry, refresh),
            tokens.id_token.as_ref().and_then(|it| cookies::set_for_scripts(headers, same_site, ID_TOKEN, it, refresh)),
            refresh_token.and_then(|it| cookies::set(headers, same_site, REFRESH_TOKEN, it, refresh)),
        ],
    );
}
