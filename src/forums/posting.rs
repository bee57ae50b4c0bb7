//! The post that is being written, and its publication. Both outlive the page: the author may look at other pages and come back.
//! In memory only, and for the author alone.

use super::{api, draft::Draft};
use crate::{
    core::{
        app_context::{AppContext, use_app_context},
        route::Route,
    },
    data::{
        client::ApiError,
        mutation::{Applied, Mutation, Mutations, current_user, new_key, use_mutations},
    },
    ui::{erased_signal::ErasedSignal, erased_view::effect},
};
use leptos::prelude::*;
use leptos_fusionauth::{Session, SessionState, use_session};
use storefront_api::Post;

/// A handle to the post that is being written: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct Posting {
    draft: ErasedSignal<Draft>,
    publication: ErasedSignal<Publication>,
    published: ErasedSignal<Vec<Post>>,
    author: StoredValue<Option<String>>,
    mutations: Mutations,
    session: Session,
    context: AppContext,
}

/// How far the publication of the draft is.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Publication {
    /// It has not begun, or it has succeeded.
    #[default]
    None,
    /// It waits or is in flight.
    Pending,
    /// It was refused or did not get through.
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

/// The post that is being written around the caller.
pub fn use_posting() -> Posting {
    use_context().expect("provided by the shell")
}

impl Posting {
    /// Provides an empty draft to everything below the caller.
    pub fn provide() {
        let (session, context) = (use_session(), use_app_context());
        let posting = Self {
            draft: ErasedSignal::new(Draft::default()),
            publication: ErasedSignal::new(Publication::None),
            published: ErasedSignal::new(Vec::new()),
            author: StoredValue::new(None),
            mutations: use_mutations(),
            session,
            context,
        };
        provide_context(posting);
        effect(move || {
            if let SessionState::SignedIn { user, .. } = session.state().get() {
                posting.signed_in(user.id);
            }
        });
    }

    /// The draft. Tracked until the caller is cleaned up.
    pub fn draft(self) -> Draft {
        self.draft.with_until_cleanup(Clone::clone)
    }

    /// Replaces the draft by what the author has typed.
    pub fn write(self, text: String) {
        self.draft.set(Draft::new(text));
    }

    /// How far the publication is. Tracked until the caller is cleaned up.
    pub fn publication(self) -> Publication {
        self.publication.with_until_cleanup(Clone::clone)
    }

    /// What was published in this tab, newest first. Tracked until the caller is cleaned up.
    pub fn published(self) -> Vec<Post> {
        self.published.with_until_cleanup(Clone::clone)
    }

    /// Publishes the draft, unless that has begun already.
    pub fn publish(self) {
        let Some(owner) = current_user(self.session) else { return };
        let body = self.draft.with_untracked(|draft| draft.text().trim().to_owned());
        // A repeat of what has failed has the same key: the failed request may have got through.
        let key = match self.publication.get_untracked() {
            Publication::Pending => return,
            Publication::Failed(failed) if failed.body == body => failed.key,
            Publication::Failed(_) | Publication::None => new_key(),
        };
        self.publication.set(Publication::Pending);
        let (sent, sent_key) = (body.clone(), key.clone());
        self.mutations.enqueue(Mutation {
            owner,
            page: Route::Posts,
            failure: "Your post was not published.".to_owned(),
            send: Box::new(move |session| {
                let (body, key) = (sent.clone(), sent_key.clone());
                Box::pin(async move {
                    let post = api::write_post(session, body.clone(), key).await?;
                    Ok(Box::new(move || self.succeeded(&body, post)) as Applied)
                })
            }),
            failed: Box::new(move |error| _ = self.publication.try_set(Publication::Failed(FailedPost { error, body, key }))),
        });
    }

    /// Removes what was published from the draft. What the author has typed since then stays.
    fn succeeded(self, body: &str, post: Post) {
        self.publication.set(Publication::None);
        self.draft.update(|draft| *draft = draft.without(body));
        self.published.update(|posts| posts.insert(0, post));
        self.context.announce("Your post is published.");
    }

    /// The draft of another user is dropped.
    fn signed_in(self, user: String) {
        let before = self.author.try_update_value(|author| author.replace(user.clone())).flatten();
        if before.is_some_and(|before| before != user) {
            self.draft.set(Draft::default());
            self.publication.set(Publication::None);
            self.published.set(Vec::new());
        }
    }
}
