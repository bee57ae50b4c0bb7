//! `GET /.well-known/jwks.json`: all public keys, always 200. `GET /api/jwt/public-key`: all public keys as PEM, each under its `kid`, or
//! only the key of an application or with a `kid` (<https://fusionauth.io/docs/apis/jwt>).

use crate::database;
use crate::domain::{Refusal, signing_keys};
use crate::http::{Answer, Anyone, Query, Routes, json};
use crate::state::{AppState, SigningKey};
use axum::http::StatusCode;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) fn router() -> Routes {
    Routes::new().route("/.well-known/jwks.json", get(jwks)).route("/api/jwt/public-key", get(public_key))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    application_id: Option<String>,
    kid: Option<String>,
}

async fn jwks(Anyone(emulator): Anyone) -> Answer {
    let keys: Vec<Value> = all(&emulator).await?.iter().map(|it| it.jwk()).collect();
    Ok(json(StatusCode::OK, &json!({"keys": keys})))
}

async fn public_key(Anyone(emulator): Anyone, Query(query): Query<Parameters>) -> Answer {
    let key = match (query.application_id, query.kid) {
        (None, None) => {
            let mut keys = Map::new();
            for key in all(&emulator).await? {
                keys.insert(key.kid().to_owned(), json!(key.public_pem()?));
            }
            return Ok(json(StatusCode::OK, &json!({"publicKeys": keys})));
        }
        (_, Some(kid)) => {
            let stored = database::signing_keys::by_kid(&emulator.database, &kid).await?;
            signing_keys::parse(&emulator, stored.ok_or(StatusCode::NOT_FOUND)?)?
        }
        (Some(id), None) => {
            let id = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
            let application = database::applications::by_id(&emulator.database, id).await?.ok_or(StatusCode::NOT_FOUND)?;
            // "The application does not exist or has no public key" is 404, although the tenant's key signs for such an application.
            let own = Some(&application.jwt_configuration).filter(|it| it.enabled).and_then(|it| it.access_token_key_id);
            let key = own.ok_or(StatusCode::NOT_FOUND)?;
            let stored = database::signing_keys::by_id(&emulator.database, key).await?;
            signing_keys::parse(&emulator, stored.ok_or(StatusCode::NOT_FOUND)?)?
        }
    };
    Ok(json(StatusCode::OK, &json!({"publicKey": key.public_pem()?})))
}

async fn all(emulator: &AppState) -> Result<Vec<Arc<SigningKey>>, Refusal> {
    // If a tenant has signed nothing yet, its key may not exist. Backends ask for the keys before anybody signs in.
    for tenant in database::tenants::all(&emulator.database).await? {
        signing_keys::for_application(emulator, &tenant, None).await?;
    }
    let stored = database::signing_keys::all(&emulator.database).await?;
    stored.into_iter().map(|it| signing_keys::parse(emulator, it)).collect()
}
