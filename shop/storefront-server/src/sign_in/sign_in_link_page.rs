//! The server-rendered page of a mailed link that signs in, `/login/link/{codes}`.
//!
//! The page has a button, because some mail programs open links, and would use up a link that signs in at once. The codes sign in, so only
//! the first URL contains them. The server then stores them in an HttpOnly cookie and redirects to `/login/link`, as with a reset link.

use crate::auth::cookies::{CookieName, Cookies};
use crate::pages::form::{Form, message_summary};
use crate::pages::layout::{Page, PageResult};
use crate::pages::page_request::{PageRequest, Sender};
use crate::pages::sign_in_form::{FormState, PASSWORDLESS, status, summary};
use crate::pages::{PageState, redirect_303};
use crate::sign_in::login_page::{respond_to_login, respond_with_form};
use crate::sign_in::outcome::device;
use crate::{clock::now_ms, http::device_name::DeviceName};
use axum::routing::get;
use axum::{Router, extract::Path, http::StatusCode};
use fusionauth_api::login::LoginFailure;
use maud::html;
use storefront_messages::{PasswordlessError, SignInError, Storefront, t};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/login/link", get(form).post(sign_in)).route("/login/link/{id}", get(follow_link))
}

/// How long the cookie keeps the codes: longer than they are valid at FusionAuth (3 minutes by default).
const LINK_SECONDS: u64 = 600;

async fn follow_link(request: PageRequest, Path(codes): Path<String>) -> PageResult {
    if split(&codes).is_none() || !Cookies::can_hold(&codes) {
        return request.show(expired_page()).await;
    }
    request.cookies.set(CookieName::SignInLink, &codes, LINK_SECONDS);
    Ok(redirect_303("/login/link"))
}

/// FusionAuth's long code and the short code, which the link's template separates with a dot.
fn split(codes: &str) -> Option<(&str, &str)> {
    codes.rsplit_once('.')
}

async fn form(request: PageRequest, user: Sender) -> PageResult {
    let page: fn(&FormState) -> Page = match request.cookies.get(CookieName::SignInLink) {
        Some(_) => |form| confirm_page(form, None),
        None => |_| expired_page(),
    };
    respond_with_form(&request, user, String::new(), page).await
}

async fn sign_in(request: PageRequest, browser: DeviceName, Form(form): Form<FormState>) -> PageResult {
    let PageRequest { backend, client, cookies, .. } = &request;
    let Some((code, one_time_code)) = cookies.get(CookieName::SignInLink).and_then(split) else {
        return request.show(expired_page()).await;
    };
    let began_at = now_ms();
    let device = device(&browser, cookies);
    let answer = backend.fusionauth.passwordless_login(*client, device, code, Some(one_time_code));
    let answer = backend.attempts.code(*client, code, answer).await;
    // Without an answer, the codes may still work, so the user can press the button again.
    let is_answered = |failure: &LoginFailure| !matches!(failure, LoginFailure::NoAnswer | LoginFailure::Unavailable { .. });
    if answer.as_ref().is_ok_and(|it| it.outcome.as_ref().err().is_none_or(is_answered)) {
        cookies.delete(CookieName::SignInLink);
    }
    let again = |error: &SignInError| match error {
        SignInError::InvalidCredentials => expired_page(),
        error => confirm_page(&form, Some(error)),
    };
    respond_to_login(&request, &form, (began_at, answer), again).await
}

fn confirm_page(form: &FormState, error: Option<&SignInError>) -> Page {
    let content = html! {
        p.lead { (t!("You opened the link from our email. Click the button to sign in.")) }
        form #sign-in-link method="post" action="/login/link" {
            (summary(error))
            (form.keep_box())
            button.primary.wide type="submit" { (t!("Sign in")) }
            a.button.quiet.wide href="/login" { (t!("Back to sign in")) }
        }
    };
    Page::narrow(t!("Sign in"), error.map_or(StatusCode::OK, status), content)
}

/// The page of a link that was used or has expired, and of a browser that has opened no link.
fn expired_page() -> Page {
    let content = html! {
        (message_summary(PasswordlessError::LinkRefused.message::<Storefront>()))
        a.button.primary.wide href=(PASSWORDLESS) { (t!("Request another email")) }
        a.button.quiet.wide href="/login" { (t!("Back to sign in")) }
    };
    Page::narrow(t!("Sign in"), StatusCode::NOT_FOUND, content)
}
