//! The server-rendered registration form, `/register`, which makes an account for the Store and the Forums.

use crate::http::{client_address::ClientAddress, idempotency::IdempotencyKey, problem::ProblemResponse};
use crate::pages::components::idempotency_key;
use crate::pages::form::{Field, FieldKind, Form, field_summary};
use crate::pages::layout::{Layout, Page};
use crate::pages::{PageState, flash::Flash, redirect_303};
use crate::{auth::cookies::Cookies, sign_in::registration::register, users::default_name};
use axum::response::{IntoResponse, Response};
use axum::{Router, extract::State, http::StatusCode, routing::get};
use maud::html;
use serde::Deserialize;
use storefront_api::{FieldError, Register, User, ValidationProblem};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/register", get(form).post(send))
}

/// This type has no `Debug`, because it holds a password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RegistrationForm {
    email: String,
    display_name: String,
    password: String,
    idempotency_key: String,
}

async fn form(layout: Layout) -> Result<Response, ProblemResponse> {
    layout.show(None, page("", "", &[])).await
}

async fn send(
    State(state): State<PageState>,
    layout: Layout,
    client: ClientAddress,
    cookies: Cookies,
    Form(RegistrationForm { email, display_name, password, idempotency_key }): Form<RegistrationForm>,
) -> Result<Response, ProblemResponse> {
    let wanted = Register { email: email.clone(), password, first_name: None, last_name: None, display_name: Some(display_name.clone()) };
    let response = register(&state.backend, client, IdempotencyKey::from_form(idempotency_key), wanted).await?;
    match response.status() {
        StatusCode::CREATED => {
            let user: User = response.json()?;
            let lacks_name = !display_name.trim().is_empty() && user.display_name == default_name(&user.id);
            let flash = if lacks_name { Flash::RegisteredWithoutName } else { Flash::Registered };
            flash.set(&cookies);
            Ok(redirect_303("/login"))
        }
        StatusCode::UNPROCESSABLE_ENTITY => {
            layout.show(None, page(&email, &display_name, &response.json::<ValidationProblem>()?.errors)).await
        }
        _ => Ok(response.into_response()),
    }
}

fn page(email: &str, display_name: &str, errors: &[FieldError]) -> Page {
    let field = |id, name, label, kind, value, member: &str| {
        let error = errors.iter().find(|it| it.field == member).map(|it| it.message.as_str());
        Field { id, name, label, kind, value, error }.view()
    };
    let content = html! {
        p.lead { "One account for the Store and the Forums." }
        form #register method="post" action="/register" novalidate {
            (idempotency_key())
            @if !errors.is_empty() { (field_summary(errors.iter().map(|it| (input_id(&it.field), it.message.as_str())))) }
            (field("email", "email", "Email", FieldKind::Email, Some(email), "email"))
            (field("display-name", "display_name", "Display name (optional)", FieldKind::DisplayName, Some(display_name), "displayName"))
            (field("new-password", "password", "Password", FieldKind::NewPassword, None, "password"))
            button.primary.wide type="submit" { "Create account" }
            a.button.quiet.wide href="/login" { "I have an account" }
        }
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Page::narrow("Create your account", status, content)
}

fn input_id(field: &str) -> &str {
    match field {
        "password" => "new-password",
        "displayName" => "display-name",
        _ => field,
    }
}
