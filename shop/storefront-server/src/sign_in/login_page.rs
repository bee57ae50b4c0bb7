//! The server-rendered sign-in: the form at `/login`, the second factor's form at `/login/code`, and the pages for accounts that cannot
//! sign in yet.

use crate::auth::{error::Error as AuthError, fusionauth::LoginAnswer};
use crate::drafts;
use crate::http::{device_name::DeviceName, rate_limit::TooOften};
use crate::pages::components::{strong, text_with};
use crate::pages::form::{Form, message_summary};
use crate::pages::help_page::contact_link;
use crate::pages::layout::{Page, PageResult};
use crate::pages::page_request::{PageRequest, Sender};
use crate::pages::sign_in_form::{FormState, NextPage, password_page, password_page_at_login, to_sign_in};
use crate::pages::{PageState, redirect_302, return_to::target};
use crate::sign_in::change_password_form;
use crate::sign_in::code_form::{CodeForm, CodeFormError, CodeState, code_page};
use crate::sign_in::error::Error;
use crate::sign_in::outcome::{after_refusal, device, keep_device_trust, sign_in};
use crate::sign_in::{join_page::join_page, verification_page::unverified_page};
use crate::{clock::now_ms, state::SiteState, typed};
use axum::routing::{get, post};
use axum::{Router, extract::Query, http::StatusCode};
use fusionauth_api::backend::{Device, LoginDetails};
use fusionauth_api::login::TrustDevice;
use fusionauth_api::verification::Verified;
use maud::html;
use serde::Deserialize;
use storefront_api::App;
use storefront_messages::{
    AfterRefusal, Blocked, ChangePasswordId, CodeChoice, Misconfiguration, SignInError, SignInField, Step, Storefront, TwoFactorId,
    contact, prevented, t,
};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/login", get(form).post(send_password)).route("/login/code", post(send_code))
}

/// This type has no `Debug`, because it holds a password.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct PasswordForm {
    pub(crate) password: String,
    #[serde(flatten)]
    pub(crate) state: FormState,
}

/// This type has no `Debug`, because it holds a code.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SecondFactor {
    #[serde(flatten)]
    sent: CodeForm,
    /// Not empty if the checkbox "Don't ask on this device again" is ticked.
    trust: String,
    #[serde(flatten)]
    state: FormState,
}

async fn form(request: PageRequest, user: Sender, Query(NextPage { next }): Query<NextPage>) -> PageResult {
    respond_with_form(&request, user, next, |form| password_page_at_login(form, None)).await
}

/// Shows the first form of a sign-in, or redirects a signed-in user to the page `next`.
pub(super) async fn respond_with_form(request: &PageRequest, user: Sender, next: String, page: fn(&FormState) -> Page) -> PageResult {
    match user {
        Ok(_) => Ok(redirect_302(target(request.backend.site.app, &next))),
        Err(error @ AuthError::CookiesAmbiguous) => Err(error.into()),
        Err(_) => request.show(page(&FormState { next, ..FormState::begin() })).await,
    }
}

async fn send_password(request: PageRequest, browser: DeviceName, Form(sent): Form<PasswordForm>) -> PageResult {
    let PasswordForm { password, state: form } = sent;
    if !form.open.is_empty() {
        return request.show(password_page_at_login(&form, None)).await;
    }
    let page = |error: &SignInError| password_page_at_login(&form, Some(error));
    let missing = missing_fields(&form.username, &password);
    if !missing.is_empty() {
        return request.show(page(&SignInError::Missing(missing))).await;
    }
    let began_at = now_ms();
    let SiteState { attempts, fusionauth, .. } = &*request.backend;
    let answer = attempts.login(fusionauth, request.client, device(&browser, &request.cookies), &form.username, &password).await;
    respond_to_login(&request, &form, (began_at, answer), page).await
}

