//! The server-rendered sign-in: the form at `/login`, the second factor's form at `/login/code`, and the pages for what stands in the
//! way of a sign-in.

use crate::auth::{cookies::Cookies, current_user::CurrentUser, error::Error as AuthError};
use crate::http::{client_address::ClientAddress, problem::ProblemResponse, rate_limit::TooOften};
use crate::pages::form::{FieldKind, Form};
use crate::pages::layout::{Layout, Page};
use crate::pages::sign_in_form::{FormState, field, password_page, status, summary};
use crate::pages::{PageState, drafts, redirect_302, return_to::target};
use crate::sign_in::change_password_form;
use crate::sign_in::error::Error;
use crate::sign_in::outcome::{SignInStep, handle_login_outcome};
use crate::{clock::now_ms, state::Backend};
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::{get, post};
use axum::{Router, response::Response};
use fusionauth_api::backend::Tokens;
use fusionauth_api::login::{LoginOutcome, TwoFactorMethod};
use maud::html;
use serde::Deserialize;
use storefront_messages::{Blocked, CodeSource, Misconfiguration, PasswordChangeReason, SignInError, SignInField};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/login", get(form).post(send_password)).route("/login/code", post(send_code))
}

/// This type has no `Debug`, because it holds a password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PasswordForm {
    password: String,
    #[serde(flatten)]
    state: FormState,
}

/// This type has no `Debug`, because it holds a code.
#[derive(Default, Deserialize)]
#[serde(default)]
struct CodeForm {
    code: String,
    two_factor_id: String,
    method: String,
    #[serde(flatten)]
    state: FormState,
}

async fn form(
    State(state): State<PageState>,
    layout: Layout,
    user: Result<CurrentUser, AuthError>,
    Query(FormState { next, .. }): Query<FormState>,
) -> Result<Response, ProblemResponse> {
    match user {
        Ok(_) => Ok(redirect_302(target(state.backend.site.app, &next))),
        Err(error @ AuthError::CookiesAmbiguous) => Err(error.into()),
        // Only `next` is read from the address, because a link must not fill in a form.
        Err(_) => layout.show(None, password_page(&layout, &FormState { next, ..FormState::default() }, None)).await,
    }
}

async fn send_password(
    State(state): State<PageState>,
    layout: Layout,
    client: ClientAddress,
    cookies: Cookies,
    Form(PasswordForm { password, state: form }): Form<PasswordForm>,
) -> Result<Response, ProblemResponse> {
    let form = FormState { username: form.username.trim().to_owned(), ..form };
    let page = |error: &SignInError| password_page(&layout, &form, Some(error));
    let inputs = [(SignInField::Username, &form.username), (SignInField::Password, &password)];
    let missing: Vec<SignInField> = inputs.into_iter().filter_map(|(input, text)| text.is_empty().then_some(input)).collect();
    if !missing.is_empty() {
        return layout.show(None, page(&SignInError::Missing(missing))).await;
    }
    let began_at = now_ms();
    let Backend { attempts, fusionauth, .. } = &state.backend;
    let outcome = attempts.login(fusionauth, client, &form.username, &password).await;
    respond_to_login(&state, &layout, &cookies, &form, (began_at, outcome), page).await
}

async fn send_code(
    State(state): State<PageState>,
    layout: Layout,
    client: ClientAddress,
    cookies: Cookies,
    Form(CodeForm { code, two_factor_id, method, state: form }): Form<CodeForm>,
) -> Result<Response, ProblemResponse> {
    let page = |error: &SignInError| code_page(&form, &two_factor_id, &method, Some(error));
    // Authenticator apps show `123 456`, but the space is not part of the code.
    let code: String = code.split_whitespace().collect();
    if code.is_empty() {
        return layout.show(None, page(&SignInError::Missing(vec![SignInField::Code]))).await;
    }
    let began_at = now_ms();
    let Backend { attempts, fusionauth, .. } = &state.backend;
    let outcome = attempts.second_factor(fusionauth, client, &two_factor_id, &code).await;
    respond_to_login(&state, &layout, &cookies, &form, (began_at, outcome), page).await
}

