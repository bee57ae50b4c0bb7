//! The server-rendered page `/account/email`, on which a user changes the email. The page first has a form for the new email and the
//! password, then one for the code that the server sends to the new email.

use crate::account::form::{AccountForm, FormErrors};
use crate::account::password_check::{self, CURRENT_PASSWORD};
use crate::account::{email_change, error::Error};
use crate::auth::verify::Identity;
use crate::pages::components::{strong, text_with};
use crate::pages::form::{Field, FieldKind, Form, account_name};
use crate::pages::layout::{Page, PageResult};
use crate::pages::{PageState, flash::Flash, page_request::UserPageRequest, redirect_303};
use axum::Router;
use axum::routing::{get, post};
use maud::{Markup, html};
use storefront_api::MemberError;
use storefront_messages::t;

pub(crate) fn router() -> Router<PageState> {
    Router::new()
        .route("/account/email", get(form).post(start))
        .route("/account/email/again", post(send_again))
        .route("/account/email/confirm", post(confirm))
        .route("/account/email/cancel", post(cancel))
}

async fn form(request: UserPageRequest) -> PageResult {
    show(&request, "", None).await
}

async fn start(request: UserPageRequest, Form(sent): Form<AccountForm>) -> PageResult {
    let started = async {
        password_check::confirm(&request, Some(&sent.current_password)).await?;
        email_change::start(&request, &sent.email).await
    };
    match started.await {
        Ok(()) => Ok(redirect_303("/account/email")),
        Err(error) => show(&request, &sent.email, Some(error)).await,
    }
}

async fn send_again(request: UserPageRequest) -> PageResult {
    match email_change::send_again(&request).await {
        Ok(()) => Ok(redirect_303("/account/email")),
        Err(error) => show(&request, "", Some(error)).await,
    }
}

async fn confirm(request: UserPageRequest, Form(sent): Form<AccountForm>) -> PageResult {
    match email_change::confirm(&request, &sent.code).await {
        Ok(()) => Ok(Flash::text(|| t!("Email changed. From now on, sign in with the new one.")).redirect(&request.cookies, "/account")),
        Err(error) => show(&request, "", Some(error)).await,
    }
}

async fn cancel(request: UserPageRequest) -> PageResult {
    email_change::cancel(&request.backend.db, &request.user.user_id).await?;
    Ok(redirect_303("/account"))
}

/// The form for the next step, with the error of the submitted form.
async fn show(request: &UserPageRequest, email: &str, error: Option<Error>) -> PageResult {
    let FormErrors { status, summary, fields, retry_after } = FormErrors::of(error)?;
    let content = match email_change::pending(&request.backend.db, &request.user.user_id).await? {
        Some(pending) => code_form(&pending, &summary, &fields),
        None => email_form(&request.user, email, &summary, &fields),
    };
    request.show(Page::narrow(t!("Change your email"), status, content).with_retry_after(retry_after)).await
}

fn email_form(user: &Identity, typed: &str, summary: &Markup, errors: &[MemberError]) -> Markup {
    let email = Field::of("email", t!("New email"), FieldKind::NewEmail, Some(typed), errors);
    let password = Field::of(CURRENT_PASSWORD, t!("Current password"), FieldKind::CurrentPassword, None, errors);
    html! {
        p.lead { (text_with(t!("We'll send a code to the new email. Until you enter it, keep signing in with {}."), &strong(user.email.as_deref().unwrap_or(t!("your current one"))))) }
        form #change-email method="post" action="/account/email" novalidate {
            (summary)
            (email.view())
            (account_name(user.email.as_deref().unwrap_or_default()))
            (password.view())
            button.primary.wide type="submit" { (t!("Send the code")) }
            a.button.quiet.wide href="/account" { (t!("Back to your account")) }
        }
    }
}

fn code_form(pending: &str, summary: &Markup, errors: &[MemberError]) -> Markup {
    html! {
        p.lead { (text_with(t!("We sent a code to {}. Enter it here within ten minutes."), &strong(pending))) }
        form #confirm-email method="post" action="/account/email/confirm" novalidate {
            (summary)
            (Field::of("code", t!("Code"), FieldKind::Code, None, errors).view_as_only_field())
            button.primary.wide type="submit" { (t!("Change my email")) }
        }
        p.quiet-text { (t!("If it hasn't arrived after a minute, check your spam folder.")) }
        form method="post" action="/account/email/again" { button.quiet.wide type="submit" { (t!("Send another code")) } }
        form method="post" action="/account/email/cancel" { button.quiet.wide type="submit" { (t!("Keep my current email")) } }
    }
}
