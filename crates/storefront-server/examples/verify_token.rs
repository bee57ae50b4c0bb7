//! The smallest backend that verifies FusionAuth's access tokens. `GET /api/notes` answers only users of one application.

use axum::extract::FromRequestParts;
use axum::http::{StatusCode, header, request::Parts};
use axum::{Json, Router, routing::get};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use reqwest::redirect::Policy;
use std::time::{Duration, Instant};
use std::{io, sync::Arc};
use tokio::{net::TcpListener, sync::Mutex};

const FUSIONAUTH: &str = "http://127.0.0.1:9011";
const ISSUER: &str = "demo.example";
const APPLICATION: &str = "40000000-0000-0000-0000-000000000001";

#[tokio::main]
async fn main() -> io::Result<()> {
    let router = Router::new().route("/api/notes", get(notes)).with_state(Keys::default());
    axum::serve(TcpListener::bind("127.0.0.1:3001").await?, router).await
}

async fn notes(user: User) -> Json<Vec<String>> {
    Json(vec![format!("Only {} can read this.", user.sub)])
}

/// The claims of a verified token. Without `applicationId` the user is not registered for the application, and decoding fails.
#[derive(serde::Deserialize)]
struct User {
    sub: String,
    #[serde(rename = "applicationId")]
    application_id: String,
}

impl FromRequestParts<Keys> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, keys: &Keys) -> Result<Self, StatusCode> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let token = header.and_then(|it| it.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
        verify(token, keys).await.ok_or(StatusCode::UNAUTHORIZED)
    }
}

async fn verify(token: &str, keys: &Keys) -> Option<User> {
    let mut expected = Validation::new(Algorithm::RS256); // never the algorithm that the token names
    expected.set_issuer(&[ISSUER]);
    expected.set_audience(&[APPLICATION]);
    expected.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    (expected.leeway, expected.validate_nbf) = (0, true);
    let header = decode_header(token).ok().filter(|it| it.crit.is_none())?;
    let key = public_key(&header.kid?, keys).await?;
    let user = decode::<User>(token, &key, &expected).ok()?.claims;
    (user.application_id == APPLICATION).then_some(user)
}

type Keys = Arc<Mutex<KeyCache>>;

#[derive(Default)]
struct KeyCache {
    set: Option<JwkSet>,
    asked: Option<Instant>,
}

/// FusionAuth may sign with a new key at any time. So an unknown key id makes the server fetch the keys again, at most every ten seconds.
async fn public_key(id: &str, keys: &Keys) -> Option<DecodingKey> {
    let mut cache = keys.lock().await;
    let is_known = cache.set.as_ref().is_some_and(|it| it.find(id).is_some());
    if !is_known && cache.asked.is_none_or(|it| it.elapsed() > Duration::from_secs(10)) {
        cache.asked = Some(Instant::now());
        // A redirect could lead to keys that are not FusionAuth's.
        let http = reqwest::Client::builder().timeout(Duration::from_secs(3)).redirect(Policy::none()).build().ok()?;
        let answer = http.get(format!("{FUSIONAUTH}/.well-known/jwks.json")).send().await.ok()?;
        cache.set = Some(answer.json().await.ok()?);
    }
    DecodingKey::from_jwk(cache.set.as_ref()?.find(id)?).ok()
}
