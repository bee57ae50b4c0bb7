//! `POST /api/user/forgot-password` (<https://fusionauth.io/docs/apis/users/forgot-password>): sends the user a message with
//! a change-password id. As in FusionAuth, the status tells any caller whether the user exists. A caller with an API key gets the id, and
//! may choose it.

use crate::database::{self, one_time_ids::Purpose};
use crate::domain::mail::{self, Context, To};
use crate::domain::{Refusal, events, one_time_ids, required, users};
use crate::http::{Answer, Anyone, JsonBody, Routes, TenantHeader, credentials, empty, json};
use crate::model::{Application, LoginIdType, Tenant};
use crate::state::{AppState, OpaqueToken, Topic};
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
    let start = Start {
        login_id: body.login_id.or(body.email).or(body.username),
        types: body.login_id_types,
        // Without a template no message can be sent. Then the request succeeds only if it has an API key and asks for no message.
        sends: !has_key || body.send_forgot_password_message.or(body.send_forgot_password_email).unwrap_or(true),
        chosen_id: body.change_password_id.filter(|it| has_key && !it.is_empty()),
        state: body.state,
    };
    let id = start.run(&emulator, application.as_ref(), &tenant).await?;
    Ok(if has_key { json(StatusCode::OK, &json!({"changePasswordId": id.expose()})) } else { empty(StatusCode::OK) })
}

/// The start of a change of a forgotten password. This type has no `Debug`, because it contains a one-time id.
pub(super) struct Start {
    pub(super) login_id: Option<String>,
    pub(super) types: Option<Vec<LoginIdType>>,
    /// Whether the user gets a message.
    pub(super) sends: bool,
    pub(super) chosen_id: Option<String>,
    pub(super) state: Option<Value>,
}

impl Start {
    pub(super) async fn run(self, emulator: &AppState, application: Option<&Application>, tenant: &Tenant) -> Result<OpaqueToken, Refusal> {
        let Self { login_id, types, sends, chosen_id, state } = self;
        let has_template = mail::template_id(Topic::ForgotPassword, tenant, application).is_some();
        let may_be_phone = types.as_ref().is_some_and(|it| it.contains(&LoginIdType::PhoneNumber));
        if sends && !has_template && !may_be_phone {
            return Err(StatusCode::FORBIDDEN.into());
        }
        let login_id = required("loginId", login_id)?;
        let stored = database::users::by_login_id(&emulator.database, tenant.id, &login_id, types.as_deref()).await?;
        let user = stored.ok_or(StatusCode::NOT_FOUND)?.user;
        // The kind of the login id decides whether the message is an SMS.
        let number = users::named_phone(&user, &login_id, types.as_deref());
        let has_template = number.map_or(has_template, |_| mail::message_template_id(Topic::ForgotPassword, tenant, application).is_some());
        if sends && !has_template {
            return Err(StatusCode::FORBIDDEN.into());
        }
        if sends && number.is_none() && user.mailbox().is_none() {
            return Err(StatusCode::UNPROCESSABLE_ENTITY.into());
        }
        let id = chosen_id.map_or_else(|| OpaqueToken::generate(&emulator.random), OpaqueToken::from_request);
        let seconds = tenant.external_identifier_configuration.change_password_id_time_to_live_in_seconds;
        let mailed_to = user.mailbox().filter(|_| sends && number.is_none());
        let details = json!({"applicationId": application.map(|it| it.id), "mailedTo": mailed_to, "state": state});
        let mut connection = emulator.database.acquire().await?;
        one_time_ids::store(emulator, &mut connection, &id, Purpose::ChangePassword, user.id, seconds, None, details).await?;
        drop(connection);
        let kinds = ["user.password.reset.start", "user.password.reset.send"];
        events::notify(emulator, &user, if sends { &kinds } else { &kinds[..1] }, &Value::Null);
        if sends {
            let values = BTreeMap::from([("changePasswordId".to_owned(), id.expose().to_owned())]);
            let context = Context { tenant, application, user: Some(&user), values, state: state.as_ref() };
            mail::send(emulator, Topic::ForgotPassword, number.map_or(To::Mailbox, To::Phone), context).await?;
        }
        Ok(id)
    }
}
