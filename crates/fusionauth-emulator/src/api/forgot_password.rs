use super::{application, tenant};
use crate::http::{JsonBody, Refusal, authority, empty, json};
use crate::instance::Instance;
use crate::mail::{self, Topic};
use crate::model::LoginIdType;
use crate::one_time;
use crate::opaque::Opaque;
use crate::store::{self, one_time_ids::Kind};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// `POST /api/user/forgot-password` (<https://fusionauth.io/docs/apis/users/forgot-password>): writes to the person. It tells
/// everybody whether there is such a user, as FusionAuth does. An API key gets the id as well, and may choose it.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/user/forgot-password", post(forgot_password))
}

/// No `Debug`: it holds a one-time id.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Body {
    application_id: Option<Uuid>,
    change_password_id: Option<String>,
    email: Option<String>,
    login_id: Option<String>,
    send_forgot_password_email: Option<bool>,
    send_forgot_password_message: Option<bool>,
    state: Option<Value>,
    username: Option<String>,
    #[serde(rename = "eventInfo")]
    _event_info: Option<Value>,
    login_id_types: Option<Vec<LoginIdType>>,
}

async fn forgot_password(
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let has_key = authority::has_api_key(&instance, &headers).await?;
    let application = match body.application_id {
        Some(id) => Some(application(&instance, id).await?),
        None => None,
    };
    let tenant = tenant(&instance, &headers, application.as_ref()).await?;
    // Only a caller with a key may do without the message, and so without a template.
    let sends = !has_key || body.send_forgot_password_message.or(body.send_forgot_password_email).unwrap_or(true);
    if sends && Topic::ForgotPassword.template(&tenant, None).is_none() {
        return Err(StatusCode::FORBIDDEN.into());
    }
    let named = body.login_id.or(body.email).or(body.username).filter(|it| !it.is_empty());
    let login_id = named.ok_or_else(|| Refusal::field("blank", "loginId", "A value must be given."))?;
    let user = store::users::by_login_id_of(&instance.database, tenant.id, &login_id, body.login_id_types.as_deref())
        .await?
        .ok_or(StatusCode::NOT_FOUND)?
        .user;
    if sends && user.email.is_none() {
        return Err(StatusCode::UNPROCESSABLE_ENTITY.into());
    }
    let chosen = body.change_password_id.filter(|it| has_key && !it.is_empty());
    let id = chosen.map_or_else(|| Opaque::new(&instance.random), Opaque::from_caller);
    let seconds = tenant.external_identifier_configuration.change_password_id_time_to_live_in_seconds;
    let details = json!({"applicationId": body.application_id, "state": body.state});
    one_time::keep(&instance, Kind::ChangePassword, &id, user.id, seconds, None, details).await?;
    if sends {
        let values = BTreeMap::from([("changePasswordId", id.expose().to_owned())]);
        mail::send(&instance, &tenant, application.as_ref(), &user, Topic::ForgotPassword, None, values).await?;
    }
    if !has_key {
        return Ok(empty(StatusCode::OK));
    }
    Ok(json(StatusCode::OK, &json!({"changePasswordId": id.expose()})))
}
