//! Sign-in through the backend, at the paths and with the statuses of FusionAuth's own API, but never with a token in a
//! body: `POST /api/login`, `POST /api/two-factor/login`, `POST /api/logout`.
//!
//! | status | body |
//! |---|---|
//! | 200 | `{user: {id, email, displayName}}`, and the cookies |
//! | 202, 212, 213 | `{}` |
//! | 203 | `{changePasswordReason?}` |
//! | 242 | `{twoFactorId, methods}` |
//! | 400, 401, 404, 409, 410, 422, 423, 424, 429, 5xx | a problem |

use crate::{
    auth::{authenticator::SignOut, cookies::Cookies, error::Error as AuthError, family_rules::SignOutScope},
    clock::now_ms,
    http::{client_address::Client, error::Error as HttpError, json_body::Body, problem::ProblemResponse},
    sign_in::{
        error::Error,
        outcome::{Progress, progress},
    },
    state::Backend,
    users,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use fusionauth_api::{
    backend::Tokens,
    login::{LoginOutcome, TwoFactorMethod},
};
use serde::{Deserialize, Serialize};
use storefront_api::User;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new().route("/login", post(login)).route("/two-factor/login", post(second_factor)).route("/logout", post(logout))
}

/// What FusionAuth takes, too. The application is this one whatever a caller says. No `Debug`: it holds a password.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    login_id: String,
    password: String,
}

/// No `Debug`: it holds a code.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Code {
    two_factor_id: String,
    code: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Logout {
    global: bool,
}

async fn login(
    State(backend): State<Backend>,
    client: Client,
    cookies: Cookies,
    Body(credentials): Body<Credentials>,
) -> Result<Response, ProblemResponse> {
    let began_at = now_ms();
    let Credentials { login_id, password } = &credentials;
    let outcome = backend.attempts.login(&backend.fusionauth, client, login_id, password).await.map_err(Error::from)?;
    respond(&backend, &cookies, began_at, outcome).await
}

async fn second_factor(
    State(backend): State<Backend>,
    client: Client,
    cookies: Cookies,
    Body(code): Body<Code>,
) -> Result<Response, ProblemResponse> {
    let began_at = now_ms();
    let Code { two_factor_id, code } = &code;
    let outcome = backend.attempts.second_factor(&backend.fusionauth, client, two_factor_id, code).await.map_err(Error::from)?;
    respond(&backend, &cookies, began_at, outcome).await
}

/// 200 whatever there was to end, as at FusionAuth. An empty body is `{}`.
async fn logout(State(backend): State<Backend>, cookies: Cookies, body: Bytes) -> Result<StatusCode, ProblemResponse> {
    let body: Logout =
        if body.is_empty() { Logout::default() } else { serde_json::from_slice(&body).map_err(|_| HttpError::BodyMalformed)? };
    let scope = if body.global { SignOutScope::Everywhere } else { SignOutScope::This };
    match backend.authenticator.sign_out(&cookies, scope).await? {
        SignOut::RevocationPending if scope == SignOutScope::Everywhere => Err(AuthError::SignOutPending.into()),
        SignOut::Revoked | SignOut::RevocationPending => Ok(StatusCode::OK),
    }
}

async fn respond(backend: &Backend, cookies: &Cookies, began_at: i64, outcome: LoginOutcome<Tokens>) -> Result<Response, ProblemResponse> {
    Ok(match progress(&backend.authenticator, cookies, began_at, outcome).await? {
        Progress::SignedIn(identity) => Json(SignedIn { user: users::user(&backend.db, identity).await? }).into_response(),
        Progress::NotRegistered => json_response(202, &Empty {}),
        Progress::PasswordChangeRequired(reason) => json_response(203, &ChangePassword { change_password_reason: reason }),
        Progress::EmailNotVerified => json_response(212, &Empty {}),
        Progress::RegistrationNotVerified => json_response(213, &Empty {}),
        Progress::TwoFactorRequired { two_factor_id, methods } => json_response(242, &TwoFactor { two_factor_id, methods }),
    })
}

fn json_response(status: u16, body: &impl Serialize) -> Response {
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(body)).into_response()
}

#[derive(Serialize)]
struct SignedIn {
    user: User,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangePassword {
    #[serde(skip_serializing_if = "Option::is_none")]
    change_password_reason: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TwoFactor {
    two_factor_id: String,
    methods: Vec<TwoFactorMethod>,
}
