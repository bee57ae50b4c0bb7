//! The server-rendered page for a user who is not registered for this application, after FusionAuth has answered a sign-in with 202. Its
//! form, `POST /login/join`, registers the user and signs the user in. It asks for the password again, because the password proves that the
//! account belongs to the user, and the server has not stored it.

use crate::pages::form::{FieldKind, Form, account_name};
use crate::pages::layout::{Page, PageResult};
use crate::pages::sign_in_form::{FormState, field, path_with_next, status, summary};
use crate::pages::{PageState, page_request::PageRequest};
use crate::sign_in::join::{self, JoinOutcome};
use crate::sign_in::login_page::{PasswordForm, missing_fields, respond_to_login};
use crate::sign_in::outcome::device;
use crate::{clock::now_ms, http::device_name::DeviceName};
use axum::{Router, http::StatusCode, routing::post};
use maud::html;
use storefront_messages::{Blocked, Misconfiguration, SignInError, SignInField, Storefront, t};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/login/join", post(send))
}

async fn send(request: PageRequest, browser: DeviceName, Form(PasswordForm { password, state: form }): Form<PasswordForm>) -> PageResult {
    let PageRequest { backend, client, cookies, .. } = &request;
    let again = |error: &SignInError| join_page(&form, Some(error));
    let missing = missing_fields(&form.username, &password);
    if !missing.is_empty() {
        return request.show(again(&SignInError::Missing(missing))).await;
    }
    let device = device(&browser, cookies);
    let began_at = now_ms();
    let answer = match join::join(backend, *client, device, &form.username, &password).await {
        Ok(JoinOutcome::Joined) => backend.attempts.login(&backend.fusionauth, *client, device, &form.username, &password).await,
        Ok(JoinOutcome::Answered(answer)) => Ok(*answer),
        Ok(JoinOutcome::Unavailable) => return request.show(again(&SignInError::Unavailable)).await,
        Ok(JoinOutcome::ApiKeyRefused) => return request.show(again(&SignInError::Misconfigured(Misconfiguration::Logged))).await,
        Err(too_often) => Err(too_often),
    };
    respond_to_login(&request, &form, (began_at, answer), again).await
}

/// The page. `error` says why the submitted form failed.
pub(super) fn join_page(form: &FormState, error: Option<&SignInError>) -> Page {
    let blocked = Blocked::NotRegistered;
    // A mailed link that signs in does not contain the email, so the user types it here.
    let is_email_known = !form.username.is_empty() && !matches!(error, Some(SignInError::InvalidCredentials));
    let password = field(SignInField::Password, "password", t!("Password"), FieldKind::CurrentPassword, None, error);
    let content = html! {
        p { (blocked.message::<Storefront>().what) }
        p.lead { (t!("To register it, enter your password.")) }
        form #join method="post" action="/login/join" novalidate {
            (summary(error))
            (form.hidden_inputs())
            @if is_email_known { (account_name(&form.username)) } @else {
                (field(SignInField::Username, "username", t!("Email"), FieldKind::Email, Some(&form.username), error).view())
            }
            (if is_email_known { password.view_as_only_field() } else { password.view() })
            button.primary.wide type="submit" { (t!("Register and sign in")) }
            a.button.quiet.wide href=(path_with_next("/login", &form.next)) { (t!("Use another account")) }
        }
    };
    Page::narrow(blocked.heading::<Storefront>(), error.map_or(StatusCode::FORBIDDEN, status), content)
}
