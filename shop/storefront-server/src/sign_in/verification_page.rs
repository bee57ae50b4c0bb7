//! The server-rendered pages that verify an email or a registration: the page after a sign-in that FusionAuth answered with 212 or 213,
//! with a form for the code or the advice to follow the link; the page of the mailed link; and the button that sends the message again.
//!
//! The link's page has a button, because programs that scan emails open every link, and would use up a link that verifies at once. Only the
//! first URL contains the link's id. The server then stores the id in a cookie and redirects to a URL without it, as with a reset link.

use crate::auth::cookies::{CookieName, Cookies};
use crate::auth::email_proof::{self, MailedProof};
use crate::clock::rfc3339_of_ms;
use crate::pages::components::{breakable, strong, text_with};
use crate::pages::form::{Field, FieldKind, Form, message_summary};
use crate::pages::format::date;
use crate::pages::layout::{Page, PageResult};
use crate::pages::return_to::login_path;
use crate::pages::sign_in_form::{FormState, back_to_sign_in, to_sign_in};
use crate::pages::{PageState, flash::Flash, page_request::PageRequest, redirect_303};
use crate::sign_in::verification_api;
use crate::typed;
use axum::extract::{Path, Query};
use axum::routing::{get, post};
use axum::{Router, http::StatusCode};
use fusionauth_api::account::UserRecord;
use fusionauth_api::verification::{ResendOutcome, Verified, VerifyOutcome};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_messages::{Blocked, Storefront, VerificationError, VerificationStep, registered_on, t};

pub(crate) fn router() -> Router<PageState> {
    Router::new().merge(routes_of(Verified::Email)).merge(routes_of(Verified::Registration))
}

/// How long the cookie keeps the id of the link. The link itself expires when FusionAuth decides (a day by default).
const LINK_SECONDS: u64 = 3_600;

fn routes_of(what: Verified) -> Router<PageState> {
    let page = get(move |request, query| link_page(what, request, query));
    Router::new()
        .route(path(what), page.post(move |request, form| verify(what, request, form)))
        .route(&format!("{}/{{id}}", path(what)), get(async move |request, Path(id): Path<String>| keep_link(what, &request, &id).await))
        .route(&format!("{}/again", path(what)), post(move |request, form| send_again(what, request, form)))
}

/// This type has no `Debug`, because it holds an id and a code.
#[derive(Default, Deserialize)]
#[serde(default)]
struct VerifyForm {
    code: String,
    /// The id from a sign-in, to which the typed code belongs. Empty after a mailed link, because then the cookie has the id.
    verification_id: String,
    #[serde(flatten)]
    state: FormState,
}

/// FusionAuth's older message templates write the id into the query.
#[derive(Default, Deserialize)]
#[serde(default)]
struct LinkQuery {
    id: String,
}

/// The page after a sign-in for which FusionAuth requires a verification. FusionAuth returns an id if the message contains a code.
pub(super) fn unverified_page(what: Verified, form: &FormState, verification_id: Option<&str>) -> Page {
    let step = verification_id.map_or(VerificationStep::FollowLink, |_| VerificationStep::EnterCode);
    View { what, step, form, verification_id: verification_id.unwrap_or_default(), registered: None }.page(
        StatusCode::FORBIDDEN,
        Markup::default(),
        None,
    )
}

async fn keep_link(what: Verified, request: &PageRequest, id: &str) -> PageResult {
    if !Cookies::can_hold(id) {
        return request.show(expired_page(what, &FormState::begin())).await;
    }
    request.cookies.set(CookieName::VerificationId, id, LINK_SECONDS);
    Ok(redirect_303(path(what)))
}

