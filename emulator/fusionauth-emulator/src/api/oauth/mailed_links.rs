//! The hosted pages behind the links in FusionAuth's messages, and those that ask for such a message
//! (<https://fusionauth.io/docs/customize/look-and-feel/template-variables>): `/password/forgot`, `/password/change/{changePasswordId}`,
//! `/email/verify/{verificationId}`, `/registration/verify/{verificationId}`, `/oauth2/passwordless` and `/oauth2/passwordless/{code}`.
//!
//! The parameters of the authorization request go into the message as its `state`, and the templates write them into the link
//! (<https://fusionauth.io/docs/customize/email-and-messages/email-templates>). So the sign-in goes on after the link. No page tells
//! whether an account exists, and no link approves a device.

use super::completion::{finish, login_of, next_step, outcome, sign_in_page};
use super::form::FormBody;
use super::pages::{self, FormPage, field};
use super::request::{AuthorizationRequest, Parameters, RequestError, with_query};
use super::sso::Sso;
use crate::api::{change_password, forgot_password, login, passwordless, verification};
use crate::database::one_time_ids::{OneTimeId, Purpose};
use crate::domain::{Refusal, one_time_ids};
use crate::http::page::{page, path_of};
use crate::http::{Answer, Anyone, Query, Routes, TenantHeader};
use crate::model::{Application, Tenant};
use crate::state::{AppState, OpaqueToken};
use axum::Extension;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use fusionauth_api::errors::Errors;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn router() -> Routes {
    let verify = |purpose: Purpose| get(show_verification).post(verify).layer(Extension(purpose));
    Routes::new()
        .route("/password/forgot", get(show_forgot).post(forgot))
        .route("/password/change/{changePasswordId}", get(show_change).post(change))
        .route("/email/verify/{verificationId}", verify(Purpose::EmailVerification))
        .route("/registration/verify/{verificationId}", verify(Purpose::RegistrationVerification))
        .route("/oauth2/passwordless", get(show_passwordless).post(send_code))
        .route("/oauth2/passwordless/{code}", get(show_code).post(sign_in))
}

/// The user's input, and the parameters of the authorization request. This type has no `Debug`, because it contains a password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    #[serde(flatten)]
    parameters: Parameters,
    #[serde(rename = "loginId")]
    login_id: String,
    #[serde(rename = "oneTimeCode")]
    one_time_code: Option<String>,
    password: Option<String>,
    #[serde(rename = "passwordConfirm")]
    password_confirm: Option<String>,
}

const WRONG_CODE: &str = "This is not the code that was sent. Sign in again.";

const CHECK_MAIL: &str = "If an account has this email, a message with a link is on its way. Check your spam folder, too.";

/// The form that the user must fill in before the sign-in can go on, if the answer of the Login API names one.
pub(super) fn next_form(request: &AuthorizationRequest, body: &Value) -> Option<Response> {
    let (parameters, id) = (request.parameters.pairs(), |name: &str| body[name].as_str());
    if let Some(id) = id("changePasswordId") {
        return Some(change_page(id, &parameters, &Errors::default()));
    }
    let verifications =
        [("emailVerificationId", Purpose::EmailVerification), ("registrationVerificationId", Purpose::RegistrationVerification)];
    verifications.into_iter().find_map(|(name, purpose)| Some(verification_page(purpose, id(name)?, &parameters, Some(code_field()), None)))
}

async fn show_forgot(Query(parameters): Query<Parameters>) -> Response {
    forgot_page(&parameters.pairs())
}

async fn forgot(Anyone(emulator): Anyone, FormBody(form): FormBody<Form>) -> Answer<RequestError> {
    let parameters = form.parameters.pairs();
    let (application, tenant) = recipient(&emulator, &form.parameters).await?;
    let (login_id, state) = (Some(form.login_id), Some(json!(parameters)));
    let start = forgot_password::Start { login_id, types: None, sends: true, chosen_id: None, state };
    match start.run(&emulator, application.as_ref(), &tenant).await {
        // A user without an email gets no message.
        Ok(_) | Err(Refusal::Status(StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY)) => {
            Ok(pages::message("Check your mail", CHECK_MAIL))
        }
        Err(Refusal::Status(StatusCode::FORBIDDEN)) => {
            Ok(pages::message("Ask an administrator", "Passwords can't be reset here, because the tenant has no template for the message."))
        }
        Err(Refusal::Errors(_)) => Ok(forgot_page(&parameters)),
        Err(other) => Err(other.into()),
    }
}

async fn show_change(Anyone(emulator): Anyone, Path(id): Path<String>, Query(parameters): Query<Parameters>) -> Answer<RequestError> {
    let parameters = parameters.pairs();
    match change_password::check_of_id(&emulator, &OpaqueToken::from_request(&*id)).await {
        Ok(()) => Ok(change_page(&id, &parameters, &Errors::default())),
        Err(Refusal::Errors(_)) => {
            let text = "Your account has a second factor, and this page can't ask for it. Change the password in the application.";
            Ok(pages::message("Your password can't be changed here", text))
        }
        Err(refusal) => Err(expired(refusal, Some(&parameters))),
    }
}