/// The page that follows FusionAuth's response. `again` makes the form that was sent, with an error.
pub(super) async fn respond_to_login(
    state: &PageState,
    layout: &Layout,
    cookies: &Cookies,
    form: &FormState,
    (began_at, outcome): (i64, Result<LoginOutcome<Tokens>, TooOften>),
    again: impl Fn(&SignInError) -> Page,
) -> Result<Response, ProblemResponse> {
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(too_often) => {
            let mut response = layout.show(None, again(&SignInError::TooManyAttempts)).await?;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(too_often.retry_after_seconds()));
            return Ok(response);
        }
    };
    let page = match handle_login_outcome(&state.backend.authenticator, cookies, began_at, outcome).await {
        Ok(SignInStep::SignedIn(identity)) => {
            if !form.draft.trim().is_empty() {
                drafts::save(&state.backend.db, &identity.user_id, &form.draft).await?;
            }
            return Ok(redirect_302(target(state.backend.site.app, &form.next)));
        }
        Ok(SignInStep::TwoFactorRequired { two_factor_id, methods }) => code_page(form, &two_factor_id, method(&methods), None),
        Ok(SignInStep::NotRegistered) => blocked_page(form, Blocked::NotRegistered),
        Ok(SignInStep::PasswordChangeRequired { change_password_id, reason }) => {
            let blocked = Blocked::PasswordChangeRequired(PasswordChangeReason::from_code(reason.as_deref()));
            match change_password_id {
                Some(id) => change_password_form::required_page(&state.backend, form, &id, blocked.message().what).await,
                None => blocked_page(form, blocked),
            }
        }
        Ok(SignInStep::EmailNotVerified) => blocked_page(form, Blocked::EmailNotVerified),
        Ok(SignInStep::RegistrationNotVerified) => blocked_page(form, Blocked::RegistrationNotVerified),
        Err(Error::TwoFactorExpired) => password_page(layout, form, Some(&SignInError::CodeExpired)),
        Err(error) => again(&sign_in_error(error)?),
    };
    layout.show(None, page).await
}

/// The error as a message of the form. An error that is not about the sign-in comes back, and gets a page of its own.
fn sign_in_error(error: Error) -> Result<SignInError, Error> {
    match error {
        Error::CredentialsRefused => Ok(SignInError::InvalidCredentials),
        Error::CodeRefused => Ok(SignInError::InvalidCode),
        Error::TwoFactorExpired => Ok(SignInError::CodeExpired),
        Error::Prevented => Ok(SignInError::Prevented),
        Error::TooManyAttempts(_) => Ok(SignInError::TooManyAttempts),
        Error::AccountExpired => Ok(SignInError::AccountExpired),
        Error::AccountLocked => Ok(SignInError::Locked),
        Error::CredentialsMalformed | Error::Auth(AuthError::SignInMisconfigured) => {
            Ok(SignInError::Misconfigured(Misconfiguration::Logged))
        }
        Error::Auth(AuthError::SignInWaitsForSignOut) => Ok(SignInError::SignOutPending),
        Error::Auth(AuthError::SignInUnavailable) => Ok(SignInError::Unavailable),
        Error::Invalid(_) | Error::RegistrationClosed | Error::Database(_) | Error::Auth(_) => Err(error),
    }
}

fn code_page(form: &FormState, two_factor_id: &str, method: &str, error: Option<&SignInError>) -> Page {
    let source = if method == "message" { CodeSource::Message } else { CodeSource::Authenticator };
    let content = html! {
        p.lead { (source.hint()) }
        form #second-factor method="post" action="/login/code" novalidate {
            (summary(error))
            (form.hidden_inputs())
            input type="hidden" name="username" value=(form.username);
            input type="hidden" name="two_factor_id" value=(two_factor_id);
            input type="hidden" name="method" value=(method);
            (field(SignInField::Code, "code", "Code", FieldKind::Code, None, error))
            button.primary.wide type="submit" { "Check code" }
            a.button.quiet.wide href="/login" { "Back to sign in" }
        }
    };
    Page::narrow("Enter your code", error.map_or(StatusCode::OK, status), content)
}

fn blocked_page(form: &FormState, blocked: Blocked) -> Page {
    let message = blocked.message();
    let content = html! {
        p { (message.what) }
        p { (message.next) }
        @if !form.username.is_empty() { p.quiet-text { "You tried to sign in as " strong { (form.username) } "." } }
        a.button.quiet.wide href="/login" { "Back to sign in" }
    };
    Page::narrow(blocked.heading(), StatusCode::FORBIDDEN, content)
}

/// Where the user finds the code: `authenticator` if an app shows it, else `message`.
fn method(methods: &[TwoFactorMethod]) -> &'static str {
    let app = methods.is_empty() || methods.iter().any(|it| it.method == "authenticator");
    if app { "authenticator" } else { "message" }
}
