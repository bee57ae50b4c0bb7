//! Password hashes: Argon2id for new passwords, and some of FusionAuth's schemes for imported hashes.

use crate::state::{HashCounts, Random};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::num::NonZeroU32;

/// The cost is low: a hash takes a fraction of a millisecond, so that a kickstart file with many users runs at once. It also takes little
/// memory: with 4 MiB for each hash, the allocator kept 220 MB after eight parallel logins. OWASP recommends 19 MiB in production, where
/// the emulator never runs.
const MEMORY_KIB: u32 = 64;
const PASSES: u32 = 1;
const LANES: u32 = 1;
/// The limits of an imported hash's cost (PBKDF2 and bcrypt). A login with a costlier hash could take minutes.
const MOST_ROUNDS: u32 = 1_000_000;
const MOST_BCRYPT: u32 = 16;

/// A password could not be hashed. The parameters or the machine are at fault, never the password.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed")]
pub(crate) struct HashError;

/// The invalid member of an imported user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImportError {
    EncryptionScheme,
    Factor,
    Salt,
    Password,
}

/// Hashes a password. The result is in PHC format, which contains salt and cost.
pub(crate) async fn hash(password: String, random: &Random, counts: &HashCounts) -> Result<String, HashError> {
    let (salt, counts): ([u8; 16], _) = (random.bytes(), counts.clone());
    let hash = move || {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| HashError)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash: PasswordHash = argon.hash_password_with_salt(password.as_bytes(), &salt).map_err(|_| HashError)?;
        let hash = hash.to_string();
        counts.add(cost(&hash));
        Ok(hash)
    };
    tokio::task::spawn_blocking(hash).await.map_err(|_| HashError)?
}

/// Like [`hash`], for a user who may have no password.
pub(crate) async fn hash_if_any(password: Option<String>, random: &Random, counts: &HashCounts) -> Result<Option<String>, HashError> {
    match password {
        Some(password) => Ok(Some(hash(password, random, counts).await?)),
        None => Ok(None),
    }
}

/// Whether the password matches the hash.
pub(crate) async fn verify(password: String, hash: String, counts: &HashCounts) -> Result<bool, HashError> {
    let counts = counts.clone();
    let verify = move || {
        counts.add(cost(&hash));
        if let Some(hash) = hash.strip_prefix(PBKDF2_PREFIX) {
            return Pbkdf2::parse(hash).map(|it| it.accepts(&password)).ok_or(HashError);
        }
        if hash.starts_with("$2") {
            return bcrypt::verify(password, &hash).map_err(|_| HashError);
        }
        let hash = PasswordHash::new(&hash).map_err(|_| HashError)?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    };
    tokio::task::spawn_blocking(verify).await.map_err(|_| HashError)?
}

/// Like [`verify`], for a login. If `hash` is `None`, because the user is unknown or has no password, the function verifies a dummy hash of
/// the same cost, so that the response time does not reveal whether the user exists.
pub(crate) async fn verify_login(password: String, hash: Option<&str>, counts: &HashCounts) -> Result<bool, HashError> {
    let is_right = verify(password, hash.unwrap_or(UNKNOWN_USER).to_owned(), counts).await?;
    Ok(is_right && hash.is_some())
}

/// The beginning of a hash, which names its algorithm and cost: all but salt and result.
fn cost(hash: &str) -> &str {
    // bcrypt puts no `$` between salt and result.
    let secret_parts = if hash.starts_with("$2") { 1 } else { 2 };
    hash.rsplitn(secret_parts + 1, '$').nth(secret_parts).unwrap_or_default()
}

