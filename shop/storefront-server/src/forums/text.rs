//! The texts of posts as they are stored: composed (NFC), with `\n` as line break, and without control characters. Long runs of combining
//! marks are rejected, because they can disturb the layout of the page.

use crate::forums::error::Error;
use crate::text::{indexed, longest_combining_run};
use crate::typed::line;
use storefront_api::forums::MAX_TITLE_CHARS;
use storefront_api::{MAX_POST_CHARS, typed};
use unicode_normalization::UnicodeNormalization;

/// The maximum number of combining marks on one character. Vocalised Hebrew, Arabic and Tibetan need up to four.
const MAX_COMBINING_MARKS: usize = 4;

/// The body of a post.
pub(super) fn body(text: &str) -> Result<String, Error> {
    let body: String = typed::lines(text).nfc().collect();
    if body.is_empty() {
        return Err(Error::PostEmpty);
    }
    if body.chars().count() > MAX_POST_CHARS {
        return Err(Error::PostTooLong);
    }
    without_many_marks(body)
}

/// The title of a thread: one line, with single spaces. It may be empty.
pub(super) fn title(text: &str) -> Result<String, Error> {
    let title = line(text);
    if title.chars().count() > MAX_TITLE_CHARS {
        return Err(Error::TitleTooLong);
    }
    without_many_marks(title)
}

/// The words of a post for its column `search_words`.
pub(super) fn search_words(title: &str, body: &str) -> String {
    indexed(&format!("{title} {body}"))
}

fn without_many_marks(text: String) -> Result<String, Error> {
    if longest_combining_run(&text) > MAX_COMBINING_MARKS {
        return Err(Error::PostTooManyMarks);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_normalized_or_refused() {
        assert_eq!(body("  a\r\nb\t ").unwrap(), "a\nb");
        assert!(body(&"é".repeat(MAX_POST_CHARS)).is_ok());
        assert!(matches!(body(&"é".repeat(MAX_POST_CHARS + 1)), Err(Error::PostTooLong)));
        assert!(matches!(body(" \n\t "), Err(Error::PostEmpty)));
        assert_eq!(body("e\u{301}").unwrap(), "é");
        assert!(body("x\u{301}\u{302}\u{303}\u{304}").is_ok());
        assert!(matches!(body(&format!("x{}", "\u{301}".repeat(5))), Err(Error::PostTooManyMarks)));
        assert_eq!(body("a\0\u{1b}\u{7f}\u{3}b\u{85}c\rd\u{b}e\u{c}f").unwrap(), "ab\nc\nd\ne\nf");
    }

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(title("  How  do\r\nyou\tseason? ").unwrap(), "How do you season?");
        assert_eq!(title(" ").unwrap(), "");
        assert!(title(&"é".repeat(MAX_TITLE_CHARS)).is_ok());
        assert!(matches!(title(&"é".repeat(MAX_TITLE_CHARS + 1)), Err(Error::TitleTooLong)));
        assert_eq!(title("a\0\u{b}b").unwrap(), "a b");
    }
}
