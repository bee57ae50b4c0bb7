//! The contact form: `POST /api/contact` and the page `/contact` of both applications send a message to the shop.
//!
//! Anybody can type anybody's email. So the receipt to that email contains no typed text, and the message tells the shop that the
//! email is not checked. No subject contains typed text, except an order number. FusionAuth's API has no `Reply-To`, so the message names
//! the email to answer.

mod page;

use crate::http::client_address::ClientAddress;
use crate::http::idempotency::{IdempotencyKey, StoredResponse};
use crate::http::problem::{ApiResult, ProblemResponse};
use crate::http::{body::JsonBody, endpoint::endpoint, error::Error as HttpError, language::in_current_language, rate_limit::TooOften};
use crate::secret::hash_secret;
use crate::sign_in::registration::email_error;
use crate::{auth::fusionauth::Timeouts, mail::Mail, state::Backend, typed, user_request::ApiRequest};
use axum::{Router, http::StatusCode};
use std::time::Duration;
use storefront_api::contact::{ContactMessage, MAX_MESSAGE_CHARS, MAX_NAME_CHARS};
use storefront_api::{Done, MemberError, endpoints, problems::ProblemCode};
use storefront_messages::{FieldMessage, Language, PostMessage, t};

pub(crate) use page::router as pages;

/// The owner of all idempotency keys, because a visitor has no id.
const OWNER: &str = "contact";

/// Why a message is not sent.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// 502: this site has no `--contact`, or cannot send messages.
    #[error("{}", t!("This site can't send emails."))]
    Unavailable,
    /// 422: the list has an error for each invalid member.
    #[error("{}", t!("Check what you entered."))]
    Invalid(Vec<MemberError>),
    /// 429 with `Retry-After`: too many messages from this client address, or in total.
    #[error("{}", t!("We got too many messages in a short time, so we didn't send yours. Try again later, or write to us by email."))]
    TooMany(#[from] TooOften),
    /// 503: FusionAuth did not take the message.
    #[error("{}", t!("We couldn't send your message. Your text is still here, so try again in a moment."))]
    NotSent,
}

