//! Forms: how their bodies are read, and the parts that several of them show.

use crate::http::{error::Error, problem::ProblemResponse};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::de::DeserializeOwned;
use storefront_api::MAX_DISPLAY_NAME_CHARS;
use storefront_messages::Message;

/// The longest form that is read, in bytes. It is far more than any input may hold, so that a text which is too long comes back in
/// its own form with a message, instead of being refused unread.
pub(crate) const MAX_FORM_BYTES: usize = 1024 * 1024;

/// The body of a form. Another body is refused with a page, which shows the text that was sent where it can be read.
pub(crate) struct Form<T>(pub(crate) T);

/// The text of a form that was refused unread. It travels in the extensions of the answer.
#[derive(Clone)]
pub(crate) struct SentText(pub(crate) String);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()?.split(';').next()).map(str::trim);
        let media_type = media_type.unwrap_or_default().to_ascii_lowercase();
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Error::BodyTooLong.into_response(),
            _ => Error::BodyMalformed.into_response(),
        })?;
        if media_type == "application/x-www-form-urlencoded" {
            return serde_urlencoded::from_bytes(&bytes).map(Self).map_err(|_| Error::FormMalformed.into_response());
        }
        let mut response = ProblemResponse::from(Error::BodyNotForm).into_response();
        // Only a post holds a text worth keeping. `text/plain` forms write `name=value` in lines.
        if let Some(text) = std::str::from_utf8(&bytes).ok().and_then(|it| it.strip_prefix("body=")) {
            response.extensions_mut().insert(SentText(text.trim_end().to_owned()));
        }
        Err(response)
    }
}

/// One input with its label, and its error beside it.
pub(crate) struct Field<'a> {
    /// The id of the input.
    pub(crate) id: &'a str,
    /// The member of the form.
    pub(crate) name: &'a str,
    /// The label.
    pub(crate) label: &'a str,
    /// What is typed here.
    pub(crate) kind: FieldKind,
    /// What stands in the input. Never a password.
    pub(crate) value: Option<&'a str>,
    /// What is wrong with the input.
    pub(crate) error: Option<&'a str>,
}

/// What is typed into an input, which decides on its keyboard and on what password managers fill in.
#[derive(Clone, Copy)]
pub(crate) enum FieldKind {
    /// An e-mail address.
    Email,
    /// A password that exists.
    CurrentPassword,
    /// A password that is chosen here.
    NewPassword,
    /// The code of a second factor.
    Code,
    /// The name that other users see. It may be left empty.
    DisplayName,
}

impl Field<'_> {
    /// The input.
    pub(crate) fn view(&self) -> Markup {
        let (kind, input_mode, autocomplete) = match self.kind {
            FieldKind::Email => ("text", Some("email"), "username"),
            FieldKind::CurrentPassword => ("password", None, "current-password"),
            FieldKind::NewPassword => ("password", None, "new-password"),
            // Recovery codes have letters, which a numeric keyboard lacks.
            FieldKind::Code => ("text", None, "one-time-code"),
            FieldKind::DisplayName => ("text", None, "nickname"),
        };
        // A display name is written as prose is; the others are copied letter by letter.
        let is_name = matches!(self.kind, FieldKind::DisplayName);
        let (capitals, spelling) = if is_name { (None, None) } else { (Some("none"), Some("false")) };
        let error_id = self.error.map(|_| format!("{}-error", self.id));
        html! {
            div.field {
                label for=(self.id) { (self.label) }
                @if let (Some(error), Some(error_id)) = (self.error, &error_id) {
                    p.field-error id=(error_id) { span.hidden { "Error: " } (error) }
                }
                input.code[matches!(self.kind, FieldKind::Code)] id=(self.id) name=(self.name) type=(kind) inputmode=[input_mode]
                    autocomplete=(autocomplete) autocapitalize=[capitals] spellcheck=[spelling] aria-required=[(!is_name).then_some("true")] value=[self.value]
                    maxlength=[is_name.then_some(2 * MAX_DISPLAY_NAME_CHARS)]
                    aria-invalid=[self.error.map(|_| "true")] aria-describedby=[error_id];
            }
        }
    }
}

/// The summary above a form that is shown again because inputs are at fault: a link to each, as (id of the input, error).
pub(crate) fn field_summary<'a>(errors: impl Iterator<Item = (&'a str, &'a str)>) -> Markup {
    summary(html! { ul { @for (id, error) in errors { li { a href={ "#" (id) } { (error) } } } } })
}

/// The summary above a form that is shown again for another reason.
pub(crate) fn message_summary(message: Message) -> Markup {
    summary(html! { p { strong { (message.what) } } p { (message.next) } })
}

fn summary(text: Markup) -> Markup {
    html! {
        div.summary tabindex="-1" {
            div role="alert" { h2 { "There is a problem" } (text) }
        }
    }
}
