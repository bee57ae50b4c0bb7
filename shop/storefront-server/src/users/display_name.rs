//! Display names: which texts are valid, and when two names count as the same.
//!
//! Nobody must mistake a user's name for another user's. So a comparison ignores upper and lower case, Unicode forms and joiners, and a name
//! contains neither other invisible characters nor stacks of accents.

use crate::text::longest_combining_run;
use fusionauth_api::typed::is_ignorable;
use storefront_api::{MAX_DISPLAY_NAME_CHARS, typed};
use storefront_messages::FieldMessage;
use unicode_normalization::UnicodeNormalization;
use unicode_security::{MixedScript, skeleton};

/// The maximum number of combining marks on one letter. No natural language needs more once letters and marks are composed.
const MAX_MARKS: usize = 2;

/// Words that no name may contain, because people would take such a user for the shop's staff.
const OFFICIAL: [&str; 6] = ["admin", "administrator", "moderation", "moderator", "staff", "support"];

/// A text that can be a display name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName {
    shown: String,
    normalized: String,
}

impl DisplayName {
    /// Reads a text that a user has typed. The name is in Unicode's compatibility form (NFKC) and has single spaces.
    ///
    /// # Errors
    /// The message for the form, if the text cannot be a name.
    pub fn parse(text: &str) -> Result<Self, FieldMessage> {
        let text = typed::line(text);
        if text.is_empty() {
            return Err(FieldMessage::DisplayNameBlank);
        }
        if text.chars().count() > 4 * MAX_DISPLAY_NAME_CHARS {
            return Err(FieldMessage::DisplayNameTooLong); // the composed text is still too long
        }
        let shown = typed::line(&text.nfkc().collect::<String>());
        if shown.chars().count() > MAX_DISPLAY_NAME_CHARS {
            return Err(FieldMessage::DisplayNameTooLong);
        }
        let normalized = case_folded(&shown);
        if longest_combining_run(&shown) > MAX_MARKS || shown.contains(is_unprintable) {
            return Err(FieldMessage::DisplayNameInvalid);
        }
        if !shown.contains(char::is_alphanumeric) {
            return Err(FieldMessage::DisplayNameWithoutLetter);
        }
        // A word with letters of two scripts may imitate another word. `look_alike` handles words of a single script that look like other
        // words.
        if shown.split(' ').any(|it| !it.is_single_script()) {
            return Err(FieldMessage::DisplayNameMixed);
        }
        if is_reserved(&normalized) {
            return Err(FieldMessage::DisplayNameReserved);
        }
        Ok(Self { shown, normalized })
    }

    /// The name as other people see it.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// The name with Unicode's confusable characters replaced, such as Cyrillic letters by similar Latin ones.
    pub fn look_alike(&self) -> String {
        look_alike(&self.normalized)
    }

    /// A spelling that is the same for all names that differ only in case and Unicode form.
    pub fn normalized(&self) -> &str {
        &self.normalized
    }
}

/// The text without joiners, in upper case and then in lower case, which joins letters that `to_lowercase` alone keeps apart, such as `ß` and `ss`.
fn case_folded(text: &str) -> String {
    let visible: String = text.chars().filter(|it| !is_ignorable(*it)).collect();
    visible.to_uppercase().to_lowercase().nfkc().collect()
}

fn look_alike(normalized: &str) -> String {
    skeleton(normalized).collect::<String>().to_lowercase()
}

/// Whether a name looks official, or has the form of a default name, such as `Shopper 4F2A`.
fn is_reserved(normalized: &str) -> bool {
    let looks = look_alike(normalized);
    let is_official = |word: &str| OFFICIAL.iter().any(|it| look_alike(it) == word);
    looks.split(|it: char| !it.is_alphanumeric()).any(is_official)
        || normalized.strip_prefix("shopper ").is_some_and(|it| it.len() == 4 && it.bytes().all(|it| it.is_ascii_hexdigit()))
}

