//! `GET /emulator/mail` shows the messages that FusionAuth would have sent, as JSON or as a page. The page has a button
//! for each message with a link, such as "Verify the email". `?to=`, `?topic=` and `?after=` select messages, and `?waitSeconds=` waits for
//! one. `DELETE` deletes all messages.
//! `POST /emulator/mail/follow` is the request of the button.

use super::state::Control;
use crate::api;
use crate::http::form::form;
use crate::http::page::{invalid_form, page, see_other, wants_html};
use crate::http::{Query, empty, json};
use crate::state::{AppState, Message, Topic};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use uuid::Uuid;

const PATH: &str = "/emulator/mail";

pub(super) fn router() -> Router<Control> {
    Router::new().route(PATH, get(list).delete(clear)).route("/emulator/mail/follow", post(follow))
}

/// Whether a request may wait for a message. Such a request waits for a running reset by itself, because a reset must not wait for it.
pub(super) fn may_wait(request: &Request) -> bool {
    request.method() == Method::GET && request.uri().path() == PATH
}

/// No request waits longer for a message.
const LONGEST_WAIT_SECONDS: u64 = 600;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Parameters {
    to: Option<String>,
    topic: Option<Topic>,
    /// The id of a message. It and the messages before it are not selected.
    after: Option<Uuid>,
    wait_seconds: u64,
}

impl Parameters {
    fn select<'a>(&'a self, messages: &'a [Message]) -> impl Iterator<Item = &'a Message> {
        let after = self.after.and_then(|id| messages.iter().position(|it| it.id == id));
        messages
            .iter()
            .skip(after.map_or(0, |it| it + 1))
            .filter(|it| self.to.as_deref().is_none_or(|to| it.to == to) && self.topic.is_none_or(|topic| it.topic == topic))
    }
}

/// This type has no `Debug`, because it contains a one-time id and a password.
#[derive(Deserialize)]
struct Form {
    topic: Topic,
    id: String,
    code: Option<String>,
    password: Option<String>,
}

async fn list(State(control): State<Control>, headers: HeaderMap, Query(query): Query<Parameters>) -> Response {
    drop(control.resetting.read().await);
    let sent_messages = &control.emulator.sent_messages;
    let limit = Duration::from_secs(query.wait_seconds.min(LONGEST_WAIT_SECONDS));
    // After the time limit, and when the emulator stops, the answer is the empty list.
    tokio::select! {
        () = sent_messages.wait_until(|it| query.select(it).next().is_some()) => {}
        () = tokio::time::sleep(limit) => {}
        () = control.stopped() => {}
    }
    let messages = sent_messages.messages();
    let messages: Vec<&Message> = query.select(&messages).collect();
    if !wants_html(&headers) {
        return json(StatusCode::OK, &json!({"messages": messages}));
    }
    let content = html! {
        @if messages.is_empty() { p { "No message was sent yet." } }
        @for message in messages.iter().rev() {
            article {
                h2 { (message.subject) }
                p { "To " (message.to) " from " (message.from) }
                pre { (with_links(&message.text)) }
                (follow_form(message))
            }
        }
    };
    page(StatusCode::OK, "Mail", &content)
}

async fn clear(State(emulator): State<Arc<AppState>>) -> Response {
    emulator.sent_messages.clear();
    empty(StatusCode::OK)
}

/// Verifies the email or registration, or changes the password, as the message asks. It calls FusionAuth's own API for that.
async fn follow(State(emulator): State<Arc<AppState>>, request: Request) -> Response {
    let form: Form = match form(request).await {
        Ok(form) => form,
        Err(message) => return invalid_form(&message),
    };
    let (path, body) = match form.topic {
        Topic::VerifyEmail => ("/api/user/verify-email", json!({"oneTimeCode": form.code, "verificationId": form.id})),
        Topic::VerifyRegistration => ("/api/user/verify-registration", json!({"oneTimeCode": form.code, "verificationId": form.id})),
        Topic::ForgotPassword | Topic::SetPassword => {
            ("/api/user/change-password", json!({"changePasswordId": form.id, "password": form.password}))
        }
        Topic::TwoFactorCode | Topic::Passwordless | Topic::Chosen => return invalid_form("There is nothing to follow in this message."),
    };
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()));
    let Ok(request) = request else { return empty(StatusCode::INTERNAL_SERVER_ERROR) };
    let Ok(response) = api::router(emulator).oneshot(request).await;
    let status = response.status();
    if status.is_success() {
        return see_other(PATH);
    }
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
    let text = match status {
        StatusCode::NOT_FOUND => "The link was used already, or has expired.".into(),
        _ => String::from_utf8_lossy(&bytes),
    };
    page(status, "That did not work", &html! { pre { (text) } })
}

/// The text with its URLs as links. Administrators write the templates, but texts can contain user input, so only http and https URLs
/// become links.
fn with_links(text: &str) -> Markup {
    html! {
        @for word in text.split_inclusive(char::is_whitespace) {
            @let address = word.trim_end();
            @if address.starts_with("http://") || address.starts_with("https://") {
                a href=(address) { (address) } (word[address.len()..])
            } @else {
                (word)
            }
        }
    }
}

/// A form that does the same as the link in the message, even if no server runs at the link's URL.
fn follow_form(message: &Message) -> Markup {
    let (id, wants_password, button) = match message.topic {
        Topic::VerifyEmail => ("verificationId", false, "Verify the email"),
        Topic::VerifyRegistration => ("verificationId", false, "Verify the registration"),
        Topic::ForgotPassword => ("changePasswordId", true, "Change the password"),
        Topic::SetPassword => ("changePasswordId", true, "Set the password"),
        Topic::TwoFactorCode | Topic::Passwordless | Topic::Chosen => return Markup::default(),
    };
    html! {
        form method="post" action="/emulator/mail/follow" {
            input type="hidden" name="topic" value=(json!(message.topic).as_str().unwrap_or_default());
            input type="hidden" name="id" value=(message.values.get(id).map(String::as_str).unwrap_or_default());
            @if let Some(code) = message.values.get("verificationOneTimeCode") { input type="hidden" name="code" value=(code); }
            @if wants_password { label { "New password " input type="password" name="password" autocomplete="new-password"; } }
            p { button { (button) } }
        }
    }
}
