use super::login::{Authenticated, Output, finish, status};
use super::{application, tenant};
use crate::cookies::{self, Life};
use crate::http::{JsonBody, Refusal, json};
use crate::instance::Instance;
use crate::model::User;
use crate::opaque::Opaque;
use crate::session::{AuthenticationType, add_cookies};
use crate::store::{self, one_time_ids::Kind};
use crate::{actions, one_time, second_factor, users};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
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
    let found = store::one_time_ids::find(&instance.database, Kind::TwoFactor, &id, now).await?.ok_or(StatusCode::NOT_FOUND)?;
    let mut user = store::users::by_id(&instance.database, found.user_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    if !user.active {
        return Err(StatusCode::LOCKED.into());
    }
    if let Some(prevented) = actions::prevented(&instance, user.id, body.application_id).await? {
        return Ok(json(StatusCode::CONFLICT, &prevented.shown()));
    }
    if users::is_expired(&user, &instance) {
        return Err(StatusCode::GONE.into());
    }
    // A wrong code may be tried again with the same id; a right one uses the id up, for one of several callers.
    let proof = if found.accepts(&code, now) { Some(Proof::Sent) } else { proof(&user, &code, now) };
    let proof = proof.ok_or(StatusCode::MISDIRECTED_REQUEST)?;
    if !store::one_time_ids::take(&instance.database, Kind::TwoFactor, &id).await? {
        return Err(StatusCode::NOT_FOUND.into());
    }
    if proof == Proof::RecoveryCode {
        user.two_factor.recovery_codes.retain(|it| *it != code);
        store::users::update(&instance.database, &user, None).await?;
    }
    let tenant = tenant(&instance, &headers, application.as_ref()).await?;
    let lives = &tenant.external_identifier_configuration;
    let trust_seconds = lives.two_factor_trust_id_time_to_live_in_seconds;
    let trust = if body.trust_computer {
        Some(one_time::issue(&instance, Kind::TwoFactorTrust, user.id, trust_seconds, json!({})).await?)
    } else {
        None
    };
    let details = json!({"trustChallenge": found.details["trustChallenge"]});
    let trust_token = one_time::issue(&instance, Kind::TrustToken, user.id, lives.trust_token_time_to_live_in_seconds, details).await?;
    let authenticated = Authenticated {
        tenant,
        application,
        user,
        authentication_type: AuthenticationType::Password,
        meta_data: body.meta_data.unwrap_or_default(),
        output: if body.no_jwt { Output::None } else { Output::Tokens },
        change_reason: found.details["changeReason"].as_str().map(str::to_owned),
        state: found.details["state"].clone(),
        two_factor_trust_id: trust.as_ref().map(|it| it.expose().to_owned()),
        trust_token: Some(trust_token.expose().to_owned()),
    };
    let mut response = finish(&instance, &headers, authenticated).await?;
    let trust = trust
        .and_then(|it| cookies::set(&headers, instance.answers().same_site, cookies::TRUST, it.expose(), Life::Seconds(trust_seconds)));
    if [StatusCode::OK, StatusCode::ACCEPTED, status(212)].contains(&response.status()) {
        add_cookies(&mut response, [trust]);
    }
    Ok(response)
}

/// How a code was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// It was sent.
    Sent,
    /// An authenticator app shows it.
    Authenticator,
    /// It is one of the user's recovery codes, good once.
    RecoveryCode,
}

/// Whether the code is one that the user has, rather than one that was sent.
fn proof(user: &User, code: &str, now_ms: i64) -> Option<Proof> {
    if second_factor::shown_by_app(user, code, now_ms) {
        return Some(Proof::Authenticator);
    }
    user.two_factor.recovery_codes.iter().any(|it| it == code).then_some(Proof::RecoveryCode)
}
