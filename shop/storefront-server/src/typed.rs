//! The form in which the server uses what users have typed. `fusionauth_api::typed` says which form that is, and why.

use fusionauth_api::typed;
use serde::{Deserialize, Deserializer};
use unicode_normalization::UnicodeNormalization;
use url::Url;

pub use fusionauth_api::typed::{message_code, second_factor_code};

/// The email or other login id that a user has typed.
pub fn email(text: &str) -> String {
    typed::email(text, |domain| Url::parse(&format!("http://{domain}")).ok()?.host_str().map(ToOwned::to_owned))
}

/// Whether the text has one `@` with text on both sides. Only sending a message can show whether the mailbox exists.
pub(crate) fn looks_like_an_email(text: &str) -> bool {
    let parts = text.split_once('@');
    // RFC 5322 allows these characters only in quotes. In a message in HTML, they could be markup.
    let is_special = |it: char| it.is_whitespace() || it.is_control() || "<>()[]\\,;:\"".contains(it);
    let plain = text.len() <= 254 && !text.contains(is_special);
    plain && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.split('.').any(str::is_empty) && !domain.contains('@'))
}

/// Deserialises the email of a form or of a request, for `#[serde(deserialize_with)]`.
///
/// # Errors
/// The member is no text.
pub fn deserialize_email<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|it| email(&it))
}

/// A text on one line, in Unicode's form NFC: a name, a title, or a line of a postal address.
pub fn line(text: &str) -> String {
    storefront_api::typed::line(text).nfc().collect()
}

/// The password that a user has typed, in Unicode's form NFC.
pub fn password(text: &str) -> String {
    text.nfc().collect()
}