/// A dummy hash with the cost of a new hash. No known password matches it.
const UNKNOWN_USER: &str = "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Converts a hash of another system, from `POST /api/user/import`, into the form that [`verify`] reads: `salted-pbkdf2-hmac-sha256` and
/// its variants, and `bcrypt` (<https://fusionauth.io/docs/reference/password-hashes>). FusionAuth's MD5, plain SHA-256 and phpass are not
/// supported.
pub(crate) fn imported(scheme: &str, factor: Option<u32>, salt: Option<&str>, hash: &str) -> Result<String, ImportError> {
    if scheme == "bcrypt" {
        let cost = factor.filter(|it| (4..=MOST_BCRYPT).contains(it)).ok_or(ImportError::Factor)?;
        let salt = salt.filter(|it| is_bcrypt64(it, 22)).ok_or(ImportError::Salt)?;
        let hash = Some(hash).filter(|it| is_bcrypt64(it, 31)).ok_or(ImportError::Password)?;
        let whole = format!("$2a${cost:02}${salt}{hash}");
        return whole.parse::<bcrypt::HashParts>().map(|_| whole).map_err(|_| ImportError::Salt);
    }
    let variant = Variant::ALL.into_iter().find(|it| it.name() == scheme).ok_or(ImportError::EncryptionScheme)?;
    let rounds = factor.filter(|it| *it <= MOST_ROUNDS).and_then(NonZeroU32::new).ok_or(ImportError::Factor)?;
    let salt = STANDARD.decode(salt.unwrap_or_default()).ok().filter(|it| !it.is_empty()).ok_or(ImportError::Salt)?;
    let hash = STANDARD.decode(hash).ok().filter(|it| it.len() == variant.length()).ok_or(ImportError::Password)?;
    Ok(format!("{PBKDF2_PREFIX}{}", Pbkdf2 { variant, rounds, salt, hash }.to_text()))
}

const PBKDF2_PREFIX: &str = "$fusionauth$";

/// A PBKDF2 hash, stored as `scheme$rounds$salt$hash`.
struct Pbkdf2 {
    variant: Variant,
    rounds: NonZeroU32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Variant {
    Sha256,
    Sha256With512Bits,
    Sha512,
}

impl Variant {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha256With512Bits, Self::Sha512];

    const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "salted-pbkdf2-hmac-sha256",
            Self::Sha256With512Bits => "salted-pbkdf2-hmac-sha256-512",
            Self::Sha512 => "salted-pbkdf2-hmac-sha512-512",
        }
    }

    /// The hash's length in bytes.
    const fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha256With512Bits | Self::Sha512 => 64,
        }
    }

    const fn algorithm(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha256 | Self::Sha256With512Bits => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }
}

impl Pbkdf2 {
    fn accepts(&self, password: &str) -> bool {
        pbkdf2::verify(self.variant.algorithm(), self.rounds, &self.salt, password.as_bytes(), &self.hash).is_ok()
    }

    fn to_text(&self) -> String {
        format!("{}${}${}${}", self.variant.name(), self.rounds, STANDARD.encode(&self.salt), STANDARD.encode(&self.hash))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('$');
        let name = parts.next()?;
        Some(Self {
            variant: Variant::ALL.into_iter().find(|it| it.name() == name)?,
            rounds: parts.next()?.parse().ok()?,
            salt: STANDARD.decode(parts.next()?).ok()?,
            hash: STANDARD.decode(parts.next()?).ok()?,
        })
    }
}

fn is_bcrypt64(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"./".contains(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_unknown_user_costs_what_a_new_hash_does() {
        let counts = HashCounts::default();
        let new = hash("any".to_owned(), &Random::system(), &counts).await.unwrap();
        assert_eq!((cost(&new), new.len()), (cost(UNKNOWN_USER), UNKNOWN_USER.len()));
        assert!(!verify_login("any".to_owned(), None, &counts).await.unwrap());
        assert!(verify_login("any".to_owned(), Some(&new), &counts).await.unwrap());
        assert_eq!(counts.by_cost(), [("$argon2id$v=19$m=64,t=1,p=1".to_owned(), 3)].into());
    }

    #[test]
    fn a_cost_holds_neither_salt_nor_result() {
        for (hash, expected) in [
            (UNKNOWN_USER, "$argon2id$v=19$m=64,t=1,p=1"),
            ("$2a$10$abcdefghijklmnopqrstuv0123456789012345678901234567890", "$2a$10"),
            ("$fusionauth$salted-pbkdf2-hmac-sha256$24000$c2FsdA==$aGFzaA==", "$fusionauth$salted-pbkdf2-hmac-sha256$24000"),
        ] {
            assert_eq!(cost(hash), expected);
        }
    }
}
