use super::{application, tenant};
use crate::cookies;
use crate::http::{JsonBody, Refusal, authority, json};
use crate::instance::Instance;
use crate::model::{Application, MultiFactorLoginPolicy, Tenant, TwoFactorMethod, UnverifiedBehavior, User, VerificationStrategy};
use crate::opaque::Opaque;
use crate::session::{AuthenticationType, Session, Subject, with_cookies};
use crate::store::{self, one_time_ids::Kind};
use crate::{password, users};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use fusionauth_api::errors::Errors;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// `POST /api/login` (<https://fusionauth.io/docs/apis/login>).
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/login", post(login))
}

/// The documented members; the unused ones are accepted and have no effect here. No `Debug`: it holds a password.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Body {
    application_id: Option<Uuid>,
    login_id: Option<String>,
    meta_data: Option<Value>,
    #[serde(rename = "noJWT")]
    no_jwt: bool,
    one_time_password: Option<String>,
    password: Option<String>,
    two_factor_trust_id: Option<String>,
    #[serde(rename = "botDetectionScore")]
    _bot_detection_score: Option<Value>,
    #[serde(rename = "eventInfo")]
    _event_info: Option<Value>,
    #[serde(rename = "ipAddress")]
    _ip_address: Option<String>,
    #[serde(rename = "loginIdTypes")]
    _login_id_types: Option<Vec<String>>,
    #[serde(rename = "newDevice")]
    _new_device: Option<bool>,
}

/// A person whose password, and second factor if there is one, were right.
pub(super) struct Authenticated {
    pub(super) tenant: Tenant,
    pub(super) application: Option<Application>,
    pub(super) user: User,
    pub(super) meta_data: Value,
    pub(super) no_jwt: bool,
    /// What lets the second factor be left out next time, if the person asked for it.
    pub(super) two_factor_trust_id: Option<String>,
}

