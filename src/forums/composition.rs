//! A text that is being written: a new thread, a reply, or an edit of a post, with the states of its publication and its draft. This module
//! neither renders nor sends the text.

use crate::data::ApiError;
use storefront_api::MAX_POST_CHARS;
use storefront_api::forums::{DraftSaved, MAX_TITLE_CHARS, NEW_THREAD};
use storefront_api::product_threads::ThreadProduct;
use storefront_messages::{counted, t};

/// The purpose of a text. The backend stores one draft per purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A new thread.
    Thread,
    /// A reply in the thread with this id.
    Reply(String),
    /// An edit of the post with this id.
    Edit(String),
}

impl Purpose {
    /// The key under which the backend stores the draft.
    pub fn key(&self) -> String {
        match self {
            Self::Thread => NEW_THREAD.to_owned(),
            Self::Reply(thread) => thread.clone(),
            Self::Edit(post) => "edit-".to_owned() + post,
        }
    }
}

/// A text that is being written.
#[derive(Clone, PartialEq, Eq)]
pub struct Composition {
    /// The purpose of the text.
    pub purpose: Purpose,
    /// The title of a thread, as its author typed it.
    pub title: String,
    /// The text, as its author typed it.
    pub text: String,
    /// The product that the thread can be about.
    pub about: Option<ThreadProduct>,
    /// Whether the author has ticked the checkbox for that product.
    pub is_ticked: bool,
    /// The version of the edited post that the author has read.
    pub version: i64,
    /// The state of the text's publication.
    pub publication: Publication,
    /// The state of the text's draft.
    pub draft: DraftState,
}

/// The content of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The title.
    pub title: String,
    /// The text.
    pub text: String,
    /// The id of the product that the thread is about.
    pub product: Option<String>,
}

/// Why a text cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextProblem {
    /// The text is empty or only white space.
    Empty,
    /// The text is longer than [`MAX_POST_CHARS`].
    TooLong,
    /// The title is longer than [`MAX_TITLE_CHARS`].
    TitleTooLong,
}

impl TextProblem {
    /// What to do about the problem, for people.
    pub fn text(self) -> &'static str {
        match self {
            Self::Empty => t!("Write something first."),
            Self::TooLong => t!("Shorten your post."),
            Self::TitleTooLong => t!("Shorten the title."),
        }
    }
}

/// The state of a text's publication.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Publication {
    /// The publication has not begun, or has succeeded.
    #[default]
    None,
    /// The request waits or is in flight.
    Pending,
    /// The backend refused the request, or could not be reached.
    Failed(FailedPublication),
}

/// A failed publication.
#[derive(Clone, PartialEq, Eq)]
pub struct FailedPublication {
    /// The error.
    pub error: ApiError,
    /// The content of the request.
    pub sent: Content,
    /// The idempotency key of the request.
    pub key: String,
}

/// The state of a draft at the backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftState {
    /// The time when the backend saved the draft that this page knows. 0 if this page knows no draft.
    pub saved_at: i64,
    /// The progress of saving.
    pub saving: Saving,
    /// The text from another device that this page's draft has replaced.
    pub replaced: Option<String>,
}

/// The progress of saving a draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Saving {
    /// The author has typed nothing since the draft was saved or loaded.
    #[default]
    Done,
    /// The author has typed, and the draft will be saved soon.
    Due,
    /// A request waits or is in flight.
    Pending,
    /// A request waits or is in flight, and the author has typed since.
    PendingAndDue,
}

impl Composition {
    /// An empty text.
    pub fn new(purpose: Purpose) -> Self {
        let (publication, draft) = (Publication::None, DraftState::default());
        Self { purpose, title: String::new(), text: String::new(), about: None, is_ticked: false, version: 0, publication, draft }
    }

    /// Whether the title or the text has content.
    pub fn has_text(&self) -> bool {
        !self.text.trim().is_empty() || !self.title.trim().is_empty()
    }

    /// Whether the text has changes that the backend does not have.
    pub fn is_unsaved(&self) -> bool {
        self.draft.saving != Saving::Done && self.has_text()
    }

    /// Fills in a draft that was saved at `saved_at`. `saved_at` is 0 if the title and the text do not come from a draft.
    pub fn fill(&mut self, title: String, text: String, saved_at: i64) {
        (self.title, self.text) = (title, text);
        self.draft = DraftState { saved_at, ..DraftState::default() };
    }

    /// Whether a draft from the backend is newer than this text. Unsaved text is newer than any draft.
    pub fn is_older_than(&self, draft: &storefront_api::forums::Draft) -> bool {
        !self.has_text() || self.draft.saving == Saving::Done && self.draft.saved_at < draft.saved_at
    }

