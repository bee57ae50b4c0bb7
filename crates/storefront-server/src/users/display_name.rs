//! Which texts can be a display name. Pure.

use crate::text::most_marks;
use storefront_api::MAX_DISPLAY_NAME_CHARS;
use storefront_messages::FieldMessage;
use unicode_normalization::UnicodeNormalization;

/// Letters of natural languages carry at most two marks once they are composed.
const MAX_MARKS: usize = 2;

/// A name that other people may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName {
    shown: String,
    normalized: String,
}

impl DisplayName {
    /// The name that somebody has typed, in Unicode's compatibility form (NFKC) and with single spaces.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, FieldMessage> {
        let text = text.trim();
        if text.is_empty() {
            return Err(FieldMessage::DisplayNameBlank);
        }
        if text.chars().count() > 4 * MAX_DISPLAY_NAME_CHARS {
            return Err(FieldMessage::DisplayNameTooLong); // composed it would still be too long
        }
        let composed: String = text.nfkc().collect();
        let shown = composed.split_whitespace().collect::<Vec<_>>().join(" ");
        if shown.chars().count() > MAX_DISPLAY_NAME_CHARS {
            return Err(FieldMessage::DisplayNameTooLong);
        }
        let normalized = case_folded(&shown);
        let is_readable = shown.chars().any(char::is_alphanumeric) && most_marks(&shown) <= MAX_MARKS;
        if !is_readable || text.chars().any(|it| it.is_control() || is_invisible(it)) || is_reserved(&normalized) {
            return Err(FieldMessage::DisplayNameInvalid);
        }
        Ok(Self { shown, normalized })
    }

    /// As other people see it.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// The same for all names that differ in case and form only.
    pub fn normalized(&self) -> &str {
        &self.normalized
    }
}

/// To upper case and back joins what `to_lowercase` alone keeps apart, such as `ß` and `ss` or the two small sigmas.
fn case_folded(text: &str) -> String {
    text.to_uppercase().to_lowercase().nfkc().collect()
}

/// `Shopper 4F2A` is the form of users without a name.
fn is_reserved(normalized: &str) -> bool {
    normalized.strip_prefix("shopper ").is_some_and(|it| it.len() == 4 && it.bytes().all(|it| it.is_ascii_hexdigit()))
}

/// Characters without a shape of their own, with which one name could look like another or turn the text around it.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F | 0x202A..=0x202E
        | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0xE000..=0xF8FF
        | 0x1D173..=0x1D17A | 0xE0000..=0x10FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DisplayName {
        DisplayName::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error:?}"))
    }

    #[test]
    fn names_of_many_languages_are_good() {
        for text in ["Ada", "Ines Moreau", "Łukasz", "Nguyễn Thị Minh", "张伟", "علي", "O'Brien", "J. R. R.", "R2D2", &"x".repeat(40)]
        {
            assert_eq!(name(text).as_str(), text);
        }
        assert_eq!(name("  Ada\u{a0} Lovelace ").as_str(), "Ada Lovelace");
        assert_eq!(name("e\u{301}").as_str(), "é");
    }

    #[test]
    fn names_that_differ_in_case_and_form_only_are_the_same() {
        for (one, other) in [("Ada", "ADA"), ("Ada", "Ａｄａ"), ("é", "E\u{301}"), ("Strauß", "STRAUSS"), ("ΣΑΣ", "σας"), ("ﬁ", "FI")]
        {
            assert_eq!(name(one).normalized(), name(other).normalized(), "{one} {other}");
        }
        assert_ne!(name("Ada").normalized(), name("Adá").normalized());
    }

    #[test]
    fn what_is_no_name_is_told() {
        use FieldMessage::{DisplayNameBlank, DisplayNameInvalid, DisplayNameTooLong};
        for (text, error) in [
            ("", DisplayNameBlank),
            (" \u{a0}\t", DisplayNameBlank),
            (&*"x".repeat(41), DisplayNameTooLong),
            (&*"e\u{301}".repeat(1_000), DisplayNameTooLong),
            ("a\nb", DisplayNameInvalid),
            ("a\0b", DisplayNameInvalid),
            ("x\u{301}\u{302}\u{303}", DisplayNameInvalid),
            ("a\u{200b}b", DisplayNameInvalid),
            ("a\u{202e}b", DisplayNameInvalid),
            ("…", DisplayNameInvalid),
            ("Shopper 4F2A", DisplayNameInvalid),
            ("sHOPPER  ４f2a", DisplayNameInvalid),
        ] {
            assert_eq!(DisplayName::parse(text), Err(error), "{text:?}");
        }
        assert_eq!(name("Shopper 4F2").as_str(), "Shopper 4F2");
    }

    #[test]
    fn names_of_users_without_one_are_reserved() {
        for id in 0..100 {
            let default = super::super::default_name(&format!("user-{id}"));
            assert_eq!(DisplayName::parse(&default), Err(FieldMessage::DisplayNameInvalid), "{default}");
        }
    }
}
