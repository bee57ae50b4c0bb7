//! One-time passwords, as an authenticator app shows them.

use totp_rs::{Algorithm, Secret, TOTP};

/// The current code for a base32 secret (RFC 6238: SHA-1, 30 s, six digits).
pub fn totp(secret: &str) -> anyhow::Result<String> {
    let key = Secret::Encoded(secret.to_owned()).to_bytes()?;
    // Unchecked, because the development account's secret has 80 bits and `TOTP::new` demands 128.
    Ok(TOTP::new_unchecked(Algorithm::SHA1, 6, 0, 30, key).generate_current()?)
}
