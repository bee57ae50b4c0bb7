use super::{application, tenant};
use crate::http::{ApiKey, JsonBody, Refusal, json};
use crate::instance::Instance;
use crate::model::{Registration, User};
use crate::opaque::Opaque;
use crate::session::{AuthenticationType, Session, Subject};
use crate::verification::{Delivery, Verification};
use crate::{store, users};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// `POST /api/user/registration` with and without a user id (<https://fusionauth.io/docs/apis/registrations>): registers a
/// user for an application, and makes the user first if the body has one.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/user/registration", post(register_without_id)).route("/api/user/registration/{id}", post(register_with_id))
}

/// No `Debug`: it holds a password.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    registration: Registration,
    #[serde(default)]
    send_set_password_email: bool,
    #[serde(default)]
    skip_registration_verification: bool,
    #[serde(default)]
    skip_verification: bool,
    #[serde(default)]
    user: Option<User>,
    #[serde(default, rename = "disableDomainBlock")]
    _disable_domain_block: Option<bool>,
    #[serde(default, rename = "eventInfo")]
    _event_info: Option<Value>,
    #[serde(default, rename = "generateAuthenticationToken")]
    _generate_authentication_token: Option<bool>,
}

async fn register_without_id(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    if body.user.is_none() {
        return Err(Refusal::field("missing", "user", "Without a user id the body has a user."));
    }
    register(&instance, &headers, instance.random.uuid(), body).await
}

async fn register_with_id(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let id = id.parse().map_err(|_| Refusal::field("couldNotConvert", "userId", "This is no UUID."))?;
    register(&instance, &headers, id, body).await
}

async fn register(instance: &Instance, headers: &HeaderMap, id: Uuid, body: Body) -> Result<Response, Refusal> {
    let application = application(instance, body.registration.application_id)
        .await
        .map_err(|_| Refusal::field("invalid", "registration.applicationId", "There is no application with this id."))?;
    let tenant = tenant(instance, headers, Some(&application)).await?;
    // Before the user is made: a registration that is refused leaves none.
    users::check_roles(&application, "registration", &body.registration)?;
    let user = match body.user {
        Some(mut user) => {
            if !body.send_set_password_email {
                users::check_password(&tenant, "user", &user)?;
            }
            user.id = id;
            user.active = true;
            user.verified = body.skip_verification || !tenant.email_configuration.verify_email;
            let user = users::create(instance, &tenant, "user", user).await?;
            users::write_first(instance, &tenant, Some(&application), &user, body.send_set_password_email).await?;
            user
        }
        None => store::users::by_id(&instance.database, id).await?.ok_or(StatusCode::NOT_FOUND)?,
    };
    let mut registration = body.registration;
    registration.verified = body.skip_registration_verification || !application.verify_registration;
    let registration = users::register(instance, &application, "registration", user.id, registration).await?;
    let verification = if registration.verified {
        None
    } else {
        Some(Verification::of_registration(instance, &tenant, &application, &user, Delivery::Mail).await?)
    };
    let registrations = store::registrations::of_user(&instance.database, user.id).await?;
    let subject = Subject { tenant: &tenant, application: Some(&application), user: &user, registration: Some(&registration) };
    let session = Session {
        authentication_type: AuthenticationType::Registration,
        auth_time: instance.clock.now_ms().div_euclid(1_000),
        id: None,
        grant: None,
    };
    let access = subject.access_token(instance, session, subject.jwt_configuration().time_to_live_in_seconds).await?;
    let answer = json!({
        "registration": registration,
        "registrationVerificationId": verification.as_ref().map(|it| it.id.expose()),
        "registrationVerificationOneTimeCode": verification.as_ref().and_then(|it| it.code.as_ref()).map(Opaque::expose),
        "token": access.text,
        "tokenExpirationInstant": access.expiration_instant,
        "user": user.shown(&registrations),
    });
    Ok(json(StatusCode::OK, &answer))
}
