//! `GET` and `POST /register`: an account for the Store and the Forums.

use crate::{
    auth::cookies::Cookies,
    http::{client_address::Client, error::Error, idempotency::IdempotencyKey},
    pages::{
        Webapp,
        components::{heading, idempotency_key},
        flash::Flash,
        layout::{Frame, Page},
        see_other,
    },
    sign_in::registration::register,
};
use axum::{
    Form, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::{FieldError, MAX_DISPLAY_NAME_CHARS, Register, ValidationProblem};

pub(crate) fn router() -> Router<Webapp> {
    Router::new().route("/register", get(form).post(send))
}

/// No `Debug`: it holds a password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    email: String,
    display_name: String,
    password: String,
    idempotency_key: String,
}

async fn form(frame: Frame) -> Result<Response, Error> {
    frame.show(None, page("", "", &[])).await
}

async fn send(
    State(webapp): State<Webapp>,
    frame: Frame,
    client: Client,
    cookies: Cookies,
    Form(Wanted { email, display_name, password, idempotency_key }): Form<Wanted>,
) -> Result<Response, Error> {
    let wanted = Register { email: email.clone(), password, first_name: None, last_name: None, display_name: Some(display_name.clone()) };
    let answer = register(&webapp.backend, client, IdempotencyKey::from_form(idempotency_key), wanted).await?;
    match answer.status() {
        StatusCode::CREATED => {
            Flash::Registered.leave(&cookies);
            Ok(see_other("/login"))
        }
        StatusCode::UNPROCESSABLE_ENTITY => {
            frame.show(None, page(&email, &display_name, &answer.json::<ValidationProblem>()?.errors)).await
        }
        _ => Ok(answer.into_response()),
    }
}

fn page(email: &str, display_name: &str, faults: &[FieldError]) -> Page {
    let main = html! {
        div.narrow {
            section.auth {
                (heading("Create your account"))
                p.lead { "One account for the Store and the Forums." }
                form #register method="post" action="/register" novalidate {
                    (idempotency_key())
                    @if !faults.is_empty() {
                        div.summary tabindex="-1" {
                            div role="alert" {
                                h2 { "There is a problem" }
                                ul { @for fault in faults { li { a href={ "#" (id(&fault.field)) } { (fault.message) } } } }
                            }
                        }
                    }
                    (field("email", "Email", faults, html! {
                        input #email name="email" type="text" inputmode="email" autocomplete="username" autocapitalize="none"
                            spellcheck="false" aria-required="true" value=(email) aria-invalid=[invalid("email", faults)]
                            aria-describedby=[invalid("email", faults).map(|_| "email-error")];
                    }))
                    (field("displayName", "Display name (optional)", faults, html! {
                        input #display-name name="display_name" type="text" autocomplete="nickname" value=(display_name)
                            maxlength=(2 * MAX_DISPLAY_NAME_CHARS) aria-invalid=[invalid("displayName", faults)]
                            aria-describedby=[invalid("displayName", faults).map(|_| "display-name-error")];
                    }))
                    (field("password", "Password", faults, html! {
                        input #new-password name="password" type="password" autocomplete="new-password" autocapitalize="none"
                            spellcheck="false" aria-required="true" aria-invalid=[invalid("password", faults)]
                            aria-describedby=[invalid("password", faults).map(|_| "new-password-error")];
                    }))
                    button.primary.wide type="submit" { "Create account" }
                    a.button.quiet.wide href="/login" { "I have an account" }
                }
            }
        }
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Page { name: "Create your account", status, main }
}

fn field(name: &str, label: &str, faults: &[FieldError], input: Markup) -> Markup {
    html! {
        div.field {
            label for=(id(name)) { (label) }
            @if let Some(fault) = faults.iter().find(|it| it.field == name) {
                p.field-error id={ (id(name)) "-error" } { span.hidden { "Error: " } (fault.message) }
            }
            (input)
        }
    }
}

fn id(name: &str) -> &str {
    match name {
        "password" => "new-password",
        "displayName" => "display-name",
        _ => name,
    }
}

fn invalid(name: &str, faults: &[FieldError]) -> Option<&'static str> {
    faults.iter().any(|it| it.field == name).then_some("true")
}
