//! Password hashes: Argon2id for new passwords, and some of FusionAuth's schemes for imported hashes.

use crate::state::{HashCounts, Random};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::digest::{SHA256, SHA512, digest};
use aws_lc_rs::{hmac, pbkdf2};
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
        if let Some(hash) = hash.strip_prefix(PREFIX) {
            return is_hash_of(password.as_bytes(), hash).ok_or(HashError);
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

/// Converts a hash of another system, from `POST /api/user/import`, into the form that [`verify`] reads
/// (<https://fusionauth.io/docs/reference/password-hashes>).
pub(crate) fn imported(scheme: &str, factor: Option<u32>, salt: Option<&str>, hash: &str) -> Result<String, ImportError> {
    if scheme == "bcrypt" {
        let cost = factor.filter(|it| (4..=MOST_BCRYPT).contains(it)).ok_or(ImportError::Factor)?;
        let salt = salt.filter(|it| is_bcrypt64(it, 22)).ok_or(ImportError::Salt)?;
        let hash = Some(hash).filter(|it| is_bcrypt64(it, 31)).ok_or(ImportError::Password)?;
        let whole = format!("$2a${cost:02}${salt}{hash}");
        return whole.parse::<bcrypt::HashParts>().map(|_| whole).map_err(|_| ImportError::Salt);
    }
    let scheme = scheme_of(scheme).ok_or(ImportError::EncryptionScheme)?;
    let factor = if scheme == HMAC { Some(1) } else { factor };
    let rounds = factor.filter(|it| (1..=MOST_ROUNDS).contains(it)).ok_or(ImportError::Factor)?;
    // An empty salt is allowed (<https://fusionauth.io/docs/apis/users/import>).
    let salt = salt.filter(|it| is_phpass(scheme) || STANDARD.decode(it).is_ok()).ok_or(ImportError::Salt)?;
    let (salt, is_hash) = match pbkdf2_of(scheme) {
        Some((_, length)) => (salt.to_owned(), STANDARD.decode(hash).is_ok_and(|it| it.len() == length)),
        None => (STANDARD.encode(salt), !hash.is_empty() && !hash.contains('$')),
    };
    if is_hash { Ok(format!("{PREFIX}{scheme}${rounds}${salt}${hash}")) } else { Err(ImportError::Password) }
}

/// Whether FusionAuth has a scheme of this name.
pub(crate) fn is_scheme(name: &str) -> bool {
    name == "bcrypt" || scheme_of(name).is_some()
}

const PREFIX: &str = "$fusionauth$";

/// FusionAuth's schemes besides bcrypt. Their hashes are stored as `scheme$rounds$salt$hash`.
const SCHEMES: [&str; 8] = [
    "salted-md5",
    "salted-sha256",
    HMAC,
    "phpass-md5",
    PHPASS_SHA512,
    "salted-pbkdf2-hmac-sha256",
    "salted-pbkdf2-hmac-sha256-512",
    "salted-pbkdf2-hmac-sha512-512",
];
const HMAC: &str = "salted-hmac-sha256";
const PHPASS_SHA512: &str = "phppass-sha512";

/// The scheme with this name, as it is stored. FusionAuth's documentation spells one in two ways: the page about hashes `phppass-sha512`, the
/// page about imports `phpass-sha512`.
fn scheme_of(name: &str) -> Option<&'static str> {
    let name = if name == "phpass-sha512" { PHPASS_SHA512 } else { name };
    SCHEMES.into_iter().find(|it| *it == name)
}

fn is_phpass(scheme: &str) -> bool {
    scheme == "phpass-md5" || scheme == PHPASS_SHA512
}

/// The algorithm of PBKDF2, and the hash's length in bytes.
fn pbkdf2_of(scheme: &str) -> Option<(pbkdf2::Algorithm, usize)> {
    match scheme {
        "salted-pbkdf2-hmac-sha256" => Some((pbkdf2::PBKDF2_HMAC_SHA256, 32)),
        "salted-pbkdf2-hmac-sha256-512" => Some((pbkdf2::PBKDF2_HMAC_SHA256, 64)),
        "salted-pbkdf2-hmac-sha512-512" => Some((pbkdf2::PBKDF2_HMAC_SHA512, 64)),
        _ => None,
    }
}

