use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An access token (JWT) as FusionAuth issued it.
///
/// It deliberately implements neither `Debug` nor `Display`, so it can't reach a log, an error or a panic
/// message by accident; [`expose`](AccessToken::expose) is the one way to its text.
///
/// ```compile_fail
/// let token = fusionauth_api::AccessToken::new("header.payload.signature");
/// println!("{token:?}");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccessToken(Arc<str>);

impl AccessToken {
    /// Wraps the token's text. Nothing is checked: only a backend can verify a token.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The token's text, for an `Authorization: Bearer` header or for storage.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The payload segment (base64url without padding), or `None` if the text has not the three segments of a JWT.
    pub fn payload_segment(&self) -> Option<&str> {
        let (_header, rest) = self.0.split_once(DOT)?;
        let (payload, signature) = rest.split_once(DOT)?;
        (!signature.contains(DOT)).then_some(payload)
    }

    /// The payload's text: JSON, if FusionAuth wrote it. `None` if this is no readable JWT.
    pub fn payload(&self) -> Option<String> {
        String::from_utf8(base64url(self.payload_segment()?)?).ok()
    }
}

/// A function is a smaller pattern in wasm than a `char`, whose search takes eight bytes at a time.
const DOT: fn(char) -> bool = |it| it == '.';

/// Decodes base64url without padding (RFC 4648). Bits beyond the last whole byte are dropped.
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut held, mut count) = (0u32, 0);
    for letter in text.bytes() {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((held >> count) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_the_second_of_three_segments_in_base64url() {
        let payload = |text: &str| AccessToken::new(text).payload();
        // `_` and `-` stand where base64 has `/` and `+`.
        assert_eq!(payload("e30.eyJzdWIiOiLDvD8-IiwiYXVkIjoiYXBwIn0.x").as_deref(), Some(r#"{"sub":"ü?>","aud":"app"}"#));
        for (segment, text) in [("", ""), ("Zg", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob"), ("Pz8_", "???"), ("Pj4-", ">>>")]
        {
            assert_eq!(payload(&format!("a.{segment}.c")).as_deref(), Some(text));
        }
        for text in ["", "a", "a.b", "a.Zm9v.c.d", "a.!!.c", "a.Zm9v=.c", "a.Zm9 v.c", "a.__8.c"] {
            assert_eq!(payload(text), None, "{text}");
        }
    }
}
