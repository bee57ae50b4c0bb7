//! The server-rendered registration form, `/register`, which creates an account for the Store and the Forums. After that, the server signs
//! the user in, unless the tenant requires a verified email.

use crate::http::{device_name::DeviceName, idempotency::IdempotencyKey};
use crate::pages::components::idempotency_key;
use crate::pages::form::{Field, FieldKind, Form, member_summary};
use crate::pages::layout::{Page, PageResult};
use crate::pages::return_to::login_path;
use crate::pages::sign_in_form::{FormState, NextPage, back_with, password_page};
use crate::pages::{PageState, flash::Flash, page_request::PageRequest, redirect_303};
use crate::sign_in::{login_page::respond_to_login, outcome::device, registration::register};
use crate::{clock::now_ms, typed, users::default_name};
use axum::{Router, extract::Query, http::StatusCode, response::IntoResponse, routing::get};
use fusionauth_api::password::PasswordRules;
use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::{MemberError, Problem, Register, User};
use storefront_messages::t;

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/register", get(form).post(send))
}

/// This type has no `Debug`, because it holds a password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RegistrationForm {
    #[serde(deserialize_with = "typed::deserialize_email")]
    email: String,
    display_name: String,
    password: String,
    idempotency_key: String,
    #[serde(flatten)]
    state: FormState,
}

async fn form(request: PageRequest, Query(NextPage { next }): Query<NextPage>) -> PageResult {
    show_empty(&request, FormState { next, ..FormState::begin() }).await
}

/// Shows the form with the email and the state of the sign-in form that the user comes from.
async fn show_empty(request: &PageRequest, state: FormState) -> PageResult {
    request.backend.attempts.anonymous_calls.take_from(request.client).await?;
    let form = RegistrationForm { email: state.username.clone(), state, ..RegistrationForm::default() };
    request.show(page(&request.backend.fusionauth.password_rules().await, &form, &[])).await
}

async fn send(request: PageRequest, browser: DeviceName, Form(form): Form<RegistrationForm>) -> PageResult {
    let PageRequest { backend, client, cookies, .. } = &request;
    if !form.state.open.is_empty() {
        return show_empty(&request, form.state).await;
    }
    let RegistrationForm { email, display_name, password, idempotency_key, state: sign_in } = &form;
    let wanted = Register {
        email: email.clone(),
        password: password.clone(),
        first_name: None,
        last_name: None,
        display_name: Some(display_name.clone()),
    };
    let response = register(backend, *client, IdempotencyKey::from_form(idempotency_key.clone()), wanted).await?;
    match response.status() {
        StatusCode::CREATED => {
            let user: User = response.json()?;
            let lacks_name = !display_name.trim().is_empty() && user.display_name == default_name(&user.id);
            let began_at = now_ms();
            // This sign-in does not count toward the limits on wrong passwords. The password is wrong only if the email already had an
            // account, so a count would reveal that. The registration itself has been counted.
            let answer = backend.fusionauth.login(*client, device(&browser, cookies), email, password).await;
            let is_signed_in = answer.outcome.is_ok();
            if lacks_name {
                Flash::text(|| {
                    t!("Your account is ready, but someone else just took that display name. Choose another one on your account page.")
                })
                .set(cookies);
            } else if !is_signed_in {
                Flash::text(|| {
                    t!("Sign in with the email and password you just chose. If that email already had an account, check your inbox.")
                })
                .set(cookies);
            }
            // The response must not reveal whether the email already had an account, so it says nothing about why the sign-in failed.
            if !is_signed_in {
                return Ok(redirect_303(&login_path(backend.site.app, &sign_in.next)));
            }
            respond_to_login(&request, sign_in, (began_at, Ok(answer)), |error| password_page(sign_in, Some(error))).await
        }
        StatusCode::UNPROCESSABLE_ENTITY => {
            backend.attempts.anonymous_calls.take_from(*client).await?;
            let rules = backend.fusionauth.password_rules().await;
            request.show(page(&rules, &form, &response.json::<Problem>()?.errors)).await
        }
        _ => Ok(response.into_response()),
    }
}

/// The form. `inputs` come before the password, and `end` after the button.
pub(crate) fn registration_form(rules: &PasswordRules, state: &FormState, inputs: &Markup, errors: &[MemberError], end: &Markup) -> Markup {
    html! {
        form #register method="post" action="/register" novalidate {
            (idempotency_key())
            (state.hidden_inputs())
            (member_summary(errors))
            (inputs)
            (Field { rules: Some(rules), ..Field::of("password", t!("Password"), FieldKind::NewPassword, None, errors) }.view())
            button.primary.wide type="submit" { (t!("Create account")) }
            (end)
        }
    }
}

fn page(rules: &PasswordRules, form: &RegistrationForm, errors: &[MemberError]) -> Page {
    let RegistrationForm { email, display_name, .. } = form;
    let inputs = html! {
        (Field::of("email", t!("Email"), FieldKind::Email, Some(email), errors).view())
        (Field::of("displayName", t!("Display name (optional)"), FieldKind::OptionalDisplayName, Some(display_name), errors).view())
    };
    let content = html! {
        p.lead { (t!("One account for the Store and the Forums.")) }
        (registration_form(rules, &form.state, &inputs, errors, &back_with(t!("I already have an account"))))
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Page::narrow(t!("Create your account"), status, content)
}
