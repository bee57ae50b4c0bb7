//! Codes of authenticator apps: RFC 6238 with SHA-1, 30 seconds and six digits, as every app makes them.

use aws_lc_rs::hmac;

const STEP_SECONDS: i64 = 30;

/// Whether the code is that of now, or of one step earlier or later (RFC 6238 section 5.2 allows for a slow person).
pub(crate) fn accepts(secret: &[u8], code: &str, now_seconds: i64) -> bool {
    let now = now_seconds.div_euclid(STEP_SECONDS);
    [now, now - 1, now + 1].into_iter().any(|step| self::code(secret, step) == code)
}

fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    // RFC 4226 section 5.3: the last four bits say where the code's 31 bits begin.
    let at = usize::from(tag[tag.len() - 1] & 0x0f);
    let bits = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:06}", bits % 1_000_000)
}

/// The secret as a person types it into an app (RFC 4648 section 6), without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let group = |bytes: &[u8]| {
        let bits = bytes.iter().enumerate().fold(0_u64, |it, (index, byte)| it | u64::from(*byte) << (32 - 8 * index));
        let letters = (bytes.len() * 8).div_ceil(5);
        (0..letters).map(move |index| char::from(ALPHABET[(bits >> (35 - 5 * index) & 31) as usize])).collect::<String>()
    };
    bytes.chunks(5).map(group).collect()
}

/// The bytes of a secret in base32; case, blanks and padding do not matter.
pub(crate) fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes().filter(|it| !b" -=".contains(it)) {
        let value = ALPHABET.iter().position(|it| *it == letter.to_ascii_uppercase())?;
        bits = bits << 5 | u32::try_from(value).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, whose eight digits end in these six.
    const VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (seconds, expected) in VECTORS {
            assert_eq!(code(SECRET, seconds / STEP_SECONDS), expected);
            assert!(accepts(SECRET, expected, seconds));
        }
    }

    /// RFC 4648 section 10, without padding.
    #[test]
    fn base32_is_the_rfcs() {
        let rows =
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI")];
        for (text, encoded) in rows {
            assert_eq!(base32(text.as_bytes()), encoded);
            assert_eq!(from_base32(encoded).unwrap(), text.as_bytes());
        }
        assert_eq!(from_base32("jbsw y3dp-ehpk3pxp=").unwrap(), b"Hello!\xde\xad\xbe\xef");
        assert_eq!(from_base32("1"), None);
    }

    #[test]
    fn a_code_lives_for_one_step_before_and_after() {
        let (seconds, code) = VECTORS[3];
        assert!(accepts(SECRET, code, seconds + STEP_SECONDS));
        assert!(accepts(SECRET, code, seconds - STEP_SECONDS));
        assert!(!accepts(SECRET, code, seconds + 2 * STEP_SECONDS));
        assert!(!accepts(SECRET, code, seconds - 2 * STEP_SECONDS));
        for wrong in ["", "05924", " 005924", "005924 ", "0005924", "abcdef"] {
            assert!(!accepts(SECRET, wrong, seconds), "{wrong}");
        }
    }
}
