//! `POST /api/user/forgot-password` (<https://fusionauth.io/docs/apis/users/forgot-password>): sends the user a message with
//! a change-password id. As in FusionAuth, the status tells any caller whether the user exists. A caller with an API key gets the id, and
//! may choose it.

use crate::database::{self, one_time_ids::Purpose};
use crate::domain::mail::{self, Context};
use crate::domain::{events, one_time_ids, required};
use crate::http::{Answer, Anyone, JsonBody, Routes, TenantHeader, credentials, empty, json};
use crate::model::LoginIdType;
use crate::state::{OpaqueToken, Topic};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/user/forgot-password", post(forgot_password))
}

/// This type has no `Debug`, because it contains a one-time id.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    application_id: Option<Uuid>,
    change_password_id: Option<String>,
    email: Option<String>,
    login_id: Option<String>,
    send_forgot_password_email: Option<bool>,
    send_forgot_password_message: Option<bool>,
    state: Option<Value>,
    username: Option<String>,
    login_id_types: Option<Vec<LoginIdType>>,
}

async fn forgot_password(Anyone(emulator): Anyone, headers: HeaderMap, tenant: TenantHeader, JsonBody(body): JsonBody<Body>) -> Answer {
    let has_key = credentials::has_api_key(&emulator, &headers).await?;
    let (application, tenant) = tenant.resolve(&emulator, body.application_id).await?;
    // Without a template no message can be sent. Then the request succeeds only if it has an API key and asks for no message.
    let sends = !has_key || body.send_forgot_password_message.or(body.send_forgot_password_email).unwrap_or(true);
    if sends && mail::template_id(Topic::ForgotPassword, &tenant, None).is_none() {
        return Err(StatusCode::FORBIDDEN.into());
    }
    let login_id = required("loginId", body.login_id.or(body.email).or(body.username))?;
    let stored = database::users::by_login_id(&emulator.database, tenant.id, &login_id, body.login_id_types.as_deref()).await?;
    let user = stored.ok_or(StatusCode::NOT_FOUND)?.user;
    if sends && user.mailbox().is_none() {
        return Err(StatusCode::UNPROCESSABLE_ENTITY.into());
    }
    let chosen = body.change_password_id.filter(|it| has_key && !it.is_empty());
    let id = chosen.map_or_else(|| OpaqueToken::generate(&emulator.random), OpaqueToken::from_request);
    let seconds = tenant.external_identifier_configuration.change_password_id_time_to_live_in_seconds;
    let mailed_to = user.mailbox().filter(|_| sends);
    let details = json!({"applicationId": body.application_id, "mailedTo": mailed_to, "state": body.state});
    let mut transaction = emulator.database.begin().await?;
    one_time_ids::store(&emulator, &mut transaction, &id, Purpose::ChangePassword, user.id, seconds, None, details).await?;
    transaction.commit().await?;
    let kinds: &[&str] = if sends { &["user.password.reset.start", "user.password.reset.send"] } else { &["user.password.reset.start"] };
    events::notify(&emulator, &user, kinds, &Value::Null);
    if sends {
        let values = BTreeMap::from([("changePasswordId".to_owned(), id.expose().to_owned())]);
        let context = Context { tenant: &tenant, application: application.as_ref(), user: Some(&user), values, state: body.state.as_ref() };
        mail::send(&emulator, Topic::ForgotPassword, None, context).await?;
    }
    Ok(if has_key { json(StatusCode::OK, &json!({"changePasswordId": id.expose()})) } else { empty(StatusCode::OK) })
}
