//! `GET` and `POST /login`, and `POST /login/code` for the second factor.

use crate::{
    auth::{cookies::Cookies, current_user::Shopper},
    clock::now_ms,
    forums::drafts,
    http::{client_address::Client, error::Error},
    pages::{
        Webapp,
        components::heading,
        found,
        layout::{Frame, Page},
        messages::{Input, Refusal, Stop},
    },
    sign_in::return_to::target,
};
use axum::{
    Form, Router,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use fusionauth_api::{
    backend::Tokens,
    login::{LoginOutcome, TwoFactorMethod},
};
use maud::{Markup, html};
use serde::Deserialize;

pub(crate) fn router() -> Router<Webapp> {
    Router::new().route("/login", get(form).post(sign_in)).route("/login/code", post(code))
}

/// What goes along from form to form. Never the password.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Along {
    next: String,
    username: String,
    /// What somebody was writing when their session ended.
    draft: String,
    /// Where accounts are made. Ours, whatever was sent.
    #[serde(skip)]
    register: String,
}

/// No `Debug`: it holds a password.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct SignIn {
    password: String,
    // Not flattened: a form's texts lose their types in serde's buffer.
    next: String,
    username: String,
    draft: String,
}

/// No `Debug`: it holds a code.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Code {
    code: String,
    two_factor_id: String,
    method: String,
    next: String,
    username: String,
    draft: String,
}

async fn form(
    State(webapp): State<Webapp>,
    frame: Frame,
    user: Result<Shopper, Error>,
    Query(along): Query<Along>,
) -> Result<Response, Error> {
    match user {
        Ok(_) => Ok(found(target(webapp.backend.site.app, &along.next))),
        Err(error @ Error::CookiesAmbiguous) => Err(error),
        // Only the way back is taken from an address: a link must not fill in a form.
        Err(_) => {
            frame.show(None, password_page(&Along { next: along.next, register: frame.register_url(), ..Along::default() }, None)).await
        }
    }
}

async fn sign_in(
    State(webapp): State<Webapp>,
    frame: Frame,
    client: Client,
    cookies: Cookies,
    Form(form): Form<SignIn>,
) -> Result<Response, Error> {
    let SignIn { password, next, username, draft } = form;
    let along = Along { next, username: username.trim().to_owned(), draft, register: frame.register_url() };
    let empty = [(Input::Username, along.username.is_empty()), (Input::Password, password.is_empty())];
    let missing: Vec<Input> = empty.into_iter().filter_map(|(input, empty)| empty.then_some(input)).collect();
    if !missing.is_empty() {
        return frame.show(None, password_page(&along, Some(&Refusal::Missing(missing)))).await;
    }
    let began_at = now_ms();
    let outcome = webapp.backend.fusionauth.login(client, &along.username, &password).await;
    goes_on(&webapp, &frame, &cookies, &along, (began_at, outcome), |refusal| password_page(&along, Some(refusal))).await
}

async fn code(
    State(webapp): State<Webapp>,
    frame: Frame,
    client: Client,
    cookies: Cookies,
    Form(form): Form<Code>,
) -> Result<Response, Error> {
    let Code { code, two_factor_id, method, next, username, draft } = form;
    let along = Along { next, username, draft, register: frame.register_url() };
    // Apps show `123 456`; the space is not part of the code.
    let code: String = code.split_whitespace().collect();
    if code.is_empty() {
        return frame.show(None, code_page(&along, &two_factor_id, &method, Some(&Refusal::Missing(vec![Input::Code])))).await;
    }
    let began_at = now_ms();
    let outcome = webapp.backend.fusionauth.second_factor(client, &two_factor_id, &code).await;
    goes_on(&webapp, &frame, &cookies, &along, (began_at, outcome), |refusal| code_page(&along, &two_factor_id, &method, Some(refusal)))
        .await
}

