//! `GET /emulator/mail` shows the messages that FusionAuth would have sent, as JSON or as a page. The page has a link
//! for each message with a link, such as "Verify the email". `?to=`, `?topic=` and `?after=` select messages, and `?waitSeconds=` waits for
//! one. `DELETE` deletes all messages.

use super::state::Control;
use crate::http::page::{page, path_of, wants_html};
use crate::http::{Query, empty, json};
use crate::state::{AppState, Message, Topic};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const PATH: &str = "/emulator/mail";

pub(super) fn router() -> Router<Control> {
    Router::new().route(PATH, get(list).delete(clear))
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
                p { "To " (message.to) " from " (message.from_name) " " (message.from) }
                div.parts {
                    pre { (with_links(&message.text)) }
                    @if !message.html.is_empty() { (html_part(message)) }
                }
                (own_link(message))
            }
        }
    };
    page(StatusCode::OK, "Mail", &content)
}

/// The HTML of a message, in a frame without scripts, forms or an origin. The frame has the page's content security policy, too. Its links
/// open new tabs.
fn html_part(message: &Message) -> Markup {
    let in_tabs = message.html.replacen("<head>", "<head><base target=\"_blank\">", 1);
    html! {
        iframe title={ "HTML: " (message.subject) } sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc=(in_tabs) {}
    }
}

async fn clear(State(emulator): State<Arc<AppState>>) -> Response {
    emulator.sent_messages.clear();
    empty(StatusCode::OK)
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

/// A link to the emulator's own page for what the message asks, because no server may run at the URL in the message.
fn own_link(message: &Message) -> Markup {
    let (path, id, text) = match message.topic {
        Topic::VerifyEmail => ("/email/verify", "verificationId", "Verify the email"),
        Topic::VerifyRegistration => ("/registration/verify", "verificationId", "Verify the registration"),
        Topic::ForgotPassword => ("/password/change", "changePasswordId", "Change the password"),
        Topic::SetPassword => ("/password/change", "changePasswordId", "Set the password"),
        _ => return Markup::default(),
    };
    let Some(id) = message.values.get(id) else { return Markup::default() };
    html! { p { a href=(path_of(path, id)) { (text) } } }
}