async fn login(State(instance): State<Arc<Instance>>, headers: HeaderMap, JsonBody(body): JsonBody<Body>) -> Result<Response, Refusal> {
    let application = match body.application_id {
        Some(id) => Some(application(&instance, id).await?),
        None => None,
    };
    let tenant = tenant(&instance, &headers, application.as_ref()).await?;
    let needs_key =
        application.as_ref().map_or(tenant.login_configuration.require_authentication, |it| it.login_configuration.require_authentication);
    if needs_key && !authority::has_api_key(&instance, &headers).await? {
        return Err(StatusCode::UNAUTHORIZED.into());
    }
    if body.one_time_password.is_some() {
        // One comes from a password change by id, which is not here yet: so none can be right.
        return Err(StatusCode::NOT_FOUND.into());
    }
    let (login_id, password) = credentials(body.login_id, body.password)?;
    let stored = store::users::by_login_id(&instance.database, tenant.id, &login_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    // A locked account is told even to somebody with a wrong password (FusionAuth issue 2524).
    if !stored.user.active {
        return Err(StatusCode::LOCKED.into());
    }
    let right = match stored.password_hash {
        Some(hash) => password::verify(password, hash).await?,
        None => false,
    };
    if !right {
        return Err(StatusCode::NOT_FOUND.into());
    }
    let user = stored.user;
    if users::is_expired(&user, &instance) {
        return Err(StatusCode::GONE.into());
    }
    if needs_second_factor(&instance, &headers, &tenant, &user, body.two_factor_trust_id).await? {
        return second_factor(&instance, &tenant, &user).await;
    }
    let meta_data = body.meta_data.unwrap_or_default();
    let authenticated = Authenticated { tenant, application, user, meta_data, no_jwt: body.no_jwt, two_factor_trust_id: None };
    finish(&instance, &headers, authenticated).await
}

/// What follows right credentials: the password must change, the address must be verified, a registration is missing, or
/// the tokens.
pub(super) async fn finish(instance: &Instance, headers: &HeaderMap, it: Authenticated) -> Result<Response, Refusal> {
    let Authenticated { tenant, application, user, meta_data, no_jwt, two_factor_trust_id } = it;
    let now = instance.clock.now_ms();
    let lives = &tenant.external_identifier_configuration;
    if user.password_change_required {
        let expiry = now.saturating_add(lives.change_password_id_time_to_live_in_seconds.saturating_mul(1_000));
        let id = one_time_id(instance, Kind::ChangePassword, user.id, expiry).await?;
        let reason = user.password_change_reason.as_deref().unwrap_or("Administrative");
        let body = json!({"changePasswordId": id.expose(), "changePasswordReason": reason});
        return Ok(json(StatusCode::NON_AUTHORITATIVE_INFORMATION, &body));
    }
    let registrations = store::registrations::of_user(&instance.database, user.id).await?;
    let email = &tenant.email_configuration;
    if email.verify_email && email.unverified.behavior == UnverifiedBehavior::Gated && !user.verified {
        let mut body = json!({"user": user.shown(&registrations)});
        if email.verification_strategy == VerificationStrategy::FormField {
            let expiry = now.saturating_add(lives.email_verification_id_time_to_live_in_seconds.saturating_mul(1_000));
            body["emailVerificationId"] = json!(one_time_id(instance, Kind::EmailVerification, user.id, expiry).await?.expose());
        }
        return Ok(json(status(212), &body));
    }
    let registration = application.as_ref().and_then(|it| registrations.iter().find(|registration| registration.application_id == it.id));
    let status = if application.is_some() && registration.is_none() { StatusCode::ACCEPTED } else { StatusCode::OK };
    let mut body = json!({"twoFactorTrustId": two_factor_trust_id, "user": user.shown(&registrations)});
    store::users::note_login(&instance.database, user.id, now).await?;
    if no_jwt {
        return Ok(json(status, &body));
    }
    let subject = Subject { tenant: &tenant, application: application.as_ref(), user: &user, registration };
    let configuration = subject.jwt_configuration();
    let refresh = subject.refresh_token(instance, meta_data).await?;
    let session = Session {
        authentication_type: AuthenticationType::Password,
        auth_time: now.div_euclid(1_000),
        id: refresh.as_ref().map(|(row, _)| row.id),
        grant: None,
    };
    let access = subject.access_token(instance, session, configuration.time_to_live_in_seconds).await?;
    body["token"] = json!(access.text);
    body["tokenExpirationInstant"] = json!(access.expiration_instant);
    if let Some((row, token)) = &refresh {
        body["refreshToken"] = json!(token.expose());
        body["refreshTokenId"] = json!(row.id);
    }
    let refresh = refresh.as_ref().map(|(_, token)| (token, configuration));
    Ok(with_cookies(headers, status, &body, Some(&access), refresh))
}

/// A status that the `http` crate has no name for.
pub(super) fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

pub(super) async fn one_time_id(instance: &Instance, kind: Kind, user: Uuid, expiry_ms: i64) -> Result<Opaque, Refusal> {
    let id = Opaque::new(&instance.random);
    store::one_time_ids::delete_expired(&instance.database, instance.clock.now_ms()).await?;
    store::one_time_ids::insert(&instance.database, kind, &id, user, expiry_ms).await?;
    Ok(id)
}

fn credentials(login_id: Option<String>, password: Option<String>) -> Result<(String, String), Refusal> {
    let mut errors = Errors::default();
    let mut required = |name: &str, value: Option<String>| {
        value.filter(|it| !it.is_empty()).or_else(|| {
            let blank = Errors::field(name, &format!("[blank]{name}"), "A value must be given.");
            errors.field_errors.extend(blank.field_errors);
            None
        })
    };
    match (required("loginId", login_id), required("password", password)) {
        (Some(login_id), Some(password)) => Ok((login_id, password)),
        _ => Err(errors.into()),
    }
}

async fn needs_second_factor(
    instance: &Instance,
    headers: &HeaderMap,
    tenant: &Tenant,
    user: &User,
    trust_id: Option<String>,
) -> Result<bool, Refusal> {
    if user.two_factor.methods.is_empty() || tenant.multi_factor_configuration.login_policy == MultiFactorLoginPolicy::Disabled {
        return Ok(false);
    }
    let Some(trust) = cookies::get(headers, cookies::TRUST).or(trust_id) else { return Ok(true) };
    let now = instance.clock.now_ms();
    let trusted = store::one_time_ids::user(&instance.database, Kind::TwoFactorTrust, &Opaque::from_caller(trust), now).await?;
    Ok(trusted != Some(user.id))
}

async fn second_factor(instance: &Instance, tenant: &Tenant, user: &User) -> Result<Response, Refusal> {
    let seconds = tenant.external_identifier_configuration.two_factor_id_time_to_live_in_seconds;
    let expiry = instance.clock.now_ms().saturating_add(seconds.saturating_mul(1_000));
    let id = one_time_id(instance, Kind::TwoFactor, user.id, expiry).await?;
    let methods: Vec<Value> = user.two_factor.methods.iter().map(TwoFactorMethod::shown).collect();
    Ok(json(status(242), &json!({"methods": methods, "twoFactorId": id.expose()})))
}
