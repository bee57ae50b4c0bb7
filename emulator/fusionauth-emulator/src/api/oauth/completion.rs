//! The end of a sign-in on a hosted page: the browser returns to the client with a code, or a page says why the user can't sign in.

use super::code;
use super::error::OauthError;
use super::mailed_links;
use super::pages;
use super::request::{AuthorizationRequest, DEVICE_COMPLETE, RequestError, redirect};
use super::sso::{self, Sso};
use crate::api::login::{Login, Output, SignedIn};
use crate::database::{self, one_time_ids, one_time_ids::Purpose};
use crate::domain::Refusal;
use crate::domain::registrations::NewRegistration;
use crate::http::{Answer, body, cookies};
use crate::state::{AppState, OpaqueToken};
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

/// The answer of the Login API.
pub(super) struct Outcome {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) signed_in: Option<SignedIn>,
}

/// The login to the application of the request, whose answer has no tokens, because the client gets a code.
pub(super) fn login_of(request: &AuthorizationRequest) -> Login {
    let (tenant, application) = (request.tenant.clone(), Some(request.application.clone()));
    Login::new(tenant, application, Value::Null, Output::None)
}

/// Shows the page for the second factor or for another try if the sign-in needs one. Otherwise finishes it. `not_found` tells the user
/// that the credentials are wrong.
pub(super) async fn next_step(
    emulator: &AppState,
    headers: &HeaderMap,
    request: &AuthorizationRequest,
    outcome: Outcome,
    sso: Sso<'_>,
    (login_id, not_found): (&str, &str),
) -> Answer<RequestError> {
    match (outcome.status, outcome.body["twoFactorId"].as_str()) {
        (242, Some(id)) => second_factor_page(emulator, request, &OpaqueToken::from_request(id), sso, None).await,
        (404, _) => sign_in_page(request, login_id, Some(not_found)),
        _ => finish(emulator, headers, request, outcome, sso).await,
    }
}

/// Redirects the browser if the user has signed in. Otherwise shows a page with the reason.
pub(super) async fn finish(
    emulator: &AppState,
    headers: &HeaderMap,
    request: &AuthorizationRequest,
    outcome: Outcome,
    sso: Sso<'_>,
) -> Answer<RequestError> {
    let Outcome { status, body, signed_in } = outcome;
    let Some(signed_in) = signed_in else {
        let form = if request.is_silent() { None } else { mailed_links::next_form(request, &body) };
        return form.map_or_else(|| blocked(request, status), Ok);
    };
    let user = &body["user"];
    let application = json!(request.application.id);
    let registration = user["registrations"].as_array().into_iter().flatten().find(|it| it["applicationId"] == application);
    let is_registered = registration.is_some() || register_automatically(emulator, request, &signed_in).await?;
    if !is_registered && request.application.oauth_configuration.require_registration {
        return blocked(request, 202);
    }
    let user_state = if !is_registered {
        "AuthenticatedNotRegistered"
    } else if request.tenant.email_configuration.verify_email && user["verified"] != json!(true) {
        "AuthenticatedNotVerified"
    } else if request.application.verify_registration && registration.is_some_and(|it| it["verified"] != json!(true)) {
        "AuthenticatedRegistrationNotVerified"
    } else {
        "Authenticated"
    };
    let Some(completed) = code::issue(emulator, request, &signed_in, sso).await? else {
        return sign_in_page(request, "", Some("Your account has changed. Sign in again."));
    };
    let mut response = match &completed.code {
        Some(code) => {
            let locale = request.parameters.locale.clone().unwrap_or_else(|| first_language(headers));
            let parameters = [("code", code.expose()), ("iss", &request.tenant.issuer), ("locale", &locale), ("userState", user_state)];
            request.respond(&parameters)
        }
        None => redirect(DEVICE_COMPLETE),
    };
    if !matches!(sso, Sso::Continue(_)) {
        // The browser may have the session of an earlier sign-in, even of another user.
        sso::end(emulator, headers).await?;
    }
    let cookie = match completed.sso {
        Some(token) => sso::cookie(headers, &request.tenant, &token),
        None => sso::expired_cookie(headers),
    };
    cookies::append(&mut response, [cookie]);
    Ok(response)
}

/// The first language of the browser, as a locale such as `de_AT`.
fn first_language(headers: &HeaderMap) -> String {
    let languages = headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let first = languages.split([',', ';']).next().unwrap_or_default().trim().replace('-', "_");
    if first.is_empty() || first == "*" { "en".to_owned() } else { first }
}

