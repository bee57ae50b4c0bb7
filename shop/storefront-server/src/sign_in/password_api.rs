//! FusionAuth's endpoints for resetting a password, at the same paths and with the same statuses. `spa-backend` needs them, because its app
//! reaches FusionAuth only through this server. Unlike FusionAuth, this server does not reveal who has an account.
//!
//! | call | body of a 200 |
//! |---|---|
//! | `POST /api/user/forgot-password` | `{}`, for every email |
//! | `GET /api/user/change-password/{id}` | FusionAuth's body |
//! | `POST /api/user/change-password` | FusionAuth's body, with a one-time password for `POST /api/login` |
//! | `GET /api/tenant/password-validation-rules` | FusionAuth's body |

use crate::auth::email_proof::{self, MailedProof};
use crate::auth::{error::Error as AuthError, password_changes::PasswordChange};
use crate::http::{body::JsonBody, host::port, problem::ApiResult};
use crate::notices::Change;
use crate::sign_in::password_link::ask_for_link;
use crate::{state::Backend, typed, user_request::ApiRequest};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use fusionauth_api::password::{ForgotPasswordOutcome, PasswordRulesResponse};
use serde::Deserialize;
use serde_json::json;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new()
        .route("/user/forgot-password", post(forgot_password))
        .route("/user/change-password", post(change_password))
        .route("/user/change-password/{id}", get(change_password_id_state))
        .route("/tenant/password-validation-rules", get(password_rules))
}

/// The members of FusionAuth's request that this server reads. The server ignores the others, because it knows the application and the site
/// itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ForgotPassword {
    #[serde(deserialize_with = "typed::deserialize_email")]
    login_id: String,
}

async fn forgot_password(request: ApiRequest, JsonBody(sent): JsonBody<ForgotPassword>) -> ApiResult<Response> {
    match ask_for_link(&request.backend, request.client, &sent.login_id).await? {
        ForgotPasswordOutcome::Accepted => Ok(Json(json!({})).into_response()),
        ForgotPasswordOutcome::NotConfigured => Ok(StatusCode::FORBIDDEN.into_response()),
        ForgotPasswordOutcome::TooMany => Ok(StatusCode::TOO_MANY_REQUESTS.into_response()),
        ForgotPasswordOutcome::Unavailable { .. } => Err(AuthError::SignInUnavailable.into()),
    }
}

async fn change_password_id_state(ApiRequest { backend, client, .. }: ApiRequest, Path(id): Path<String>) -> ApiResult<Response> {
    backend.attempts.anonymous_calls.take_from(client).await?;
    email_proof::prepare(&backend.fusionauth, &backend.db, MailedProof::ResetLink(&id)).await?;
    let answer = backend.fusionauth.show_change_password_id(&id).await;
    respond(answer.map_err(|_| AuthError::SignInUnavailable)?)
}

async fn change_password(request: ApiRequest, headers: HeaderMap, JsonBody(change): JsonBody<PasswordChange>) -> ApiResult<Response> {
    let ApiRequest { backend, client, .. } = request;
    backend.attempts.anonymous_calls.take_from(client).await?;
    let notice = Change::NewPassword.mail(&backend.site.origin(port(&headers)));
    respond(backend.authenticator.change_password(client, change, notice).await?)
}

async fn password_rules(ApiRequest { backend, client, .. }: ApiRequest) -> ApiResult<Json<PasswordRulesResponse>> {
    backend.attempts.anonymous_calls.take_from(client).await?;
    Ok(Json(PasswordRulesResponse { password_validation_rules: backend.fusionauth.password_rules().await }))
}

/// FusionAuth's response, unless its status is a server error.
fn respond((status, body): (u16, Vec<u8>)) -> ApiResult<Response> {
    match StatusCode::from_u16(status) {
        Ok(status) if !status.is_server_error() => Ok((status, [(header::CONTENT_TYPE, "application/json")], body).into_response()),
        _ => Err(AuthError::SignInUnavailable.into()),
    }
}