fn digest_of(scheme: &str, bytes: &[u8]) -> Vec<u8> {
    match scheme {
        "salted-md5" | "phpass-md5" => md5::compute(bytes).to_vec(),
        PHPASS_SHA512 => digest(&SHA512, bytes).as_ref().to_vec(),
        _ => digest(&SHA256, bytes).as_ref().to_vec(),
    }
}

/// Whether the password has this stored hash, by the documentation's pseudocode. It does not say how MD5 and SHA-256 are encoded, so both
/// base64 and hexadecimal digits are accepted. `None` if the hash can't be read.
fn is_hash_of(password: &[u8], stored: &str) -> Option<bool> {
    let mut parts = stored.splitn(4, '$');
    let scheme = scheme_of(parts.next()?)?;
    let rounds: NonZeroU32 = parts.next()?.parse().ok()?;
    let (salt, hash) = (STANDARD.decode(parts.next()?).ok()?, parts.next()?);
    if let Some((algorithm, _)) = pbkdf2_of(scheme) {
        return Some(pbkdf2::verify(algorithm, rounds, &salt, password, &STANDARD.decode(hash).ok()?).is_ok());
    }
    let decoded = STANDARD.decode(&salt).unwrap_or_default();
    let result = match scheme {
        HMAC => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &decoded), password).as_ref().to_vec(),
        _ if is_phpass(scheme) => {
            let first = digest_of(scheme, &[&salt, password].concat());
            (0..rounds.get()).fold(first, |it, _| digest_of(scheme, &[&it, password].concat()))
        }
        _ => (0..rounds.get()).fold([password, &decoded].concat(), |it, _| digest_of(scheme, &it)),
    };
    let base64 = STANDARD.encode(&result);
    let hexadecimal: String = result.iter().map(|it| format!("{it:02x}")).collect();
    Some(match scheme {
        PHPASS_SHA512 => base64.get(..43) == Some(hash),
        "salted-md5" | "salted-sha256" => base64 == hash || hexadecimal.eq_ignore_ascii_case(hash),
        _ => base64 == hash,
    })
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

    /// The hashes are those of Python's hashlib, by the pseudocode of <https://fusionauth.io/docs/reference/password-hashes>.
    #[tokio::test]
    async fn every_documented_scheme_is_imported() {
        let counts = HashCounts::default();
        for (scheme, factor, salt, hash) in [
            ("salted-md5", Some(20), "c2FsdA==", "RtoGvZN/DTgSdwB67uPlKw=="),
            ("salted-sha256", Some(20), "c2FsdA==", "RL5+unAKqwoT6kQyiYwbRsgulgZtRSPecOfdts0ByTM="),
            ("salted-sha256", Some(1), "c2FsdA==", "7f7e7afd1210de92fa08ed061ba7abbfbb67819d01aab5d52edee66be6c5be5b"),
            ("salted-hmac-sha256", None, "c2FsdA==", "YSLcGCgn/0ITjGsG3WyfVZU1x7wE881NwWFBPzZF0wM="),
            ("phpass-md5", Some(8), "NaCl8", "GJhNE+BkxkxCPeDlJK5+oA=="),
            ("phppass-sha512", Some(8), "NaCl8", "d9EVN7WAZIvJwmcFIVzCtcugl5dTN4X+ttBtWU3rmL5"),
            ("phpass-sha512", Some(8), "NaCl8", "d9EVN7WAZIvJwmcFIVzCtcugl5dTN4X+ttBtWU3rmL5"),
        ] {
            let stored = imported(scheme, factor, Some(salt), hash).unwrap();
            for (password, expected) in [("a-password", true), ("another", false)] {
                assert_eq!(verify(password.to_owned(), stored.clone(), &counts).await.unwrap(), expected, "{scheme}");
            }
        }
        assert!(matches!(imported("salted-md5", None, Some("c2FsdA=="), "x"), Err(ImportError::Factor)));
        assert!(matches!(imported("salted-sha256", Some(1), Some("?"), "x"), Err(ImportError::Salt)));
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
