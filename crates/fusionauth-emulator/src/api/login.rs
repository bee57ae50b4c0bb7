use super::{application, tenant};
use crate::answers::UnverifiedToken;
use crate::cookies;
use crate::http::{JsonBody, Refusal, authority, json};
use crate::instance::Instance;
use crate::model::{
    Application, LoginIdType, MultiFactorLoginPolicy, Registration, Tenant, TwoFactorMethod, UnverifiedBehavior, User, VerificationStrategy,
};
use crate::opaque::Opaque;
use crate::session::{AuthenticationType, Session, Subject, with_cookies};
use crate::store::{self, one_time_ids::Kind};
use crate::verification::{Delivery, Verification};
use crate::{actions, one_time, password, password_rules, users};
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
    login_id_types: Option<Vec<LoginIdType>>,
    #[serde(rename = "newDevice")]
    _new_device: Option<bool>,
}

/// A person whose password, and second factor if there is one, were right.
pub(super) struct Authenticated {
    pub(super) tenant: Tenant,
    pub(super) application: Option<Application>,
    pub(super) user: User,
    pub(super) authentication_type: AuthenticationType,
    pub(super) meta_data: Value,
    pub(super) output: Output,
    /// Why the password must be changed, beside what the user's own settings say.
    pub(super) change_reason: Option<String>,
    /// Given back as it was handed in.
    pub(super) state: Value,
    /// What lets the second factor be left out next time, if the person asked for it.
    pub(super) two_factor_trust_id: Option<String>,
    /// What lets one protected call through.
    pub(super) trust_token: Option<String>,
}

/// Which tokens an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// An access token, and a refresh token if the application wants that.
    Tokens,
    /// An access token only: no session was there to go on with.
    AccessToken,
    /// `noJWT`.
    None,
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
    let meta_data = body.meta_data.unwrap_or_default();
    let output = if body.no_jwt { Output::None } else { Output::Tokens };
    if let Some(once) = body.one_time_password.filter(|it| !it.is_empty()) {
        return with_one_time_password(&instance, &headers, tenant, application, &Opaque::from_caller(once), meta_data, output).await;
    }
    let (login_id, password) = credentials(body.login_id, body.password)?;
    let stored = store::users::by_login_id_of(&instance.database, tenant.id, &login_id, body.login_id_types.as_deref())
        .await?
        .ok_or(StatusCode::NOT_FOUND)?;
    let user = stored.user;
    // A locked account is told even to somebody with a wrong password (FusionAuth issue 2524).
    if !user.active {
        return Err(StatusCode::LOCKED.into());
    }
    let right = match stored.password_hash {
        Some(hash) => password::verify(password.clone(), hash).await?,
        None => false,
    };
    // While something prevents the login, right and wrong passwords look the same.
    let prevented = actions::prevented(&instance, user.id, body.application_id).await?;
    if !right {
        actions::note_failure(&instance, &tenant, &user).await?;
    }
    if let Some(prevented) = prevented {
        return Ok(json(StatusCode::CONFLICT, &prevented.shown()));
    }
    if !right {
        return Err(StatusCode::NOT_FOUND.into());
    }
    if users::is_expired(&user, &instance) {
        return Err(StatusCode::GONE.into());
    }
    actions::note_success(&instance, user.id).await?;
    let change_reason = change_reason(&instance, &tenant, &user, &password);
    if needs_second_factor(&instance, &headers, &tenant, &user, body.two_factor_trust_id).await? {
        return second_factor(&instance, &tenant, &user, change_reason).await;
    }
    let authenticated = Authenticated {
        tenant,
        application,
        user,
        authentication_type: AuthenticationType::Password,
        meta_data,
        output,
        change_reason,
        state: Value::Null,
        two_factor_trust_id: None,
        trust_token: None,
    };
    finish(&instance, &headers, authenticated).await
}

