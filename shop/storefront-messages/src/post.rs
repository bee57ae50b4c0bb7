//! The reasons why a post cannot be published.

use crate::{counted, t};

/// Why a post cannot be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostMessage {
    /// The post contains only white space.
    Empty,
    /// The post has too many characters.
    TooLong,
    /// A character of the post has more combining marks (such as accents) than any language needs.
    TooManyMarks,
}

impl PostMessage {
    /// The text that says what to do. `max_chars` is the maximum length of a post.
    pub fn text(self, max_chars: usize) -> String {
        match self {
            Self::Empty => t!("Write something first.").to_owned(),
            Self::TooLong => t!("A post can have up to {} characters.", max_chars),
            Self::TooManyMarks => t!("A letter in your post has too many accents. Remove some of them.").to_owned(),
        }
    }
}

/// The text beside the form for a reply in a thread about a product.
pub fn product_answer() -> &'static str {
    t!("The first answer is also on the product's page, where everyone can read it.")
}

/// The number of replies of a thread, such as "1 reply" and "2 replies".
pub fn reply_count(count: i64) -> String {
    match count {
        0 => t!("No replies").to_owned(),
        _ => counted(count, t!("{} reply"), t!("{} replies")),
    }
}
