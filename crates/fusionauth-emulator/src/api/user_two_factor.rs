use super::tenant;
use crate::http::query::Query;
use crate::http::{JsonBody, Refusal, authority, empty, json};
use crate::instance::Instance;
use crate::mail::{self, Topic};
use crate::model::{TwoFactorMethod, User};
use crate::opaque::Opaque;
use crate::store::one_time_ids::{self, Kind};
use crate::store::refresh_tokens::{self, Selection};
use crate::{one_time, second_factor, store, totp, users};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// Enabling and disabling second factors (<https://fusionauth.io/docs/apis/two-factor>), with an API key or the owner's access
/// token: `/api/two-factor/secret`, `/api/two-factor/send`, `/api/user/two-factor/{userId}` and the recovery codes.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new()
        .route("/api/two-factor/secret", get(secret))
        .route("/api/two-factor/send", post(send))
        .route("/api/user/two-factor/{id}", post(enable).delete(disable))
        .route("/api/user/two-factor/recovery-code/{id}", get(recovery_codes).post(new_recovery_codes))
}

/// No `Debug`: it holds a secret.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Body {
    code: Option<String>,
    email: Option<String>,
    method: Option<String>,
    mobile_phone: Option<String>,
    name: Option<String>,
    secret: Option<String>,
    secret_base32_encoded: Option<String>,
    user_id: Option<Uuid>,
    #[serde(rename = "applicationId")]
    _application_id: Option<Uuid>,
    #[serde(rename = "authenticatorId")]
    _authenticator_id: Option<String>,
    #[serde(rename = "eventInfo")]
    _event_info: Option<Value>,
    #[serde(rename = "methodId")]
    _method_id: Option<String>,
    #[serde(rename = "twoFactorId")]
    _two_factor_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    code: String,
    method_id: String,
}

async fn secret(State(instance): State<Arc<Instance>>, headers: HeaderMap) -> Result<Response, Refusal> {
    if !authority::has_api_key(&instance, &headers).await? && authority::user(&instance, &headers).await?.is_none() {
        return Err(StatusCode::UNAUTHORIZED.into());
    }
    // As long as RFC 4226 recommends.
    let secret: [u8; 20] = instance.random.bytes();
    Ok(json(StatusCode::OK, &json!({"secret": STANDARD.encode(secret), "secretBase32Encoded": totp::base32(&secret)})))
}

async fn send(State(instance): State<Arc<Instance>>, headers: HeaderMap, JsonBody(body): JsonBody<Body>) -> Result<Response, Refusal> {
    let user = match body.user_id.filter(|_| !authority::came(&headers)) {
        Some(id) => somebody(&instance, &headers, id).await?,
        None => {
            let id = authority::user(&instance, &headers).await?.ok_or(StatusCode::UNAUTHORIZED)?;
            store::users::by_id(&instance.database, id).await?.ok_or(StatusCode::UNAUTHORIZED)?
        }
    };
    let to = match body.method.as_deref() {
        Some("email") => body.email.or(user.email.clone()),
        Some("sms") => body.mobile_phone,
        _ => return Err(Refusal::field("invalid", "method", "expected email or sms.")),
    };
    let to = to.filter(|it| !it.is_empty()).ok_or_else(|| Refusal::field("blank", "email", "A value must be given."))?;
    let tenant = tenant(&instance, &headers, None).await?;
    let seconds = tenant.external_identifier_configuration.two_factor_one_time_code_id_time_to_live_in_seconds;
    let code = one_time::code(&instance.random);
    one_time_ids::delete_of_user(&instance.database, Kind::EnableTwoFactor, user.id).await?;
    one_time::keep(&instance, Kind::EnableTwoFactor, &of_user(user.id, code.expose()), user.id, seconds, None, json!({"to": to})).await?;
    let values = BTreeMap::from([("code", code.expose().to_owned())]);
    mail::send(&instance, &tenant, None, &user, Topic::TwoFactorCode, Some(&to), values).await?;
    Ok(empty(StatusCode::OK))
}