async fn link_page(what: Verified, request: PageRequest, Query(query): Query<LinkQuery>) -> PageResult {
    if !query.id.is_empty() {
        return keep_link(what, &request, &query.id).await;
    }
    let form = FormState::begin();
    let page = match request.cookies.get(CookieName::VerificationId) {
        Some(id) => {
            let PageRequest { backend, client, .. } = &request;
            backend.attempts.anonymous_calls.take_from(*client).await?;
            let link = MailedProof::VerificationLink(id);
            let user = email_proof::prepare(&backend.fusionauth, &backend.db, link).await?.filter(|it| !it.verified);
            let view = View { what, step: VerificationStep::Confirm, form: &form, verification_id: "", registered: user.as_ref() };
            view.page(StatusCode::OK, Markup::default(), None)
        }
        None => expired_page(what, &form),
    };
    request.show(page).await
}

async fn verify(what: Verified, request: PageRequest, Form(sent): Form<VerifyForm>) -> PageResult {
    let PageRequest { backend, client, cookies, .. } = &request;
    let VerifyForm { code, verification_id, state: form } = sent;
    let code = typed::message_code(&code);
    let is_typed = !verification_id.is_empty();
    let Some(id) = Some(&*verification_id).filter(|_| is_typed).or_else(|| cookies.get(CookieName::VerificationId)) else {
        return request.show(expired_page(what, &form)).await;
    };
    let step = if is_typed { VerificationStep::EnterCode } else { VerificationStep::Confirm };
    let view = View { what, step, form: &form, verification_id: &verification_id, registered: None };
    if is_typed && code.is_empty() {
        return request.show(view.failed(VerificationError::Blank)).await;
    }
    let page = match verification_api::verify(backend, *client, what, id, Some(&*code).filter(|_| is_typed)).await {
        Ok(VerifyOutcome::Verified) => {
            cookies.delete(CookieName::VerificationId);
            return Ok(Flash::text(|| t!("Confirmed. Sign in to continue.")).redirect(cookies, &login_path(backend.site.app, &form.next)));
        }
        Ok(VerifyOutcome::WrongCode) => view.failed(VerificationError::WrongCode),
        Ok(VerifyOutcome::Expired) => {
            cookies.delete(CookieName::VerificationId);
            expired_page(what, &form)
        }
        Ok(VerifyOutcome::Unavailable { .. }) => view.failed(VerificationError::Unavailable),
        Err(too_often) => view.failed(VerificationError::TooManyAttempts).with_retry_after(too_often),
    };
    request.show(page).await
}

async fn send_again(what: Verified, request: PageRequest, Form(sent): Form<VerifyForm>) -> PageResult {
    let VerifyForm { verification_id, state: form, .. } = sent;
    let step = if verification_id.is_empty() { VerificationStep::FollowLink } else { VerificationStep::EnterCode };
    let view = |verification_id| View { what, step, form: &form, verification_id, registered: None };
    if form.username.is_empty() {
        return request.show(expired_page(what, &form)).await;
    }
    let page = match verification_api::send_again(&request.backend, request.client, what, &form.username).await {
        // The code in the new message belongs to a new id. If there is no new id, for example because FusionAuth does not know the email,
        // the form keeps the old one.
        Ok(ResendOutcome::Accepted { verification_id: new }) => {
            let sent = html! { p.reason role="status" { (t!("We sent a new email. You can request another one after 30 seconds.")) } };
            view(new.as_deref().unwrap_or(&verification_id)).page(StatusCode::OK, sent, None)
        }
        Ok(ResendOutcome::NotConfigured) => view(&verification_id).failed(VerificationError::NotConfigured),
        Ok(ResendOutcome::TooMany) => view(&verification_id).failed(VerificationError::SentAMomentAgo),
        Ok(ResendOutcome::Unavailable { .. }) => view(&verification_id).failed(VerificationError::Unavailable),
        Err(too_often) => view(&verification_id).failed(VerificationError::SentAMomentAgo).with_retry_after(too_often),
    };
    request.show(page).await
}

struct View<'a> {
    what: Verified,
    step: VerificationStep,
    form: &'a FormState,
    /// With [`VerificationStep::EnterCode`]: the id to send with the code.
    verification_id: &'a str,
    /// The user that a mailed link can verify.
    registered: Option<&'a UserRecord>,
}

