use crate::http::patch::Patch;
use crate::http::{ApiKey, Refusal, empty, json};
use crate::instance::Instance;
use crate::model::Registration;
use crate::store::refresh_tokens::{self, Selection};
use crate::{store, users};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, patch};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// `GET` and `DELETE /api/user/registration/{userId}/{applicationId}`, `PATCH /api/user/registration/{userId}`
/// (<https://fusionauth.io/docs/apis/registrations>).
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new()
        .route("/api/user/registration/{id}", patch(change))
        .route("/api/user/registration/{id}/{application_id}", get(retrieve).delete(delete))
}

async fn retrieve(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    Path((user, application)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let registration = find(&instance, id(&user)?, id(&application)?).await?;
    Ok(json(StatusCode::OK, &json!({"registration": registration})))
}

/// Ends the user's sessions with the application too.
async fn delete(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    Path((user, application)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (user, application) = (id(&user)?, id(&application)?);
    if !store::registrations::delete(&instance.database, user, application).await? {
        return Err(StatusCode::NOT_FOUND.into());
    }
    refresh_tokens::delete(&instance.database, Selection::OfUserAndApplication(user, application)).await?;
    Ok(empty(StatusCode::OK))
}

async fn change(_key: ApiKey, State(instance): State<Arc<Instance>>, Path(user): Path<String>, patch: Patch) -> Result<Response, Refusal> {
    let _one_at_a_time = instance.changes.lock().await;
    let patch = patch.without(&["skipRegistrationVerification", "skipVerification", "sendSetPasswordEmail", "eventInfo"]);
    let application = patch.text(&["registration", "applicationId"]).and_then(|it| it.parse().ok());
    let application = application.ok_or_else(|| Refusal::field("blank", "registration.applicationId", "Name the application."))?;
    let user = id(&user)?;
    let current = find(&instance, user, application).await?;
    let mut patched: Registration = patch.apply("registration", &current)?;
    let of = store::applications::by_id(&instance.database, application).await?.ok_or(StatusCode::NOT_FOUND)?;
    users::check_roles(&of, "registration", &patched)?;
    (patched.id, patched.insert_instant) = (current.id, current.insert_instant);
    (patched.verified, patched.verified_instant) = (current.verified, current.verified_instant);
    patched.last_update_instant = instance.clock.now_ms();
    store::registrations::update(&instance.database, user, &patched).await?;
    Ok(json(StatusCode::OK, &json!({"registration": patched})))
}

async fn find(instance: &Instance, user: Uuid, application: Uuid) -> Result<Registration, Refusal> {
    let registrations = store::registrations::of_user(&instance.database, user).await?;
    Ok(registrations.into_iter().find(|it| it.application_id == application).ok_or(StatusCode::NOT_FOUND)?)
}

fn id(text: &str) -> Result<Uuid, Refusal> {
    Ok(text.parse().map_err(|_| StatusCode::NOT_FOUND)?)
}
