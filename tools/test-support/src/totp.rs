//! The codes that an authenticator app shows (RFC 6238).

use totp_rs::{Algorithm, Secret, TOTP};

/// The code that an app with this secret (in base32) shows now.
pub fn of(secret: &str) -> String {
    let key = Secret::Encoded(secret.to_owned()).to_bytes().unwrap();
    // Unchecked, because `TOTP::new` demands a longer secret than that of `twofactor@example.com`.
    TOTP::new_unchecked(Algorithm::SHA1, 6, 0, 30, key).generate_current().unwrap()
}

/// The code that the app of `twofactor@example.com` shows now.
pub fn now() -> String {
    of("JBSWY3DPEHPK3PXP")
}
