use crate::http::{ApiKey, JsonBody, Refusal, json};
use crate::instance::Instance;
use crate::model::User;
use crate::users;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// `POST /api/user` with and without an id (<https://fusionauth.io/docs/apis/users>).
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/user", post(create_without_id)).route("/api/user/{id}", post(create_with_id))
}

/// No `Debug`: it holds a password.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    #[serde(default)]
    send_set_password_email: bool,
    #[serde(default)]
    skip_verification: bool,
    user: User,
    #[serde(default, rename = "applicationId")]
    _application_id: Option<Uuid>,
    #[serde(default, rename = "disableDomainBlock")]
    _disable_domain_block: Option<bool>,
    #[serde(default, rename = "eventInfo")]
    _event_info: Option<Value>,
}

async fn create_without_id(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    create(&instance, &headers, instance.random.uuid(), body).await
}

async fn create_with_id(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let id = id.parse().map_err(|_| Refusal::field("couldNotConvert", "userId", "This is no UUID."))?;
    create(&instance, &headers, id, body).await
}

async fn create(instance: &Instance, headers: &HeaderMap, id: Uuid, body: Body) -> Result<Response, Refusal> {
    let tenant = super::tenant(instance, headers, None).await?;
    let mut user = body.user;
    if !body.send_set_password_email {
        users::check_password(&tenant, "user", &user)?;
    }
    user.id = id;
    // Only an import may bring these along.
    user.active = true;
    user.verified = body.skip_verification || !tenant.email_configuration.verify_email;
    let user = users::create(instance, &tenant, "user", user).await?;
    users::write_first(instance, &tenant, None, &user, body.send_set_password_email).await?;
    Ok(answer(&user, &[]))
}

fn answer(user: &User, registrations: &[crate::model::Registration]) -> Response {
    json(StatusCode::OK, &json!({"user": user.shown(registrations)}))
}