/// Where an answer leads. `again` is the form that was sent, with what is wrong.
async fn goes_on(
    webapp: &Webapp,
    frame: &Frame,
    cookies: &Cookies,
    along: &Along,
    (began_at, outcome): (i64, LoginOutcome<Tokens>),
    again: impl Fn(&Refusal) -> Page,
) -> Result<Response, Error> {
    let page = match outcome {
        LoginOutcome::SignedIn(tokens) => match webapp.backend.gate.sign_in(cookies, tokens, began_at).await {
            Ok(identity) => {
                if !along.draft.trim().is_empty() {
                    drafts::keep(&webapp.backend.db, &identity.user_id, &along.draft).await?;
                }
                return Ok(found(target(webapp.backend.site.app, &along.next)));
            }
            Err(Error::TokenRefused(fault)) => {
                tracing::error!(%fault, "FusionAuth answered a login with an unusable token; is the application id right?");
                again(&Refusal::Misconfigured)
            }
            Err(error) => return Err(error),
        },
        LoginOutcome::NotRegistered => stop_page(along, &Stop::NotRegistered),
        LoginOutcome::PasswordChangeRequired { reason, .. } => stop_page(along, &Stop::PasswordChangeRequired(reason)),
        LoginOutcome::EmailNotVerified => stop_page(along, &Stop::EmailNotVerified),
        LoginOutcome::RegistrationNotVerified => stop_page(along, &Stop::RegistrationNotVerified),
        LoginOutcome::TwoFactorRequired { two_factor_id, methods } => code_page(along, &two_factor_id, kind(&methods), None),
        LoginOutcome::TwoFactorExpired => password_page(along, Some(&Refusal::CodeExpired)),
        LoginOutcome::InvalidCredentials => again(&Refusal::InvalidCredentials),
        LoginOutcome::InvalidCode => again(&Refusal::InvalidCode),
        LoginOutcome::Prevented => again(&Refusal::Prevented),
        LoginOutcome::AccountExpired => again(&Refusal::AccountExpired),
        LoginOutcome::Locked => again(&Refusal::Locked),
        LoginOutcome::ApiKeyRequired => {
            tracing::error!("FusionAuth wants an API key to log in; set --fusionauth-api-key or switch requireAuthentication off");
            again(&Refusal::Misconfigured)
        }
        LoginOutcome::Invalid => {
            tracing::error!("FusionAuth could not use a login; is the application id right?");
            again(&Refusal::Misconfigured)
        }
        LoginOutcome::Unavailable { .. } => again(&Refusal::Unavailable),
    };
    frame.show(None, page).await
}

/// The sign-in form in answer to a form that was sent without a sign-in: what was typed goes along.
pub(crate) async fn instead(frame: &Frame, draft: String) -> Result<Response, Error> {
    let page = password_page(&Along { draft, register: frame.register_url(), ..Along::default() }, None);
    frame.show(None, Page { status: StatusCode::FORBIDDEN, ..page }).await
}

fn password_page(along: &Along, refusal: Option<&Refusal>) -> Page {
    let main = html! {
        div.narrow {
            section.auth {
                (heading("Sign in"))
                p.lead { "One account for the Store and the Forums." }
                form #login method="post" action="/login" novalidate {
                    (summary(refusal))
                    (goes_along(along, false))
                    @if !along.draft.trim().is_empty() {
                        p.reason { "You are not signed in any more. What you wrote is kept: after signing in it stands in the form again." }
                    }
                    div.field {
                        label for=(Input::Username.id()) { "Email" }
                        (beside(refusal, Input::Username))
                        input id=(Input::Username.id()) name="username" type="text" inputmode="email" autocomplete="username"
                            autocapitalize="none" spellcheck="false" aria-required="true" value=(along.username)
                            aria-invalid=[invalid(refusal, Input::Username)] aria-describedby=[described(refusal, Input::Username)];
                    }
                    div.field {
                        label for=(Input::Password.id()) { "Password" }
                        (beside(refusal, Input::Password))
                        input id=(Input::Password.id()) name="password" type="password" autocomplete="current-password"
                            autocapitalize="none" spellcheck="false" aria-required="true"
                            aria-invalid=[invalid(refusal, Input::Password)] aria-describedby=[described(refusal, Input::Password)];
                    }
                    button.primary.wide type="submit" { "Sign in" }
                }
                @if !along.register.is_empty() { p { "New here? " a href=(along.register) { "Create your account" } } }
            }
        }
    };
    Page { name: "Sign in", status: refusal.map_or(StatusCode::OK, Refusal::status), main }
}

