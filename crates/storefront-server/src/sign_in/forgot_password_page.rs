//! The server-rendered form at `/forgot-password`, with which a user makes FusionAuth mail a reset link.

use crate::auth::cookies::CookieName;
use crate::pages::components::{strong, text_with};
use crate::pages::form::{Field, FieldKind, Form, field_summary, message_summary};
use crate::pages::layout::{Page, PageResult};
use crate::pages::{PageState, page_request::PageRequest};
use crate::sign_in::password_link::ask_for_link;
use axum::{Router, http::StatusCode, routing::get};
use fusionauth_api::password::ForgotPasswordOutcome;
use maud::{Markup, html};
use serde::Deserialize;
use storefront_messages::{PasswordError, SignInField, Storefront, t};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/forgot-password", get(form).post(send))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ForgotPassword {
    username: String,
}

async fn form(request: PageRequest) -> PageResult {
    request.show(page(StatusCode::OK, "", None, Markup::default())).await
}

async fn send(request: PageRequest, Form(ForgotPassword { username }): Form<ForgotPassword>) -> PageResult {
    let username = username.trim();
    if username.is_empty() {
        let error = SignInField::Username.missing::<Storefront>();
        let summary = field_summary([(SignInField::Username.id(), error)].into_iter());
        return request.show(page(StatusCode::UNPROCESSABLE_ENTITY, "", Some(error), summary)).await;
    }
    let failed = |status, error: PasswordError| page(status, username, None, message_summary(error.message::<Storefront>()));
    let too_many = || failed(StatusCode::TOO_MANY_REQUESTS, PasswordError::TooManyAttempts);
    let page = match ask_for_link(&request.backend, request.client, username).await {
        Ok(ForgotPasswordOutcome::Accepted) => sent_page(username),
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
    request.show(page(StatusCode::NOT_FOUND, username, None, summary)).await
}

fn page(status: StatusCode, username: &str, error: Option<&str>, summary: Markup) -> Page {
    let id = SignInField::Username.id();
    let field = Field { id, name: "username", label: t!("Email"), kind: FieldKind::Email, value: Some(username), error };
    let content = html! {
        p.lead { (t!("We'll email you a link to choose a new one.")) }
        form #forgot-password method="post" action="/forgot-password" novalidate {
            (summary)
            (field.view())
            button.primary.wide type="submit" { (t!("Send the link")) }
            a.button.quiet.wide href="/login" { (t!("Back to sign in")) }
        }
    };
    Page::narrow(t!("Forgot your password?"), status, content)
}

fn sent_page(username: &str) -> Page {
    let content = html! {
        p role="status" {
            (text_with(t!("If there is an account for {}, we've emailed a reset link."), &strong(username))) " "
            (t!("The link works once and expires after a few minutes."))
        }
        p { (t!("No email after a minute? Check your spam folder, or check that you entered the right email.")) }
        form method="post" action="/forgot-password" {
            input type="hidden" name="username" value=(username);
            button.quiet.wide type="submit" { (t!("Send the link again")) }
        }
        a.button.quiet.wide href="/forgot-password" { (t!("Use another email")) }
        a.button.quiet.wide href="/login" { (t!("Back to sign in")) }
    };
    Page::narrow(t!("Check your email"), StatusCode::OK, content)
}
