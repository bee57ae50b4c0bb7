//! The server-rendered sign-in without a password: the form for the email at `/login/passwordless`, and the form for the code from the
//! message.

use crate::clock::now_ms;
use crate::http::device_name::DeviceName;
use crate::pages::PageState;
use crate::pages::components::{strong, text_with};
use crate::pages::form::{FieldKind, Form, message_summary};
use crate::pages::layout::{Page, PageResult};
use crate::pages::page_request::{PageRequest, Sender};
use crate::pages::sign_in_form::{FormState, NextPage, PASSWORDLESS, back_to_sign_in, field, status, summary};
use crate::sign_in::login_page::{respond_to_login, respond_with_form};
use crate::sign_in::outcome::device;
use crate::sign_in::passwordless::{CodeRequested, request_code};
use crate::typed;
use axum::routing::{get, post};
use axum::{Router, extract::Query, http::StatusCode};
use maud::html;
use serde::Deserialize;
use storefront_messages::{CodeChoice, PasswordlessError, SignInError, SignInField, Storefront, t};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route(PASSWORDLESS, get(form).post(send)).route("/login/passwordless/code", post(check))
}

/// The form for the code. This type has no `Debug`, because it holds codes.
#[derive(Default, Deserialize)]
#[serde(default)]
struct MailedCodeForm {
    /// FusionAuth's long code, from the hidden input.
    login_code: String,
    /// The short code from the message.
    code: String,
    #[serde(flatten)]
    state: FormState,
}

async fn form(request: PageRequest, user: Sender, Query(NextPage { next }): Query<NextPage>) -> PageResult {
    respond_with_form(&request, user, next, |form| email_page(form, None)).await
}

async fn send(request: PageRequest, Form(form): Form<FormState>) -> PageResult {
    if !form.open.is_empty() {
        return request.show(email_page(&form, None)).await;
    }
    let failed = |error: SignInError| email_page(&form, Some(&error));
    if form.username.is_empty() {
        return request.show(failed(SignInError::Missing(vec![SignInField::Username]))).await;
    }
    let page = match request_code(&request.backend, request.client, &form.username).await {
        Ok(CodeRequested::Sent(code)) => code_page(&form, &code, None),
        Ok(CodeRequested::NotConfigured) => not_configured_page(),
        Ok(CodeRequested::Unavailable) => failed(SignInError::Unavailable),
        Err(too_often) => failed(SignInError::TooManyAttempts).with_retry_after(too_often),
    };
    request.show(page).await
}

async fn check(
    request: PageRequest,
    browser: DeviceName,
    Form(MailedCodeForm { login_code, code, state: form }): Form<MailedCodeForm>,
) -> PageResult {
    let PageRequest { backend, client, cookies, .. } = &request;
    let again = |error: &SignInError| code_page(&form, &login_code, Some(error));
    let code = typed::message_code(&code);
    if code.is_empty() {
        return request.show(again(&SignInError::Missing(vec![SignInField::Code]))).await;
    }
    let began_at = now_ms();
    let device = device(&browser, cookies);
    let answer = backend.fusionauth.passwordless_login(*client, device, &login_code, Some(&code));
    let answer = backend.attempts.code(*client, &login_code, answer).await;
    respond_to_login(&request, &form, (began_at, answer), again).await
}

fn email_page(form: &FormState, error: Option<&SignInError>) -> Page {
    let content = html! {
        p.lead { (t!("We'll email you a code to sign in with.")) }
        form #passwordless method="post" action=(PASSWORDLESS) novalidate {
            (summary(error))
            (form.next_and_draft())
            (field(SignInField::Username, "username", t!("Email"), FieldKind::Email, Some(&form.username), error).view_as_only_field())
            (form.keep_box())
            button.primary.wide type="submit" { (t!("Send the code")) }
            (back_to_sign_in())
        }
    };
    Page::narrow(t!("Sign in without a password"), error.map_or(StatusCode::OK, status), content)
}

/// The page with the form for the code. `login_code` is FusionAuth's long code.
fn code_page(form: &FormState, login_code: &str, error: Option<&SignInError>) -> Page {
    let summary = match error {
        Some(SignInError::InvalidCredentials) => message_summary(PasswordlessError::CodeRefused.message::<Storefront>()),
        error => summary(error),
    };
    let state = html! {
        (form.hidden_inputs())
        input type="hidden" name="username" value=(form.username);
    };
    let content = html! {
        p role=[error.is_none().then_some("status")] {
            (text_with(
                t!("If there is an account for {}, we've emailed a code. It works once and expires after a few minutes."),
                &strong(&form.username),
            ))
        }
        form #passwordless-code method="post" action="/login/passwordless/code" novalidate {
            (summary)
            (state)
            input type="hidden" name="login_code" value=(login_code);
            (field(SignInField::Code, "code", t!("Code"), FieldKind::Code, None, error).view_as_only_field())
            button.primary.wide type="submit" { (t!("Sign in")) }
        }
        p { (t!("No email after a minute? Check your spam folder, or check that you entered the right email.")) }
        form method="post" action=(PASSWORDLESS) {
            (state)
            button.quiet.wide type="submit" { (CodeChoice::SendAnother.label::<Storefront>()) }
        }
        form method="post" action=(PASSWORDLESS) {
            (state)
            button.quiet.wide type="submit" name="open" value="yes" { (t!("Use another email")) }
            (back_to_sign_in())
        }
    };
    Page::narrow(t!("Check your email"), error.map_or(StatusCode::OK, status), content)
}

fn not_configured_page() -> Page {
    let content = html! {
        (message_summary(PasswordlessError::NotConfigured.message::<Storefront>()))
        a.button.quiet.wide href="/login" { (t!("Back to sign in")) }
    };
    Page::narrow(t!("Sign in without a password"), StatusCode::BAD_GATEWAY, content)
}