    /// How many more characters the author may type. Negative if the text is too long. White space around the text doesn't count.
    pub fn left(&self) -> i64 {
        MAX_POST_CHARS as i64 - self.text.trim().chars().count() as i64
    }

    /// The reason why the text cannot be sent, if there is one.
    pub fn problem(&self) -> Option<TextProblem> {
        match self.left() {
            _ if self.title.trim().chars().count() > MAX_TITLE_CHARS => Some(TextProblem::TitleTooLong),
            ..0 => Some(TextProblem::TooLong),
            _ if self.text.trim().is_empty() => Some(TextProblem::Empty),
            _ => None,
        }
    }

    /// The content to send.
    pub fn content(&self) -> Content {
        Content { title: self.title.trim().to_owned(), text: self.text.trim().to_owned(), product: self.product() }
    }

    /// The id of the thread's product, if the author has ticked it.
    pub fn product(&self) -> Option<String> {
        self.about.as_ref().filter(|_| self.is_ticked).map(|it| it.id.clone())
    }

    /// Offers the product that the page's URL names, and ticks its checkbox. If the URL names no product, a text that was begun keeps its
    /// product.
    pub fn offer(&mut self, product: Option<ThreadProduct>) {
        if self.about != product && (product.is_some() || !self.has_text()) {
            (self.about, self.is_ticked) = (product, true);
        }
    }

    /// The idempotency key of the failed request, if sending the text now would repeat that request, and the request may have taken effect.
    pub fn repeated_key(&self) -> Option<String> {
        match &self.publication {
            Publication::Failed(FailedPublication { error, sent, key }) if *sent == self.content() && error.may_be_done() => {
                Some(key.clone())
            }
            Publication::Failed(_) | Publication::Pending | Publication::None => None,
        }
    }

    /// Stores the text that the author has typed. Returns whether the draft should be saved soon.
    pub fn typed(&mut self, title: String, text: String) -> bool {
        (self.title, self.text) = (title, text);
        self.draft.saving = match self.draft.saving {
            Saving::Done | Saving::Due => Saving::Due,
            Saving::Pending | Saving::PendingAndDue => Saving::PendingAndDue,
        };
        self.draft.saving == Saving::Due
    }

    /// Begins to save the draft if that is due and no publication is pending. Returns whether saving began.
    pub fn begin_saving(&mut self) -> bool {
        let begins = self.draft.saving == Saving::Due && self.publication != Publication::Pending;
        if begins {
            self.draft.saving = Saving::Pending;
        }
        begins
    }

    /// Applies the answer to a save. `saved` is `None` if the save failed. Returns whether the draft must be saved again at once.
    pub fn end_saving(&mut self, saved: Option<DraftSaved>) -> bool {
        let is_due = self.draft.saving == Saving::PendingAndDue || saved.is_none();
        self.draft.saving = if is_due { Saving::Due } else { Saving::Done };
        let Some(saved) = saved else { return false };
        self.draft.saved_at = saved.saved_at;
        self.draft.replaced = saved.replaced.or(self.draft.replaced.take());
        is_due
    }

    /// Removes the published text. The backend has deleted its draft. Text that was typed after the request was sent stays.
    pub fn published(&mut self, Content { title, text, .. }: &Content) {
        self.publication = Publication::None;
        if let Some(rest) = self.text.trim_start().strip_prefix(text) {
            self.text = rest.trim_start().to_owned();
        }
        if self.title.trim() == *title {
            self.title.clear();
        }
        self.draft = DraftState { saving: if self.has_text() { Saving::Due } else { Saving::Done }, ..DraftState::default() };
    }
}

