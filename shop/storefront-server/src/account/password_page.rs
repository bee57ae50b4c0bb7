//! The server-rendered page `/account/password`, on which a signed-in user changes the password. The form asks for the current password.
//! All sessions of the user end, and the server signs this browser in again with the new password.

use crate::account::form::{AccountForm, FormErrors};
use crate::account::password_api::{blank_fields, replace};
use crate::account::{error::Error, password_check::CURRENT_PASSWORD};
use crate::auth::{family_rules::SignOutScope, fusionauth::LoginAnswer};
use crate::pages::form::{Field, FieldKind, Form, account_name};
use crate::pages::layout::{Page, PageResult};
use crate::pages::sign_in_form::{FormState, password_page};
use crate::pages::{PageState, page_request::UserPageRequest};
use crate::sign_in::login_page::respond_to_login;
use crate::sign_in::outcome::{device, password_changed};
use crate::{clock::now_ms, http::device_name::DeviceName, state::SiteState};
use axum::{Router, routing::get};
use maud::html;
use storefront_messages::t;

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/account/password", get(form).post(change))
}

async fn form(request: UserPageRequest) -> PageResult {
    show(&request, None).await
}

async fn change(request: UserPageRequest, browser: DeviceName, Form(sent): Form<AccountForm>) -> PageResult {
    let AccountForm { current_password, password, .. } = sent;
    let blank = blank_fields(&current_password, &password);
    let changed = if blank.is_empty() { replace(&request, &current_password, &password).await } else { Err(Error::Invalid(blank)) };
    if let Err(error) = changed {
        return show(&request, Some(error)).await;
    }
    // The cookies belong to a sign-in that has just ended, so this signs the browser in again with the new password.
    let login_id = request.user.email.clone().unwrap_or_default();
    let request = request.without_user();
    let (SiteState { attempts, fusionauth, authenticator, .. }, cookies) = (&*request.backend, &request.cookies);
    authenticator.sign_out(cookies, SignOutScope::This).await?;
    let began_at = now_ms() + 1; // later than the sign-out
    let answer = attempts.login(fusionauth, request.client, device(&browser, cookies), &login_id, &password).await;
    if matches!(&answer, Ok(LoginAnswer { outcome: Ok(_), .. })) {
        password_changed().set(cookies);
    }
    let form = FormState { next: "/account".to_owned(), username: login_id, ..FormState::of_sign_in(cookies) };
    respond_to_login(&request, &form, (began_at, answer), |error| password_page(&form, Some(error))).await
}

/// The form, with the error of the submitted form.
async fn show(request: &UserPageRequest, error: Option<Error>) -> PageResult {
    let FormErrors { status, summary, fields, retry_after } = FormErrors::of(error)?;
    let rules = request.backend.fusionauth.password_rules().await;
    let current = Field::of(CURRENT_PASSWORD, t!("Current password"), FieldKind::CurrentPassword, None, &fields);
    let new = Field::of("password", t!("New password"), FieldKind::NewPassword, None, &fields);
    let of_new = fields.iter().filter(|it| it.field == "password").map(|it| it.message.as_str()).collect::<Vec<_>>().join(" ");
    let new = Field { error: new.error.map(|_| &*of_new), rules: Some(&rules), ..new };
    let content = html! {
        p.lead { (t!("You stay signed in here, and we sign you out everywhere else.")) }
        form #change-password method="post" action="/account/password" novalidate {
            (summary)
            (account_name(request.user.email.as_deref().unwrap_or_default()))
            (current.view())
            (new.view())
            button.primary.wide type="submit" { (t!("Change password")) }
            a.button.quiet.wide href="/account" { (t!("Back to your account")) }
        }
        p { a href="/forgot-password" { (t!("Forgot your password?")) } }
    };
    request.show(Page::narrow(t!("Change your password"), status, content).with_retry_after(retry_after)).await
}