impl From<Error> for ProblemResponse {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable => Self::new(ProblemCode::EmailUnavailable, &error),
            Error::Invalid(ref fields) => Self::invalid(&error, fields.clone()),
            Error::TooMany(too_often) => too_often.problem(ProblemCode::TooManyAttempts, &error),
            Error::NotSent => Self::new(ProblemCode::EmailUnavailable, &error).with_status(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

/// The route below `/api`.
pub(crate) fn api() -> Router<Backend> {
    endpoint(endpoints::SEND_MESSAGE, handle)
}

async fn handle(request: ApiRequest, JsonBody(wanted): JsonBody<ContactMessage>) -> ApiResult<StoredResponse> {
    send(&request.backend, request.client, &wanted).await
}

/// The shop's email, if this site has a contact form.
fn mailbox(backend: &Backend) -> Option<String> {
    backend.config.contact.clone().filter(|_| backend.fusionauth.sends_messages())
}

/// Sends the message, also if the client disconnects. The same message is sent once a day, however often it comes.
///
/// # Errors
/// The problem of each [`Error`], or a database error. The client can repeat the request.
async fn send(backend: &Backend, client: ClientAddress, wanted: &ContactMessage) -> ApiResult<StoredResponse> {
    let mailbox = mailbox(backend).ok_or(Error::Unavailable)?;
    // Each request costs statements, also one above the limits of messages.
    backend.attempts.anonymous_calls.take_from(client).await.map_err(Error::TooMany)?;
    let message = checked(wanted).map_err(Error::Invalid)?;
    let key = IdempotencyKey::from_form(hash_secret("contact message", &serde_json::json!(message).to_string()));
    let write = key.write(&backend.db, OWNER, "send a message", &message);
    let lease = Timeouts::within(backend.config.request_timeout).refresh * 2 + Duration::from_secs(1);
    let (backend, background) = (backend.clone(), backend.background.clone());
    let sending = async move { write.with_claim(lease, StatusCode::CREATED, deliver(&backend, client, &mailbox, &message)).await };
    background.spawn(in_current_language(sending)).await.unwrap_or(Err(HttpError::Internal.into()))
}

async fn deliver(backend: &Backend, client: ClientAddress, shop: &str, message: &ContactMessage) -> Result<Done, Error> {
    let counted = backend.attempts.contact(client).await?;
    let mail = async |language: Language, to: &str, mail: fn(&ContactMessage) -> Mail| {
        let sent = backend.fusionauth.send_message(language, to, &language.scope(|| mail(message))).await;
        sent.map_err(|_| Error::NotSent)
    };
    if let Err(error) = mail(backend.config.contact_language, shop, to_shop).await {
        counted.give_back().await;
        return Err(error);
    }
    counted.keep();
    // The shop has the message, so a lost receipt is no failure.
    if backend.attempts.contact_receipt(&message.email).await.is_ok() {
        _ = mail(Language::current(), &message.email, |_| receipt()).await;
    }
    Ok(Done {})
}

/// The message to the shop. What anybody can type comes last, so that it cannot hide what this server says about it.
fn to_shop(ContactMessage { full_name, email, order, body }: &ContactMessage) -> Mail {
    let subject = if order.is_empty() { t!("Message from the contact form").to_owned() } else { t!("Message about order {}", order) };
    let unchecked = t!("The contact form sent this message. Nobody has checked the name, email and order number.");
    let lines = body.lines().map(str::to_owned).collect();
    Mail::new(subject).text(unchecked).lines(format!("{full_name}, {email}"), lines)
}

/// The receipt to the typed email, without any typed text.
fn receipt() -> Mail {
    let text = t!("We got your message. You'll hear from us within two working days.");
    Mail::new(t!("We got your message")).text(text).text(t!("If you didn't write to us, ignore this email."))
}

/// The message in its one form.
///
/// # Errors
/// An error for each invalid member.
fn checked(wanted: &ContactMessage) -> Result<ContactMessage, Vec<MemberError>> {
    let (full_name, email) = (typed::line(&wanted.full_name), typed::email(&wanted.email));
    let body = storefront_api::typed::lines(&wanted.body);
    let (order, wrong_email) = (order_number(&wanted.order), email_error(&email));
    let [long_name, long_body] = [(&full_name, MAX_NAME_CHARS), (&body, MAX_MESSAGE_CHARS)].map(|(text, max)| text.chars().count() > max);
    let shorten = |max: usize| t!("Shorten this to {} characters.", max);
    let checks = [
        ("fullName", full_name.is_empty(), "blank", t!("Enter your name.").to_owned()),
        ("fullName", long_name, "too-long", shorten(MAX_NAME_CHARS)),
        ("email", wrong_email.is_some(), wrong_email.map_or("", FieldMessage::code), wrong_email.map_or("", FieldMessage::text).to_owned()),
        ("order", order.is_none(), "invalid", t!("Enter an order number such as 7K2M-9QX4, or leave this empty.").to_owned()),
        ("body", body.is_empty(), "blank", PostMessage::Empty.text(MAX_MESSAGE_CHARS)),
        ("body", long_body, "too-long", shorten(MAX_MESSAGE_CHARS)),
    ];
    let error = |(field, _, code, message): (&str, bool, &str, _)| MemberError { field: field.to_owned(), code: code.to_owned(), message };
    let errors: Vec<_> = checks.into_iter().filter(|it| it.1).map(error).collect();
    if errors.is_empty() { Ok(ContactMessage { full_name, email, order: order.unwrap_or_default(), body }) } else { Err(errors) }
}

/// The order number in a typed text, which may be empty. `None` for every other text, because the subject of a message contains the number.
fn order_number(text: &str) -> Option<String> {
    let text = typed::line(text).to_ascii_uppercase();
    let is_at = |(at, it): (usize, char)| if at == 4 { it == '-' } else { it.is_ascii_alphanumeric() };
    (text.is_empty() || text.len() == 9 && text.char_indices().all(is_at)).then_some(text)
}
