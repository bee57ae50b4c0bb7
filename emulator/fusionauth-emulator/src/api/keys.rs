//! `/api/key` (<https://fusionauth.io/docs/apis/keys>). `POST /api/key/generate` and `POST /api/key/import`, with and without an id, create
//! keys; `GET`, `PUT` and `DELETE` with an id show, rename and delete one. The emulator signs only with RSA keys; it
//! just stores keys of other kinds.
//!
//! For a kickstart, the search for an RSA key's primes takes longer than all else. So the keys get their ids at once, and their key pairs
//! while the rest of the kickstart runs ([`generate_postponed`]).

use super::search::Criteria;
use crate::database::stored_resources::{self, Place};
use crate::database::{self, Written};
use crate::domain::{Refusal, required, signing_keys};
use crate::http::{Answer, AnswerUnread, Authorized, ExistingId, JsonBody, NewId, Routes, empty, json};
use crate::state::{AppState, OpaqueToken, SigningKey, public_pem_of_generated};
use aws_lc_rs::rsa::KeySize;
use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::PoisonError;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/key", get(list))
        .route("/api/key/search", get(search).post(search))
        .route("/api/key/generate", post(generate))
        .route("/api/key/generate/{keyId}", post(generate))
        .route("/api/key/import", post(import))
        .route("/api/key/import/{keyId}", post(import))
        .route("/api/key/{keyId}", get(retrieve).put(rename).delete(delete))
}

