use super::tenant;
use crate::http::{JsonBody, Refusal, empty};
use crate::instance::Instance;
use crate::mail::{self, Topic};
use crate::one_time;
use crate::opaque::Opaque;
use crate::store::{self, one_time_ids::Kind};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// `POST /api/two-factor/send/{twoFactorId}` (<https://fusionauth.io/docs/apis/two-factor>): sends a code by e-mail, or by SMS,
/// which lands among the mail here. It needs no API key; each sending makes earlier codes worthless.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/two-factor/send/{id}", post(send))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Body {
    method_id: Option<String>,
    #[serde(rename = "applicationId")]
    _application_id: Option<Uuid>,
    #[serde(rename = "eventInfo")]
    _event_info: Option<Value>,
}

async fn send(
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let now = instance.clock.now_ms();
    let id = Opaque::from_caller(id);
    let found = store::one_time_ids::find(&instance.database, Kind::TwoFactor, &id, now).await?.ok_or(StatusCode::NOT_FOUND)?;
    let user = store::users::by_id(&instance.database, found.user_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let method = body.method_id.filter(|it| !it.is_empty()).ok_or_else(|| Refusal::field("blank", "methodId", "A value must be given."))?;
    let method = user.two_factor.methods.iter().find(|it| it.id == method);
    let method = method.ok_or_else(|| Refusal::field("invalid", "methodId", "The user has no such method."))?;
    let to = match method.method.as_str() {
        "email" => method.email.as_deref(),
        "sms" => method.mobile_phone.as_deref(),
        _ => return Err(Refusal::field("invalid", "methodId", "An authenticator app makes its codes itself.")),
    };
    let tenant = tenant(&instance, &headers, None).await?;
    let code = one_time::code(&instance.random);
    let seconds = tenant.external_identifier_configuration.two_factor_one_time_code_id_time_to_live_in_seconds;
    store::one_time_ids::set_code(&instance.database, &id, &code, now.saturating_add(seconds.saturating_mul(1_000))).await?;
    let values = BTreeMap::from([("code", code.expose().to_owned())]);
    mail::send(&instance, &tenant, None, &user, Topic::TwoFactorCode, to, values).await?;
    Ok(empty(StatusCode::OK))
}
