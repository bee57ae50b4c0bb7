//! Proofs of device-bound sessions, signed with the test keys of `vectors/keys.json`. jsonwebtoken signs them, so that the tests do not check
//! the code of `device-bound-sessions` with itself.

use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{fmt, sync::LazyLock};

pub struct Key {
    pub jwk: Value,
    pub algorithm: Algorithm,
    private: EncodingKey,
}

pub struct Keys {
    pub p256: Key,
    pub other: Key,
    pub p384: Key,
    pub rsa: Key,
}

pub static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let keys: Value = serde_json::from_str(include_str!("../../../session/device-bound-sessions/vectors/keys.json")).unwrap();
    let key = |name: &str, algorithm| {
        let pem = keys[name]["private"].as_str().unwrap().as_bytes();
        let private = if algorithm == Algorithm::RS256 { EncodingKey::from_rsa_pem(pem) } else { EncodingKey::from_ec_pem(pem) };
        Key { jwk: keys[name]["public"].clone(), algorithm, private: private.unwrap() }
    };
    Keys {
        p256: key("p256", Algorithm::ES256),
        other: key("p256_other", Algorithm::ES256),
        p384: key("p384", Algorithm::ES384),
        rsa: key("rsa", Algorithm::RS256),
    }
});

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.algorithm, self.jwk)
    }
}

impl Key {
    /// The public key, as the type of `device-bound-sessions`.
    pub fn public<T: DeserializeOwned>(&self) -> T {
        serde_json::from_value(self.jwk.clone()).unwrap()
    }

    /// A JWT with any header and claims, which may contradict the key.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
        let signature = crypto::sign(message.as_bytes(), &self.private, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }

    /// The proof of a browser that registers this key.
    pub fn registration(&self, challenge: &str, authorization: &str) -> String {
        let header = json!({ "typ": "dbsc+jwt", "alg": self.algorithm, "jwk": self.jwk });
        self.sign(&header, &json!({ "jti": challenge, "authorization": authorization }))
    }

    /// The proof of a browser that refreshes a cookie.
    pub fn refresh(&self, challenge: &str) -> String {
        self.sign(&json!({ "typ": "dbsc+jwt", "alg": self.algorithm }), &json!({ "jti": challenge }))
    }
}

pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}
