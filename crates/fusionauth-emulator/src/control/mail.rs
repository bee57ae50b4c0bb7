use super::html::{escaped, page};
use super::{bad_form, see_other, wants_html};
use crate::api;
use crate::http::form::form;
use crate::http::query::Query;
use crate::http::{empty, json};
use crate::instance::Instance;
use crate::mail::{Message, Topic};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use tower::ServiceExt;

/// `GET` and `DELETE /emulator/mail`: messages that FusionAuth would have sent, as a page with what they ask for one click
/// away, or as JSON; `?to=` and `?topic=` choose. `POST /emulator/mail/follow` is that click.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/emulator/mail", get(read).delete(clear)).route("/emulator/mail/follow", post(follow))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    to: Option<String>,
    topic: Option<String>,
}

/// No `Debug`: it holds a password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    topic: String,
    id: String,
    code: Option<String>,
    password: Option<String>,
}

async fn read(State(instance): State<Arc<Instance>>, headers: HeaderMap, Query(query): Query<Parameters>) -> Response {
    let chosen = |it: &Message| {
        query.to.as_deref().is_none_or(|to| it.to == to) && query.topic.as_deref().is_none_or(|topic| json!(it.topic) == topic)
    };
    let messages: Vec<Message> = instance.outbox.all().into_iter().filter(chosen).collect();
    if !wants_html(&headers) {
        return json(StatusCode::OK, &json!({"messages": messages}));
    }
    if messages.is_empty() {
        return page(StatusCode::OK, "Mail", "<p>No message was sent yet.</p>");
    }
    let articles: String = messages.iter().rev().map(article).collect();
    page(StatusCode::OK, "Mail", &articles)
}

async fn clear(State(instance): State<Arc<Instance>>) -> Response {
    instance.outbox.clear();
    empty(StatusCode::OK)
}

/// Does what a message asks for, through FusionAuth's own API.
async fn follow(State(instance): State<Arc<Instance>>, request: Request) -> Response {
    let form: Form = match form(request).await {
        Ok(form) => form,
        Err(message) => return bad_form(&message),
    };
    let (path, body) = match form.topic.as_str() {
        "verifyEmail" => ("/api/user/verify-email", json!({"oneTimeCode": form.code, "verificationId": form.id})),
        "verifyRegistration" => ("/api/user/verify-registration", json!({"oneTimeCode": form.code, "verificationId": form.id})),
        "forgotPassword" | "setPassword" => ("/api/user/change-password", json!({"changePasswordId": form.id, "password": form.password})),
        _ => return bad_form("There is nothing to follow."),
    };
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()));
    let Ok(request) = request else { return empty(StatusCode::INTERNAL_SERVER_ERROR) };
    let Ok(response) = api::endpoints().with_state(instance).oneshot(request).await;
    let status = response.status();
    if status.is_success() {
        return see_other("/emulator/mail");
    }
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
    let text = match status {
        StatusCode::NOT_FOUND => "The link was used already, or has expired.".to_owned(),
        _ => String::from_utf8_lossy(&bytes).into_owned(),
    };
    page(status, "That did not work", &format!("<pre>{}</pre>", escaped(&text)))
}

fn article(it: &Message) -> String {
    format!(
        "<article><h2>{}</h2><p>To {} from {}</p><pre>{}</pre>{}</article>",
        escaped(&it.subject),
        escaped(&it.to),
        escaped(&it.from),
        linked(&it.text),
        action(it)
    )
}

/// The text, its addresses as links. Templates are an administrator's, texts a stranger's: only http and https become links.
fn linked(text: &str) -> String {
    let word = |it: &str| {
        let escaped = escaped(it);
        let is_link = it.starts_with("http://") || it.starts_with("https://");
        if is_link { format!("<a href=\"{escaped}\">{escaped}</a>") } else { escaped }
    };
    text.split_inclusive(char::is_whitespace)
        .map(|it| {
            let end = it.trim_end().len();
            format!("{}{}", word(&it[..end]), escaped(&it[end..]))
        })
        .collect()
}

/// What to do here, whether or not the message's own link leads anywhere.
fn action(it: &Message) -> String {
    let hidden = |name: &str, value: &str| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value));
    let (topic, id, fields, button) = match it.topic {
        Topic::VerifyEmail => ("verifyEmail", it.values.get("verificationId"), "", "Verify the address"),
        Topic::VerifyRegistration => ("verifyRegistration", it.values.get("verificationId"), "", "Verify the registration"),
        Topic::ForgotPassword => ("forgotPassword", it.values.get("changePasswordId"), PASSWORD, "Change the password"),
        Topic::SetPassword => ("setPassword", it.values.get("changePasswordId"), PASSWORD, "Set the password"),
        Topic::TwoFactorCode => return String::new(),
    };
    let code = it.values.get("verificationOneTimeCode").map(|it| hidden("code", it)).unwrap_or_default();
    let (topic, id) = (hidden("topic", topic), hidden("id", id.map(String::as_str).unwrap_or_default()));
    format!("<form method=\"post\" action=\"/emulator/mail/follow\">{topic}{id}{code}{fields}<p><button>{button}</button></p></form>")
}

const PASSWORD: &str = "<label>New password <input type=\"password\" name=\"password\" autocomplete=\"new-password\"></label>";
