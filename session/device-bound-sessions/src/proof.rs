//! Proofs: the JWTs in which a browser signs a challenge.
//!
//! A proof has the type `dbsc+jwt` and the claim `jti`, which is the challenge. The proof of a registration also contains the public key
//! and the claim `authorization`. Chromium sends no other claims; unknown ones are accepted, and `exp`, `iat` and `aud` mean nothing,
//! because the challenge limits the time and the session of a proof.

use crate::identifiers::{Challenge, SessionId};
use crate::key::{Algorithm, PublicKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// The maximum length of a proof in bytes. A proof with an RSA key of 4,096 bits has about 2,200.
pub const MAX_PROOF_LENGTH: usize = 8_192;

/// A proof is not valid. At a registration, refuse it: the browser stays without a key. At a refresh, ask for another proof, because the
/// sender of this one must not be able to end the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The proof has more than [`MAX_PROOF_LENGTH`] bytes. No browser sends this.
    #[error("the proof is longer than {MAX_PROOF_LENGTH} bytes")]
    TooLong,
    /// The proof is no JWT, has no challenge of this server, or demands an extension of JWTs. No browser sends this.
    #[error("the proof is not a JWT with a challenge")]
    Malformed,
    /// The JWT has another type than `dbsc+jwt`, so it was made for another purpose.
    #[error("the JWT is not of the type dbsc+jwt")]
    Type,
    /// The algorithm was not offered, or is not that of the key. If browsers send this, offer more algorithms.
    #[error("the algorithm was not offered, or is not that of the key")]
    Algorithm,
    /// The proof of a registration has no key, or one of an unknown kind or a wrong length.
    #[error("the proof contains no usable public key")]
    Key,
    /// The signature is not that of the key. At a refresh, another device may have sent it.
    #[error("the signature is not that of the key")]
    Signature,
}

/// The proof of a registration. Its signature is that of the key in it; [`Session::register`](crate::Session::register) checks the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationProof {
    /// The new key.
    pub key: PublicKey,
    /// The challenge that the browser has signed.
    pub challenge: Challenge,
    /// The session id that the registration header contained.
    pub authorization: Option<SessionId>,
}

impl RegistrationProof {
    /// Verifies a proof with the key that it contains. `offered` are the algorithms of the registration header.
    ///
    /// # Errors
    /// The proof is not valid: refuse the registration.
    pub fn verify(text: &str, offered: &[Algorithm]) -> Result<Self, ProofError> {
        let jwt = Jwt::split(text)?;
        if !offered.iter().any(|it| it.name() == jwt.header.alg) {
            return Err(ProofError::Algorithm);
        }
        let key = PublicKey::deserialize(&jwt.header.jwk).map_err(|_| ProofError::Key)?;
        let Claims { jti, authorization } = jwt.claims(&key)?;
        Ok(Self { key, challenge: jti, authorization })
    }
}

/// Verifies the proof of a refresh with the key of the registration, and returns the challenge that the browser has signed. A key in the
/// proof is ignored.
///
/// # Errors
/// The proof is not valid: ask for another one.
pub fn verify_refresh(text: &str, key: &PublicKey) -> Result<Challenge, ProofError> {
    Ok(Jwt::split(text)?.claims(key)?.jti)
}

#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    typ: String,
    #[serde(default)]
    alg: String,
    #[serde(default)]
    jwk: serde_json::Value,
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    jti: Challenge,
    authorization: Option<SessionId>,
}

/// A JWT of the right type, in the parts of RFC 7515's compact serialization. The signature is not verified yet.
struct Jwt<'a> {
    header: Header,
    claims: &'a str,
    /// Header and claims, as they were signed.
    signed: &'a str,
    signature: &'a str,
}

impl<'a> Jwt<'a> {
    fn split(text: &'a str) -> Result<Self, ProofError> {
        if text.len() > MAX_PROOF_LENGTH {
            return Err(ProofError::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(ProofError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(ProofError::Malformed)?;
        let header: Header = from_base64(header)?;
        if header.crit.is_some() || claims.contains('.') {
            return Err(ProofError::Malformed);
        }
        if header.typ != "dbsc+jwt" {
            return Err(ProofError::Type);
        }
        Ok(Self { header, claims, signed, signature })
    }

    /// The claims, if `key` has signed them with its algorithm.
    fn claims(&self, key: &PublicKey) -> Result<Claims, ProofError> {
        if self.header.alg != key.algorithm().name() {
            return Err(ProofError::Algorithm);
        }
        let signature = URL_SAFE_NO_PAD.decode(self.signature).map_err(|_| ProofError::Malformed)?;
        if !key.has_signed(self.signed.as_bytes(), &signature) {
            return Err(ProofError::Signature);
        }
        from_base64(self.claims)
    }
}

fn from_base64<T: DeserializeOwned>(text: &str) -> Result<T, ProofError> {
    let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| ProofError::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| ProofError::Malformed)
}