/// The inputs for email and password that are empty.
pub(super) fn missing_fields(username: &str, password: &str) -> Vec<SignInField> {
    let inputs = [(SignInField::Username, username), (SignInField::Password, password)];
    inputs.into_iter().filter_map(|(input, text)| text.is_empty().then_some(input)).collect()
}

async fn send_code(request: PageRequest, browser: DeviceName, Form(sent): Form<SecondFactor>) -> PageResult {
    let SecondFactor { sent: CodeForm { code, send_to, factor: code_state }, trust, state: form } = sent;
    let PageRequest { backend, client, cookies, .. } = &request;
    let page = |error: &SignInError| sign_in_code_page(&form, &code_state, Some(&CodeFormError::SignIn(error.clone())));
    if !send_to.is_empty() {
        let (code_state, error, too_often) = code_state.send(backend, *client, &send_to).await;
        let page = match error {
            Some(CodeFormError::SignIn(error)) => password_page(&form, Some(&error)),
            error => sign_in_code_page(&form, &code_state, error.as_ref()),
        };
        return request.show(page.with_retry_after(too_often)).await;
    }
    let code = typed::second_factor_code(&code);
    if code.is_empty() {
        return request.show(page(&SignInError::Missing(vec![SignInField::Code]))).await;
    }
    let began_at = now_ms();
    let trust = if trust.is_empty() { TrustDevice::No } else { TrustDevice::Yes };
    let device = Device { trust, ..device(&browser, cookies) };
    let answer = backend.fusionauth.second_factor(*client, device, code_state.two_factor_id(), &code);
    let answer = backend.attempts.code(*client, code_state.two_factor_id(), answer).await;
    keep_device_trust(cookies, &answer);
    respond_to_login(&request, &form, (began_at, answer), page).await
}

/// Responds to a login form after FusionAuth's answer, with the next page or a redirect. `began_at` is when the server sent the login, in
/// milliseconds since 1970. `again` returns the submitted form with an error.
pub(crate) async fn respond_to_login(
    request: &PageRequest,
    form: &FormState,
    (began_at, answer): (i64, Result<LoginAnswer, TooOften>),
    again: impl Fn(&SignInError) -> Page,
) -> PageResult {
    let PageRequest { backend, cookies, .. } = request;
    let LoginAnswer { outcome, details } = match answer {
        Ok(answer) => answer,
        Err(too_often) => return request.show(again(&SignInError::TooManyAttempts).with_retry_after(too_often)).await,
    };
    let page = match outcome {
        Ok(tokens) => match sign_in(&backend.authenticator, cookies, form.keep_signed_in(), began_at, tokens).await {
            Ok(identity) => {
                if !form.draft.trim().is_empty() {
                    let db = &backend.db;
                    match backend.site.app {
                        App::Forums => {
                            drafts::save(&mut *db.acquire().await?, &identity.user_id, form.draft_thread(), &form.draft_to_save()).await?
                        }
                        App::Store => drafts::save_checkout(db, &identity.user_id, &form.draft).await?,
                    }
                }
                return Ok(redirect_302(target(backend.site.app, &form.next)));
            }
            Err(error) => again(&sign_in_error(error)?),
        },
        Err(failure) => match after_refusal(failure) {
            AfterRefusal::SameForm(error) => again(&error),
            AfterRefusal::PasswordForm(error) => password_page(form, Some(&error)),
            AfterRefusal::Step(step) => step_page(request, form, step, &details).await,
        },
    };
    request.show(page).await
}

