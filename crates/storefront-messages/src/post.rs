//! The reasons why a post cannot be published.

use crate::texts;

/// Why a post cannot be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostMessage {
    /// The post holds nothing but white space.
    Empty,
    /// The post has more characters than a post may have.
    TooLong,
    /// The post has control characters other than line breaks and tabs.
    ControlCharacter,
    /// A character of the post carries more combining marks than any language needs.
    TooManyMarks,
}

impl PostMessage {
    /// What to do. `max_chars` is the length that a post may have.
    pub fn text(self, max_chars: usize) -> String {
        texts::post(self, max_chars)
    }
}
