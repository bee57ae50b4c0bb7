//! Sign-in without a password, for the single-page app. FusionAuth requires an API key for the first step, so the app sends this step to
//! this server in every workflow. The app sends the last step to where it also sends passwords: to FusionAuth or to this server.
//!
//! | call | effect |
//! |---|---|
//! | `POST /api/passwordless/start` | makes FusionAuth email a short code, and returns the long code that belongs to it |
//! | `POST /api/passwordless/login` | only in `spa-backend`: signs in, as FusionAuth's endpoint of this path does |

use crate::auth::error::Error as AuthError;
use crate::clock::now_ms;
use crate::http::endpoint::endpoint;
use crate::http::{json_body::JsonBody, problem::ApiResult};
use crate::sign_in::passwordless::{CodeRequested, request_code};
use crate::sign_in::{api::respond, error::Error, outcome::device};
use crate::{state::Backend, typed, user_request::ApiRequest};
use axum::{Json, Router, response::Response, routing::post};
use serde::Deserialize;
use storefront_api::{PasswordlessStarted, StartPasswordless, endpoints};

/// The route below `/api`, in every workflow of the single-page app.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::START_PASSWORDLESS, start)
}

/// The route below `/api` in `spa-backend`, where the app signs in through this server.
pub fn login_router() -> Router<Backend> {
    Router::new().route("/passwordless/login", post(login))
}

/// The members of FusionAuth's request that this server reads. This type has no `Debug`, because it holds codes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    code: String,
    one_time_code: Option<String>,
    keep_signed_in: Option<bool>,
}

async fn start(request: ApiRequest, JsonBody(sent): JsonBody<StartPasswordless>) -> ApiResult<Json<PasswordlessStarted>> {
    match request_code(&request.backend, request.client, &typed::email(&sent.login_id)).await? {
        CodeRequested::Sent(code) => Ok(Json(PasswordlessStarted { code })),
        CodeRequested::NotConfigured => Err(Error::NoPasswordless.into()),
        CodeRequested::Unavailable => Err(AuthError::SignInUnavailable.into()),
    }
}

async fn login(request: ApiRequest, JsonBody(sent): JsonBody<Login>) -> ApiResult<Response> {
    let began_at = now_ms();
    let ApiRequest { backend, client, browser, cookies } = &request;
    let short_code = sent.one_time_code.as_deref().map(typed::message_code);
    let answer = backend.fusionauth.passwordless_login(*client, device(browser, cookies), &sent.code, short_code.as_deref());
    let answer = backend.attempts.code(*client, &sent.code, answer).await?;
    respond(&request, sent.keep_signed_in, began_at, answer).await
}