/// This type has no `Debug`, because it contains secrets.
#[derive(Deserialize)]
struct Body {
    key: Key,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    algorithm: Option<String>,
    certificate: Option<String>,
    issuer: Option<String>,
    kid: Option<String>,
    length: Option<u32>,
    name: Option<String>,
    private_key: Option<String>,
    public_key: Option<String>,
    secret: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

async fn generate(
    Authorized(emulator): Authorized,
    NewId(id): NewId,
    unread: Option<Extension<AnswerUnread>>,
    JsonBody(Body { key }): JsonBody<Body>,
) -> Answer {
    let (name, algorithm) = (required("key.name", key.name)?, required("key.algorithm", key.algorithm)?);
    let mut document = json!({"algorithm": algorithm, "issuer": key.issuer, "name": name});
    let mut pair = Pair::None;
    match algorithm.as_str() {
        "RS256" | "RS384" | "RS512" => {
            let length = key.length.unwrap_or(2048);
            let size = match length {
                2048 => KeySize::Rsa2048,
                3072 => KeySize::Rsa3072,
                4096 => KeySize::Rsa4096,
                _ => return Err(Refusal::field("invalid", "key.length", "expected 2048, 3072 or 4096.")),
            };
            document["length"] = json!(length);
            pair = if unread.is_some() { Pair::Postponed(size) } else { Pair::Known(signing_keys::generate(&emulator, size).await?) };
        }
        "HS256" | "HS384" | "HS512" => {
            document["secret"] = json!(OpaqueToken::generate(&emulator.random).expose());
            document["type"] = json!("HMAC");
        }
        _ => {
            let expected = || Refusal::field("invalid", "key.algorithm", "expected an algorithm of FusionAuth, such as RS256.");
            let public_key = public_pem_of_generated(&algorithm)?.ok_or_else(expected)?;
            document["publicKey"] = json!(public_key);
            document["type"] = json!(if algorithm == "Ed25519" { "OKP" } else { "EC" });
        }
    }
    document["hasPrivateKey"] = json!(document["type"] != "HMAC");
    store(&emulator, id, document, pair).await
}

async fn import(Authorized(emulator): Authorized, NewId(id): NewId, JsonBody(Body { key }): JsonBody<Body>) -> Answer {
    let name = required("key.name", key.name)?;
    let mut document = json!({
        "algorithm": key.algorithm, "certificate": key.certificate, "hasPrivateKey": key.private_key.is_some(), "issuer": key.issuer,
        "kid": key.kid, "length": key.length, "name": name, "publicKey": key.public_key, "secret": key.secret, "type": key.kind,
    });
    if ["certificate", "publicKey", "secret"].iter().all(|it| document[it].is_null()) && key.private_key.is_none() {
        return Err(Refusal::blank("key.privateKey"));
    }
    let imported = key.private_key.and_then(|pem| SigningKey::from_pem(&pem, key.kid));
    if imported.is_some() && document["algorithm"].is_null() {
        document["algorithm"] = json!("RS256");
    }
    store(&emulator, id, document, imported.map_or(Pair::None, Pair::Known)).await
}

/// Generates the key pairs that the kickstart has postponed.
pub(crate) async fn generate_postponed(emulator: &AppState) -> Result<(), Refusal> {
    let postponed = std::mem::take(&mut *emulator.postponed_keys.lock().unwrap_or_else(PoisonError::into_inner));
    for (id, size) in postponed {
        let pair = signing_keys::generate(emulator, size).await?;
        let mut transaction = emulator.database.begin().await?;
        let mut document = stored_resources::by_id(&mut *transaction, "key", id).await?.ok_or(StatusCode::NOT_FOUND)?;
        describe(&mut document, &pair)?;
        let _a_key_has_no_unique_name = stored_resources::update(&mut *transaction, "key", id, None, &document).await?;
        database::signing_keys::set(&mut *transaction, id, &pair).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// The key pair of a new key.
enum Pair {
    /// The emulator cannot sign with this key.
    None,
    Known(SigningKey),
    Postponed(KeySize),
}

/// Writes the public part of an RSA key into its document.
fn describe(document: &mut Value, pair: &SigningKey) -> Result<(), Refusal> {
    (document["kid"], document["publicKey"], document["type"]) = (json!(pair.kid()), json!(pair.public_pem()?), json!("RSA"));
    Ok(())
}

/// Stores a key, and answers with it.
async fn store(emulator: &AppState, id: Uuid, mut document: Value, pair: Pair) -> Answer {
    if let Pair::Known(pair) = &pair {
        describe(&mut document, pair)?;
    }
    let now = emulator.clock.now_ms();
    (document["id"], document["insertInstant"], document["lastUpdateInstant"]) = (json!(id), json!(now), json!(now));
    if document["kid"].is_null() {
        document["kid"] = json!(OpaqueToken::generate(&emulator.random).expose()[..10]);
    }
    let duplicate = || Refusal::field("duplicate", "key.id", "A key with this id or kid already exists.");
    let mut transaction = emulator.database.begin().await?;
    let (known, size) = match &pair {
        Pair::None => (None, None),
        Pair::Known(pair) => (Some(pair), None),
        Pair::Postponed(size) => (None, Some(*size)),
    };
    if !matches!(pair, Pair::None) {
        let name = document["name"].as_str().unwrap_or_default();
        let Written::Yes = database::signing_keys::insert(&mut *transaction, id, name, known, now).await? else { return Err(duplicate()) };
    }
    let place = Place { kind: "key", owner: "" };
    let Written::Yes = stored_resources::insert(&mut *transaction, place, id, None, &document).await? else { return Err(duplicate()) };
    transaction.commit().await?;
    emulator.postponed_keys.lock().unwrap_or_else(PoisonError::into_inner).extend(size.map(|size| (id, size)));
    Ok(answer(&document))
}

async fn list(Authorized(emulator): Authorized) -> Answer {
    Ok(json(StatusCode::OK, &json!({ "keys": all(&emulator).await? })))
}

async fn search(Authorized(emulator): Authorized, criteria: Criteria) -> Answer {
    Ok(criteria.answer("keys", all(&emulator).await?.into_iter().filter(|it| criteria.find(it)).collect()))
}

async fn all(emulator: &AppState) -> Result<Vec<Value>, Refusal> {
    Ok(stored_resources::all(&emulator.database, "key").await?.into_iter().map(without_secret).collect())
}

async fn retrieve(Authorized(emulator): Authorized, ExistingId(id): ExistingId) -> Answer {
    let key = stored_resources::by_id(&emulator.database, "key", id).await?.ok_or(StatusCode::NOT_FOUND)?;
    Ok(answer(&without_secret(key)))
}

/// Only the name of a key can be changed.
async fn rename(Authorized(emulator): Authorized, ExistingId(id): ExistingId, JsonBody(Body { key }): JsonBody<Body>) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let mut document = stored_resources::by_id(&mut *transaction, "key", id).await?.ok_or(StatusCode::NOT_FOUND)?;
    document["name"] = json!(required("key.name", key.name)?);
    document["lastUpdateInstant"] = json!(emulator.clock.now_ms());
    let _a_key_has_no_unique_name = stored_resources::update(&mut *transaction, "key", id, None, &document).await?;
    transaction.commit().await?;
    Ok(answer(&without_secret(document)))
}

async fn delete(Authorized(emulator): Authorized, ExistingId(id): ExistingId) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    if !stored_resources::delete(&mut *transaction, "key", id).await? {
        return Err(StatusCode::NOT_FOUND.into());
    }
    database::signing_keys::delete(&mut *transaction, id).await?;
    transaction.commit().await?;
    Ok(empty(StatusCode::OK))
}

fn answer(key: &Value) -> Response {
    json(StatusCode::OK, &json!({ "key": key }))
}

/// The key without its secret. Only the answer to the key's creation contains the secret.
fn without_secret(mut key: Value) -> Value {
    key["secret"] = Value::Null;
    key
}
