//! The codes that an authenticator app shows: for any secret, and for the development account `twofactor@example.com`.

use totp_rs::{Algorithm, Secret, TOTP};

/// The secret of `twofactor@example.com`, `JBSWY3DPEHPK3PXP` in base32.
const SECRET: &[u8] = b"Hello!\xde\xad\xbe\xef";

/// The code that an app with this secret (in base32) shows now.
pub(crate) fn of(secret: &str) -> String {
    TOTP::new_unchecked(Algorithm::SHA1, 6, 0, 30, Secret::Encoded(secret.to_owned()).to_bytes().unwrap()).generate_current().unwrap()
}

/// The code that the account's authenticator app shows now (RFC 6238).
pub(crate) fn now() -> String {
    // Unchecked, because `TOTP::new` demands a longer secret.
    TOTP::new_unchecked(Algorithm::SHA1, 6, 0, 30, SECRET.to_vec()).generate_current().unwrap()
}
