//! A user's own data on the server-rendered pages: `/account/export` returns it as a file, and `/account/delete` deletes the account after
//! the user has entered the password again, and a code if the account has an authenticator app.

use crate::account::form::{AccountForm, FormErrors};
use crate::account::password_check::{self, CURRENT_PASSWORD};
use crate::account::{authenticator, data, deletion, error::Error};
use crate::auth::family_rules::SignOutScope;
use crate::pages::components::text_with;
use crate::pages::form::{Field, FieldKind, Form, account_name};
use crate::pages::layout::{Page, PageResult};
use crate::pages::{PageState, flash::Flash, page_request::UserPageRequest};
use crate::user_data;
use axum::{Router, response::IntoResponse, routing::get};
use maud::html;
use storefront_messages::t;

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/account/export", get(export)).route("/account/delete", get(form).post(delete))
}

async fn export(request: UserPageRequest) -> PageResult {
    Ok(user_data::file("account.json", &data::export(&request).await?).into_response())
}

async fn form(request: UserPageRequest) -> PageResult {
    show(&request, None).await
}

async fn delete(request: UserPageRequest, Form(sent): Form<AccountForm>) -> PageResult {
    let deleted = async {
        password_check::confirm(&request, Some(&sent.current_password)).await?;
        authenticator::check(&request, &sent.code).await?;
        deletion::delete_account(&request.backend, &request.user.user_id, request.user.email.clone()).await
    };
    match deleted.await {
        Ok(()) => {
            request.backend.authenticator.sign_out(&request.cookies, SignOutScope::This).await?;
            Ok(account_deleted().redirect(&request.cookies, "/login"))
        }
        Err(error) => show(&request, Some(error)).await,
    }
}

/// The form that deletes the account, with the error of the submitted form.
async fn show(request: &UserPageRequest, error: Option<Error>) -> PageResult {
    let FormErrors { status, summary, fields, retry_after } = FormErrors::of(error)?;
    let needs_code = authenticator::is_used(request).await?;
    let content = html! {
        p.lead { (t!("You can't undo this.")) }
        p { (t!("This deletes your account for the Store and the Forums, your display name, your cart and your drafts. Your posts stay, without your name.")) }
        p { (t!("We cancel orders that we haven't sent yet. For all others, we keep a record of the items, without your name and \
                 postal address.")) }
        p { (text_with(t!("{} first, if you want to keep it."), &html! { a href="/account/export" { (t!("Download your data")) } })) }
        form.danger #delete-account method="post" action="/account/delete" novalidate {
            (summary)
            (account_name(request.user.email.as_deref().unwrap_or_default()))
            (Field::of(CURRENT_PASSWORD, t!("Current password"), FieldKind::CurrentPassword, None, &fields).view())
            @if needs_code {
                (Field::of("code", t!("Code"), FieldKind::Code, None, &fields).view())
                p.quiet-text { (t!("Enter a code from the app or one of your recovery codes.")) }
            }
            button.primary.wide type="submit" { (t!("Delete my account")) }
            a.button.quiet.wide href="/account" { (t!("Keep my account")) }
        }
    };
    request.show(Page::narrow(t!("Delete your account"), status, content).with_retry_after(retry_after)).await
}

/// The message after the deletion of an account.
pub(super) fn account_deleted() -> Flash {
    Flash::text(|| t!("Account deleted."))
}
