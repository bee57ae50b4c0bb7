//! The text of a post that is being written: how many characters are left, and why it cannot be sent. This module neither renders nor sends
//! the text.

use storefront_api::MAX_POST_CHARS;
#[cfg(doc)]
use storefront_api::forums::MAX_TITLE_CHARS;
use storefront_messages::{counted, t};

/// The text of a post while it is being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft(String);

/// Why a draft cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftProblem {
    /// The text is empty or only white space.
    Empty,
    /// The text is longer than [`MAX_POST_CHARS`].
    TooLong,
    /// The title is longer than [`MAX_TITLE_CHARS`].
    TitleTooLong,
}

impl Draft {
    /// Creates a draft with the text as the author typed it.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text as the author typed it.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The draft without `published` at its beginning. A draft that does not begin with `published` is returned unchanged.
    pub fn without(&self, published: &str) -> Self {
        self.0.trim_start().strip_prefix(published).map_or_else(|| self.clone(), |rest| Self(rest.trim_start().to_owned()))
    }

    /// How many more characters the author may type. Negative if the text is too long. White space around the text doesn't count.
    pub fn left(&self) -> i64 {
        MAX_POST_CHARS as i64 - self.0.trim().chars().count() as i64
    }

    /// The reason why the draft cannot be sent, if there is one.
    pub fn problem(&self) -> Option<DraftProblem> {
        match self.left() {
            left if left < 0 => Some(DraftProblem::TooLong),
            left if left == MAX_POST_CHARS as i64 => Some(DraftProblem::Empty),
            _ => None,
        }
    }

    /// The number of characters left, as a text for people.
    pub fn left_text(left: i64) -> String {
        match left {
            ..0 => counted(left.abs(), t!("{} character too many"), t!("{} characters too many")),
            _ => counted(left, t!("{} character left"), t!("{} characters left")),
        }
    }
}

impl DraftProblem {
    /// What to do about the problem, for people.
    pub fn text(self) -> &'static str {
        match self {
            Self::Empty => t!("Write something first."),
            Self::TooLong => t!("Shorten your post."),
            Self::TitleTooLong => t!("Shorten the title."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn sendable_drafts() {
        let table = [
            (String::new(), Some(DraftProblem::Empty)),
            (" \n\t ".into(), Some(DraftProblem::Empty)),
            ("a".into(), None),
            ("é".repeat(MAX_POST_CHARS), None),
            (format!("  {}  ", "x".repeat(MAX_POST_CHARS)), None),
            ("x".repeat(MAX_POST_CHARS + 1), Some(DraftProblem::TooLong)),
        ];
        for (text, problem) in table {
            assert_eq!(Draft::new(text).problem(), problem);
        }
    }

    #[wasm_bindgen_test]
    fn text_typed_after_publishing_stays() {
        let table = [("sent", ""), (" sent \n", ""), ("sent\n\nand more", "and more"), ("other text", "other text")];
        for (text, rest) in table {
            assert_eq!(Draft::new(text.into()).without("sent").text(), rest, "{text:?}");
        }
    }

    #[wasm_bindgen_test]
    fn counting() {
        assert_eq!(Draft::left_text(Draft::new(" abc ".into()).left()), format!("{} characters left", MAX_POST_CHARS - 3));
        assert_eq!(Draft::left_text(1), "1 character left");
        assert_eq!(Draft::left_text(-1), "1 character too many");
    }
}
