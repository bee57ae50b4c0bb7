//! `POST /emulator/expired-token`: an access token that has expired by the emulator's clock, for a backend that has a clock of its own.
//! After `POST /emulator/clock`, such a backend would still accept old tokens, and would refuse new ones as issued in the future.

use super::state::{Control, MAX_SECONDS};
use crate::database;
use crate::domain::sessions::{AuthenticationType, Session, Subject};
use crate::domain::{Refusal, signing_keys};
use crate::http::{Answer, JsonBody, application, json};
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

pub(super) fn router() -> Router<Control> {
    Router::new().route("/emulator/expired-token", post(issue))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    application_id: Uuid,
    login_id: String,
    seconds_ago: Option<i64>,
}

async fn issue(State(control): State<Control>, JsonBody(body): JsonBody<Body>) -> Answer {
    let seconds_ago = body.seconds_ago.unwrap_or(60);
    if !(1..=MAX_SECONDS).contains(&seconds_ago) {
        return Err(Refusal::field("invalid", "secondsAgo", "expected 1 or more, and less than a thousand years."));
    }
    let emulator: &AppState = &control.emulator;
    let application = application(emulator, "applicationId", body.application_id).await?;
    let tenant = database::tenants::by_id(&emulator.database, application.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let stored = database::users::by_login_id(&emulator.database, tenant.id, &body.login_id, None).await?;
    let unknown = || Refusal::field("invalid", "loginId", "The application's tenant has no user with this email or user name.");
    let user = stored.ok_or_else(unknown)?.user;
    let registrations = database::registrations::of_user(&emulator.database, user.id).await?;
    let registration = registrations.iter().find(|it| it.application_id == application.id);
    let key = signing_keys::for_application(emulator, &tenant, Some(&application)).await?;
    let subject = Subject { tenant: &tenant, application: Some(&application), user: &user, registration };
    let seconds = subject.jwt_configuration().time_to_live_in_seconds;
    let issued = emulator.clock.now_ms().div_euclid(1_000).saturating_sub(seconds_ago).saturating_sub(seconds);
    let session = Session { authentication_type: AuthenticationType::Password, auth_time: issued, id: None, grants: &[], scope: None };
    let token = subject.access_token_issued_at(emulator, &key, session, issued, seconds)?;
    Ok(json(StatusCode::OK, &json!({"token": token.text, "tokenExpirationInstant": token.expiration_instant})))
}