impl View<'_> {
    fn failed(&self, error: VerificationError) -> Page {
        let status = match error {
            VerificationError::Blank => StatusCode::UNPROCESSABLE_ENTITY,
            VerificationError::WrongCode => StatusCode::FORBIDDEN,
            VerificationError::Expired => StatusCode::NOT_FOUND,
            VerificationError::SentAMomentAgo | VerificationError::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
            VerificationError::NotConfigured => StatusCode::BAD_GATEWAY,
            VerificationError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        let is_about_code = matches!(error, VerificationError::Blank | VerificationError::WrongCode);
        self.page(status, message_summary(error.message::<Storefront>()), is_about_code.then(|| error.message::<Storefront>().what))
    }

    fn page(&self, status: StatusCode, above: Markup, code_error: Option<&str>) -> Page {
        let Self { what, step, form, verification_id, registered } = self;
        let blocked = blocked(*what);
        let path = path(*what);
        let hidden = html! {
            (form.hidden_inputs())
            @if !verification_id.is_empty() { input type="hidden" name="verification_id" value=(verification_id); }
        };
        let code =
            Field { id: "code", name: "code", label: t!("Code"), kind: FieldKind::Code, value: None, error: code_error, rules: None };
        let content = html! {
            p.lead { (step.text::<Storefront>()) }
            @if let Some(UserRecord { email: Some(email), insert_instant, .. }) = registered {
                @let registered_at = rfc3339_of_ms(*insert_instant).unwrap_or_default();
                p { (breakable(&registered_on(email, &date(&registered_at)))) }
            }
            @if *step != VerificationStep::FollowLink {
                form #verification method="post" action=(path) novalidate {
                    (above)
                    (hidden)
                    @if *step == VerificationStep::EnterCode {
                        input type="hidden" name="username" value=(form.username);
                        (code.view_as_only_field())
                        button.primary.wide type="submit" { (t!("Check code")) }
                    } @else {
                        button.primary.wide type="submit" { (t!("Confirm")) }
                    }
                }
            } @else { (above) }
            @if registered.is_some() {
                form method="post" action="/verify-email/not-me" { button.quiet.wide type="submit" { (t!("It wasn't me: delete the account")) } }
            }
            @if *step != VerificationStep::Confirm && !form.username.is_empty() {
                p.quiet-text { (text_with(t!("We sent the email to the address we have for {}. If it hasn't arrived after a minute, check your spam folder."), &strong(&form.username))) }
                form method="post" action={ (path) "/again" } {
                    (hidden)
                    input type="hidden" name="username" value=(form.username);
                    button.quiet.wide type="submit" { (t!("Send another email")) }
                }
            }
            (to_sign_in(form))
        };
        Page::narrow(blocked.heading::<Storefront>(), status, content)
    }
}

/// The page for an expired or invalid link, with the form that requests a new message.
fn expired_page(what: Verified, form: &FormState) -> Page {
    let field = Field {
        id: "username",
        name: "username",
        label: t!("Email"),
        kind: FieldKind::Email,
        value: Some(&form.username),
        error: None,
        rules: None,
    };
    let content = html! {
        form #verification method="post" action={ (path(what)) "/again" } novalidate {
            (message_summary(VerificationError::Expired.message::<Storefront>()))
            (form.hidden_inputs())
            (field.view_as_only_field())
            button.primary.wide type="submit" { (t!("Send another email")) }
            (back_to_sign_in())
        }
    };
    Page::narrow(blocked(what).heading::<Storefront>(), StatusCode::NOT_FOUND, content)
}

fn blocked(what: Verified) -> Blocked {
    match what {
        Verified::Email => Blocked::EmailNotVerified,
        Verified::Registration => Blocked::RegistrationNotVerified,
    }
}

fn path(what: Verified) -> &'static str {
    match what {
        Verified::Email => "/verify-email",
        Verified::Registration => "/verify-registration",
    }
}
