//! The form that a request has sent, for the page that answers it. Each form has a hidden input with the URL of its page, so the answer
//! knows that URL, too. If the server refuses or fails to handle the form, `problem_page` shows the form again, with the typed text.

use crate::http::body::{has_media_type, read_body};
use crate::pages::form::{Field, FieldKind, MAX_TEXT_AREA_LENGTH, account_name, summary};
use crate::pages::{components::heading, return_to::is_way_back, sign_in_form::path_with_next};
use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::http::{Method, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fusionauth_api::return_path;
use maud::{Markup, html};
use std::sync::{Arc, OnceLock};
use storefront_api::Problem;
use storefront_messages::{Text, t};

/// The members of a form, as soon as the server has read them. `problem_page` adds this value to each request. This type has no `Debug`,
/// because the members may contain a password.
#[derive(Clone, Default)]
pub(crate) struct SentForm(Arc<OnceLock<Vec<(String, String)>>>);

/// The maximum number of members that are kept. Every form of the pages has fewer. Without this limit, a small form of many members would
/// become a large page.
const MAX_MEMBERS: usize = 64;

/// The hidden input with the URL of the page.
const BACK: &str = "back";

/// The members that people type, except the text of a post. All others are hidden inputs in the form that is shown again.
const TYPED: [(&str, Text, FieldKind); 13] = [
    ("username", Text::new("Email"), FieldKind::Email),
    ("email", Text::new("Email"), FieldKind::Email),
    ("display_name", Text::new("Display name"), FieldKind::OptionalDisplayName),
    ("current_password", Text::new("Current password"), FieldKind::CurrentPassword),
    ("password", Text::new("Password"), FieldKind::CurrentPassword),
    ("code", Text::new("Code"), FieldKind::Code),
    ("full_name", Text::new("Full name"), FieldKind::FullName),
    ("street", Text::new("Street and house number"), FieldKind::Street),
    ("street_extra", Text::new("Address line 2 (optional)"), FieldKind::StreetExtra),
    ("postal_code", Text::new("Postal code"), FieldKind::PostalCode),
    ("city", Text::new("City"), FieldKind::City),
    ("title", Text::new("Title (optional)"), FieldKind::OptionalLine),
    ("order", Text::new("Order number (optional)"), FieldKind::OptionalLine),
];

/// Middleware around the routes of pages: reads the form before the extractors, which may already fail.
pub(super) async fn read(request: Request, next: Next) -> Response {
    let form = request.extensions().get::<SentForm>().cloned();
    let Some(form) = form.filter(|_| !matches!(*request.method(), Method::GET | Method::HEAD)) else { return next.run(request).await };
    let is_form = has_media_type(request.headers(), "application/x-www-form-urlencoded");
    let (parts, body) = request.into_parts();
    let bytes = match read_body(Request::from_parts(parts.clone(), body), &()).await {
        Ok(bytes) => bytes,
        Err(error) => return error.into_response(),
    };
    let is_short = bytes.iter().filter(|it| **it == b'&').count() < MAX_MEMBERS;
    let members = match std::str::from_utf8(&bytes) {
        Ok(_) if is_form && is_short => serde_urlencoded::from_bytes(&bytes).unwrap_or_default(),
        // A form of the type `text/plain` sends lines of `name=value`. Only a post has a long text that the user must not lose.
        Ok(lines) if !is_form => {
            let text = lines.strip_prefix("body=").or_else(|| lines.split_once("\nbody=").map(|it| it.1));
            text.map(|it| ("body".to_owned(), it.trim_end().to_owned())).into_iter().collect()
        }
        Ok(_) | Err(_) => Vec::new(),
    };
    form.0.get_or_init(|| members);
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

impl SentForm {
    fn get(&self, name: &str) -> &str {
        self.0.get().and_then(|members| members.iter().find(|it| it.0 == name)).map_or("", |it| &it.1)
    }

    /// The URL of the page with this form.
    pub(super) fn back(&self) -> Option<&str> {
        Some(self.get(BACK)).filter(|it| is_way_back(it))
    }

    /// The page with the form again, if the same form may succeed later. `path` is the path to which the form was sent.
    pub(super) fn again(&self, path: &str, problem: &Problem) -> Option<Markup> {
        let members = self.0.get().filter(|it| !it.is_empty() && matches!(problem.status, 415 | 429 | 500..))?;
        Some(html! {
            div.narrow {
                section.auth {
                    (heading(&problem.title))
                    form method="post" action=(path) novalidate {
                        (summary(html! { p { strong { (problem.detail.as_deref().unwrap_or_default()) } } }))
                        @for (name, value) in members.iter().filter(|it| it.0 != BACK) { (input(path, name, value)) }
                        button.primary.wide type="submit" { (t!("Try again")) }
                        a.button.quiet.wide href="/" { (t!("Go to the home page")) }
                    }
                }
            }
        })
    }
}

fn input(path: &str, name: &str, value: &str) -> Markup {
    match TYPED.iter().find(|it| it.0 == name) {
        // The forms of a signed-in user have the name of the account only for password managers.
        Some(_) if name == "username" && path.starts_with("/account") => account_name(value),
        Some(_) if name == "email" && path == "/account/email" => {
            Field { id: name, name, label: t!("New email"), kind: FieldKind::NewEmail, value: Some(value), error: None, rules: None }.view()
        }
        Some((_, label, kind)) => {
            let kind = match kind {
                FieldKind::CurrentPassword if name == "password" && !path.starts_with("/login") => FieldKind::NewPassword,
                kind => *kind,
            };
            let is_secret = matches!(kind, FieldKind::CurrentPassword | FieldKind::NewPassword | FieldKind::Code);
            let value = Some(value).filter(|_| !is_secret);
            Field { id: name, name, label: label.get(), kind, value, error: None, rules: None }.view()
        }
        None if name == "body" => html! {
            label for="post" { (if path == "/contact" { t!("Message") } else { t!("Your post") }) }
            // Browsers drop a line break at the beginning of a `textarea`.
            textarea #post name="body" rows="6" dir="auto" maxlength=(MAX_TEXT_AREA_LENGTH) { "\n" (value) }
        },
        None => html! { input type="hidden" name=(name) value=(value); },
    }
}

/// The URL that a browser can open later to see the requested page again, or `/` if that URL is too long. For the answer to a form, this is the URL of the page with the
/// form, unless a button has opened another form.
pub(super) fn way_back(parts: &Parts) -> String {
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |it| &it.0);
    match parts.extensions.get::<SentForm>() {
        _ if matches!(parts.method, Method::GET | Method::HEAD) => {
            uri.path_and_query().map(|it| it.as_str()).filter(|it| return_path::is_safe(it, &[])).unwrap_or("/").to_owned()
        }
        Some(form) if !form.get("open").is_empty() => path_with_next(uri.path(), form.get("next")),
        form => form.and_then(SentForm::back).unwrap_or("/").to_owned(),
    }
}

/// Adds the hidden input to each form of a document that is sent with POST. No text in the document contains the attribute, because quotes
/// in texts are escaped.
pub(super) fn with_way_back(document: &str, back: &str) -> String {
    const METHOD: &str = " method=\"post\"";
    let input = html! { input type="hidden" name=(BACK) value=(back); }.into_string();
    let mut parts = document.split(METHOD);
    let mut html = parts.next().unwrap_or_default().to_owned();
    for (tag, rest) in parts.filter_map(|it| it.split_once('>')) {
        html.extend([METHOD, tag, ">", &input, rest]);
    }
    html
}
