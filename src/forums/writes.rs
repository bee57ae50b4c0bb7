//! The writes of the Forums: drafts, publications, and actions on posts.

use super::{
    composition::{Content, FailedPublication, Purpose},
    context::{Action, ForumsContext},
};
use crate::data::{ApiError, Write, call, call_with};
use leptos_fusionauth::Session;
use storefront_api::forums::{DraftSaved, EditPost, NewReply, SaveDraft, SetLock};
use storefront_api::{NewPost, Post, endpoints};

/// Saves a draft, or deletes it if it is empty.
pub(super) struct KeepDraft {
    pub(super) forums: ForumsContext,
    pub(super) purpose: Purpose,
    pub(super) draft: SaveDraft,
}

impl Write for KeepDraft {
    type Answer = DraftSaved;

    async fn send(&mut self, session: Session) -> Result<DraftSaved, ApiError> {
        call_with(endpoints::SAVE_DRAFT, &[&self.purpose.key()], &self.draft).send(session).await
    }

    fn apply(self, saved: DraftSaved) {
        self.forums.draft_saved(&self.purpose, Some(saved));
    }

    fn failed(self, _: ApiError) {
        self.forums.draft_saved(&self.purpose, None);
    }
}

/// Publishes a text.
pub(super) struct Publish {
    pub(super) forums: ForumsContext,
    pub(super) purpose: Purpose,
    pub(super) content: Content,
    /// The version of the post that an edit replaces.
    pub(super) version: i64,
    pub(super) key: String,
}

impl Write for Publish {
    type Answer = Post;

    async fn send(&mut self, session: Session) -> Result<Post, ApiError> {
        let Content { title, text: body, product } = self.content.clone();
        match &self.purpose {
            Purpose::Thread => {
                let title = Some(title).filter(|title| !title.is_empty());
                call_with(endpoints::WRITE_POST, &[], &NewPost { body, title, product }).key(self.key.clone()).send(session).await
            }
            Purpose::Reply(thread) => call_with(endpoints::REPLY, &[thread], &NewReply { body }).key(self.key.clone()).send(session).await,
            Purpose::Edit(id) => {
                call_with(endpoints::EDIT_POST, &[id], &EditPost { body, title: Some(title), version: self.version }).send(session).await
            }
        }
    }

    fn apply(self, post: Post) {
        self.forums.published(&self.purpose, &self.content, post);
    }

    fn failed(self, error: ApiError) {
        self.forums.publication_failed(&self.purpose, FailedPublication { error, sent: self.content, key: self.key });
    }
}

/// Deletes, restores, closes or reopens a post.
pub(super) struct Act {
    pub(super) forums: ForumsContext,
    /// The post's id.
    pub(super) id: String,
    /// Whether the post is the user's own.
    pub(super) own: bool,
    pub(super) action: Action,
}

impl Write for Act {
    type Answer = Post;

    async fn send(&mut self, session: Session) -> Result<Post, ApiError> {
        let id = &[&*self.id];
        match self.action {
            Action::Delete => call(endpoints::DELETE_POST, id).send(session).await,
            Action::Restore => call(endpoints::RESTORE_POST, id).send(session).await,
            Action::Close => call_with(endpoints::LOCK_THREAD, id, &SetLock { locked: true }).send(session).await,
            Action::Open => call_with(endpoints::LOCK_THREAD, id, &SetLock { locked: false }).send(session).await,
        }
    }

    fn apply(self, post: Post) {
        self.forums.acted(self.action, self.own, post);
    }

    fn failed(self, error: ApiError) {
        self.forums.action_failed(self.id, self.action, error);
    }
}
