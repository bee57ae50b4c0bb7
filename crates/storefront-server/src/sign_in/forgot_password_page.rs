//! The server-rendered form at `/forgot-password`, with which a user has FusionAuth mail a reset link.

use crate::auth::cookies::{CookieName, Cookies};
use crate::http::{client_address::ClientAddress, problem::ProblemResponse, rate_limit::with_retry_after};
use crate::pages::PageState;
use crate::pages::components::{heading, strong, text_with};
use crate::pages::form::{Field, FieldKind, Form, field_summary, message_summary};
use crate::pages::layout::{Layout, Page};
use crate::sign_in::password_link::ask_for_link;
use axum::http::StatusCode;
use axum::{Router, extract::State, response::Response, routing::get};
use fusionauth_api::password::ForgotPasswordOutcome;
use maud::{Markup, html};
use serde::Deserialize;
use storefront_messages::{PasswordError, SignInField, t};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/forgot-password", get(form).post(send))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ForgotPassword {
    username: String,
}

async fn form(layout: Layout) -> Result<Response, ProblemResponse> {
    layout.show(None, page(StatusCode::OK, "", None, Markup::default())).await
}

async fn send(
    State(state): State<PageState>,
    layout: Layout,
    client: ClientAddress,
    Form(ForgotPassword { username }): Form<ForgotPassword>,
) -> Result<Response, ProblemResponse> {
    let username = username.trim();
    if username.is_empty() {
        let error = SignInField::Username.missing();
        let summary = field_summary([(SignInField::Username.id(), error)].into_iter());
        return layout.show(None, page(StatusCode::UNPROCESSABLE_ENTITY, "", Some(error), summary)).await;
    }
    let failed = |status, error: PasswordError| page(status, username, None, message_summary(error.message()));
    let outcome = match ask_for_link(&state.backend, client, username).await {
        Ok(outcome) => outcome,
        Err(too_often) => {
            let page = failed(StatusCode::TOO_MANY_REQUESTS, PasswordError::TooManyAttempts);
            return Ok(with_retry_after(layout.show(None, page).await?, Some(too_often)));
        }
    };
    let page = match outcome {
        ForgotPasswordOutcome::Accepted => sent_page(username),
        ForgotPasswordOutcome::NotConfigured => failed(StatusCode::BAD_GATEWAY, PasswordError::NotConfigured),
        ForgotPasswordOutcome::TooMany => failed(StatusCode::TOO_MANY_REQUESTS, PasswordError::TooManyAttempts),
        ForgotPasswordOutcome::Unavailable { .. } => failed(StatusCode::SERVICE_UNAVAILABLE, PasswordError::Unavailable),
    };
    layout.show(None, page).await
}

/// The page for a link that cannot be used, with the form that sends a new one.
pub(super) async fn expired_link_page(layout: &Layout, cookies: &Cookies, username: &str) -> Result<Response, ProblemResponse> {
    cookies.delete(CookieName::ChangePasswordId);
    let summary = message_summary(PasswordError::LinkExpired.message());
    layout.show(None, page(StatusCode::NOT_FOUND, username, None, summary)).await
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
    let main = html! {
        div.narrow {
            section.auth {
                (heading(t!("Check your email")))
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
            }
        }
    };
    Page { name: t!("Check your email"), status: StatusCode::OK, main }
}
