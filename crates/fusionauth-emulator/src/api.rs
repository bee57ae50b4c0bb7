//! FusionAuth's API: one endpoint, one file.

mod application;
mod change_password;
mod email_template;
mod forgot_password;
mod health;
mod import;
mod jwks;
mod key;
mod login;
mod logout;
mod missing;
mod oauth_token;
mod openid_configuration;
mod password_rules;
mod public_key;
mod refresh;
mod registration;
mod registration_update;
mod revoke;
mod sessions;
mod status;
mod system_configuration;
mod tenant;
mod two_factor_login;
mod two_factor_send;
mod two_factor_start;
mod user;
mod user_action;
mod user_retrieve;
mod user_two_factor;
mod user_update;
mod validate;
mod verify_email;
mod verify_registration;

use crate::control;
use crate::http::{Refusal, body, cors};
use crate::instance::Instance;
use crate::model::{Application, Tenant};
use crate::store;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use fusionauth_api::errors::Errors;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use uuid::Uuid;

/// Every endpoint behind the filters of FusionAuth's HTTP surface.
pub(crate) fn app(instance: Arc<Instance>) -> Router {
    endpoints()
        .merge(control::router())
        .with_state(Arc::clone(&instance))
        .layer(CatchPanicLayer::custom(|_| crate::http::empty(axum::http::StatusCode::INTERNAL_SERVER_ERROR)))
        .layer(from_fn_with_state(Arc::clone(&instance), control::wait_for_reset))
        .layer(from_fn_with_state(Arc::clone(&instance), control::inject))
        .layer(from_fn_with_state(instance, cors::filter))
        .layer(map_response(no_store))
}

/// The endpoints alone: what kickstart's requests run through.
pub(crate) fn endpoints() -> Router<Arc<Instance>> {
    Router::new()
        .merge(application::router())
        .merge(change_password::router())
        .merge(email_template::router())
        .merge(forgot_password::router())
        .merge(health::router())
        .merge(import::router())
        .merge(jwks::router())
        .merge(key::router())
        .merge(login::router())
        .merge(logout::router())
        .merge(missing::router())
        .merge(oauth_token::router())
        .merge(openid_configuration::router())
        .merge(password_rules::router())
        .merge(public_key::router())
        .merge(refresh::router())
        .merge(registration::router())
        .merge(registration_update::router())
        .merge(revoke::router())
        .merge(sessions::router())
        .merge(status::router())
        .merge(system_configuration::router())
        .merge(tenant::router())
        .merge(two_factor_login::router())
        .merge(two_factor_send::router())
        .merge(two_factor_start::router())
        .merge(user::router())
        .merge(user_action::router())
        .merge(user_retrieve::router())
        .merge(user_two_factor::router())
        .merge(user_update::router())
        .merge(validate::router())
        .merge(verify_email::router())
        .merge(verify_registration::router())
        .layer(DefaultBodyLimit::max(body::LIMIT))
}

async fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The application with this id; 400 `[invalid]applicationId` if there is none.
async fn application(instance: &Instance, id: Uuid) -> Result<Application, Refusal> {
    let application = store::applications::by_id(&instance.database, id).await?;
    application.filter(|it| it.active).ok_or_else(|| Refusal::field("invalid", "applicationId", "There is no application with this id."))
}

/// The tenant that a request is for: the application's, else the one that the header names, else the only one.
async fn tenant(instance: &Instance, headers: &HeaderMap, application: Option<&Application>) -> Result<Tenant, Refusal> {
    let ambiguous = || Refusal::Errors(Errors::general("[TenantIdRequired]", "The X-FusionAuth-TenantId header must name a tenant."));
    let named = match headers.get("x-fusionauth-tenantid") {
        Some(id) => Some(id.to_str().ok().and_then(|it| it.parse::<Uuid>().ok()).ok_or_else(ambiguous)?),
        None => None,
    };
    match (application, named) {
        (Some(application), Some(named)) if application.tenant_id != named => {
            Err(Refusal::field("invalid", "applicationId", "This application is not the tenant's."))
        }
        (Some(application), _) => store::tenants::by_id(&instance.database, application.tenant_id).await?.ok_or_else(ambiguous),
        (None, Some(named)) => store::tenants::by_id(&instance.database, named).await?.ok_or_else(ambiguous),
        (None, None) => {
            let [tenant] = <[Tenant; 1]>::try_from(store::tenants::all(&instance.database).await?).map_err(|_| ambiguous())?;
            Ok(tenant)
        }
    }
}
