//! Forms: how the body of a form is read, and the inputs and the summary of errors that several forms show.

use crate::http::body::{has_media_type, read_body};
use crate::http::error::Error;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use fusionauth_api::password::PasswordRules;
use maud::{Markup, html};
use serde::de::DeserializeOwned;
use storefront_api::{MAX_DISPLAY_NAME_CHARS, MemberError};
use storefront_messages::{Message, PasswordHint, Storefront, t};

/// The maximum length of a form, in bytes. It is far more than the text of any input may have. So the server can read a text that is too
/// long, and show that text again in the form with a message.
pub(crate) const MAX_FORM_BYTES: usize = 1024 * 1024;

/// The `maxlength` of a text area, in UTF-16 code units. A form with a text of this length never exceeds [`MAX_FORM_BYTES`]: browsers
/// encode a unit in at most nine bytes, and the remaining bytes are enough for the other inputs.
pub(crate) const MAX_TEXT_AREA_LENGTH: usize = MAX_FORM_BYTES / 10;

/// The extractor for the body of a form. The response to an invalid body becomes an error page.
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let is_form = has_media_type(request.headers(), "application/x-www-form-urlencoded");
        let bytes = read_body(request, state).await.map_err(IntoResponse::into_response)?;
        if !is_form {
            return Err(Error::BodyNotForm.into_response());
        }
        serde_urlencoded::from_bytes(&bytes).map(Self).map_err(|_| Error::FormMalformed.into_response())
    }
}

const PASSWORD_RULES: &str = "password-rules";

/// One input with its label and its error. An input for a display name also has a hint, and one for a new password its rules.
pub(crate) struct Field<'a> {
    /// The id of the input.
    pub(crate) id: &'a str,
    /// The member of the form.
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    /// The kind of input.
    pub(crate) kind: FieldKind,
    /// The current value. It is never a password.
    pub(crate) value: Option<&'a str>,
    /// The validation error.
    pub(crate) error: Option<&'a str>,
    /// The rules for a new password, which follow the input.
    pub(crate) rules: Option<&'a PasswordRules>,
}

/// The kind of an input's value. It determines the keyboard, and what password managers fill in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// An email address.
    Email,
    /// A new email address, with which the user cannot sign in yet.
    NewEmail,
    /// An existing password.
    CurrentPassword,
    NewPassword,
    /// The code of a second factor.
    Code,
    /// The name that other users see.
    DisplayName,
    /// The name that other users see, if the form does not require it.
    OptionalDisplayName,
    /// A text that is optional, such as the title of a post or the number of an order.
    OptionalLine,
    /// The recipient's name.
    FullName,
    /// Street and number.
    Street,
    /// A second line of a postal address, which is optional.
    StreetExtra,
    PostalCode,
    City,
}

/// The members of requests whose inputs have another id or another name: the member, the id and the name.
const INPUTS: [(&str, &str, &str); 6] = [
    ("currentPassword", "current-password", "current_password"),
    ("password", "new-password", "password"),
    ("displayName", "display-name", "display_name"),
    ("fullName", "full-name", "full_name"),
    ("streetExtra", "street-extra", "street_extra"),
    ("postalCode", "postal-code", "postal_code"),
];

/// The id and the name of the input for a member of a request.
fn input_of(member: &str) -> (&str, &str) {
    INPUTS.iter().find(|it| it.0 == member).map_or((member, member), |it| (it.1, it.2))
}

impl<'a> Field<'a> {
    /// The input for a member of a request, with the first error about this member.
    pub(crate) fn of(member: &'a str, label: &'a str, kind: FieldKind, value: Option<&'a str>, errors: &'a [MemberError]) -> Self {
        let (id, name) = input_of(member);
        let error = errors.iter().find(|it| it.field == member).map(|it| it.message.as_str());
        Self { id, name, label, kind, value, error, rules: None }
    }
}

