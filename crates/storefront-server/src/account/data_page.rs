//! A user's own data on the server-rendered pages: `/account/export` returns it as a file, and `/account/delete` deletes the account after
//! the user has entered the password again.

use crate::account::{data, error::Error as AccountFailure};
use crate::auth::{cookies::Cookies, error::Error as AuthError, family_rules::SignOutScope, verify::Identity};
use crate::http::{client_address::ClientAddress, problem::ProblemResponse, rate_limit::with_retry_after};
use crate::pages::components::text_with;
use crate::pages::form::{Field, FieldKind, Form, account_name, field_summary, message_summary};
use crate::pages::layout::{Layout, Page};
use crate::pages::{PageState, flash::Flash, page_user::PageUser, redirect_303};
use crate::state::SiteState;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, extract::State, routing::get};
use fusionauth_api::account::PasswordCheck;
use maud::{Markup, html};
use serde::Deserialize;
use storefront_messages::{AccountError, PasswordError, SignInField, t};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/account/export", get(export)).route("/account/delete", get(form).post(delete))
}

/// This type has no `Debug`, because it holds a password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct DeleteForm {
    current_password: String,
}

async fn export(State(state): State<PageState>, PageUser(user): PageUser) -> Result<Response, ProblemResponse> {
    let data = data::export(&state.backend, &user).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"account.json\"")),
    ];
    Ok((headers, format!("{data:#}")).into_response())
}

async fn form(layout: Layout, PageUser(user): PageUser) -> Result<Response, ProblemResponse> {
    layout.show(Some(&user), page(&user, StatusCode::OK, &Markup::default(), None)).await
}

async fn delete(
    State(state): State<PageState>,
    layout: Layout,
    PageUser(user): PageUser,
    client: ClientAddress,
    cookies: Cookies,
    Form(DeleteForm { current_password }): Form<DeleteForm>,
) -> Result<Response, ProblemResponse> {
    let wrong =
        |error: &'static str| page(&user, StatusCode::UNPROCESSABLE_ENTITY, &field_summary([(INPUT_ID, error)].into_iter()), Some(error));
    if current_password.is_empty() {
        return layout.show(Some(&user), wrong(SignInField::Password.missing())).await;
    }
    let SiteState { attempts, fusionauth, authenticator, .. } = &*state.backend;
    let failed = |status, error: PasswordError| page(&user, status, &message_summary(error.message()), None);
    match attempts.check_password(fusionauth, client, &user, &current_password).await {
        Ok(PasswordCheck::Right) => {}
        Ok(PasswordCheck::Wrong) => return layout.show(Some(&user), wrong(AccountError::WrongPassword.message().what)).await,
        Ok(PasswordCheck::Unavailable { .. }) => {
            return layout.show(Some(&user), failed(StatusCode::SERVICE_UNAVAILABLE, PasswordError::Unavailable)).await;
        }
        Err(too_often) => {
            let page = failed(StatusCode::TOO_MANY_REQUESTS, PasswordError::TooManyAttempts);
            return Ok(with_retry_after(layout.show(Some(&user), page).await?, Some(too_often)));
        }
    }
    match data::delete_account(&state.backend, &user).await {
        Err(AccountFailure::Auth(AuthError::SignInUnavailable)) => {
            return layout.show(Some(&user), failed(StatusCode::SERVICE_UNAVAILABLE, PasswordError::Unavailable)).await;
        }
        deleted => deleted?,
    }
    authenticator.sign_out(&cookies, SignOutScope::Everywhere).await?;
    Flash::AccountDeleted.set(&cookies);
    Ok(redirect_303("/login"))
}

const INPUT_ID: &str = "current-password";

fn page(user: &Identity, status: StatusCode, summary: &Markup, error: Option<&str>) -> Page {
    let field = Field {
        id: INPUT_ID,
        name: "current_password",
        label: t!("Current password"),
        kind: FieldKind::CurrentPassword,
        value: None,
        error,
    };
    let content = html! {
        p.lead { (t!("You can't undo this.")) }
        p { (t!("This deletes your account for the Store and the Forums, your display name, your cart and your drafts. Your posts stay, without your name.")) }
        p { (t!("We cancel orders that we haven't sent yet. For all others, we keep a record of the items, without your name and \
                 postal address.")) }
        p { (text_with(t!("{} first, if you want to keep it."), &html! { a href="/account/export" { (t!("Download your data")) } })) }
        form #delete-account method="post" action="/account/delete" novalidate {
            (summary)
            (account_name(user.email.as_deref().unwrap_or_default()))
            (field.view())
            button.primary.wide type="submit" { (t!("Delete my account")) }
            a.button.quiet.wide href="/account" { (t!("Keep my account")) }
        }
    };
    Page::narrow(t!("Delete your account"), status, content)
}