async fn enable(
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let _one_at_a_time = instance.changes.lock().await;
    let mut user = named(&instance, &headers, &id).await?;
    let blank = |name: &'static str| move || Refusal::field("blank", name, "A value must be given.");
    let code = body.code.filter(|it| !it.is_empty()).ok_or_else(blank("code"))?;
    let mut method = TwoFactorMethod { method: body.method.ok_or_else(blank("method"))?, name: body.name, ..TwoFactorMethod::default() };
    let right = match method.method.as_str() {
        "authenticator" => {
            let secret = match (body.secret, body.secret_base32_encoded) {
                (Some(secret), _) => STANDARD.decode(secret).ok(),
                (None, Some(secret)) => totp::from_base32(&secret),
                (None, None) => return Err(blank("secret")()),
            };
            let secret = secret.filter(|it| !it.is_empty()).ok_or_else(|| Refusal::field("invalid", "secret", "expected base64."))?;
            method.secret = Some(STANDARD.encode(&secret));
            totp::accepts(&secret, &code, instance.clock.now_ms().div_euclid(1_000))
        }
        "email" | "sms" => {
            let to = if method.method == "email" { body.email.or(user.email.clone()) } else { body.mobile_phone };
            let right = sent(&instance, user.id, &code, to.as_deref()).await?;
            if method.method == "email" {
                method.email = to
            } else {
                method.mobile_phone = to
            }
            right
        }
        _ => return Err(Refusal::field("invalid", "method", "expected authenticator, email or sms.")),
    };
    if !right {
        return Err(StatusCode::MISDIRECTED_REQUEST.into());
    }
    user.two_factor.methods.push(method);
    if user.two_factor.recovery_codes.is_empty() {
        user.two_factor.recovery_codes = second_factor::recovery_codes(&instance.random);
    }
    user.last_update_instant = instance.clock.now_ms();
    users::check_members(&instance, "user", &mut user)?;
    store::users::update(&instance.database, &user, None).await?;
    let tenant = store::tenants::by_id(&instance.database, user.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    if tenant.jwt_configuration.refresh_token_revocation_policy.on_multi_factor_enable {
        refresh_tokens::delete(&instance.database, Selection::OfUser(user.id)).await?;
    }
    Ok(codes(&user))
}

async fn disable(
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<Parameters>,
) -> Result<Response, Refusal> {
    let _one_at_a_time = instance.changes.lock().await;
    let mut user = named(&instance, &headers, &id).await?;
    if !user.two_factor.methods.iter().any(|it| it.id == query.method_id) {
        return Err(Refusal::field("invalid", "methodId", "The user has no such method."));
    }
    let now = instance.clock.now_ms();
    if user.two_factor.recovery_codes.contains(&query.code) {
        // A recovery code means that the other factors are lost.
        user.two_factor.methods.clear();
        user.two_factor.recovery_codes.clear();
    } else if second_factor::shown_by_app(&user, &query.code, now) || sent(&instance, user.id, &query.code, None).await? {
        user.two_factor.methods.retain(|it| it.id != query.method_id);
    } else {
        return Err(StatusCode::MISDIRECTED_REQUEST.into());
    }
    user.last_update_instant = now;
    store::users::update(&instance.database, &user, None).await?;
    Ok(empty(StatusCode::OK))
}

async fn recovery_codes(State(instance): State<Arc<Instance>>, headers: HeaderMap, Path(id): Path<String>) -> Result<Response, Refusal> {
    Ok(codes(&named(&instance, &headers, &id).await?))
}

async fn new_recovery_codes(
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let _one_at_a_time = instance.changes.lock().await;
    let mut user = named(&instance, &headers, &id).await?;
    user.two_factor.recovery_codes = second_factor::recovery_codes(&instance.random);
    store::users::update(&instance.database, &user, None).await?;
    Ok(codes(&user))
}

fn codes(user: &User) -> Response {
    json(StatusCode::OK, &json!({"recoveryCodes": user.two_factor.recovery_codes}))
}

/// Whether the code was sent to this person, and there if `to` says where; it is used up then.
async fn sent(instance: &Instance, user: Uuid, code: &str, to: Option<&str>) -> Result<bool, Refusal> {
    let id = of_user(user, code);
    let found = one_time_ids::find(&instance.database, Kind::EnableTwoFactor, &id, instance.clock.now_ms()).await?;
    let right = found.is_some_and(|it| to.is_none_or(|to| it.details["to"] == to));
    Ok(right && one_time_ids::take(&instance.database, Kind::EnableTwoFactor, &id).await?)
}

/// Six digits alone are no id: two people may have the same.
fn of_user(user: Uuid, code: &str) -> Opaque {
    Opaque::from_caller(format!("{user} {code}"))
}

async fn named(instance: &Instance, headers: &HeaderMap, id: &str) -> Result<User, Refusal> {
    somebody(instance, headers, id.parse().map_err(|_| StatusCode::NOT_FOUND)?).await
}

/// The user, if an API key or the user's own access token came along.
async fn somebody(instance: &Instance, headers: &HeaderMap, id: Uuid) -> Result<User, Refusal> {
    if !authority::has_api_key(instance, headers).await? && authority::user(instance, headers).await? != Some(id) {
        return Err(StatusCode::UNAUTHORIZED.into());
    }
    Ok(store::users::by_id(&instance.database, id).await?.ok_or(StatusCode::NOT_FOUND)?)
}
