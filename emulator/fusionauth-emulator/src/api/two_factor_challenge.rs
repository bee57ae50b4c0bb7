//! Asks a user for a second factor (<https://fusionauth.io/docs/apis/two-factor>). `POST /api/two-factor/start` does so outside a login:
//! the caller then sends the code to `POST /api/two-factor/login`, which returns a trust token for one protected call.
//! `POST /api/two-factor/send/{twoFactorId}` sends a code by email or SMS, which `/emulator/mail` shows. Sending needs no API key, and
//! invalidates earlier codes.

use crate::database::{self, one_time_ids::Purpose};
use crate::domain::mail::{self, Context};
use crate::domain::{Refusal, one_time_ids, required, users};
use crate::http::{Answer, Anyone, Authorized, JsonBody, RequestTenant, Routes, TenantHeader, empty, json};
use crate::model::{LoginIdType, Tenant, TwoFactorMethod};
use crate::state::{AppState, OpaqueToken, Topic};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/two-factor/start", post(start)).route("/api/two-factor/send/{id}", post(send))
}

/// This type has no `Debug`, because it contains a code.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StartBody {
    application_id: Option<Uuid>,
    code: Option<String>,
    login_id: Option<String>,
    state: Option<Value>,
    trust_challenge: Option<String>,
    user_id: Option<Uuid>,
    _event_info: Option<Value>,
    login_id_types: Option<Vec<LoginIdType>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SendBody {
    method_id: Option<String>,
    _application_id: Option<Uuid>,
    _event_info: Option<Value>,
}

async fn start(Authorized(emulator): Authorized, tenant: TenantHeader, JsonBody(body): JsonBody<StartBody>) -> Answer {
    let (_, tenant) = tenant.resolve(&emulator, body.application_id).await?;
    let user = match body.user_id {
        Some(id) => users::find(&emulator.database, id).await?,
        None => {
            let login_id = required("userId", body.login_id)?;
            let stored = database::users::by_login_id(&emulator.database, tenant.id, &login_id, body.login_id_types.as_deref()).await?;
            stored.ok_or(StatusCode::NOT_FOUND)?.user
        }
    };
    let code = body.code.filter(|it| !it.is_empty());
    let code = code.map_or_else(|| OpaqueToken::generate_code(&emulator.random), OpaqueToken::from_request);
    let id = OpaqueToken::generate(&emulator.random);
    let seconds = tenant.external_identifier_configuration.two_factor_id_time_to_live_in_seconds;
    let details = json!({"state": body.state, "trustChallenge": body.trust_challenge});
    let mut transaction = emulator.database.begin().await?;
    one_time_ids::store(&emulator, &mut transaction, &id, Purpose::TwoFactor, user.id, seconds, Some(&code), details).await?;
    transaction.commit().await?;
    let methods: Vec<Value> = user.two_factor.methods.iter().map(TwoFactorMethod::to_json).collect();
    Ok(json(StatusCode::OK, &json!({"code": code.expose(), "methods": methods, "twoFactorId": id.expose()})))
}

async fn send(
    Anyone(emulator): Anyone,
    Path(id): Path<String>,
    RequestTenant(tenant): RequestTenant,
    JsonBody(body): JsonBody<SendBody>,
) -> Answer {
    send_code(&emulator, &tenant, &OpaqueToken::from_request(id), required("methodId", body.method_id)?).await?;
    Ok(empty(StatusCode::OK))
}

/// Sends a code, by the user's method `method_id`, for the login or other request with the two-factor id `id`.
pub(super) async fn send_code(emulator: &AppState, tenant: &Tenant, id: &OpaqueToken, method_id: String) -> Result<(), Refusal> {
    let now = emulator.clock.now_ms();
    let challenge = database::one_time_ids::find(&emulator.database, Purpose::TwoFactor, id, now).await?.ok_or(StatusCode::NOT_FOUND)?;
    let user = users::find(&emulator.database, challenge.user_id).await?;
    let method = user.two_factor.methods.iter().find(|it| it.id == method_id);
    let method = method.ok_or_else(|| Refusal::field("invalid", "methodId", "The user has no such method."))?;
    let to = match method.method.as_str() {
        "email" => method.email.as_deref(),
        "sms" => method.mobile_phone.as_deref(),
        _ => return Err(Refusal::field("invalid", "methodId", "An authenticator app shows its own codes, so none is sent.")),
    };
    let code = OpaqueToken::generate_code(&emulator.random);
    let seconds = tenant.external_identifier_configuration.two_factor_one_time_code_id_time_to_live_in_seconds;
    let expiry_ms = now.saturating_add(seconds.saturating_mul(1_000));
    database::one_time_ids::set_code(&emulator.database, id, &code, expiry_ms).await?;
    let values = BTreeMap::from([("code".to_owned(), code.expose().to_owned())]);
    mail::send(emulator, Topic::TwoFactorCode, to, Context { tenant, application: None, user: Some(&user), values, state: None }).await
}
