//! Session ids, challenges and keys for cookies: texts of letters, digits and `-._~`. Chromium sends session ids without the quotes of a
//! structured field, so that no other character is safe.

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The text is empty, longer than 128 bytes, or has other characters than letters, digits and `-._~`. Choose another one. If a browser has
/// sent it, this server never issued it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text must have 1 to 128 letters, digits, '-', '.', '_' and '~'")]
pub struct InvalidIdentifier;

macro_rules! identifier {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// A new one with 256 random bits.
            ///
            /// # Panics
            /// If the system has no randomness, without which nothing safe can be issued.
            pub fn random() -> Self {
                let mut bytes = [0; 32];
                rand::fill(&mut bytes).expect("the system has randomness");
                Self(URL_SAFE_NO_PAD.encode(bytes))
            }

            /// The text, for a database.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidIdentifier;

            fn try_from(text: String) -> Result<Self, InvalidIdentifier> {
                let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
                if is_plain && (1..=128).contains(&text.len()) { Ok(Self(text)) } else { Err(InvalidIdentifier) }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

identifier! {
    /// The id of a session: `session_identifier` in the protocol, and the key of its record in a [`SessionStore`](crate::SessionStore).
    ///
    /// There is one for each sign-in. It must never be used again, and it is no credential: anybody who knows it can only ask for a
    /// challenge.
    SessionId
}
identifier! {
    /// A text that the browser signs. Each is issued once.
    Challenge
}
identifier! {
    /// The secret of one session from which the values of its bound cookie are computed.
    CookieKey
}
