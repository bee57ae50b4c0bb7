use super::login::{Authenticated, finish, one_time_id, status};
use super::{application, tenant};
use crate::cookies::{self, Life};
use crate::http::{JsonBody, Refusal};
use crate::instance::Instance;
use crate::model::User;
use crate::opaque::Opaque;
use crate::session::add_cookies;
use crate::store::{self, one_time_ids::Kind};
use crate::{totp, users};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// `POST /api/two-factor/login` (<https://fusionauth.io/docs/apis/login/complete-mfa>): needs no API key.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/two-factor/login", post(two_factor_login))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Body {
    application_id: Option<Uuid>,
    code: Option<String>,
    meta_data: Option<Value>,
    #[serde(rename = "noJWT")]
    no_jwt: bool,
    trust_computer: bool,
    two_factor_id: Option<String>,
    #[serde(rename = "eventInfo")]
    _event_info: Option<Value>,
    #[serde(rename = "ipAddress")]
    _ip_address: Option<String>,
    #[serde(rename = "newDevice")]
    _new_device: Option<bool>,
    #[serde(rename = "userId")]
    _user_id: Option<Uuid>,
}

async fn two_factor_login(
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let application = match body.application_id {
        Some(id) => Some(application(&instance, id).await?),
        None => None,
    };
    let blank = |name: &'static str| move || Refusal::field("blank", name, "A value must be given.");
    let code = body.code.filter(|it| !it.is_empty()).ok_or_else(blank("code"))?;
    let id = Opaque::from_caller(body.two_factor_id.filter(|it| !it.is_empty()).ok_or_else(blank("twoFactorId"))?);
    let now = instance.clock.now_ms();
    let user = store::one_time_ids::user(&instance.database, Kind::TwoFactor, &id, now).await?.ok_or(StatusCode::NOT_FOUND)?;
    let user = store::users::by_id(&instance.database, user).await?.ok_or(StatusCode::NOT_FOUND)?;
    if !user.active {
        return Err(StatusCode::LOCKED.into());
    }
    if users::is_expired(&user, &instance) {
        return Err(StatusCode::GONE.into());
    }
    // A wrong code may be tried again with the same id; a right one uses the id up, for one of several callers.
    if !accepts(&user, &code, now.div_euclid(1_000)) {
        return Err(StatusCode::MISDIRECTED_REQUEST.into());
    }
    if !store::one_time_ids::take(&instance.database, Kind::TwoFactor, &id).await? {
        return Err(StatusCode::NOT_FOUND.into());
    }
    let tenant = tenant(&instance, &headers, application.as_ref()).await?;
    let trust_seconds = tenant.external_identifier_configuration.two_factor_trust_id_time_to_live_in_seconds;
    let trust = if body.trust_computer {
        let expiry = now.saturating_add(trust_seconds.saturating_mul(1_000));
        Some(one_time_id(&instance, Kind::TwoFactorTrust, user.id, expiry).await?)
    } else {
        None
    };
    let authenticated = Authenticated {
        tenant,
        application,
        user,
        meta_data: body.meta_data.unwrap_or_default(),
        no_jwt: body.no_jwt,
        two_factor_trust_id: trust.as_ref().map(|it| it.expose().to_owned()),
    };
    let mut response = finish(&instance, &headers, authenticated).await?;
    let trust = trust.and_then(|it| cookies::set(&headers, cookies::TRUST, it.expose(), Life::Seconds(trust_seconds)));
    if [StatusCode::OK, StatusCode::ACCEPTED, status(212)].contains(&response.status()) {
        add_cookies(&mut response, [trust]);
    }
    Ok(response)
}

/// Whether one of the user's authenticator apps shows the code.
fn accepts(user: &User, code: &str, now_seconds: i64) -> bool {
    let apps = user.two_factor.methods.iter().filter(|it| it.method == "authenticator");
    apps.filter_map(|it| STANDARD.decode(it.secret.as_deref()?).ok()).any(|secret| totp::accepts(&secret, code, now_seconds))
}