/// Changes the password. If the link belongs to an authorization request, the user is signed in for it, unless the request approves a
/// device.
async fn change(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    Path(id): Path<String>,
    FormBody(form): FormBody<Form>,
) -> Answer<RequestError> {
    let parameters = form.parameters.pairs();
    let request = match form.parameters.redirect_uri {
        Some(_) if form.parameters.user_code.is_none() => Some(AuthorizationRequest::check(&emulator, &headers, form.parameters).await?),
        _ => None,
    };
    if form.password != form.password_confirm {
        let errors = Errors::field("passwordConfirm", "[doNotMatch]passwordConfirm", "The passwords are different.");
        return Ok(change_page(&id, &parameters, &errors));
    }
    match (change_password::with_id(&emulator, id.clone(), form.password).await, request) {
        (Ok(one_time_password), Some(request)) => {
            let answer = login::with_one_time_password(&emulator, &headers, login_of(&request), &one_time_password).await;
            finish(&emulator, &headers, &request, outcome(answer).await?, Sso::End).await
        }
        (Ok(_), None) => Ok(done("Your password was changed", "Sign in with the new password.", &parameters)),
        (Err(Refusal::Errors(errors)), _) => Ok(change_page(&id, &parameters, &errors)),
        (Err(refusal), _) => Err(expired(refusal, Some(&parameters))),
    }
}

