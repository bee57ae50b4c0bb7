//! A stand-in for FusionAuth that publishes a key. A test can sign any claims with the key, including invalid claims that a real FusionAuth
//! (or the emulator) would not sign.

use aws_lc_rs::{encoding::AsDer, rsa::KeySize, signature::KeyPair};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

pub use crate::kickstart::{FORUMS, SECOND, SHOPPER, STORE};

/// A key pair and the id under which it is published.
pub struct Key {
    pub id: &'static str,
    pub signing: EncodingKey,
    pub public_der: Vec<u8>,
}

/// The key that FusionAuth publishes. All tests share the key, because its generation is slow.
pub static KEY: LazyLock<Key> = LazyLock::new(|| Key::generate("key-one"));
/// An attacker's key, or FusionAuth's key after a rotation.
pub static OTHER_KEY: LazyLock<Key> = LazyLock::new(|| Key::generate("key-two"));

impl Key {
    fn generate(id: &'static str) -> Self {
        let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8 = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der>::as_der(&pair).unwrap();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(pkcs8.as_ref()));
        Self { id, signing: EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(), public_der: pair.public_key().as_ref().to_vec() }
    }

    pub fn published(&self) -> Value {
        let mut key = serde_json::to_value(Jwk::from_encoding_key(&self.signing, Algorithm::RS256).unwrap()).unwrap();
        key["kid"] = json!(self.id);
        key["use"] = json!("sig");
        key
    }

    /// Signs these claims with RS256.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&Header { kid: Some(self.id.to_owned()), ..Header::new(Algorithm::RS256) }, claims)
    }

    pub fn sign_with(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.signing).unwrap()
    }
}

/// The claims of a valid token that expires in five minutes.
pub fn claims(user_id: &str, audience: &str) -> Value {
    json!({
        "iss": "storefront.example",
        "aud": audience,
        "applicationId": audience,
        "sub": user_id,
        "email": if user_id == SHOPPER { "shopper@example.com" } else { "second.person@example.com" },
        "iat": now(),
        "exp": now() + 300,
    })
}

/// A valid token.
pub fn token(user_id: &str, audience: &str) -> String {
    KEY.sign(&claims(user_id, audience))
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A server with a JWKS that a test can change. The server records each fetch.
#[derive(Clone)]
pub struct Issuer {
    pub url: String,
    keys: Arc<Mutex<Vec<Value>>>,
    user_agents: Arc<Mutex<Vec<String>>>,
    failing: Arc<AtomicBool>,
}

impl Issuer {
    /// Publishes [`KEY`].
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            keys: Arc::new(Mutex::new(vec![KEY.published()])),
            user_agents: Arc::default(),
            failing: Arc::default(),
        };
        let router = Router::new().route("/.well-known/jwks.json", get(jwks)).with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    pub fn publish(&self, keys: Vec<Value>) {
        *self.keys.lock().unwrap() = keys;
    }

    /// Sets whether the server answers 500.
    pub fn fail(&self, failing: bool) {
        self.failing.store(failing, Ordering::SeqCst);
    }

    /// The `User-Agent` of every fetch so far.
    pub fn fetches(&self) -> Vec<String> {
        self.user_agents.lock().unwrap().clone()
    }
}

async fn jwks(State(issuer): State<Issuer>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    if issuer.failing.load(Ordering::SeqCst) {
        return Err(StatusCode::INTERNAL_SERVER_ERROR);
    }
    issuer.user_agents.lock().unwrap().push(headers["user-agent"].to_str().unwrap().to_owned());
    Ok(Json(json!({ "keys": *issuer.keys.lock().unwrap() })))
}
