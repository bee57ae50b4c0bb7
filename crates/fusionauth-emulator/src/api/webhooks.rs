//! `/api/webhook` (<https://fusionauth.io/docs/apis/webhooks>): `POST` makes a webhook, `GET` lists them, `DELETE` removes one. Every
//! webhook receives the events of all tenants.

use crate::database::{self, Written};
use crate::domain::{Refusal, required};
use crate::http::{ApiKey, ExistingId, JsonBody, NewId, empty, json};
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/api/webhook", get(list).post(create)).route("/api/webhook/{webhookId}", post(create).delete(delete))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    webhook: Webhook,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Webhook {
    url: Option<String>,
    #[serde(default)]
    events_enabled: BTreeMap<String, bool>,
    signature_configuration: Option<SignatureConfiguration>,
    connect_timeout: Option<u32>,
    read_timeout: Option<u32>,
    description: Option<String>,
    #[serde(default)]
    global: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignatureConfiguration {
    enabled: bool,
    signing_key_id: Option<Uuid>,
}

async fn create(
    _key: ApiKey,
    State(emulator): State<Arc<AppState>>,
    NewId(id): NewId,
    JsonBody(Body { webhook }): JsonBody<Body>,
) -> Result<Response, Refusal> {
    required("webhook.url", webhook.url.clone())?;
    if let Some(key) = webhook.signature_configuration.as_ref().filter(|it| it.enabled).map(|it| it.signing_key_id) {
        let key = key.ok_or_else(|| Refusal::blank("webhook.signatureConfiguration.signingKeyId"))?;
        if database::signing_keys::by_id(&emulator.database, key).await?.is_none() {
            return Err(Refusal::field("invalid", "webhook.signatureConfiguration.signingKeyId", "There is no key with this id."));
        }
    }
    let mut webhook = json!(webhook);
    webhook["id"] = json!(id);
    match database::webhooks::insert(&emulator.database, id, &webhook).await? {
        Written::Yes => Ok(json(StatusCode::OK, &json!({ "webhook": webhook }))),
        Written::Duplicate => Err(Refusal::field("duplicate", "webhook.id", "There is a webhook with this id.")),
    }
}

async fn list(_key: ApiKey, State(emulator): State<Arc<AppState>>) -> Result<Response, Refusal> {
    let webhooks: Vec<Value> = database::webhooks::all(&emulator.database).await?;
    Ok(json(StatusCode::OK, &json!({ "webhooks": webhooks })))
}

async fn delete(_key: ApiKey, State(emulator): State<Arc<AppState>>, ExistingId(id): ExistingId) -> Result<Response, Refusal> {
    if !database::webhooks::delete(&emulator.database, id).await? {
        return Err(StatusCode::NOT_FOUND.into());
    }
    Ok(empty(StatusCode::OK))
}
