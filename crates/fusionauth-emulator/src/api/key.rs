use crate::http::{ApiKey, JsonBody, Refusal, json};
use crate::instance::Instance;
use crate::signing_keys;
use aws_lc_rs::rsa::KeySize;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// `POST /api/key/generate` with and without an id (<https://fusionauth.io/docs/apis/keys>): RSA keys for RS256.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/key/generate", post(generate_without_id)).route("/api/key/generate/{id}", post(generate_with_id))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    key: Key,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    algorithm: String,
    #[serde(default)]
    length: Option<u32>,
    name: String,
    #[serde(default, rename = "issuer")]
    _issuer: Option<String>,
}

async fn generate_without_id(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    respond(&instance, instance.random.uuid(), body).await
}

async fn generate_with_id(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let id = id.parse().map_err(|_| Refusal::field("couldNotConvert", "keyId", "This is no UUID."))?;
    respond(&instance, id, body).await
}

async fn respond(instance: &Instance, id: Uuid, Body { key }: Body) -> Result<Response, Refusal> {
    if key.algorithm != "RS256" {
        return Err(Refusal::field("invalid", "key.algorithm", "FusionAuth has others too; the emulator signs with RS256 only."));
    }
    let size = match key.length.unwrap_or(2048) {
        2048 => KeySize::Rsa2048,
        3072 => KeySize::Rsa3072,
        4096 => KeySize::Rsa4096,
        _ => return Err(Refusal::field("invalid", "key.length", "expected 2048, 3072 or 4096.")),
    };
    if key.name.trim().is_empty() {
        return Err(Refusal::field("blank", "key.name", "A key has a name."));
    }
    let made = signing_keys::generate(instance, id, &key.name, size).await?;
    let made = made.ok_or_else(|| Refusal::field("duplicate", "key.id", "There is a key with this id."))?;
    let answer = json!({"key": {
        "algorithm": "RS256", "hasPrivateKey": true, "id": id, "insertInstant": instance.clock.now_ms(), "kid": made.kid(),
        "length": key.length.unwrap_or(2048), "name": key.name, "publicKey": made.public_pem()?, "type": "RSA",
    }});
    Ok(json(StatusCode::OK, &answer))
}
