//! `POST /api/key/generate` with and without an id (<https://fusionauth.io/docs/apis/keys>): RSA keys for RS256.

use crate::database::{self, Written};
use crate::domain::{Refusal, signing_keys};
use crate::http::{ApiKey, JsonBody, NewId, json};
use crate::state::AppState;
use aws_lc_rs::rsa::KeySize;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/api/key/generate", post(generate)).route("/api/key/generate/{keyId}", post(generate))
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

async fn generate(
    _key: ApiKey,
    State(emulator): State<Arc<AppState>>,
    NewId(id): NewId,
    JsonBody(Body { key }): JsonBody<Body>,
) -> Result<Response, Refusal> {
    if key.algorithm != "RS256" {
        return Err(Refusal::field("invalid", "key.algorithm", "FusionAuth has others too; the emulator signs with RS256 only."));
    }
    let length = key.length.unwrap_or(2048);
    let size = match length {
        2048 => KeySize::Rsa2048,
        3072 => KeySize::Rsa3072,
        4096 => KeySize::Rsa4096,
        _ => return Err(Refusal::field("invalid", "key.length", "expected 2048, 3072 or 4096.")),
    };
    if key.name.trim().is_empty() {
        return Err(Refusal::field("blank", "key.name", "A key has a name."));
    }
    let (generated, now) = (signing_keys::generate(&emulator, size).await?, emulator.clock.now_ms());
    let Written::Yes = database::signing_keys::insert(&emulator.database, id, &key.name, &generated, now).await? else {
        return Err(Refusal::field("duplicate", "key.id", "There is a key with this id."));
    };
    let answer = json!({"key": {
        "algorithm": "RS256", "hasPrivateKey": true, "id": id, "insertInstant": now, "kid": generated.kid(),
        "length": length, "name": key.name, "publicKey": generated.public_pem()?, "type": "RSA",
    }});
    Ok(json(StatusCode::OK, &answer))
}
