//! The writes of the Forums: drafts, publications, and actions on posts.

use super::{
    api,
    composition::{Content, FailedPublication, Purpose},
    context::{Action, ForumsContext},
};
use crate::data::{ApiError, Write};
use leptos_fusionauth::Session;
use storefront_api::forums::{DraftSaved, EditPost, NewReply, SaveDraft};
use storefront_api::{NewPost, Post};

/// Saves a draft, or deletes it if it is empty.
pub(super) struct KeepDraft {
    pub(super) forums: ForumsContext,
    pub(super) purpose: Purpose,
    pub(super) draft: SaveDraft,
}

impl Write for KeepDraft {
    type Answer = DraftSaved;

    async fn send(&mut self, session: Session) -> Result<DraftSaved, ApiError> {
        api::save_draft(session, &self.purpose.key(), &self.draft).await
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
                api::write_post(session, &NewPost { body, title, product }, self.key.clone()).await
            }
            Purpose::Reply(thread) => api::reply(session, thread, &NewReply { body }, self.key.clone()).await,
            Purpose::Edit(id) => api::edit(session, id, &EditPost { body, title: Some(title), version: self.version }).await,
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
        match self.action {
            Action::Delete => api::delete(session, &self.id).await,
            Action::Restore => api::restore(session, &self.id).await,
            Action::Close => api::set_lock(session, &self.id, true).await,
            Action::Open => api::set_lock(session, &self.id, false).await,
        }
    }

    fn apply(self, post: Post) {
        self.forums.acted(self.action, self.own, post);
    }

    fn failed(self, error: ApiError) {
        self.forums.action_failed(self.id, self.action, error);
    }
}
