use crate::http::query::Query;
use crate::http::{Refusal, json};
use crate::instance::Instance;
use crate::jwt::SigningKey;
use crate::{signing_keys, store};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Map, json};
use std::sync::Arc;

/// `GET /api/jwt/public-key`: all keys by `kid`, or the one of an application or of a `kid`
/// (<https://fusionauth.io/docs/apis/jwt>).
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/jwt/public-key", get(public_key))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    application_id: Option<String>,
    kid: Option<String>,
}

async fn public_key(State(instance): State<Arc<Instance>>, Query(parameters): Query<Parameters>) -> Result<Response, Refusal> {
    let database = &instance.database;
    let stored = match (parameters.application_id, parameters.kid) {
        (None, None) => {
            let mut keys = Map::new();
            for stored in store::signing_keys::all(database).await? {
                let key = SigningKey::from_store(stored)?;
                keys.insert(key.kid().to_owned(), json!(key.public_pem()?));
            }
            return Ok(json(StatusCode::OK, &json!({"publicKeys": keys})));
        }
        (_, Some(kid)) => store::signing_keys::by_kid(database, &kid).await?,
        (Some(id), None) => {
            let id = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
            let application = store::applications::by_id(database, id).await?.ok_or(StatusCode::NOT_FOUND)?;
            let tenant = store::tenants::by_id(database, application.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
            let key = signing_keys::of(&instance, &tenant, Some(&application)).await?;
            return Ok(json(StatusCode::OK, &json!({"publicKey": key.public_pem()?})));
        }
    };
    let key = SigningKey::from_store(stored.ok_or(StatusCode::NOT_FOUND)?)?;
    Ok(json(StatusCode::OK, &json!({"publicKey": key.public_pem()?})))
}
