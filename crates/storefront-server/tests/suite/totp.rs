//! The code that twofactor@example.com's authenticator app shows (RFC 6238).

use aws_lc_rs::hmac;
use std::time::{SystemTime, UNIX_EPOCH};

/// `JBSWY3DPEHPK3PXP` in base32.
const SECRET: &[u8] = b"Hello!\xde\xad\xbe\xef";

pub(crate) fn now() -> String {
    let step = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 30;
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET), &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes([tag[at] & 127, tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:06}", number % 1_000_000)
}
