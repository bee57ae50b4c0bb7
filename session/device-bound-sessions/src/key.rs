//! The public key of a device, and the algorithms of its signatures.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// An algorithm of signatures. The specification also allows `none`, which proves nothing, so it is missing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
}

impl Algorithm {
    /// The name in headers and proofs.
    pub fn name(self) -> &'static str {
        match self {
            Self::ES256 => "ES256",
            Self::RS256 => "RS256",
        }
    }
}

/// The public key of a device: on P-256, or RSA with 2,048 to 8,192 bits. As JSON it is a JWK (RFC 7517).
///
/// The key alone determines the algorithm of its signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Jwk", into = "Jwk")]
pub struct PublicKey(Parts);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Parts {
    /// The uncompressed point: 4, then both coordinates.
    P256([u8; 65]),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

impl PublicKey {
    /// The algorithm of the key's signatures.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Parts::P256(_) => Algorithm::ES256,
            Parts::Rsa { .. } => Algorithm::RS256,
        }
    }

    /// Whether `signature` is the key's signature of `message`. False for a point that is not on the curve, and for an unusable exponent.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match &self.0 {
            Parts::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature),
            Parts::Rsa { n, e } => RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
        };
        verified.is_ok()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kty")]
enum Jwk {
    #[serde(rename = "EC")]
    Ec { crv: Curve, x: String, y: String },
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
}

#[derive(Serialize, Deserialize)]
enum Curve {
    #[serde(rename = "P-256")]
    P256,
}

impl TryFrom<Jwk> for PublicKey {
    type Error = &'static str;

    fn try_from(jwk: Jwk) -> Result<Self, &'static str> {
        let decode = |text: String| URL_SAFE_NO_PAD.decode(text).map_err(|_| "a part of the key is not base64url");
        Ok(Self(match jwk {
            Jwk::Ec { crv: Curve::P256, x, y } => {
                let (x, y) = (decode(x)?, decode(y)?);
                let mut point = [4; 65];
                if x.len() != 32 || y.len() != 32 {
                    return Err("a coordinate on P-256 has 32 bytes");
                }
                point[1..33].copy_from_slice(&x);
                point[33..].copy_from_slice(&y);
                Parts::P256(point)
            }
            Jwk::Rsa { n, e } => {
                let (n, e) = (decode(n)?, decode(e)?);
                let is_canonical = |number: &[u8]| number.first().is_some_and(|first| *first != 0);
                if !is_canonical(&n) || !is_canonical(&e) || !(256..=1_024).contains(&n.len()) || e.len() > 4 {
                    return Err("an RSA key has a modulus of 256 to 1,024 bytes and an exponent of 1 to 4, without leading zeros");
                }
                Parts::Rsa { n, e }
            }
        }))
    }
}

impl From<PublicKey> for Jwk {
    fn from(key: PublicKey) -> Self {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match key.0 {
            Parts::P256(point) => Self::Ec { crv: Curve::P256, x: encode(&point[1..33]), y: encode(&point[33..]) },
            Parts::Rsa { n, e } => Self::Rsa { n: encode(&n), e: encode(&e) },
        }
    }
}