/// The number of characters left, as a text for people.
pub fn left_text(left: i64) -> String {
    match left {
        ..0 => counted(left.abs(), t!("{} character too many"), t!("{} characters too many")),
        _ => counted(left, t!("{} character left"), t!("{} characters left")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn typed(text: &str) -> Composition {
        let mut composition = Composition::new(Purpose::Thread);
        assert!(composition.typed("Title".into(), text.into()));
        composition
    }

    fn content(title: &str, text: &str) -> Content {
        Content { title: title.into(), text: text.into(), product: None }
    }

    fn mug() -> ThreadProduct {
        ThreadProduct { id: "enamel-mug".into(), name: "Enamel mug".into() }
    }

    #[wasm_bindgen_test]
    fn a_thread_is_about_the_product_of_the_page_unless_its_author_unticks_it() {
        let mut it = Composition::new(Purpose::Thread);
        it.offer(Some(mug()));
        assert_eq!(it.product().as_deref(), Some("enamel-mug"));
        it.is_ticked = false;
        it.offer(Some(mug()));
        assert_eq!(it.product(), None, "offering the same product again changes nothing");
        it.offer(Some(ThreadProduct { id: "hammock".into(), ..mug() }));
        assert_eq!(it.product().as_deref(), Some("hammock"));
        it.offer(None);
        assert!(it.about.is_none(), "an empty text keeps no product");
        it.offer(Some(mug()));
        it.typed(String::new(), "Does it chip?".into());
        it.offer(None);
        assert_eq!(it.product().as_deref(), Some("enamel-mug"));
    }

    fn saved(saved_at: i64, replaced: Option<&str>) -> Option<DraftSaved> {
        Some(DraftSaved { saved_at, replaced: replaced.map(str::to_owned) })
    }

    #[wasm_bindgen_test]
    fn one_save_is_in_flight_at_a_time_and_another_follows_a_change() {
        let mut it = typed("a");
        assert!(it.begin_saving() && !it.begin_saving());
        assert!(!it.typed("Title".into(), "ab".into()), "the next save waits for the first answer");
        assert!(it.end_saving(saved(1, None)));
        assert!(it.begin_saving() && !it.end_saving(saved(2, Some("other"))));
        assert_eq!((it.draft.saved_at, it.draft.saving, it.draft.replaced.as_deref()), (2, Saving::Done, Some("other")));
        assert!(!it.begin_saving(), "a save began although nothing had changed");
        it.typed(String::new(), "abc".into());
        assert!(it.begin_saving() && !it.end_saving(None), "a failed save is not retried at once");
        assert_eq!(it.draft.saving, Saving::Due);
        it.publication = Publication::Pending;
        assert!(!it.begin_saving(), "a save began during the publication, so the draft would reappear after it");
    }

    #[wasm_bindgen_test]
    fn text_typed_after_publishing_stays() {
        let table = [("sent", ""), (" sent \n", ""), ("sent\n\nand more", "and more"), ("other text", "other text")];
        for (text, rest) in table {
            let mut it = typed(text);
            it.published(&content("Title", "sent"));
            let saving = if rest.is_empty() { Saving::Done } else { Saving::Due };
            assert_eq!((&*it.title, &*it.text, it.has_text(), it.draft.saving), ("", rest, !rest.is_empty(), saving), "{text:?}");
        }
    }

    #[wasm_bindgen_test]
    fn sendable_texts() {
        let table = [
            (String::new(), Some(TextProblem::Empty)),
            (" \n\t ".into(), Some(TextProblem::Empty)),
            ("a".into(), None),
            ("é".repeat(MAX_POST_CHARS), None),
            (format!("  {}  ", "x".repeat(MAX_POST_CHARS)), None),
            ("x".repeat(MAX_POST_CHARS + 1), Some(TextProblem::TooLong)),
        ];
        for (text, problem) in table {
            assert_eq!(typed(&text).problem(), problem);
        }
    }

    #[wasm_bindgen_test]
    fn counting() {
        assert_eq!(left_text(typed(" abc ").left()), format!("{} characters left", MAX_POST_CHARS - 3));
        assert_eq!(left_text(1), "1 character left");
        assert_eq!(left_text(-1), "1 character too many");
    }

    #[wasm_bindgen_test]
    fn only_a_repeat_has_the_key_of_the_failed_request() {
        let mut it = typed("text");
        assert_eq!(it.repeated_key(), None);
        let failed = |error| Publication::Failed(FailedPublication { error, sent: content("Title", "text"), key: "key".into() });
        it.publication = failed(ApiError::Unreadable);
        assert_eq!(it.repeated_key().as_deref(), Some("key"));
        it.typed("Title".into(), "another text".into());
        assert_eq!(it.repeated_key(), None);
        it.typed("Title".into(), "text".into());
        it.offer(Some(mug()));
        assert_eq!(it.repeated_key(), None, "a request with a product is not a repeat of the failed request");
        it.about = None;
        it.publication = failed(ApiError::SignedOut);
        assert_eq!(it.repeated_key().as_deref(), Some("key"), "the request may have taken effect before the session ended");
    }

    #[wasm_bindgen_test]
    fn a_draft_from_another_device_replaces_an_older_draft_but_never_unsaved_text() {
        let draft = |saved_at| storefront_api::forums::Draft { saved_at, ..Default::default() };
        let mut it = Composition::new(Purpose::Thread);
        assert!(it.is_older_than(&draft(1)));
        it.fill("Title".into(), "text".into(), 5);
        assert_eq!((it.is_older_than(&draft(5)), it.is_older_than(&draft(6))), (false, true));
        it.typed("Title".into(), "text and more".into());
        assert!(!it.is_older_than(&draft(6)));
    }

    #[wasm_bindgen_test]
    fn each_purpose_has_a_draft_of_its_own() {
        let keys = [Purpose::Thread, Purpose::Reply("1".into()), Purpose::Edit("1".into())].map(|it| it.key());
        assert_eq!(keys, ["new", "1", "edit-1"]);
    }
}
