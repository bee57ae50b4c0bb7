//! `/api/two-factor/status` (<https://fusionauth.io/docs/apis/two-factor>) tells whether the user's next login will ask for a second factor
//! (242) or not (200).

use super::login::needs_second_factor;
use crate::database::{self, one_time_ids::Purpose};
use crate::domain::{Refusal, required};
use crate::http::{Answer, Authorized, JsonBody, Query, Routes, application, json, status};
use crate::state::{AppState, OpaqueToken};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/two-factor/status", get(by_query).post(by_body))
        .route("/api/two-factor/status/{twoFactorTrustId}", get(by_path))
}

/// This type has no `Debug`, because it contains a one-time id.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    two_factor_trust_id: Option<String>,
    user_id: Option<String>,
    /// The application whose policy applies. The emulator trusts a device for every application of the tenant.
    application_id: Option<String>,
    _access_token: Option<String>,
    _action: Option<String>,
    _event_info: Option<Value>,
}

async fn by_query(Authorized(emulator): Authorized, Query(query): Query<Parameters>) -> Answer {
    answer(&emulator, query).await
}

async fn by_path(Authorized(emulator): Authorized, Path(id): Path<String>, Query(query): Query<Parameters>) -> Answer {
    answer(&emulator, Parameters { two_factor_trust_id: Some(id), ..query }).await
}

async fn by_body(Authorized(emulator): Authorized, JsonBody(body): JsonBody<Parameters>) -> Answer {
    answer(&emulator, body).await
}

async fn answer(emulator: &AppState, asked: Parameters) -> Answer {
    let unknown = || Refusal::field("invalid", "userId", "There is no user with this id.");
    let id = required("userId", asked.user_id)?.parse().map_err(|_| unknown())?;
    let user = database::users::by_id(&emulator.database, id).await?.ok_or_else(unknown)?;
    let tenant = database::tenants::by_id(&emulator.database, user.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let application = match asked.application_id.filter(|it| !it.is_empty()) {
        Some(id) => {
            let unknown = || Refusal::field("invalid", "applicationId", "There is no application with this id.");
            Some(application(emulator, "applicationId", id.parse().map_err(|_| unknown())?).await?)
        }
        None => None,
    };
    let trust_id = asked.two_factor_trust_id.filter(|it| !it.is_empty());
    // The trust id in the request stands for the user's browser, so the cookies of the caller's request are ignored.
    let is_needed = needs_second_factor(emulator, &HeaderMap::new(), &tenant, application.as_ref(), &user, trust_id.clone()).await?;
    let mut body = json!({"trusts": [], "twoFactorTrustId": trust_id});
    if let Some(trust_id) = trust_id {
        let (id, now) = (OpaqueToken::from_request(trust_id), emulator.clock.now_ms());
        let trust = database::one_time_ids::find(&emulator.database, Purpose::TwoFactorTrust, &id, now).await?;
        if let Some(trust) = trust.filter(|it| it.user_id == user.id) {
            let seconds = tenant.external_identifier_configuration.two_factor_trust_id_time_to_live_in_seconds;
            let start = trust.expiry_ms.saturating_sub(seconds.saturating_mul(1_000));
            body["trusts"] = json!([{"expiration": trust.expiry_ms, "startInstant": start}]);
        }
    }
    Ok(json(if is_needed { status(242) } else { StatusCode::OK }, &body))
}
