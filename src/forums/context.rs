//! Keeps the post that is being written, and how far its publication is. Both outlive the page, so that the author may look at other
//! pages and come back.
//!
//! They are kept in memory only, and for their author alone.

use super::{api, draft::Draft};
use crate::{
    core::Route,
    data::{ApiError, ApplyAnswer, Mutation, Mutations, new_key, use_mutations},
    ui::{ErasedSignal, effect},
};
use leptos::prelude::*;
use leptos_fusionauth::SessionState;
use std::sync::Arc;
use storefront_api::Post;
use storefront_messages::t;

/// A handle to the post that is being written: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct ForumsContext {
    draft: ErasedSignal<Draft>,
    publication: ErasedSignal<Publication>,
    published: ErasedSignal<Vec<Post>>,
    /// The id of the user whose draft this is.
    author: StoredValue<Option<String>>,
    mutations: Mutations,
}

/// How far the publication of the draft is.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Publication {
    /// It has not begun, or it has succeeded.
    #[default]
    None,
    /// The request waits or is in flight.
    Pending,
    /// The backend refused the request, or could not be reached.
    Failed(FailedPost),
}

/// A post that was not published.
#[derive(Clone, PartialEq, Eq)]
pub struct FailedPost {
    /// Why not.
    pub error: ApiError,
    body: String,
    key: String,
}

/// The Forums' context around the caller.
pub fn use_forums_context() -> ForumsContext {
    use_context().expect("provided by the shell")
}

impl ForumsContext {
    /// Provides an empty draft to everything below the caller.
    pub fn provide() {
        let mutations = use_mutations();
        let forums = Self {
            draft: ErasedSignal::new(Draft::default()),
            publication: ErasedSignal::new(Publication::None),
            published: ErasedSignal::new(Vec::new()),
            author: StoredValue::new(None),
            mutations,
        };
        provide_context(forums);
        effect(move || {
            if let SessionState::SignedIn { user, .. } = mutations.session.state().get() {
                forums.signed_in(user.id);
            }
        });
    }

    /// The draft. Tracked until the caller is cleaned up.
    pub fn draft(self) -> Arc<Draft> {
        self.draft.read_until_cleanup()
    }

    /// The draft. Not tracked.
    pub fn draft_untracked(self) -> Arc<Draft> {
        self.draft.read_untracked()
    }

    /// Replaces the draft by what the author has typed.
    pub fn write(self, text: String) {
        self.draft.set(Draft::new(text));
    }

    /// How far the publication is. Tracked until the caller is cleaned up.
    pub fn publication(self) -> Arc<Publication> {
        self.publication.read_until_cleanup()
    }

    /// The posts that were published in this tab, newest first. Tracked until the caller is cleaned up.
    pub fn published(self) -> Arc<Vec<Post>> {
        self.published.read_until_cleanup()
    }

    /// Publishes the draft, unless that has begun already.
    pub fn publish(self) {
        let body = self.draft_untracked().text().trim().to_owned();
        // A repeat of a failed request has the same key: the failed one may have got through.
        let key = match &*self.publication.read_untracked() {
            Publication::Pending => return,
            Publication::Failed(failed) if failed.body == body => failed.key.clone(),
            Publication::Failed(_) | Publication::None => new_key(),
        };
        self.publication.set(Publication::Pending);
        let (sent, sent_key) = (body.clone(), key.clone());
        self.mutations.enqueue(Mutation {
            page: Route::Posts,
            failure: t!("Your post was not published.").to_owned(),
            send: Box::new(move |session| {
                let (body, key) = (sent.clone(), sent_key.clone());
                Box::pin(async move {
                    let post = api::write_post(session, body.clone(), key).await?;
                    Ok(Box::new(move || self.succeeded(&body, post)) as ApplyAnswer)
                })
            }),
            on_failure: Box::new(move |error| self.publication.set(Publication::Failed(FailedPost { error, body, key }))),
        });
    }

    /// Removes what was published from the draft. What the author has typed since then stays.
    fn succeeded(self, body: &str, post: Post) {
        self.publication.set(Publication::None);
        self.draft.update(|draft| *draft = draft.without(body));
        self.published.update(|posts| posts.insert(0, post));
        self.mutations.context.announce(t!("Your post is published."));
    }

    /// Drops the draft of another user.
    fn signed_in(self, user: String) {
        let before = self.author.try_update_value(|author| author.replace(user.clone())).flatten();
        if before.is_some_and(|before| before != user) {
            self.draft.set(Draft::default());
            self.publication.set(Publication::None);
            self.published.set(Vec::new());
        }
    }
}