/// Registers a user who has signed in without a registration, if the application allows self-service registration
/// (<https://fusionauth.io/docs/lifecycle/register-users/basic-registration-forms>). Returns whether the user is registered now.
async fn register_automatically(emulator: &AppState, request: &AuthorizationRequest, signed_in: &SignedIn) -> Result<bool, OauthError> {
    if !request.application.registration_configuration.enabled {
        return Ok(false);
    }
    let new = NewRegistration::by_user(&request.tenant, &request.application, signed_in.user, None);
    match new.create(emulator).await {
        // Another request has registered the user at the same time.
        Ok(_) | Err(Refusal::Errors(_)) => Ok(true),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Tells the user why the sign-in goes no further, or the client if no page may be shown.
fn blocked(request: &AuthorizationRequest, status: u16) -> Answer<RequestError> {
    let (reason, title, text) = match status {
        202 => ("registration_required", "You are not registered", "Ask an administrator to register you for this application."),
        203 => ("change_password_administrative", "Choose a new password", "The user must choose a new password."),
        212 => {
            ("email_verification_required", "Verify your email", "Open the link in the message that was sent to you, then sign in again.")
        }
        213 => (
            "registration_verification_required",
            "Verify your registration",
            "Open the link in the message that was sent to you, then sign in again.",
        ),
        404 => return sign_in_page(request, "", Some("Your account has changed. Sign in again.")),
        409 => ("login_prevented", "You can't sign in now", "An action of an administrator or too many wrong passwords prevent it."),
        410 => ("user_expired", "This account has expired", "Ask an administrator to extend it."),
        423 => ("user_locked", "This account is locked", "Ask an administrator to unlock it."),
        _ => return Err(request.refused("server_error", "unknown", "The sign-in failed.")),
    };
    if request.is_silent() { Err(request.refused("interaction_required", reason, text)) } else { Ok(pages::message(title, text)) }
}

/// The page on which the user signs in, unless the request forbids pages.
pub(super) fn sign_in_page(request: &AuthorizationRequest, login_id: &str, error: Option<&str>) -> Answer<RequestError> {
    if request.is_silent() {
        return Err(request.refused("login_required", "authentication_required", "The user is required to complete authentication."));
    }
    Ok(pages::sign_in(request, login_id, error))
}

/// The page for the code of the second factor that the sign-in with this id waits for.
pub(super) async fn second_factor_page(
    emulator: &AppState,
    request: &AuthorizationRequest,
    id: &OpaqueToken,
    sso: Sso<'_>,
    message: Option<&str>,
) -> Answer<RequestError> {
    let challenge = one_time_ids::find(&emulator.database, Purpose::TwoFactor, id, emulator.clock.now_ms()).await?;
    match database::users::by_id(&emulator.database, challenge.map(|it| it.user_id)).await? {
        // The policy requires a second factor of a user who has none. FusionAuth's own pages would set one up.
        Some(user) if user.two_factor.methods.is_empty() => {
            Ok(pages::message("Set up a second factor", "This application requires one. Set it up in your account, then sign in again."))
        }
        Some(user) => Ok(pages::second_factor(request, id, sso, &user.two_factor.methods, message)),
        None => sign_in_page(request, "", Some("The sign-in took too long. Sign in again.")),
    }
}

/// What the checkbox "Keep me signed in" does.
pub(super) fn sso_of(remember_device: &str) -> Sso<'static> {
    if remember_device == "true" { Sso::Begin } else { Sso::End }
}

/// The status and the JSON of an answer of the Login API.
pub(super) async fn outcome(answer: Answer) -> Result<Outcome, OauthError> {
    let mut response = match answer {
        Ok(response) => response,
        Err(Refusal::Status(status)) => return Ok(Outcome { status: status.as_u16(), body: Value::Null, signed_in: None }),
        // A field is empty or invalid. The caller treats this answer like wrong credentials.
        Err(Refusal::Errors(_)) => return Ok(Outcome { status: StatusCode::NOT_FOUND.as_u16(), body: Value::Null, signed_in: None }),
        Err(other) => return Err(other.into()),
    };
    let (status, signed_in) = (response.status().as_u16(), response.extensions_mut().remove());
    let bytes = axum::body::to_bytes(response.into_body(), body::LIMIT).await.unwrap_or_default();
    Ok(Outcome { status, body: serde_json::from_slice(&bytes).unwrap_or_default(), signed_in })
}
