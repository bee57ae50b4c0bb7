//! `GET /.well-known/openid-configuration` (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/endpoints>) of the tenant in the
//! query or the path, or else of the first tenant; always 200. It lists the emulator's features, which are fewer than FusionAuth's.

use crate::database;
use crate::http::host::own_origin;
use crate::http::{Answer, Anyone, Query, Routes, json};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/.well-known/openid-configuration", get(configuration))
        .route("/{tenant_id}/.well-known/openid-configuration", get(configuration))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    tenant_id: Option<String>,
}

async fn configuration(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    path: Option<Path<String>>,
    Query(query): Query<Parameters>,
) -> Answer {
    let tenant = path.map(|Path(it)| it).or(query.tenant_id);
    let tenants = database::tenants::all(&emulator.database).await?;
    let named = tenants.iter().find(|it| tenant.as_deref() == Some(&it.id.to_string()));
    let issuer = named.or(tenants.first()).map(|it| it.issuer.clone());
    let base = own_origin(&headers);
    let answer = json!({
        "authorization_endpoint": format!("{base}/oauth2/authorize"),
        "backchannel_logout_supported": false,
        "claims_supported": [
            "applicationId", "at_hash", "aud", "auth_time", "authenticationType", "birthdate", "email", "email_verified", "exp", "family_name",
            "given_name", "iat", "iss", "jti", "locale", "middle_name", "name", "nonce", "phone_number", "phone_number_verified", "picture",
            "preferred_username", "roles", "scope", "sid", "sub", "tid", "zoneinfo",
        ],
        "device_authorization_endpoint": format!("{base}/oauth2/device_authorize"),
        "end_session_endpoint": format!("{base}/oauth2/logout"),
        "frontchannel_logout_supported": false,
        "grant_types_supported": [
            "authorization_code", "client_credentials", "password", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": format!("{base}/.well-known/jwks.json"),
        "response_modes_supported": ["form_post", "fragment", "query"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "offline_access", "address", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": format!("{base}/oauth2/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "userinfo_endpoint": format!("{base}/oauth2/userinfo"),
    });
    Ok(json(StatusCode::OK, &answer))
}
