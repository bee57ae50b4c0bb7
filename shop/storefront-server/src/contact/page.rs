//! The server-rendered page `/contact`: the form, above what the help page says.

use crate::contact::{mailbox, order_number, send};
use crate::pages::components::heading;
use crate::pages::form::{Field, FieldKind, Form, MAX_TEXT_AREA_LENGTH, member_summary};
use crate::pages::help_page::sections;
use crate::pages::layout::{Page, PageResult};
use crate::pages::page_request::{PageRequest, Visitor};
use crate::pages::{PageState, flash::Flash};
use crate::typed;
use axum::{Router, extract::Query, http::StatusCode, routing::get};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::pages::{HelpPage, Route};
use storefront_api::{MemberError, contact::ContactMessage};
use storefront_messages::{page_title, t};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route(Route::Help(HelpPage::Contact).href(), get(show).post(submit))
}

/// The form, and the query of a link to it, which has only the order.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    full_name: String,
    #[serde(deserialize_with = "typed::deserialize_email")]
    email: String,
    order: String,
    body: String,
}

async fn show(request: PageRequest, Visitor(visitor): Visitor, Query(query): Query<Fields>) -> PageResult {
    let email = visitor.as_ref().and_then(|it| it.email.clone()).unwrap_or_default();
    let fields = Fields { order: order_number(&query.order).unwrap_or_default(), email, ..Fields::default() };
    request.layout.show(visitor.as_ref(), page(&request, &fields, &[])).await
}

async fn submit(request: PageRequest, Visitor(visitor): Visitor, Form(fields): Form<Fields>) -> PageResult {
    let Fields { full_name, email, order, body } = &fields;
    let message = ContactMessage { full_name: full_name.clone(), email: email.clone(), order: order.clone(), body: body.clone() };
    match send(&request.backend, request.client, &message).await {
        Ok(_) => {
            let sent = Flash::text(|| t!("We sent your message to our team. You'll hear from us by email within two working days."));
            Ok(sent.redirect(&request.cookies, Route::Help(HelpPage::Contact).href()))
        }
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            request.layout.show(visitor.as_ref(), page(&request, &fields, problem.fields())).await
        }
        Err(problem) => Err(problem),
    }
}

fn page(PageRequest { backend, .. }: &PageRequest, fields: &Fields, errors: &[MemberError]) -> Page {
    let title = page_title(Route::Help(HelpPage::Contact));
    let main = html! {
        div.narrow.help {
            (heading(title))
            @if mailbox(backend).is_some() { (form(fields, errors)) }
            (sections(HelpPage::Contact, backend.config.contact.as_deref()))
        }
    };
    Page::new(title, if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, main)
}

fn form(fields: &Fields, errors: &[MemberError]) -> Markup {
    let field = |member, label, kind, value: &str| Field::of(member, label, kind, Some(value), errors).view();
    let error = errors.iter().find(|it| it.field == "body").map(|it| it.message.as_str());
    html! {
        form #contact.card method="post" action=(Route::Help(HelpPage::Contact).href()) novalidate {
            (member_summary(errors))
            h2 { (t!("Write to us")) }
            p { (t!("You'll hear from us by email within two working days.")) }
            (field("fullName", t!("Your name"), FieldKind::FullName, &fields.full_name))
            (field("email", t!("Email"), FieldKind::NewEmail, &fields.email))
            (field("order", t!("Order number (optional)"), FieldKind::OptionalLine, &fields.order))
            div.field {
                label for="body" { (t!("Message")) }
                @if let Some(error) = error { p.field-error #body-error { span.hidden { (t!("Error: ")) } (error) } }
                // Browsers drop a line break at the beginning of a `textarea`.
                textarea #body name="body" rows="6" dir="auto" maxlength=(MAX_TEXT_AREA_LENGTH) aria-required="true"
                    aria-invalid=[error.map(|_| "true")] aria-describedby=[error.map(|_| "body-error")] { "\n" (fields.body) }
            }
            button.primary type="submit" { (t!("Send message")) }
        }
    }
}
