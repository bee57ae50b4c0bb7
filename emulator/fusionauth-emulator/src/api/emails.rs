//! `POST /api/email/send/{id}` (<https://fusionauth.io/docs/apis/emails#send-an-email>): fills a template, and sends it to users and to
//! other email addresses. `POST /api/email/template/preview` fills a template that need not be stored.

use crate::database;
use crate::domain::mail::{self, Context};
use crate::domain::{Refusal, users};
use crate::http::{Answer, Authorized, ExistingId, JsonBody, RequestTenant, Routes, TenantHeader, json};
use crate::model::{Application, User};
use crate::state::Topic;
use axum::http::StatusCode;
use axum::routing::post;
use fusionauth_api::errors::Errors;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/email/send/{emailTemplateId}", post(send)).route("/api/email/template/preview", post(preview))
}

/// This type has no `Debug`, because the data of a message may contain a code.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    application_id: Option<Uuid>,
    _bcc_addresses: Vec<String>,
    _cc_addresses: Vec<String>,
    /// The languages of the recipients in `to_addresses`. For users, the user's own `preferredLanguages` apply.
    preferred_languages: Vec<String>,
    request_data: Map<String, Value>,
    to_addresses: Vec<EmailAddress>,
    user_ids: Vec<Uuid>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PreviewBody {
    email_template: Map<String, Value>,
    locale: Option<String>,
}

#[derive(Deserialize)]
struct EmailAddress {
    address: String,
    #[serde(rename = "display")]
    _display: Option<String>,
}

async fn send(
    Authorized(emulator): Authorized,
    ExistingId(id): ExistingId,
    tenant: TenantHeader,
    JsonBody(body): JsonBody<Body>,
) -> Answer {
    let template = database::stored_resources::by_id(&emulator.database, "emailTemplate", id).await?.ok_or(StatusCode::NOT_FOUND)?;
    if body.to_addresses.is_empty() && body.user_ids.is_empty() {
        return Err(Refusal::blank("userIds"));
    }
    let (application, tenant) = tenant.resolve(&emulator, body.application_id).await?;
    let text = |value: Value| if let Value::String(text) = value { text } else { value.to_string() };
    let values: BTreeMap<String, String> = body.request_data.into_iter().map(|(name, value)| (name, text(value))).collect();
    let mut users = Vec::new();
    for id in body.user_ids {
        users.push(users::find(&emulator.database, id).await?);
    }
    let of_users = users.iter().filter_map(|user| Some((user.mailbox()?.to_owned(), Some(user))));
    for (to, user) in of_users.chain(body.to_addresses.into_iter().map(|it| (it.address, None))) {
        let context = Context { tenant: &tenant, application: application.as_ref(), user, values: values.clone(), state: None };
        let languages = match user {
            Some(user) => user.preferred_languages.as_deref().unwrap_or_default(),
            None => &body.preferred_languages,
        };
        mail::compose(&emulator, Topic::Chosen, to, Some(&template), languages, context);
    }
    Ok(json(StatusCode::ACCEPTED, &json!({})))
}

/// Fills a template with a sample user, application and ids. The parts that the request leaves out are empty.
async fn preview(Authorized(emulator): Authorized, RequestTenant(tenant): RequestTenant, JsonBody(body): JsonBody<PreviewBody>) -> Answer {
    let template = Value::Object(body.email_template);
    let mut user = User::default();
    (user.id, user.email) = (emulator.random.uuid(), Some("example@fusionauth.io".to_owned()));
    let languages: Vec<String> = body.locale.into_iter().collect();
    let mut application = Application::default();
    application.name = "Example".to_owned();
    let samples = ["changePasswordId", "code", "oneTimeCode", "verificationId", "verificationOneTimeCode"];
    let values = samples.map(|it| (it.to_owned(), "example".to_owned())).into();
    let context = Context { tenant: &tenant, application: Some(&application), user: Some(&user), values, state: Some(&json!({})) };
    let mail::Filled { from, from_name, subject, text, html, errors } = mail::filled(Topic::Chosen, Some(&template), &languages, &context);
    let mut of_parts = Errors::default();
    for (part, error) in errors {
        let field = format!("emailTemplate.{part}");
        of_parts.field_errors.extend(Errors::field(&field, &format!("[invalid]{field}"), &error).field_errors);
    }
    let from = json!({"address": from, "display": Some(from_name).filter(|it| !it.is_empty())});
    Ok(json(StatusCode::OK, &json!({"email": {"from": from, "html": html, "subject": subject, "text": text}, "errors": of_parts})))
}
