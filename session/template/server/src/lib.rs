//! The backend. `GET /api/notes` answers only users of one application. Every path outside of `/api` is a file of the app, or its page.

use axum::extract::FromRequestParts;
use axum::http::{StatusCode, header, request::Parts};
use axum::routing::{any, get};
use axum::{Json, Router};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use std::time::{Duration, Instant};
use std::{path::Path, sync::Arc};
use tokio::sync::Mutex;
use tower_http::services::{ServeDir, ServeFile};

/// The FusionAuth and the application whose tokens the backend accepts.
#[derive(Clone)]
pub struct Settings {
    /// FusionAuth's URL as this server sees it.
    pub fusionauth_url: String,
    pub issuer: String,
    pub application_id: String,
}

/// The API, and the app in the folder `dist`.
pub fn router(settings: Settings, dist: &Path) -> Router {
    let page = ServeFile::new(dist.join("index.html"));
    Router::new()
        .route("/api/notes", get(notes))
        .route("/api/{*path}", any(StatusCode::NOT_FOUND))
        .fallback_service(ServeDir::new(dist).fallback(page))
        .with_state(Arc::new(Verifier { settings, keys: Mutex::default() }))
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
    email_verified: Option<bool>,
    #[serde(rename = "authenticationType")]
    authentication_type: Option<String>,
}

impl FromRequestParts<Arc<Verifier>> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, verifier: &Arc<Verifier>) -> Result<Self, StatusCode> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let token = header.and_then(|it| it.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
        let user = verifier.verify(token).await.ok_or(StatusCode::UNAUTHORIZED)?;
        // Anybody can register with the email of somebody else. Remove this line if your application does not rely on emails.
        if user.email_verified == Some(false) { Err(StatusCode::FORBIDDEN) } else { Ok(user) }
    }
}

struct Verifier {
    settings: Settings,
    keys: Mutex<KeyCache>,
}

#[derive(Default)]
struct KeyCache {
    set: Option<JwkSet>,
    asked: Option<Instant>,
}

impl Verifier {
    async fn verify(&self, token: &str) -> Option<User> {
        let mut expected = Validation::new(Algorithm::RS256); // never the algorithm that the token names
        expected.set_issuer(&[&self.settings.issuer]);
        expected.set_audience(&[&self.settings.application_id]);
        expected.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        (expected.leeway, expected.validate_nbf) = (0, true);
        let header = decode_header(token).ok().filter(|it| it.crit.is_none())?;
        // The type of the token. Identity tokens have another one; older versions of FusionAuth name none.
        if header.extras.get::<String>("tty").ok()?.is_some_and(|it| it != "at") {
            return None;
        }
        let key = self.public_key(&header.kid?).await?;
        let user = decode::<User>(token, &key, &expected).ok()?.claims;
        // FusionAuth exchanges any valid access token for such a one (`GET /api/jwt/issue`), which a sign-out does not end.
        let is_exchanged = user.authentication_type.as_deref() == Some("JWT_SSO");
        (user.application_id == self.settings.application_id && !is_exchanged).then_some(user)
    }

    /// FusionAuth may sign with a new key at any time. So an unknown key id makes the server fetch the keys again, at most every ten seconds.
    async fn public_key(&self, id: &str) -> Option<DecodingKey> {
        let mut cache = self.keys.lock().await;
        let is_known = cache.set.as_ref().is_some_and(|it| it.find(id).is_some());
        if !is_known && cache.asked.is_none_or(|it| it.elapsed() > Duration::from_secs(10)) {
            cache.asked = Some(Instant::now());
            // A redirect could lead to keys that are not FusionAuth's.
            let http = reqwest::Client::builder().timeout(Duration::from_secs(3)).redirect(reqwest::redirect::Policy::none());
            let url = format!("{}/.well-known/jwks.json", self.settings.fusionauth_url);
            cache.set = Some(http.build().ok()?.get(url).send().await.ok()?.json().await.ok()?);
        }
        DecodingKey::from_jwk(cache.set.as_ref()?.find(id)?).ok()
    }
}
