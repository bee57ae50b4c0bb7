//! `POST` and `GET /api/email/template/{id}` (<https://fusionauth.io/docs/apis/emails>).

use crate::database::{self, Written};
use crate::domain::Refusal;
use crate::http::{ApiKey, ExistingId, JsonBody, NewId, json};
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/api/email/template/{emailTemplateId}", get(retrieve).post(create))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    email_template: Template,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Template {
    default_from_name: Option<String>,
    default_html_template: String,
    default_subject: String,
    default_text_template: String,
    from_email: Option<String>,
    localized_from_names: Option<Value>,
    localized_html_templates: Option<Value>,
    localized_subjects: Option<Value>,
    localized_text_templates: Option<Value>,
    name: String,
}

async fn create(
    _key: ApiKey,
    State(emulator): State<Arc<AppState>>,
    NewId(id): NewId,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let mut template = json!(body.email_template);
    template["id"] = json!(id);
    match database::email_templates::insert(&emulator.database, id, &template).await? {
        Written::Yes => Ok(json(StatusCode::OK, &json!({"emailTemplate": template}))),
        Written::Duplicate => Err(Refusal::field("duplicate", "emailTemplate.id", "There is a template with this id.")),
    }
}

async fn retrieve(_key: ApiKey, State(emulator): State<Arc<AppState>>, ExistingId(id): ExistingId) -> Result<Response, Refusal> {
    let template = database::email_templates::by_id(&emulator.database, id).await?.ok_or(StatusCode::NOT_FOUND)?;
    Ok(json(StatusCode::OK, &json!({"emailTemplate": template})))
}
