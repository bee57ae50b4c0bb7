use super::tenant;
use crate::http::query::Query;
use crate::http::{JsonBody, Refusal, authority, empty, json};
use crate::instance::Instance;
use crate::model::User;
use crate::opaque::Opaque;
use crate::store::{self, one_time_ids::Kind};
use crate::verification::{Delivery, Verification};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// `POST` and `PUT /api/user/verify-email` (<https://fusionauth.io/docs/apis/users/verify-email>): verifies an address, or
/// writes to it again.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/user/verify-email", post(verify).put(resend)).route("/api/user/verify-email/{id}", post(verify_id))
}

/// No `Debug`: it holds a one-time id.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Body {
    pub(super) one_time_code: Option<String>,
    pub(super) verification_id: Option<String>,
    user_id: Option<Uuid>,
    #[serde(rename = "eventInfo")]
    _event_info: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    email: Option<String>,
    send_verify_email: Option<bool>,
}

async fn verify(State(instance): State<Arc<Instance>>, headers: HeaderMap, JsonBody(body): JsonBody<Body>) -> Result<Response, Refusal> {
    let tenant = tenant(&instance, &headers, None).await?;
    if !tenant.email_configuration.verify_email {
        return Err(StatusCode::FORBIDDEN.into());
    }
    let user = match body.user_id {
        Some(id) if authority::has_api_key(&instance, &headers).await? => id,
        Some(_) => return Err(StatusCode::UNAUTHORIZED.into()),
        None => used(&instance, Kind::EmailVerification, &body).await?.0,
    };
    let _one_at_a_time = instance.changes.lock().await;
    let mut user = store::users::by_id(&instance.database, user).await?.ok_or(StatusCode::NOT_FOUND)?;
    mark(&mut user, instance.clock.now_ms());
    store::users::update(&instance.database, &user, None).await?;
    Ok(empty(StatusCode::OK))
}

/// The older form, with the id in the path.
async fn verify_id(
    instance: State<Arc<Instance>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    verify(instance, headers, JsonBody(Body { verification_id: Some(id), ..body })).await
}

async fn resend(State(instance): State<Arc<Instance>>, headers: HeaderMap, Query(query): Query<Parameters>) -> Result<Response, Refusal> {
    let has_key = authority::has_api_key(&instance, &headers).await?;
    let tenant = tenant(&instance, &headers, None).await?;
    if !tenant.email_configuration.verify_email {
        return Err(StatusCode::FORBIDDEN.into());
    }
    let email = query.email.filter(|it| !it.is_empty()).ok_or_else(|| Refusal::field("blank", "email", "A value must be given."))?;
    let user = store::users::by_login_id(&instance.database, tenant.id, &email).await?.ok_or(StatusCode::NOT_FOUND)?.user;
    let delivery = if has_key && query.send_verify_email == Some(false) { Delivery::None } else { Delivery::Mail };
    let verification = Verification::of_email(&instance, &tenant, &user, delivery).await?;
    Ok(if has_key { json(StatusCode::OK, &verification.shown()) } else { empty(StatusCode::OK) })
}

/// Uses an id up, with its code where it has one; whose it is, and what it was made for.
pub(super) async fn used(instance: &Instance, kind: Kind, body: &Body) -> Result<(Uuid, Value), Refusal> {
    let blank = |name: &'static str| move || Refusal::field("blank", name, "A value must be given.");
    let id = body.verification_id.as_deref().filter(|it| !it.is_empty()).ok_or_else(blank("verificationId"))?;
    let id = Opaque::from_caller(id);
    let now = instance.clock.now_ms();
    let found = store::one_time_ids::find(&instance.database, kind, &id, now).await?.ok_or(StatusCode::NOT_FOUND)?;
    if found.has_code() {
        let code = body.one_time_code.as_deref().filter(|it| !it.is_empty()).ok_or_else(blank("oneTimeCode"))?;
        if !found.accepts(code, now) {
            return Err(Refusal::field("invalid", "oneTimeCode", "This is not the code that was sent."));
        }
    }
    if !store::one_time_ids::take(&instance.database, kind, &id).await? {
        return Err(StatusCode::NOT_FOUND.into());
    }
    Ok((found.user_id, found.details))
}

fn mark(user: &mut User, now_ms: i64) {
    user.verified = true;
    user.verified_instant = Some(now_ms);
    user.last_update_instant = now_ms;
}