/// Signs somebody in who has just changed the password; the second factor was shown for that already.
async fn with_one_time_password(
    instance: &Instance,
    headers: &HeaderMap,
    tenant: Tenant,
    application: Option<Application>,
    once: &Opaque,
    meta_data: Value,
    output: Output,
) -> Result<Response, Refusal> {
    let kind = Kind::OneTimePassword;
    let found = store::one_time_ids::find(&instance.database, kind, once, instance.clock.now_ms()).await?.ok_or(StatusCode::NOT_FOUND)?;
    let user = store::users::by_id(&instance.database, found.user_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    if !user.active {
        return Err(StatusCode::LOCKED.into());
    }
    if let Some(prevented) = actions::prevented(instance, user.id, application.as_ref().map(|it| it.id)).await? {
        return Ok(json(StatusCode::CONFLICT, &prevented.shown()));
    }
    if users::is_expired(&user, instance) {
        return Err(StatusCode::GONE.into());
    }
    if !store::one_time_ids::take(&instance.database, kind, once).await? {
        return Err(StatusCode::NOT_FOUND.into());
    }
    let output = if output == Output::Tokens && found.details["refreshToken"] == false { Output::AccessToken } else { output };
    let authenticated = Authenticated {
        tenant,
        application,
        user,
        authentication_type: AuthenticationType::OneTimePassword,
        meta_data,
        output,
        change_reason: None,
        state: found.details["state"].clone(),
        two_factor_trust_id: None,
        trust_token: None,
    };
    finish(instance, headers, authenticated).await
}

/// What follows right credentials: the password must change, the address or the registration must be verified, a registration
/// is missing, or the tokens.
pub(super) async fn finish(instance: &Instance, headers: &HeaderMap, it: Authenticated) -> Result<Response, Refusal> {
    let now = instance.clock.now_ms();
    if let Some(reason) = must_change(&it) {
        let seconds = it.tenant.external_identifier_configuration.change_password_id_time_to_live_in_seconds;
        let id = one_time::issue(instance, Kind::ChangePassword, it.user.id, seconds, json!({"state": it.state, "trusted": true})).await?;
        let body = json!({"changePasswordId": id.expose(), "changePasswordReason": reason});
        return Ok(json(StatusCode::NON_AUTHORITATIVE_INFORMATION, &body));
    }
    let registrations = store::registrations::of_user(&instance.database, it.user.id).await?;
    let application = it.application.as_ref();
    let registration = application.and_then(|it| registrations.iter().find(|registration| registration.application_id == it.id));
    let mut body = json!({
        "state": it.state, "trustToken": it.trust_token, "twoFactorTrustId": it.two_factor_trust_id, "user": it.user.shown(&registrations),
    });
    let gate = gate(instance, &it, registration).await?;
    let status = match &gate {
        Gate::Open if application.is_some() && registration.is_none() => StatusCode::ACCEPTED,
        Gate::Open => StatusCode::OK,
        Gate::Email(verification) => {
            body["emailVerificationId"] = json!(verification.as_ref().map(|it| it.id.expose()));
            status(212)
        }
        Gate::Registration(verification) => {
            body["registrationVerificationId"] = json!(verification.as_ref().map(|it| it.id.expose()));
            status(213)
        }
    };
    let gated = !matches!(gate, Gate::Open);
    if !gated {
        store::users::note_login(&instance.database, it.user.id, now).await?;
    }
    if it.output == Output::None || (gated && instance.answers().unverified_token == UnverifiedToken::Absent) {
        return Ok(json(status, &body));
    }
    let subject = Subject { tenant: &it.tenant, application, user: &it.user, registration };
    let configuration = subject.jwt_configuration();
    let refresh = if it.output == Output::Tokens && !gated { subject.refresh_token(instance, it.meta_data).await? } else { None };
    let session = Session {
        authentication_type: it.authentication_type,
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
    let seconds = configuration.refresh_token_time_to_live_in_minutes.saturating_mul(60);
    let refresh = refresh.as_ref().map(|(_, token)| (token, seconds));
    Ok(with_cookies(instance, headers, status, &body, Some(&access), refresh))
}

/// Whether something must be verified first. Gating is a paid feature of a real instance.
enum Gate {
    Open,
    Email(Option<Verification>),
    Registration(Option<Verification>),
}

async fn gate(instance: &Instance, it: &Authenticated, registration: Option<&Registration>) -> Result<Gate, Refusal> {
    let Authenticated { tenant, user, .. } = it;
    let email = &tenant.email_configuration;
    if email.verify_email && email.unverified.behavior == UnverifiedBehavior::Gated && !user.verified {
        let typed = email.verification_strategy == VerificationStrategy::FormField;
        let made = if typed { Some(Verification::of_email(instance, tenant, user, Delivery::Mail).await?) } else { None };
        return Ok(Gate::Email(made));
    }
    let (Some(application), Some(registration)) = (&it.application, registration) else { return Ok(Gate::Open) };
    let gated = application.verify_registration && application.unverified.behavior == UnverifiedBehavior::Gated;
    if !gated || registration.verified {
        return Ok(Gate::Open);
    }
    let typed = application.verification_strategy == VerificationStrategy::FormField;
    let made = if typed { Some(Verification::of_registration(instance, tenant, application, user, Delivery::Mail).await?) } else { None };
    Ok(Gate::Registration(made))
}

fn must_change(it: &Authenticated) -> Option<String> {
    let own = it.user.password_change_reason.clone().unwrap_or_else(|| "Administrative".to_owned());
    it.user.password_change_required.then_some(own).or_else(|| it.change_reason.clone())
}

/// Why a right password must be changed all the same.
fn change_reason(instance: &Instance, tenant: &Tenant, user: &User, password: &str) -> Option<String> {
    let age = &tenant.maximum_password_age;
    let oldest = instance.clock.now_ms().saturating_sub(age.days.saturating_mul(24 * 60 * 60 * 1_000));
    if age.enabled && user.password_last_update_instant.is_some_and(|it| it < oldest) {
        return Some("Expired".to_owned());
    }
    let rules = &tenant.password_validation_rules;
    if rules.breach_detection.requires_change() && password_rules::is_common(password) {
        return Some("Breached".to_owned());
    }
    let broken = || users::check_text(tenant, "password", user, Some(password)).is_err();
    (rules.validate_on_login && broken()).then(|| "Validation".to_owned())
}

/// A status that the `http` crate has no name for.
pub(super) fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
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
    let trusted = store::one_time_ids::find(&instance.database, Kind::TwoFactorTrust, &Opaque::from_caller(trust), now).await?;
    Ok(trusted.is_none_or(|it| it.user_id != user.id))
}

async fn second_factor(instance: &Instance, tenant: &Tenant, user: &User, change_reason: Option<String>) -> Result<Response, Refusal> {
    let seconds = tenant.external_identifier_configuration.two_factor_id_time_to_live_in_seconds;
    let id = one_time::issue(instance, Kind::TwoFactor, user.id, seconds, json!({"changeReason": change_reason})).await?;
    let methods: Vec<Value> = user.two_factor.methods.iter().map(TwoFactorMethod::shown).collect();
    Ok(json(status(242), &json!({"methods": methods, "twoFactorId": id.expose()})))
}
