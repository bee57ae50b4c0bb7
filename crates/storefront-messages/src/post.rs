//! The reasons why a post cannot be published.

use crate::{t, texts};

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

/// How many replies a thread has, such as "1 reply" and "2 replies".
pub fn reply_count(count: i64) -> String {
    match count {
        0 => t!("No replies").to_owned(),
        1 => t!("1 reply").to_owned(),
        _ => t!("{} replies", count),
    }
}