/// The page of a step. `details` are the rest of FusionAuth's answer.
async fn step_page(request: &PageRequest, form: &FormState, step: Step, details: &LoginDetails) -> Page {
    let PageRequest { backend, client, .. } = request;
    match step {
        Step::Code(TwoFactorId(id)) => {
            let code_state = CodeState::new(&id, &details.next.methods);
            let (code_state, error) = code_state.send_if_only_way(backend, *client).await;
            sign_in_code_page(form, &code_state, error.as_ref())
        }
        Step::NewPassword(ChangePasswordId(id), reason) => {
            let why = Blocked::PasswordChangeRequired(reason).message::<Storefront>().what;
            change_password_form::required_page(backend, form, &id, why).await
        }
        Step::Join => join_page(form, None),
        Step::Verification(Verified::Email) => unverified_page(Verified::Email, form, details.next.email_verification_id.as_deref()),
        Step::Verification(Verified::Registration) => {
            unverified_page(Verified::Registration, form, details.next.registration_verification_id.as_deref())
        }
        Step::Prevented => prevented_page(form, details.next.prevented_until()),
        Step::Closed(error) => closed_page(form, &error, backend.config.contact.as_deref()),
        Step::Blocked(blocked) => blocked_page(form, blocked),
    }
}

/// The error of [`sign_in`] as a message of the form. Another error is returned unchanged, and gets its own page.
fn sign_in_error(error: Error) -> Result<SignInError, Error> {
    match error {
        Error::TooManyAttempts(_) => Ok(SignInError::TooManyAttempts),
        Error::Auth(AuthError::SignInMisconfigured) => Ok(SignInError::Misconfigured(Misconfiguration::Logged)),
        Error::Auth(AuthError::SignInWaitsForSignOut) => Ok(SignInError::SignOutPending),
        Error::Auth(AuthError::SignInUnavailable) => Ok(SignInError::Unavailable),
        error => Err(error),
    }
}

fn sign_in_code_page(form: &FormState, code_state: &CodeState, error: Option<&CodeFormError>) -> Page {
    let hidden = html! {
        (form.hidden_inputs())
        input type="hidden" name="username" value=(form.username);
    };
    let trust = html! {
        label.check { input type="checkbox" name="trust" value="yes"; " " (CodeChoice::TrustDevice.label::<Storefront>()) }
    };
    code_page("/login/code", code_state, &hidden, &trust, error)
}

/// The page for an account that is temporarily blocked. A new password may end the block at once.
fn prevented_page(form: &FormState, until: Option<i64>) -> Page {
    let message = SignInError::Prevented.message::<Storefront>();
    // Rounded up, so that nobody tries again too early.
    let minutes = until.map(|it| (it - now_ms()).max(0).div_euclid(60_000) + 1);
    let content = html! {
        (message_summary(message))
        p { (prevented::<Storefront>(minutes)) }
        form method="post" action="/forgot-password" {
            (form.hidden_inputs())
            input type="hidden" name="username" value=(form.username);
            button.primary.wide type="submit" { (t!("Send the link")) }
        }
        (to_sign_in(form))
    };
    Page::narrow(t!("Sign-in is blocked"), StatusCode::FORBIDDEN, content)
}

/// The page for an account that only the team can unlock.
fn closed_page(form: &FormState, error: &SignInError, contact_address: Option<&str>) -> Page {
    let content = html! {
        (message_summary(error.message::<Storefront>()))
        @if let Some(address) = contact_address { p { (contact::<Storefront>(address)) " " (contact_link(t!("Write to us"), None)) } }
        @if !form.username.is_empty() { p.quiet-text { (text_with(t!("You tried to sign in as {}."), &strong(&form.username))) } }
        (to_sign_in(form))
    };
    Page::narrow(t!("You can't sign in with this account"), StatusCode::FORBIDDEN, content)
}

fn blocked_page(form: &FormState, blocked: Blocked) -> Page {
    let message = blocked.message::<Storefront>();
    let content = html! {
        p { (message.what) }
        p { (message.next) }
        @if !form.username.is_empty() { p.quiet-text { (text_with(t!("You tried to sign in as {}."), &strong(&form.username))) } }
        (to_sign_in(form))
    };
    Page::narrow(blocked.heading::<Storefront>(), StatusCode::FORBIDDEN, content)
}
