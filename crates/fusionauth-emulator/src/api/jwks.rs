use crate::http::{Refusal, json};
use crate::instance::Instance;
use crate::jwt::SigningKey;
use crate::store;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;

/// `GET /.well-known/jwks.json`: the public keys, always 200.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/.well-known/jwks.json", get(jwks))
}

async fn jwks(State(instance): State<Arc<Instance>>) -> Result<Response, Refusal> {
    let mut keys = Vec::new();
    for stored in store::signing_keys::all(&instance.database).await? {
        keys.push(SigningKey::from_store(stored)?.jwk());
    }
    Ok(json(StatusCode::OK, &json!({"keys": keys})))
}
