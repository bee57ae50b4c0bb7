//! The JSON of the Forums, between the app and the backend.

use crate::post_text::excerpt;
use crate::product_threads::ThreadProduct;
use serde::{Deserialize, Serialize};

/// A post in the Forums: the first post of a thread, or a reply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Post {
    /// Stable id. A thread has the id of its first post.
    pub id: String,
    /// The display name of the author.
    pub author: String,
    /// Plain text. It is empty if the post is deleted.
    pub body: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// The title that the author gave to the thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How many replies the thread has, deleted ones included.
    #[serde(default)]
    pub replies: i64,
    /// When the thread began or got its last reply. Absent for a reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_activity: Option<String>,
    /// Whether the reader is the author of the post.
    #[serde(default)]
    pub own: bool,
    /// When the post was last edited, if it ever was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<String>,
    /// Who deleted the post, if it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<DeletedBy>,
    /// Whether a moderator has closed the thread to replies.
    #[serde(default)]
    pub locked: bool,
    /// Whether the reader has unread posts in the thread, or has not read this reply.
    #[serde(default)]
    pub unread: bool,
    /// The version, which each edit increases. An edit names the version that the author has read.
    #[serde(default)]
    pub version: i64,
    /// The number of the avatar's colour, below [`AVATARS`]. It is always the same for one author.
    #[serde(default)]
    pub avatar: u32,
    /// The product that the thread is about, if any. Absent if the Store does not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ThreadProduct>,
}

/// The number of avatar colours.
pub const AVATARS: u32 = 8;

impl Post {
    /// The title of the thread. Without a title, the first words of the post.
    pub fn heading(&self) -> String {
        if let Some(title) = &self.title {
            return title.clone();
        }
        let text = excerpt(&self.body);
        let line = text.lines().next().unwrap_or_default();
        let Some((end, _)) = line.char_indices().nth(HEADING_CHARS) else { return line.to_owned() };
        let cut = &line[..end];
        cut.rsplit_once(' ').map_or(cut, |(words, _)| words).to_owned()
    }

    /// Whether the post has more text than [`Post::heading`].
    pub fn is_longer_than_heading(&self) -> bool {
        self.title.is_some() || self.heading().len() < excerpt(&self.body).len()
    }
}

/// The maximum number of characters of a body that replace a title.
const HEADING_CHARS: usize = 80;

/// Who deleted a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeletedBy {
    /// Its author.
    Author,
    /// A moderator, who has hidden it.
    Moderator,
}

/// Body of `POST /api/posts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// The text, from 1 to [`MAX_POST_CHARS`] characters after trimming.
    pub body: String,
    /// The thread's title, if there is one: at most [`MAX_TITLE_CHARS`] characters in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The id of the product that the thread is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
}

/// Body of `POST /api/posts/{thread}/replies`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewReply {
    /// The text, as in [`NewPost`].
    pub body: String,
}

/// Body of `PUT /api/posts/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditPost {
    /// The new text.
    pub body: String,
    /// The new title of the thread. A reply has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The version that the author has read. If the post has another version now, the server does not change it.
    pub version: i64,
}

/// Body of `PUT /api/posts/{thread}/lock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetLock {
    /// Whether the thread is closed to replies.
    pub locked: bool,
}

/// The maximum length of a post, in characters.
pub const MAX_POST_CHARS: usize = 2_000;

/// The maximum length of a title, in characters.
pub const MAX_TITLE_CHARS: usize = 120;

/// The response to `GET /api/posts/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    /// The first post.
    pub post: Post,
    /// A page of its replies, the oldest first.
    pub replies: Vec<Post>,
    /// The URL of the next page of replies, if there are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The id of the first reply that the reader has not read, if there is one. It may be on a later page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_unread: Option<String>,
    /// Whether the reader may hide posts and close the thread.
    #[serde(default)]
    pub moderator: bool,
    /// The reader's draft of a reply, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Draft>,
}

/// A text that its author has not published yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// The title of a new thread.
    #[serde(default)]
    pub title: String,
    /// The text.
    #[serde(default)]
    pub body: String,
    /// When it was saved, in milliseconds since 1970. 0: there is no draft.
    #[serde(default)]
    pub saved_at: i64,
    /// The product that the new thread is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ThreadProduct>,
}

/// Body of `PUT /api/drafts/{thread}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SaveDraft {
    /// The title of a new thread.
    pub title: String,
    /// The text. Without text and title, the draft is deleted.
    pub body: String,
    /// [`Draft::saved_at`] of the draft that the author has last seen. If the stored draft is a different one, the server still replaces
    /// it, and returns its text in the response.
    pub seen: i64,
    /// The id of the product that the new thread is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
}

/// The response to `PUT /api/drafts/{thread}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DraftSaved {
    /// [`Draft::saved_at`] of the stored draft.
    pub saved_at: i64,
    /// The text from another device that this draft replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<String>,
}

/// Replaces the thread's id in the URL of a new thread's draft.
pub const NEW_THREAD: &str = "new";

/// The header with which `GET /api/load-posts` says that the reader has a draft of a new thread.
pub const DRAFT_HEADER: &str = "storefront-draft";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_words_stand_in_for_a_title() {
        let post = |body: &str| Post { body: body.to_owned(), ..Post::default() };
        for (body, heading, is_longer) in [
            ("Short", "Short", false),
            ("One line\nand more", "One line", true),
            ("> Quoted\n\nAnswer", "Answer", false),
            ("> Quoted\n> lines", "Quoted", true),
            (&format!("{} end", "word ".repeat(20)), &*"word ".repeat(16).trim_end().to_owned(), true),
            (&"é".repeat(100), &*"é".repeat(80), true),
        ] {
            assert_eq!((&*post(body).heading(), post(body).is_longer_than_heading()), (heading, is_longer), "{body}");
        }
        let titled = Post { title: Some("Title".to_owned()), ..post("Short") };
        assert_eq!((&*titled.heading(), titled.is_longer_than_heading()), ("Title", true));
    }

    #[test]
    fn a_post_of_an_older_backend_is_read() {
        let post: Post = serde_json::from_str(r#"{"id":"1","author":"Ines","body":"First","createdAt":"2026-11-20T08:00:00Z"}"#).unwrap();
        assert_eq!((post.replies, post.own, post.deleted), (0, false, None));
    }
}
