//! The test keys of `vectors/keys.json`. jsonwebtoken signs with them, so that the tests do not check this crate's code with itself.

use device_bound_sessions::PublicKey;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use std::{fmt, sync::LazyLock};

pub(crate) struct Key {
    pub(crate) jwk: Value,
    pub(crate) algorithm: Algorithm,
    private: EncodingKey,
}

pub(crate) struct Keys {
    pub(crate) p256: Key,
    pub(crate) other: Key,
    pub(crate) p384: Key,
    pub(crate) rsa: Key,
}

pub(crate) static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let keys: Value = serde_json::from_str(include_str!("../../vectors/keys.json")).unwrap();
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
    pub(crate) fn public(&self) -> PublicKey {
        serde_json::from_value(self.jwk.clone()).unwrap()
    }

    /// A JWT with any header and claims, which may contradict the key.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
        let signature = crypto::sign(message.as_bytes(), &self.private, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }

    /// The proof of a browser that registers this key.
    pub(crate) fn registration(&self, challenge: &str, authorization: &str) -> String {
        let header = json!({ "typ": "dbsc+jwt", "alg": self.algorithm, "jwk": self.jwk });
        self.sign(&header, &json!({ "jti": challenge, "authorization": authorization }))
    }

    /// The proof of a browser that refreshes a cookie.
    pub(crate) fn refresh(&self, challenge: &str) -> String {
        self.sign(&json!({ "typ": "dbsc+jwt", "alg": self.algorithm }), &json!({ "jti": challenge }))
    }
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}
