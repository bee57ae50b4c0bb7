//! Password hashes: Argon2id.

use crate::Random;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// 4 MiB, 2 passes, 1 lane: some milliseconds, so that a kickstart with many users still starts in a second. That is less
/// than OWASP asks of a production system (19 MiB), which this is not.
const MEMORY_KIB: u32 = 4 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A password could not be hashed: the parameters or the machine are at fault, never the password.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed")]
pub(crate) struct HashError;

/// The hash in PHC form, with its salt and cost.
pub(crate) async fn hash(password: String, random: &Random) -> Result<String, HashError> {
    let salt: [u8; 16] = random.bytes();
    let hash = move || {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| HashError)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash: PasswordHash = argon.hash_password_with_salt(password.as_bytes(), &salt).map_err(|_| HashError)?;
        Ok(hash.to_string())
    };
    tokio::task::spawn_blocking(hash).await.map_err(|_| HashError)?
}

pub(crate) async fn verify(password: String, hash: String) -> Result<bool, HashError> {
    let verify = move || {
        let hash = PasswordHash::new(&hash).map_err(|_| HashError)?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    };
    tokio::task::spawn_blocking(verify).await.map_err(|_| HashError)?
}
