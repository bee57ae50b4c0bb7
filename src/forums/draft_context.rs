//! The draft of a post that is kept while its author looks at other pages. In memory only, and for its author alone.

use leptos::prelude::*;

/// A handle to the kept draft: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct DraftContext(StoredValue<Option<Kept>>);

struct Kept {
    user: String,
    text: String,
}

/// The kept draft around the caller.
pub fn use_draft_context() -> DraftContext {
    expect_context()
}

impl DraftContext {
    /// Provides an empty context to everything below the caller.
    pub fn provide() {
        provide_context(Self(StoredValue::new(None)));
    }

    /// Keeps the text that `user` has typed.
    pub fn keep(self, user: String, text: String) {
        self.0.set_value((!text.is_empty()).then_some(Kept { user, text }));
    }

    /// Returns the text that was kept for `user`, once. The text of another user is dropped.
    pub fn take(self, user: &str) -> Option<String> {
        let kept = self.0.try_update_value(Option::take).flatten();
        kept.filter(|kept| kept.user == user).map(|kept| kept.text)
    }
}
