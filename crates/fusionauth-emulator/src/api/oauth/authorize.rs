//! `/oauth2/authorize` shows a page on which the user signs in through the Login API, then redirects the browser with a code.

use super::code;
use super::error::OauthError;
use super::request::{AuthorizationRequest, Parameters, RequestError, redirect};
use crate::api::login::{Output, PasswordLogin, with_password};
use crate::api::two_factor_challenge::send_code;
use crate::api::two_factor_login::{SecondStep, complete};
use crate::database::{self, one_time_ids, one_time_ids::Purpose};
use crate::domain::Refusal;
use crate::http::form::form;
use crate::http::page::page;
use crate::http::{Query, body, empty};
use crate::model::TwoFactorMethod;
use crate::state::{AppState, OpaqueToken};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/oauth2/authorize", get(show).post(sign_in))
}

/// The user's input, and the parameters of the authorization request. This type has no `Debug`, because it contains a password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    #[serde(flatten)]
    parameters: Parameters,
    code: String,
    #[serde(rename = "loginId")]
    login_id: String,
    password: String,
    /// The id of the second factor through which the user wants to receive a code.
    send: Option<String>,
    #[serde(rename = "twoFactorId")]
    two_factor_id: Option<String>,
}

async fn show(
    State(emulator): State<Arc<AppState>>,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
) -> Result<Response, RequestError> {
    let request = AuthorizationRequest::check(&emulator, &headers, parameters).await?;
    let login_hint = request.parameters.login_hint.clone().unwrap_or_default();
    Ok(sign_in_page(&request, &login_hint, None))
}

async fn sign_in(State(emulator): State<Arc<AppState>>, http: Request) -> Result<Response, RequestError> {
    let headers = http.headers().clone();
    let mut form: Form = form(http).await.map_err(|it| OauthError::Request("unknown", it))?;
    let request = AuthorizationRequest::check(&emulator, &headers, std::mem::take(&mut form.parameters)).await?;
    match form.two_factor_id.take().map(OpaqueToken::from_request) {
        Some(id) => second_step(&emulator, &headers, &request, &form, &id).await,
        None => first_step(&emulator, &headers, &request, form).await,
    }
}

async fn first_step(
    emulator: &AppState,
    headers: &HeaderMap,
    request: &AuthorizationRequest,
    form: Form,
) -> Result<Response, RequestError> {
    let login = PasswordLogin {
        tenant: request.tenant.clone(),
        application: Some(request.application.clone()),
        login_id: form.login_id.clone(),
        login_id_types: None,
        password: form.password,
        trust_id: None,
        meta_data: Value::Null,
        output: Output::None,
    };
    let (status, answer) = outcome(with_password(emulator, headers, login).await).await?;
    match (status, answer["twoFactorId"].as_str()) {
        (242, Some(id)) => Ok(second_factor_page(emulator, request, &OpaqueToken::from_request(id), None).await?),
        (404, _) => Ok(sign_in_page(request, &form.login_id, Some("No account has this email and password. Try again."))),
        _ => finish(emulator, request, status, &answer).await,
    }
}

async fn second_step(
    emulator: &AppState,
    headers: &HeaderMap,
    request: &AuthorizationRequest,
    form: &Form,
    id: &OpaqueToken,
) -> Result<Response, RequestError> {
    if let Some(method) = &form.send {
        let (status, _) = outcome(send_code(emulator, &request.tenant, id, method.clone()).await.map(|()| empty(StatusCode::OK))).await?;
        let message = if status == 200 { "The code was sent." } else { "No code can be sent this way." };
        return Ok(second_factor_page(emulator, request, id, Some(message)).await?);
    }
    let step = SecondStep {
        tenant: request.tenant.clone(),
        application: Some(request.application.clone()),
        two_factor_id: id.clone(),
        code: form.code.trim().to_owned(),
        trust_computer: false,
        meta_data: Value::Null,
        output: Output::None,
    };
    match outcome(complete(emulator, headers, step).await).await? {
        (421, _) => Ok(second_factor_page(emulator, request, id, Some("This code is not correct. Try again.")).await?),
        (404, _) => Ok(sign_in_page(request, "", Some("The sign-in took too long. Sign in again."))),
        (status, answer) => finish(emulator, request, status, &answer).await,
    }
}

