//! Codes of authenticator apps, and recovery codes.

use crate::model::User;
use crate::state::{AppState, Random};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use totp_rs::{Algorithm, Secret, TOTP};

/// Whether the code is valid now for one of the user's authenticator apps; see [`is_totp`].
pub(crate) fn is_shown_by_app(emulator: &AppState, user: &User, code: &str) -> bool {
    let apps = user.two_factor.methods.iter().filter(|it| it.method == "authenticator");
    let mut secrets = apps.filter_map(|it| STANDARD.decode(it.secret.as_deref()?).ok());
    secrets.any(|secret| is_totp(secret, code, emulator.clock.now_ms()))
}

/// Whether the code belongs to the current 30 seconds, or to the 30 seconds before or after (RFC 6238 section 5.2 allows this for slow
/// users). Codes use SHA-1 and have six digits, because common authenticator apps expect that.
pub(crate) fn is_totp(secret: Vec<u8>, code: &str, now_ms: i64) -> bool {
    // `TOTP::new` would refuse secrets of less than 128 bits, which FusionAuth accepts.
    let totp = TOTP::new_unchecked(Algorithm::SHA1, 6, 1, 30, secret);
    // `check` subtracts 30 seconds, which would underflow in the first 30 seconds of 1970.
    u64::try_from(now_ms / 1_000).is_ok_and(|seconds| seconds >= 30 && totp.check(code, seconds))
}

/// The secret in the form that a user types into an authenticator app: base32 (RFC 4648 section 6) without padding.
pub(crate) fn to_base32(secret: &[u8]) -> String {
    Secret::Raw(secret.to_vec()).to_encoded().to_string()
}

/// The bytes of a secret in base32. Case, blanks, hyphens and padding do not matter.
pub(crate) fn from_base32(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|it| !" -=".contains(*it)).collect();
    Secret::Encoded(text.to_ascii_uppercase()).to_bytes().ok()
}

/// Ten codes such as `K7QX2-9MBTR`, each valid once.
pub(crate) fn recovery_codes(random: &Random) -> Vec<String> {
    let code = |_| {
        let text = to_base32(&random.bytes::<7>());
        format!("{}-{}", &text[..5], &text[5..10])
    };
    (0..10).map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of RFC 6238 appendix B. Those codes have eight digits, of which the test uses the last six.
    #[test]
    fn codes_are_those_of_the_rfc_and_live_for_one_step_before_and_after() {
        let accepts = |code: &str, seconds: i64| is_totp(b"12345678901234567890".to_vec(), code, seconds * 1_000);
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            assert!(accepts(code, seconds), "{code}");
        }
        for (seconds, accepted) in [(-60, false), (-30, true), (30, true), (60, false)] {
            assert_eq!(accepts("005924", 1_234_567_890 + seconds), accepted, "{seconds} s");
        }
        for wrong in ["", "05924", " 005924", "005924 ", "0005924", "abcdef"] {
            assert!(!accepts(wrong, 1_234_567_890), "{wrong}");
        }
    }

    #[test]
    fn secrets_are_read_as_people_type_them() {
        assert_eq!(from_base32("jbsw y3dp-ehpk3pxp=").unwrap(), b"Hello!\xde\xad\xbe\xef");
        assert_eq!(to_base32(b"Hello!\xde\xad\xbe\xef"), "JBSWY3DPEHPK3PXP");
        assert_eq!(from_base32("1"), None);
    }
}