/// Whether a character has no picture, or a different one for each reader: an empty Braille pattern, a mark for annotations, or one for
/// private use.
fn is_unprintable(character: char) -> bool {
    matches!(u32::from(character), 0x2800 | 0xE000..=0xF8FF | 0xFFF9..=0xFFFB | 0xE0000..=0x10FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DisplayName {
        DisplayName::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error:?}"))
    }

    #[test]
    fn names_of_many_languages_are_good() {
        for text in [
            "Ada",
            "Ines Moreau",
            "Łukasz",
            "Nguyễn Thị Minh",
            "张伟",
            "张伟 Zhang",
            "山田さん",
            "Оля",
            "Supporter",
            "علي",
            "O'Brien",
            "J. R. R.",
            "R2D2",
            "علی\u{200C}رضا",
            "ශ්\u{200D}රී",
            "Ann ❤\u{FE0F}",
            &"x".repeat(40),
        ] {
            assert_eq!(name(text).as_str(), text);
        }
        assert_eq!(name("  Ada\u{a0} Lovelace ").as_str(), "Ada Lovelace");
        assert_eq!(name("e\u{301}").as_str(), "é");
        assert_eq!(name("\u{202E}A\0d\u{200B}a\nL\u{200D}ee").as_str(), "Ada Lee");
    }

    #[test]
    fn names_that_differ_in_case_and_form_only_are_the_same() {
        for (one, other) in [
            ("Ada", "ADA"),
            ("Ada", "Ａｄａ"),
            ("é", "E\u{301}"),
            ("Strauß", "STRAUSS"),
            ("ΣΑΣ", "σας"),
            ("ﬁ", "FI"),
            ("علی\u{200C}رضا", "علیرضا"),
            ("Ann ❤\u{FE0F}", "Ann ❤"),
        ] {
            assert_eq!(name(one).normalized(), name(other).normalized(), "{one} {other}");
        }
        assert_ne!(name("Ada").normalized(), name("Adá").normalized());
    }

    #[test]
    fn a_text_that_cannot_be_a_name_is_refused_with_the_reason() {
        use FieldMessage::{
            DisplayNameBlank, DisplayNameInvalid, DisplayNameMixed, DisplayNameReserved, DisplayNameTooLong, DisplayNameWithoutLetter,
        };
        for (text, error) in [
            ("", DisplayNameBlank),
            (" \u{a0}\t\u{200B}", DisplayNameBlank),
            (&*"x".repeat(41), DisplayNameTooLong),
            (&*"e\u{301}".repeat(1_000), DisplayNameTooLong),
            ("x\u{301}\u{302}\u{303}", DisplayNameInvalid),
            ("Ann \u{2800}", DisplayNameInvalid),
            ("…", DisplayNameWithoutLetter),
            ("❤\u{FE0F}", DisplayNameWithoutLetter),
            ("Shopper 4F2A", DisplayNameReserved),
            ("sHOPPER  ４f2a", DisplayNameReserved),
            ("Mod\u{200B}erator", DisplayNameReserved),
            ("\u{410}da", DisplayNameMixed),          // a Cyrillic letter
            ("Ad\u{3b1} Lovelace", DisplayNameMixed), // a Greek letter
            ("Moderator", DisplayNameReserved),
            ("the M0DERATOR", DisplayNameReserved),
            ("Support-Team", DisplayNameReserved),
        ] {
            assert_eq!(DisplayName::parse(text), Err(error), "{text:?}");
        }
        assert_eq!(name("Shopper 4F2").as_str(), "Shopper 4F2");
    }

    #[test]
    fn names_of_users_without_one_are_reserved() {
        for id in 0..100 {
            let default = super::super::default_name(&format!("user-{id}"));
            assert_eq!(DisplayName::parse(&default), Err(FieldMessage::DisplayNameReserved), "{default}");
        }
    }
}