impl Field<'_> {
    /// The label, the error, the input and the hint, in this order.
    pub(crate) fn view(&self) -> Markup {
        self.view_with_autofocus(false)
    }

    /// The only field of its page. It gets the focus when the page opens, so that a user who types at once loses nothing. If the page has a
    /// [`summary`], the summary gets the focus instead, because browsers choose the first element with `autofocus`.
    pub(crate) fn view_as_only_field(&self) -> Markup {
        self.view_with_autofocus(true)
    }

    fn view_with_autofocus(&self, autofocus: bool) -> Markup {
        let (kind, input_mode, autocomplete) = match self.kind {
            FieldKind::Email => ("text", Some("email"), "username"),
            FieldKind::NewEmail => ("text", Some("email"), "email"),
            FieldKind::CurrentPassword => ("password", None, "current-password"),
            FieldKind::NewPassword => ("password", None, "new-password"),
            // Recovery codes have letters, which a numeric keyboard lacks.
            FieldKind::Code => ("text", None, "one-time-code"),
            FieldKind::DisplayName | FieldKind::OptionalDisplayName => ("text", None, "nickname"),
            FieldKind::OptionalLine => ("text", None, "off"),
            FieldKind::FullName => ("text", None, "name"),
            FieldKind::Street => ("text", None, "address-line1"),
            FieldKind::StreetExtra => ("text", None, "address-line2"),
            FieldKind::PostalCode => ("text", None, "postal-code"),
            FieldKind::City => ("text", None, "address-level2"),
        };
        let is_name = matches!(self.kind, FieldKind::DisplayName | FieldKind::OptionalDisplayName);
        // A display name and a title are written like prose, and each word of a postal address begins with a capital. The other values must
        // be exact, so no keyboard may correct them.
        let (capitals, spelling) = match self.kind {
            FieldKind::DisplayName | FieldKind::OptionalDisplayName | FieldKind::OptionalLine => (None, None),
            FieldKind::FullName | FieldKind::Street | FieldKind::StreetExtra | FieldKind::City => (Some("words"), Some("false")),
            FieldKind::PostalCode => (Some("characters"), Some("false")),
            _ => (Some("none"), Some("false")),
        };
        let is_optional = matches!(self.kind, FieldKind::OptionalDisplayName | FieldKind::StreetExtra | FieldKind::OptionalLine);
        let hint = is_name.then_some(t!("Other people see it next to your posts. Nobody else can have the same one."));
        let rules = self.rules.map(|_| PASSWORD_RULES.to_owned());
        let parts = [self.error.map(|_| format!("{}-error", self.id)), hint.map(|_| format!("{}-hint", self.id)), rules];
        let described_by = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        // `maxlength` counts UTF-16 code units. A character has at most two.
        html! {
            div.field {
                label for=(self.id) { (self.label) }
                @if let Some(error) = self.error { p.field-error id={ (self.id) "-error" } { span.hidden { (t!("Error: ")) } (error) } }
                input.code[self.kind == FieldKind::Code] id=(self.id) name=(self.name) type=(kind) inputmode=[input_mode]
                    autocomplete=(autocomplete) autocapitalize=[capitals] spellcheck=[spelling] aria-required=[(!is_optional).then_some("true")]
                    maxlength=[is_name.then_some(2 * MAX_DISPLAY_NAME_CHARS)] value=[self.value]
                    aria-invalid=[self.error.map(|_| "true")] aria-describedby=[(!described_by.is_empty()).then_some(described_by)]
                    autofocus[autofocus];
                @if let Some(hint) = hint { p.quiet-text id={ (self.id) "-hint" } { (hint) } }
            }
            @if let Some(rules) = self.rules {
                ul.quiet-text #(PASSWORD_RULES) { @for hint in PasswordHint::of(rules) { li { (hint.text::<Storefront>()) } } }
            }
        }
    }
}

/// A hidden input with the name of the account, under which password managers look up and store the password of the form.
pub(crate) fn account_name(name: &str) -> Markup {
    html! { input hidden type="text" name="username" value=(name) autocomplete="username" readonly; }
}

/// The summary above a form that is shown again because inputs are invalid: a link to each of these inputs. `errors` has the id of each
/// input, and its error.
pub(crate) fn field_summary<'a>(errors: impl Iterator<Item = (&'a str, &'a str)>) -> Markup {
    summary(html! { ul { @for (id, error) in errors { li { a href={ "#" (id) } { (error) } } } } })
}

/// The same summary for invalid members of a request. Without errors there is no summary.
pub(crate) fn member_summary(errors: &[MemberError]) -> Markup {
    if errors.is_empty() {
        return Markup::default();
    }
    field_summary(errors.iter().map(|it| (input_of(&it.field).0, it.message.as_str())))
}

/// The summary above a form that is shown again for another reason.
pub(crate) fn message_summary(message: Message) -> Markup {
    summary(html! { p { strong { (message.what) } } p { (message.next) } })
}

/// The summary above a form that is shown again, with any text. `autofocus` brings it into view, because a page loads with its top in the
/// window, and the form may be far below.
pub(crate) fn summary(text: Markup) -> Markup {
    html! {
        div.summary tabindex="-1" autofocus {
            div role="alert" { h2 { (t!("There is a problem")) } (text) }
        }
    }
}
