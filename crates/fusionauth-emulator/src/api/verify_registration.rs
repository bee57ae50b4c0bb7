use super::application;
use super::verify_email::{Body, used};
use crate::http::query::Query;
use crate::http::{JsonBody, Refusal, authority, empty, json};
use crate::instance::Instance;
use crate::store::{self, one_time_ids::Kind};
use crate::verification::{Delivery, Verification};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use std::sync::Arc;

/// `POST` and `PUT /api/user/verify-registration` (<https://fusionauth.io/docs/apis/registrations>): verifies a registration,
/// or writes to the person again.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new()
        .route("/api/user/verify-registration", post(verify).put(resend))
        .route("/api/user/verify-registration/{id}", post(verify_id))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    application_id: Option<String>,
    email: Option<String>,
    send_verify_registration_email: Option<bool>,
}

async fn verify(State(instance): State<Arc<Instance>>, JsonBody(body): JsonBody<Body>) -> Result<Response, Refusal> {
    let (user, details) = used(&instance, Kind::RegistrationVerification, &body).await?;
    let _one_at_a_time = instance.changes.lock().await;
    let registrations = store::registrations::of_user(&instance.database, user).await?;
    let registration = registrations.into_iter().find(|it| details["applicationId"] == it.application_id.to_string());
    let mut registration = registration.ok_or(StatusCode::NOT_FOUND)?;
    let now = instance.clock.now_ms();
    registration.verified = true;
    (registration.verified_instant, registration.last_update_instant) = (Some(now), now);
    store::registrations::update(&instance.database, user, &registration).await?;
    Ok(empty(StatusCode::OK))
}

/// The older form, with the id in the path.
async fn verify_id(
    instance: State<Arc<Instance>>,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    body.verification_id = Some(id);
    verify(instance, JsonBody(body)).await
}

async fn resend(State(instance): State<Arc<Instance>>, headers: HeaderMap, Query(query): Query<Parameters>) -> Result<Response, Refusal> {
    let has_key = authority::has_api_key(&instance, &headers).await?;
    let blank = |name: &'static str| move || Refusal::field("blank", name, "A value must be given.");
    let id = query.application_id.filter(|it| !it.is_empty()).ok_or_else(blank("applicationId"))?;
    let id = id.parse().map_err(|_| Refusal::field("couldNotConvert", "applicationId", "This is no UUID."))?;
    let application = application(&instance, id).await?;
    let tenant = super::tenant(&instance, &headers, Some(&application)).await?;
    if !application.verify_registration {
        return Err(StatusCode::FORBIDDEN.into());
    }
    let email = query.email.filter(|it| !it.is_empty()).ok_or_else(blank("email"))?;
    let user = store::users::by_login_id(&instance.database, tenant.id, &email).await?.ok_or(StatusCode::NOT_FOUND)?.user;
    let registered = store::registrations::of_user(&instance.database, user.id).await?;
    if !registered.iter().any(|it| it.application_id == application.id) {
        return Err(StatusCode::NOT_FOUND.into());
    }
    let delivery = if has_key && query.send_verify_registration_email == Some(false) { Delivery::None } else { Delivery::Mail };
    let verification = Verification::of_registration(&instance, &tenant, &application, &user, delivery).await?;
    Ok(if has_key { json(StatusCode::OK, &verification.shown()) } else { empty(StatusCode::OK) })
}