/// Redirects the browser if the user has signed in. Otherwise shows a page with the reason.
async fn finish(emulator: &AppState, request: &AuthorizationRequest, status: u16, answer: &Value) -> Result<Response, RequestError> {
    let user_state = match status {
        200 => "Authenticated",
        202 => "AuthenticatedNotRegistered",
        203 => return Ok(dead_end("Choose a new password", "Change the password in the application, then sign in again.")),
        212 => return Ok(dead_end("Verify your email", "Open the link in the message that was sent to you, then sign in again.")),
        213 => return Ok(dead_end("Verify your registration", "Open the link in the message that was sent to you, then sign in again.")),
        409 => return Ok(dead_end("You can't sign in now", "An action of an administrator or too many wrong passwords prevent it.")),
        410 => return Ok(dead_end("This account has expired", "Ask an administrator to extend it.")),
        423 => return Ok(dead_end("This account is locked", "Ask an administrator to unlock it.")),
        _ => return Err(request.refused("server_error", "unknown", "The sign-in failed.")),
    };
    let user: Option<Uuid> = answer["user"]["id"].as_str().and_then(|it| it.parse().ok());
    let user = user.ok_or_else(|| request.refused("server_error", "unknown", "The sign-in failed."))?;
    let code = code::issue(emulator, request, user).await.map_err(OauthError::from)?;
    let parameters = [("code", code.expose()), ("iss", &request.tenant.issuer), ("locale", "en"), ("userState", user_state)];
    Ok(redirect(&request.redirect(&parameters)))
}

/// The status and the JSON of an answer of the Login API.
async fn outcome(answer: Result<Response, Refusal>) -> Result<(u16, Value), OauthError> {
    let response = match answer {
        Ok(response) => response,
        Err(Refusal::Status(status)) => return Ok((status.as_u16(), Value::Null)),
        // A field is empty or invalid. The caller treats this answer like wrong credentials.
        Err(Refusal::Errors(_)) => return Ok((StatusCode::NOT_FOUND.as_u16(), Value::Null)),
        Err(other) => return Err(other.into()),
    };
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), body::LIMIT).await.unwrap_or_default();
    Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

fn sign_in_page(request: &AuthorizationRequest, login_id: &str, error: Option<&str>) -> Response {
    let content = html! {
        form method="post" action="/oauth2/authorize" {
            (parameters(request))
            @if let Some(error) = error { p role="alert" { (error) } }
            label { "Email" br; input name="loginId" value=(login_id) autocomplete="username" autofocus[login_id.is_empty()] required; }
            label {
                "Password" br;
                input name="password" type="password" autocomplete="current-password" autofocus[!login_id.is_empty()] required;
            }
            button { "Sign in" }
        }
    };
    page(StatusCode::OK, &format!("Sign in to {}", request.application.name), &content)
}

async fn second_factor_page(
    emulator: &AppState,
    request: &AuthorizationRequest,
    id: &OpaqueToken,
    message: Option<&str>,
) -> Result<Response, OauthError> {
    let challenge = one_time_ids::find(&emulator.database, Purpose::TwoFactor, id, emulator.clock.now_ms()).await?;
    let user = match challenge {
        Some(challenge) => database::users::by_id(&emulator.database, challenge.user_id).await?,
        None => None,
    };
    let Some(user) = user else { return Ok(sign_in_page(request, "", Some("The sign-in took too long. Sign in again."))) };
    let sent = user.two_factor.methods.iter().filter(|it| it.method != "authenticator");
    let content = html! {
        form method="post" action="/oauth2/authorize" {
            (parameters(request))
            input type="hidden" name="twoFactorId" value=(id.expose());
            @if let Some(message) = message { p role="alert" { (message) } }
            label { "Code" br; input name="code" autocomplete="one-time-code" inputmode="numeric" autofocus; }
            button { "Continue" }
            @for method in sent { " " button name="send" value=(method.id) { (send_label(method)) } }
        }
    };
    Ok(page(StatusCode::OK, "Enter the code of your second factor", &content))
}

fn send_label(method: &TwoFactorMethod) -> String {
    let way = if method.method == "sms" { "text message" } else { "email" };
    format!("Send a code by {way}")
}

fn dead_end(title: &str, text: &str) -> Response {
    page(StatusCode::OK, title, &html! { p { (text) } })
}

/// The parameters of the request, in hidden inputs, so that the next step can check them again.
fn parameters(request: &AuthorizationRequest) -> Markup {
    let parameters = serde_json::to_value(&request.parameters).unwrap_or_default();
    let texts = parameters.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name, value.as_str()?)));
    html! { @for (name, value) in texts { input type="hidden" name=(name) value=(value); } }
}
