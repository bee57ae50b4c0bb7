//! RSA keys that sign and verify access tokens. RS256 is the only algorithm, so that no token's header can choose a weaker one.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use aws_lc_rs::{digest, error::Unspecified, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// An RSA key that signs tokens.
pub(crate) struct SigningKey {
    kid: String,
    pkcs8: Vec<u8>,
    pair: RsaKeyPair,
}

/// A key could not be generated or parsed, or a signature could not be computed. The caller is never the cause.
#[derive(Debug, thiserror::Error)]
#[error("a signing key does not work")]
pub(crate) struct KeyError;

impl From<Unspecified> for KeyError {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

impl SigningKey {
    pub(crate) fn generate(size: KeySize) -> Result<Self, KeyError> {
        let pair = RsaKeyPair::generate(size)?;
        let pkcs8 = AsDer::as_der(&pair)?.as_ref().to_vec();
        let kid = public_key_sha1(&pair)?;
        Ok(Self { kid, pkcs8, pair })
    }

    /// Parses a key that was stored.
    pub(crate) fn from_pkcs8(kid: String, pkcs8: Vec<u8>) -> Result<Self, KeyError> {
        let pair = RsaKeyPair::from_pkcs8(&pkcs8).map_err(|_| KeyError)?;
        Ok(Self { kid, pkcs8, pair })
    }

    /// The key in a PEM document, in PKCS#8 or PKCS#1, if it is an RSA key. If `kid` is absent, the key gets one, as a generated key
    /// does.
    pub(crate) fn from_pem(pem: &str, kid: Option<String>) -> Option<Self> {
        let base64: String = pem.lines().map(str::trim).filter(|it| !it.starts_with("-----")).collect();
        let der = STANDARD.decode(base64).ok()?;
        let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)).ok()?;
        let kid = kid.filter(|it| !it.is_empty()).or_else(|| public_key_sha1(&pair).ok())?;
        let pkcs8 = AsDer::as_der(&pair).ok()?.as_ref().to_vec();
        Some(Self { kid, pkcs8, pair })
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// Signs claims. `grants` are the OAuth grants that the token comes from (header `gty`); the Login API's tokens have none.
    pub(crate) fn sign(&self, claims: &Value, grants: &[&str]) -> Result<String, KeyError> {
        let mut header = json!({"alg": "RS256", "kid": self.kid, "typ": "JWT"});
        if !grants.is_empty() {
            header["gty"] = json!(grants);
        }
        let mut token = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)?;
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Ok(token)
    }

    /// The token's claims, if this key signed it and it has not expired.
    pub(crate) fn verify(&self, token: &str, now_seconds: i64) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        if header["alg"] != "RS256" {
            return None;
        }
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key().as_ref());
        key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        (claims["exp"].as_i64()? > now_seconds).then_some(claims)
    }

    /// The public key as a member of a JWKS. It has no `x5c` and `x5t`, because there is no certificate.
    pub(crate) fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        json!({
            "alg": "RS256",
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            "kid": self.kid,
            "kty": "RSA",
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "use": "sig",
        })
    }

    pub(crate) fn public_pem(&self) -> Result<String, KeyError> {
        Ok(public_pem(AsDer::as_der(self.pair.public_key())?.as_ref()))
    }
}

/// Generates a key pair and returns only the public key, because the emulator signs nothing with such keys. `None` for an algorithm
/// without key pairs.
pub(crate) fn public_pem_of_generated(algorithm: &str) -> Result<Option<String>, KeyError> {
    let curve = match algorithm {
        "ES256" => &ECDSA_P256_SHA256_ASN1_SIGNING,
        "ES384" => &ECDSA_P384_SHA384_ASN1_SIGNING,
        "ES512" => &ECDSA_P521_SHA512_ASN1_SIGNING,
        "Ed25519" => return Ok(Some(public_pem(AsDer::as_der(Ed25519KeyPair::generate()?.public_key())?.as_ref()))),
        _ => return Ok(None),
    };
    Ok(Some(public_pem(AsDer::as_der(EcdsaKeyPair::generate(curve)?.public_key())?.as_ref())))
}

fn public_pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = (0..base64.len()).step_by(64).map(|at| &base64[at..base64.len().min(at + 64)]).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", lines.join("\n"))
}

/// Signs claims with the secret of an HMAC key. `None` if the algorithm is another one.
pub(crate) fn sign_with_secret(algorithm: &str, kid: &str, secret: &str, claims: &Value) -> Option<String> {
    let hash = match algorithm {
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => return None,
    };
    let header = json!({"alg": algorithm, "kid": kid, "typ": "JWT"});
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = hmac::sign(&hmac::Key::new(hash, secret.as_bytes()), signed.as_bytes());
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// The `kid` in a token's header, which is not verified.
pub(crate) fn key_id(token: &str) -> Option<String> {
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?).ok()?;
    Some(header["kid"].as_str()?.to_owned())
}

/// A `kid` of 27 characters as FusionAuth's RSA keys have: base64url of a SHA-1, here of the public key.
fn public_key_sha1(pair: &RsaKeyPair) -> Result<String, KeyError> {
    let der = AsDer::as_der(pair.public_key())?;
    Ok(URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der.as_ref())))
}
