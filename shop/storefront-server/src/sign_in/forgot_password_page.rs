//! The server-rendered form at `/forgot-password`, with which a user makes FusionAuth mail a reset link.

use crate::auth::cookies::{CookieName, Cookies};
use crate::pages::components::{strong, text_with};
use crate::pages::form::{Field, FieldKind, Form, field_summary, message_summary};
use crate::pages::layout::{Page, PageResult};
use crate::pages::sign_in_form::{FormState, NextPage, back_to_sign_in};
use crate::pages::{PageState, page_request::PageRequest};
use crate::sign_in::password_link::ask_for_link;
use axum::{Router, extract::Query, http::StatusCode, routing::get};
use fusionauth_api::password::ForgotPasswordOutcome;
use maud::{Markup, html};
use storefront_messages::{PasswordError, SignInField, Storefront, t};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/forgot-password", get(form).post(send))
}

/// How long the browser remembers the page to open after the change of the password. The link itself expires when FusionAuth decides (after
/// ten minutes by default).
const NEXT_SECONDS: u64 = 3_600;

async fn form(request: PageRequest, Query(NextPage { next }): Query<NextPage>) -> PageResult {
    request.show(page(StatusCode::OK, &FormState { next, ..FormState::begin() }, None, Markup::default())).await
}

async fn send(request: PageRequest, Form(form): Form<FormState>) -> PageResult {
    if !form.open.is_empty() {
        return request.show(page(StatusCode::OK, &form, None, Markup::default())).await;
    }
    if form.username.is_empty() {
        let error = SignInField::Username.missing::<Storefront>();
        let summary = field_summary([(SignInField::Username.id(), error)].into_iter());
        return request.show(page(StatusCode::UNPROCESSABLE_ENTITY, &form, Some(error), summary)).await;
    }
    let failed = |status, error: PasswordError| page(status, &form, None, message_summary(error.message::<Storefront>()));
    let too_many = || failed(StatusCode::TOO_MANY_REQUESTS, PasswordError::TooManyAttempts);
    let page = match ask_for_link(&request.backend, request.client, &form.username).await {
        Ok(ForgotPasswordOutcome::Accepted) => {
            if !form.next.is_empty() && Cookies::can_hold(&form.next) {
                request.cookies.set(CookieName::AfterReset, &form.next, NEXT_SECONDS);
            }
            sent_page(&form)
        }
        Ok(ForgotPasswordOutcome::NotConfigured) => failed(StatusCode::BAD_GATEWAY, PasswordError::NotConfigured),
        Ok(ForgotPasswordOutcome::TooMany) => too_many(),
        Ok(ForgotPasswordOutcome::Unavailable { .. }) => failed(StatusCode::SERVICE_UNAVAILABLE, PasswordError::Unavailable),
        Err(too_often) => too_many().with_retry_after(too_often),
    };
    request.show(page).await
}

/// The page for an expired or invalid reset link, with the form that requests a new link.
pub(super) async fn expired_link_page(request: &PageRequest, username: &str) -> PageResult {
    request.cookies.delete(CookieName::ChangePasswordId);
    let summary = message_summary(PasswordError::LinkExpired.message::<Storefront>());
    let next = request.cookies.get(CookieName::AfterReset).unwrap_or_default().to_owned();
    let form = FormState { next, username: username.to_owned(), ..FormState::begin() };
    request.show(titled_page(t!("This link was used or has expired"), StatusCode::NOT_FOUND, &form, None, summary)).await
}

fn page(status: StatusCode, form: &FormState, error: Option<&str>, summary: Markup) -> Page {
    titled_page(t!("Forgot your password?"), status, form, error, summary)
}

fn titled_page(title: &'static str, status: StatusCode, form: &FormState, error: Option<&str>, summary: Markup) -> Page {
    let id = SignInField::Username.id();
    let field = Field { id, name: "username", label: t!("Email"), kind: FieldKind::Email, value: Some(&form.username), error, rules: None };
    let content = html! {
        p.lead { (t!("We'll email you a link to choose a new one.")) }
        form #forgot-password method="post" action="/forgot-password" novalidate {
            (summary)
            (form.hidden_inputs())
            (field.view_as_only_field())
            button.primary.wide type="submit" { (t!("Send the link")) }
            (back_to_sign_in())
        }
    };
    Page::narrow(title, status, content)
}

fn sent_page(form: &FormState) -> Page {
    let content = html! {
        p role="status" {
            (text_with(t!("If there is an account for {}, we've emailed a reset link."), &strong(&form.username))) " "
            (t!("The link works once and expires after a few minutes."))
        }
        p { (t!("No email after a minute? Check your spam folder, or check that you entered the right email.")) }
        form method="post" action="/forgot-password" {
            (form.hidden_inputs())
            input type="hidden" name="username" value=(form.username);
            button.quiet.wide type="submit" { (t!("Send the link again")) }
            button.quiet.wide type="submit" name="open" value="yes" { (t!("Use another email")) }
            (back_to_sign_in())
        }
    };
    Page::narrow(t!("Check your email"), StatusCode::OK, content)
}
