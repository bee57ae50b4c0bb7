use super::tenant;
use crate::http::{ApiKey, JsonBody, Refusal, empty};
use crate::instance::Instance;
use crate::model::User;
use crate::{store, users};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// `POST /api/user/import` (<https://fusionauth.io/docs/apis/users>): users as they were elsewhere, also locked ones. Passwords
/// are plain here; one that is hashed already (`encryptionScheme`) is refused.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/user/import", post(import))
}

/// No `Debug`: it holds passwords.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    users: Vec<User>,
    #[serde(default, rename = "validateDbConstraints")]
    _validate_db_constraints: bool,
    #[serde(default, rename = "eventInfo")]
    _event_info: Option<Value>,
}

async fn import(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let tenant = tenant(&instance, &headers, None).await?;
    for (index, mut user) in body.users.into_iter().enumerate() {
        let at = format!("users[{index}]");
        if user.encryption_scheme.is_some() {
            let field = format!("{at}.encryptionScheme");
            return Err(Refusal::field("invalid", &field, "FusionAuth imports hashes; the emulator takes plain passwords only."));
        }
        if user.id.is_nil() {
            user.id = instance.random.uuid();
        }
        let registrations = std::mem::take(&mut user.registrations);
        let user = users::create(&instance, &tenant, &at, user).await?;
        for (index, registration) in registrations.into_iter().enumerate() {
            let at = format!("{at}.registrations[{index}]");
            let application = store::applications::by_id(&instance.database, registration.application_id).await?;
            let application = application
                .ok_or_else(|| Refusal::field("invalid", &format!("{at}.applicationId"), "There is no application with this id."))?;
            users::register(&instance, &application, &at, user.id, registration).await?;
        }
    }
    Ok(empty(StatusCode::OK))
}
