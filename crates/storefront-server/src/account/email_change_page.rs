//! The server-rendered page `/account/email`, on which a user changes the email: first a form for the new email and the password, then a
//! form for the code in the message to the new email.

use crate::account::{email_change, error::Error, form_errors::FormErrors, password_check};
use crate::auth::{cookies::Cookies, verify::Identity};
use crate::http::{client_address::ClientAddress, problem::ProblemResponse, rate_limit::with_retry_after};
use crate::pages::components::{strong, text_with};
use crate::pages::form::{Field, FieldKind, Form, account_name};
use crate::pages::layout::{Layout, Page};
use crate::pages::{PageState, flash::Flash, page_user::PageUser, redirect_303};
use axum::routing::{get, post};
use axum::{Router, extract::State, response::Response};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::FieldError;
use storefront_messages::t;

pub(crate) fn router() -> Router<PageState> {
    Router::new()
        .route("/account/email", get(form).post(start))
        .route("/account/email/again", post(send_again))
        .route("/account/email/confirm", post(confirm))
        .route("/account/email/cancel", post(cancel))
}

/// This type has no `Debug`, because it holds a password and a code.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    email: String,
    current_password: String,
    code: String,
}

async fn form(State(state): State<PageState>, layout: Layout, PageUser(user): PageUser) -> Result<Response, ProblemResponse> {
    show(&state, &layout, &user, "", None).await
}

async fn start(
    State(state): State<PageState>,
    layout: Layout,
    PageUser(user): PageUser,
    client: ClientAddress,
    Form(sent): Form<Sent>,
) -> Result<Response, ProblemResponse> {
    let backend = &state.backend;
    let started = async {
        password_check::check(backend, client, &user, &sent.current_password).await?;
        email_change::start(backend, client, &user, &sent.email).await
    };
    match started.await {
        Ok(()) => Ok(redirect_303("/account/email")),
        Err(error) => show(&state, &layout, &user, &sent.email, Some(error)).await,
    }
}

async fn send_again(
    State(state): State<PageState>,
    layout: Layout,
    PageUser(user): PageUser,
    client: ClientAddress,
) -> Result<Response, ProblemResponse> {
    match email_change::send_again(&state.backend, client, &user).await {
        Ok(()) => Ok(redirect_303("/account/email")),
        Err(error) => show(&state, &layout, &user, "", Some(error)).await,
    }
}

async fn confirm(
    State(state): State<PageState>,
    layout: Layout,
    PageUser(user): PageUser,
    cookies: Cookies,
    Form(sent): Form<Sent>,
) -> Result<Response, ProblemResponse> {
    match email_change::confirm(&state.backend, &user, &sent.code).await {
        Ok(()) => {
            Flash::EmailChanged.set(&cookies);
            Ok(redirect_303("/account"))
        }
        Err(error) => show(&state, &layout, &user, "", Some(error)).await,
    }
}

async fn cancel(State(state): State<PageState>, PageUser(user): PageUser) -> Result<Response, ProblemResponse> {
    email_change::cancel(&state.backend.db, &user.user_id).await?;
    Ok(redirect_303("/account"))
}

/// The next form, with the error of the submitted one.
async fn show(state: &PageState, layout: &Layout, user: &Identity, email: &str, error: Option<Error>) -> Result<Response, ProblemResponse> {
    let FormErrors { status, summary, fields, retry_after } = FormErrors::of(error, id_of)?;
    let content = match email_change::pending(&state.backend.db, &user.user_id).await? {
        Some(pending) => code_form(&pending, &summary, &fields),
        None => email_form(user, email, &summary, &fields),
    };
    let response = layout.show(Some(user), Page::narrow(t!("Change your email"), status, content)).await?;
    Ok(with_retry_after(response, retry_after))
}

/// The id of the input that an error is about.
fn id_of(error: &FieldError) -> &'static str {
    match error.field.as_str() {
        "email" => "email",
        "code" => "code",
        _ => "current-password",
    }
}

fn field<'a>(id: &'a str, name: &'a str, label: &'a str, kind: FieldKind, errors: &'a [FieldError]) -> Field<'a> {
    let error = errors.iter().find(|it| id_of(it) == id).map(|it| it.message.as_str());
    Field { id, name, label, kind, value: None, error }
}

fn email_form(user: &Identity, typed: &str, summary: &Markup, errors: &[FieldError]) -> Markup {
    let email = Field { value: Some(typed), ..field("email", "email", t!("New email"), FieldKind::NewEmail, errors) };
    html! {
        p.lead { (text_with(t!("We'll send a code to the new email. Until you enter it, keep signing in with {}."), &strong(user.email.as_deref().unwrap_or(t!("your current one"))))) }
        form #change-email method="post" action="/account/email" novalidate {
            (summary)
            (email.view())
            (account_name(user.email.as_deref().unwrap_or_default()))
            (field("current-password", "current_password", t!("Current password"), FieldKind::CurrentPassword, errors).view())
            button.primary.wide type="submit" { (t!("Send the code")) }
            a.button.quiet.wide href="/account" { (t!("Back to your account")) }
        }
    }
}

fn code_form(pending: &str, summary: &Markup, errors: &[FieldError]) -> Markup {
    html! {
        p.lead { (text_with(t!("We sent a code to {}. Enter it here within ten minutes."), &strong(pending))) }
        form #confirm-email method="post" action="/account/email/confirm" novalidate {
            (summary)
            (field("code", "code", t!("Code"), FieldKind::Code, errors).view())
            button.primary.wide type="submit" { (t!("Change my email")) }
        }
        p.quiet-text { (t!("If it hasn't arrived after a minute, check your spam folder.")) }
        form method="post" action="/account/email/again" { button.quiet.wide type="submit" { (t!("Send another code")) } }
        form method="post" action="/account/email/cancel" { button.quiet.wide type="submit" { (t!("Keep my current email")) } }
    }
}