fn code_page(along: &Along, two_factor_id: &str, method: &str, refusal: Option<&Refusal>) -> Page {
    // Codes by message are not sent from here yet, so nobody is told to wait for one.
    let hint = match method {
        "message" => "Your account gets its codes by message, which this page can't send yet. Enter one of your recovery codes.",
        _ => "Open your authenticator app and enter the six digits it shows. A recovery code works as well.",
    };
    let main = html! {
        div.narrow {
            section.auth {
                (heading("Enter your code"))
                p.lead { (hint) }
                form #second-factor method="post" action="/login/code" novalidate {
                    (summary(refusal))
                    (goes_along(along, true))
                    input type="hidden" name="two_factor_id" value=(two_factor_id);
                    input type="hidden" name="method" value=(method);
                    div.field {
                        label for=(Input::Code.id()) { "Code" }
                        (beside(refusal, Input::Code))
                        input.code id=(Input::Code.id()) name="code" type="text" inputmode="numeric" autocomplete="one-time-code"
                            autocapitalize="none" spellcheck="false" aria-required="true"
                            aria-invalid=[invalid(refusal, Input::Code)] aria-describedby=[described(refusal, Input::Code)];
                    }
                    button.primary.wide type="submit" { "Check code" }
                    a.button.quiet.wide href="/login" { "Back to sign in" }
                }
            }
        }
    };
    Page { name: "Enter your code", status: refusal.map_or(StatusCode::OK, Refusal::status), main }
}

fn stop_page(along: &Along, stop: &Stop) -> Page {
    let (name, what, next) = stop.text();
    let main = html! {
        div.narrow {
            section.auth {
                (heading(name))
                p { (what) }
                p { (next) }
                @if !along.username.is_empty() { p.quiet-text { "You tried to sign in as " strong { (along.username) } "." } }
                a.button.quiet.wide href="/login" { "Back to sign in" }
            }
        }
    };
    Page { name, status: StatusCode::FORBIDDEN, main }
}

/// `message` if no app shows the codes.
fn kind(methods: &[TwoFactorMethod]) -> &'static str {
    let app = methods.is_empty() || methods.iter().any(|it| it.method == "authenticator");
    if app { "authenticator" } else { "message" }
}

fn goes_along(along: &Along, username: bool) -> Markup {
    html! {
        @if !along.next.is_empty() { input type="hidden" name="next" value=(along.next); }
        @if !along.draft.is_empty() { textarea name="draft" hidden { "\n" (along.draft) } }
        @if username { input type="hidden" name="username" value=(along.username); }
    }
}

fn summary(refusal: Option<&Refusal>) -> Markup {
    let Some(refusal) = refusal else { return Markup::default() };
    let (what, next) = refusal.text();
    html! {
        div.summary tabindex="-1" {
            div role="alert" {
                h2 { "There is a problem" }
                @match refusal {
                    Refusal::Missing(inputs) => ul {
                        @for input in inputs { li { a href={ "#" (input.id()) } { (input.missing()) } } }
                    },
                    _ => { p { strong { (what) } } p { (next) } }
                }
            }
        }
    }
}

fn beside(refusal: Option<&Refusal>, input: Input) -> Markup {
    html! {
        @if is_missing(refusal, input) {
            p.field-error id=(error_id(input)) { span.hidden { "Error: " } (input.missing()) }
        }
    }
}

fn invalid(refusal: Option<&Refusal>, input: Input) -> Option<&'static str> {
    is_missing(refusal, input).then_some("true")
}

fn described(refusal: Option<&Refusal>, input: Input) -> Option<&'static str> {
    is_missing(refusal, input).then(|| error_id(input))
}

fn is_missing(refusal: Option<&Refusal>, input: Input) -> bool {
    matches!(refusal, Some(Refusal::Missing(inputs)) if inputs.contains(&input))
}

fn error_id(input: Input) -> &'static str {
    match input {
        Input::Username => "username-error",
        Input::Password => "password-error",
        Input::Code => "code-error",
    }
}