/// The page of a verification link. A browser with scripts sends the form at once, unless the user must type a code.
async fn show_verification(
    Anyone(emulator): Anyone,
    Extension(purpose): Extension<Purpose>,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Answer<RequestError> {
    let token = OpaqueToken::from_request(&*id);
    let found = one_time_ids::find(&emulator, &emulator.database, purpose, &token).await.map_err(|it| expired(it, None))?;
    Ok(verification_page(purpose, &id, &parameters.pairs(), found.has_code().then(code_field), None))
}

async fn verify(
    Anyone(emulator): Anyone,
    Extension(purpose): Extension<Purpose>,
    Path(id): Path<String>,
    FormBody(form): FormBody<Form>,
) -> Answer<RequestError> {
    let parameters = form.parameters.pairs();
    match verification::verify(&emulator, purpose, OpaqueToken::from_request(&*id), form.one_time_code).await {
        Ok(()) => Ok(done("Thank you", &format!("Your {} is verified. You can sign in now.", subject(purpose)), &parameters)),
        Err(Refusal::Errors(errors)) if errors.field_errors.contains_key("oneTimeCode") => {
            let error = Some("This is not the code that was sent. Try again.");
            Ok(verification_page(purpose, &id, &parameters, Some(code_field()), error))
        }
        Err(refusal) => Err(expired(refusal, None)),
    }
}

async fn show_passwordless(Anyone(emulator): Anyone, headers: HeaderMap, Query(parameters): Query<Parameters>) -> Answer<RequestError> {
    let request = passwordless_request(&emulator, &headers, parameters).await?;
    let (title, action, parameters) = ("Sign in with a mailed link", "/oauth2/passwordless", &request.parameters.pairs());
    let content = Some(login_id_field());
    Ok(FormPage { title, action, parameters, error: None, content, button: "Send the message" }.render())
}

async fn send_code(Anyone(emulator): Anyone, headers: HeaderMap, FormBody(form): FormBody<Form>) -> Answer<RequestError> {
    let request = passwordless_request(&emulator, &headers, form.parameters).await?;
    let parameters = request.parameters.pairs();
    let state = json!(parameters);
    let code = passwordless::send_code(&emulator, &request.application, &request.tenant, &form.login_id, state).await?;
    if !passwordless::types_code(&request.application, false) {
        return Ok(pages::message("Check your mail", CHECK_MAIL));
    }
    Ok(code_page(code.expose(), &parameters, Some(html! { p { (CHECK_MAIL) } (code_field()) })))
}

/// The page of a link that signs the user in. A browser with scripts sends the form at once, unless the user must type a code.
async fn show_code(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    Path(code): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Answer<RequestError> {
    let request = passwordless_request(&emulator, &headers, parameters).await?;
    let started = started(&emulator, &request, &OpaqueToken::from_request(&*code)).await?;
    let types_code = started.is_none_or(|it| it.has_code());
    Ok(code_page(&code, &request.parameters.pairs(), types_code.then(code_field)))
}

async fn sign_in(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    Path(code): Path<String>,
    FormBody(form): FormBody<Form>,
) -> Answer<RequestError> {
    let request = passwordless_request(&emulator, &headers, form.parameters).await?;
    let code = OpaqueToken::from_request(code);
    let Some(started) = started(&emulator, &request, &code).await? else { return sign_in_page(&request, "", Some(WRONG_CODE)) };
    let (login, one_time_code) = (login_of(&request), form.one_time_code.as_deref());
    let answer = passwordless::with_code(&emulator, &headers, login, (&code, &started), one_time_code, None).await;
    next_step(&emulator, &headers, &request, outcome(answer).await?, Sso::End, ("", WRONG_CODE)).await
}

/// The sign-in that began with this code for the application of the request. `None` if there is none, and users of the application type a
/// short code: then the pages answer as to a wrong short code, because [`send_code`] gives an unknown user a code, too.
async fn started(emulator: &AppState, request: &AuthorizationRequest, code: &OpaqueToken) -> Result<Option<OneTimeId>, RequestError> {
    match one_time_ids::find(emulator, &emulator.database, Purpose::Passwordless, code).await {
        Ok(started) if passwordless::application_of(&started) == Some(request.application.id) => Ok(Some(started)),
        Ok(_) | Err(Refusal::Status(_)) if passwordless::types_code(&request.application, false) => Ok(None),
        Ok(_) => Err(expired(StatusCode::NOT_FOUND.into(), None)),
        Err(refusal) => Err(expired(refusal, None)),
    }
}

/// The authorization request, if it allows sign-ins without a password.
async fn passwordless_request(
    emulator: &AppState,
    headers: &HeaderMap,
    parameters: Parameters,
) -> Result<AuthorizationRequest, RequestError> {
    let request = AuthorizationRequest::check(emulator, headers, parameters).await?;
    if request.allows_passwordless() {
        return Ok(request);
    }
    Err(request.refused(
        "unauthorized_client",
        "unknown",
        "The application or its request for a device allows no sign-in without a password.",
    ))
}

/// The application and the tenant of a page outside of OAuth.
async fn recipient(emulator: &AppState, parameters: &Parameters) -> Result<(Option<Application>, Tenant), Refusal> {
    let id = |text: &Option<String>| text.as_deref().and_then(|it| it.parse().ok());
    let tenant = TenantHeader { named: id(&parameters.tenant_id) };
    tenant.resolve(emulator, id(&parameters.client_id)).await
}

fn forgot_page(parameters: &BTreeMap<String, String>) -> Response {
    let (title, action, content) = ("Forgot your password?", "/password/forgot", Some(login_id_field()));
    FormPage { title, action, parameters, error: None, content, button: "Send the message" }.render()
}

fn change_page(id: &str, parameters: &BTreeMap<String, String>, errors: &Errors) -> Response {
    let password = |name: &str, label: &str| field(name, label, "password", "new-password", true, &BTreeMap::new(), errors);
    let content = html! {
        (password("password", "New password"))
        (password("passwordConfirm", "New password again"))
    };
    let error = errors.general_errors.first().map(|it| it.message.as_str());
    let (title, action) = ("Choose a new password", &path_of("/password/change", id));
    FormPage { title, action, parameters, error, content: Some(content), button: "Change password" }.render()
}

fn verification_page(
    purpose: Purpose,
    id: &str,
    parameters: &BTreeMap<String, String>,
    content: Option<Markup>,
    error: Option<&str>,
) -> Response {
    let path = subject(purpose);
    let (title, action) = (&format!("Verify your {path}"), &path_of(&format!("/{path}/verify"), id));
    FormPage { title, action, parameters, error, content, button: "Verify" }.render()
}

fn code_page(code: &str, parameters: &BTreeMap<String, String>, content: Option<Markup>) -> Response {
    let action = &path_of("/oauth2/passwordless", code);
    FormPage { title: "Sign in", action, parameters, error: None, content, button: "Sign in" }.render()
}

/// The page of a link that nothing accepts, or another error. A link that changes a password can be requested again.
fn expired(refusal: Refusal, forgot: Option<&BTreeMap<String, String>>) -> RequestError {
    if !matches!(refusal, Refusal::Status(_)) {
        return refusal.into();
    }
    let url = forgot.map(|it| url_with("/password/forgot", it));
    let content = html! {
        p { "It was used already, or has expired." }
        @if let Some(url) = url { p { a href=(url) { "Send another link" } } }
    };
    RequestError::Client(Box::new(page(StatusCode::NOT_FOUND, "This link is no longer valid", &content)))
}

/// The page after a link. If the link belongs to an authorization request, the user can sign in for it.
fn done(title: &str, text: &str, parameters: &BTreeMap<String, String>) -> Response {
    let content = html! {
        p { (text) }
        @if parameters.contains_key("redirect_uri") { p { a href=(url_with("/oauth2/authorize", parameters)) { "Sign in" } } }
    };
    page(StatusCode::OK, title, &content)
}

fn url_with(path: &str, parameters: &BTreeMap<String, String>) -> String {
    with_query(path, parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// What a link verifies.
const fn subject(purpose: Purpose) -> &'static str {
    if matches!(purpose, Purpose::EmailVerification) { "email" } else { "registration" }
}

fn login_id_field() -> Markup {
    field("loginId", "Email", "text", "username", true, &BTreeMap::new(), &Errors::default())
}

fn code_field() -> Markup {
    field("oneTimeCode", "Code", "text", "one-time-code", true, &BTreeMap::new(), &Errors::default())
}
