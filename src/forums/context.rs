//! Holds the texts that are being written, and the posts that were published or changed in this tab. Both outlive the page that shows
//! them, so that the author can visit other pages and come back. The backend also stores the texts as drafts, which outlive the tab.
//!
//! The context is in memory, and belongs to one user. The first page of the Forums creates it, so the first load of the app does not
//! contain its code.

use super::{
    api::{self, ListPage},
    composition::{Composition, Content, FailedPublication, Publication, Purpose},
    post_view::{heading, thread_href},
    thread_list::{KnownPost, ThreadList, product_in},
};
use crate::{
    core::Route,
    data::{ApiError, Mutation, Mutations, NoticeKind, PageLink, PageNotice, TypedText, call, call_with, new_key, use_mutations},
    ui::{after_render, document, read_until_cleanup, set_timeout, spawn_for_user, track_until_cleanup},
};
use leptos::{ev, prelude::*};
use std::{cell::Cell, time::Duration};
use storefront_api::forums::{Draft, DraftSaved, SaveDraft, Thread};
use storefront_api::product_threads::ThreadProduct;
use storefront_api::{Post, endpoints, problems::ProblemCode};
use storefront_messages::t;

/// The delay between the last keystroke and the saving of a draft.
const SAVE_AFTER: Duration = Duration::from_secs(1);

/// A `Copy` handle to the state that the pages of the Forums share.
#[derive(Clone, Copy)]
pub struct ForumsContext {
    compositions: RwSignal<Vec<Composition>>,
    known: RwSignal<Vec<KnownPost>>,
    actions: RwSignal<Vec<PostAction>>,
    list: StoredValue<Option<ThreadList>>,
    /// Counts the posts that were published or changed in this tab.
    stamp: StoredValue<usize>,
    /// Counts keystrokes, so that only the timer of the last keystroke saves the drafts.
    typed: StoredValue<usize>,
    mutations: Mutations,
}

/// The actions on an existing post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Deletes the user's own post, or hides another user's post.
    Delete,
    /// Restores a deleted post.
    Restore,
    /// Closes a thread to replies.
    Close,
    /// Reopens a thread.
    Open,
}

/// An action that is in flight or has failed.
#[derive(Clone, PartialEq, Eq)]
pub struct PostAction {
    post: String,
    action: Action,
    /// The error, or `None` while the request waits or is in flight.
    failed: Option<ApiError>,
}

thread_local! {
    /// The context of the app, once the first page of the Forums has created it.
    static CONTEXT: Cell<Option<ForumsContext>> = const { Cell::new(None) };
}

/// The Forums' context. The first call creates it.
pub fn use_forums_context() -> ForumsContext {
    CONTEXT.get().unwrap_or_else(|| {
        let context = use_mutations().scope.with(ForumsContext::new).expect("the app outlives its pages");
        CONTEXT.set(Some(context));
        context
    })
}

impl ForumsContext {
    fn new() -> Self {
        let mutations = use_mutations();
        let forums = Self {
            compositions: RwSignal::new(Vec::new()),
            known: RwSignal::new(Vec::new()),
            actions: RwSignal::new(Vec::new()),
            list: StoredValue::new(None),
            stamp: StoredValue::new(0),
            typed: StoredValue::new(0),
            mutations,
        };
        mutations.register_typed_text(Box::new(move |action| {
            match action {
                TypedText::Save => forums.save(),
                TypedText::Check => {}
                TypedText::Drop => forums.clear(),
            }
            forums.compositions.read_untracked().iter().any(Composition::is_unsaved)
        }));
        // Save the drafts at once when the tab is hidden, because the browser may discard a hidden tab.
        let hidden = window_event_listener(ev::visibilitychange, move |_| forums.save());
        on_cleanup(move || {
            hidden.remove();
            CONTEXT.set(None);
        });
        forums
    }

    /// Drops the state of the user who has signed out, or in whose place another user has signed in.
    fn clear(self) {
        self.compositions.set(Vec::new());
        self.known.set(Vec::new());
        self.actions.set(Vec::new());
        self.list.set_value(None);
    }

    /// The text that is written for this purpose. Tracked until the caller is cleaned up.
    pub fn composition(self, purpose: &Purpose) -> Option<Composition> {
        track_until_cleanup(self.compositions);
        self.composition_untracked(purpose)
    }

    /// The text that is written for this purpose. Not tracked.
    pub fn composition_untracked(self, purpose: &Purpose) -> Option<Composition> {
        self.compositions.read_untracked().iter().find(|it| it.purpose == *purpose).cloned()
    }

    fn update(self, purpose: &Purpose, change: &mut dyn FnMut(&mut Composition)) {
        self.compositions.update(|all| {
            let at = all.iter().position(|it| it.purpose == *purpose).unwrap_or_else(|| {
                all.push(Composition::new(purpose.clone()));
                all.len() - 1
            });
            change(&mut all[at]);
        });
    }

    /// Stores the text that the author has typed, and whether the product is ticked. The draft is saved soon.
    pub fn type_text(self, purpose: &Purpose, title: String, text: String, is_ticked: bool) {
        let mut is_due = false;
        self.update(purpose, &mut |it| {
            it.is_ticked = is_ticked;
            is_due = it.typed(title.clone(), text.clone());
        });
        if is_due {
            self.save_soon();
        }
    }

    /// Begins to edit a post. If this tab already holds an edited text of the post, that text and its version stay.
    pub fn begin_edit(self, post: &Post) {
        let purpose = Purpose::Edit(post.id.clone());
        if self.composition_untracked(&purpose).is_some() {
            return;
        }
        self.update(&purpose, &mut |it| {
            it.fill(post.title.clone().unwrap_or_default(), post.body.clone(), 0);
            it.version = post.version;
        });
        self.load_draft(purpose, post.edited.clone());
    }

    /// Loads the draft for this purpose. `edited` is the time of the post's last edit. If the draft is older, publishing it will first
    /// report a conflict.
    fn load_draft(self, purpose: Purpose, edited: Option<String>) {
        spawn_for_user(self.mutations.session, async move {
            let Ok(draft) = call(endpoints::DRAFT, &[&purpose.key()]).send(self.mutations.session).await else { return };
            let is_outdated = edited.is_some_and(|edited| js_sys::Date::new(&edited.into()).get_time() > draft.saved_at as f64);
            self.draft_read(&purpose, &draft, is_outdated);
        });
    }

    /// Fills in a draft from the backend, if it is newer than the text here. Unsaved text is newer than any draft.
    fn draft_read(self, purpose: &Purpose, draft: &Draft, is_outdated: bool) {
        let is_newer = self.composition_untracked(purpose).is_none_or(|it| it.is_older_than(draft));
        if draft.saved_at > 0 && is_newer {
            self.update(purpose, &mut |it| {
                it.fill(draft.title.clone(), draft.body.clone(), draft.saved_at);
                // The product in the page's URL takes precedence over the draft's product.
                if it.about.is_none() {
                    it.offer(draft.product.clone());
                }
                if is_outdated {
                    it.version = 0;
                }
            });
        }
    }

    /// Removes a text, and its draft.
    pub fn discard(self, purpose: &Purpose) {
        if let Some(it) = self.composition_untracked(purpose).filter(|it| it.draft.saved_at > 0) {
            self.send_draft(it.purpose, SaveDraft { title: String::new(), body: String::new(), seen: it.draft.saved_at, product: None });
        }
        self.compositions.update(|all| all.retain(|it| it.purpose != *purpose));
    }

    fn save_soon(self) {
        let typed = self.typed.try_update_value(|typed| {
            *typed += 1;
            *typed
        });
        let save = move || {
            if self.typed.try_get_value() == typed {
                self.save();
            }
        };
        set_timeout(save, SAVE_AFTER);
    }

    /// Saves the drafts that have changed. Drafts are saved as mutations, so that a sign-out waits for them, and so that a draft and the
    /// publication of its text reach the backend in order.
    fn save(self) {
        let mut due = Vec::new();
        self.compositions.update(|all| due.extend(all.iter_mut().filter_map(|it| it.begin_saving().then(|| it.clone()))));
        for it in due {
            let draft = SaveDraft { product: it.product(), body: it.text, seen: it.draft.saved_at, title: it.title };
            self.send_draft(it.purpose, draft);
        }
    }

    fn send_draft(self, purpose: Purpose, draft: SaveDraft) {
        let request = call_with(endpoints::SAVE_DRAFT, &[&purpose.key()], &draft);
        self.mutations.enqueue(Mutation {
            page: page_of(&purpose),
            also_at: None,
            failure: t!("We couldn't save the draft.").to_owned(),
            send: move |session| request.clone().send(session),
            done: move |answer: Result<DraftSaved, ApiError>| self.draft_saved(&purpose, answer.ok()),
        });
    }

    fn draft_saved(self, purpose: &Purpose, mut saved: Option<DraftSaved>) {
        let mut is_due = false;
        _ = self.compositions.try_update(|all| {
            is_due = all.iter_mut().find(|it| it.purpose == *purpose).is_some_and(|it| it.end_saving(saved.take()));
        });
        if is_due {
            self.save();
        }
    }

    /// Publishes a text, unless its publication is pending.
    pub fn publish(self, purpose: &Purpose) {
        let Some(it) = self.composition_untracked(purpose).filter(|it| it.publication != Publication::Pending) else { return };
        let (key, content, version) = (it.repeated_key().unwrap_or_else(new_key), it.content(), it.version);
        self.update(purpose, &mut |it| it.publication = Publication::Pending);
        let (purpose, request) = (purpose.clone(), api::publish(purpose, &content, version, &key));
        self.mutations.enqueue(Mutation {
            page: page_of(&purpose),
            also_at: None,
            failure: failure_of(&purpose).to_owned(),
            send: move |session| request.clone().send(session),
            done: move |answer| match answer {
                Ok(post) => self.published(&purpose, &content, post),
                Err(error) => self.publication_failed(&purpose, FailedPublication { error, sent: content, key }),
            },
        });
    }

    fn publication_failed(self, purpose: &Purpose, failed: FailedPublication) {
        if let Purpose::Edit(id) = purpose
            && failed.error.is(ProblemCode::PostChanged)
        {
            self.read_newer(id.clone());
        }
        _ = self.compositions.try_update(|all| {
            if let Some(it) = all.iter_mut().find(|it| it.purpose == *purpose) {
                it.publication = Publication::Failed(failed);
            }
        });
    }

    fn published(self, purpose: &Purpose, sent: &Content, post: Post) {
        let announcement = match purpose {
            Purpose::Thread => t!("Post published."),
            Purpose::Reply(_) => t!("Reply published."),
            Purpose::Edit(_) => t!("Changes saved."),
        };
        let (thread, is_published) = match purpose {
            Purpose::Thread => (None, true),
            Purpose::Reply(thread) => (Some(thread.clone()), true),
            Purpose::Edit(_) => (None, false),
        };
        match purpose {
            Purpose::Edit(id) => {
                self.compositions.update(|all| all.retain(|it| it.purpose != *purpose));
                document::restore_focus_after_render(selector(id));
            }
            Purpose::Thread | Purpose::Reply(_) => self.update(purpose, &mut |it| it.published(sent)),
        }
        let new = is_published.then(|| post.clone());
        self.keep(thread, post, is_published);
        self.mutations.context.announce(announcement);
        self.save();
        if let Some(post) = new {
            self.show_new(purpose, post, announcement);
        }
    }

    /// Moves the focus to a new post, which may be below the visible part of the page. The focus stays in the form if the author has typed
    /// more. If the open page does not have the post, a notice links to it.
    fn show_new(self, purpose: &Purpose, post: Post, announcement: &str) {
        let has_more = self.composition_untracked(purpose).is_some_and(|it| it.has_text());
        let (selector, text) = (format!(":is([id='thread-{0}'], [id='post-{0}'])", post.id), announcement.to_owned());
        let page = page_of(purpose);
        let path = match purpose {
            Purpose::Reply(thread) => [&thread_href(thread), &*self::selector(&post.id)].concat(),
            Purpose::Thread | Purpose::Edit(_) => thread_href(&post.id),
        };
        after_render(move || match document::element(&selector) {
            Some(_) if has_more => {}
            Some(element) => {
                element.closest("article").ok().flatten().unwrap_or(element.into()).scroll_into_view();
                document::focus(&selector);
            }
            None => {
                let link = Some(PageLink { path, title: heading(&post) });
                self.mutations.notify(PageNotice { kind: NoticeKind::Success, text, page, link });
            }
        });
    }

    /// Reads the newer version of a post, which another device has saved, so that the author can compare the two versions.
    fn read_newer(self, id: String) {
        spawn_for_user(self.mutations.session, async move {
            let Ok(thread) = call(endpoints::THREAD, &[&id]).send(self.mutations.session).await else { return };
            let newer = [thread.post].into_iter().chain(thread.replies).find(|it| it.id == id);
            if let Some(post) = newer {
                self.update(&Purpose::Edit(id), &mut |it| it.version = post.version);
                self.keep(None, post, false);
            }
        });
    }

    /// Sends an action on a post, unless one is pending.
    pub fn act(self, post: &Post, action: Action) {
        let id = post.id.clone();
        let is_pending = |it: &PostAction| it.post == id && it.failed.is_none();
        let is_repeated = self.actions.read_untracked().iter().any(is_pending);
        if is_repeated {
            return;
        }
        self.set_action(&id, Some(PostAction { post: id.clone(), action, failed: None }));
        let (own, request) = (post.own, api::act(&id, action));
        self.mutations.enqueue(Mutation {
            page: Route::Thread,
            also_at: None,
            failure: t!("We couldn't make that change.").to_owned(),
            send: move |session| request.clone().send(session),
            done: move |answer| match answer {
                Ok(post) => self.acted(action, own, post),
                Err(error) => self.set_action(&id, Some(PostAction { post: id.clone(), action, failed: Some(error) })),
            },
        });
    }

    fn acted(self, action: Action, own: bool, post: Post) {
        self.set_action(&post.id, None);
        // The button that had the focus is about to be replaced.
        document::restore_focus_after_render(selector(&post.id));
        self.keep(None, post, false);
        self.mutations.context.announce(match action {
            Action::Delete if own => t!("Post deleted."),
            Action::Delete => t!("Post hidden."),
            Action::Restore => t!("Post restored."),
            Action::Close => t!("Thread closed."),
            Action::Open => t!("Thread reopened."),
        });
    }

    fn set_action(self, post: &str, action: Option<PostAction>) {
        let mut action = action;
        _ = self.actions.try_update(|all| {
            all.retain(|it| it.post != post);
            all.extend(action.take());
        });
    }

    /// Whether an action on the post is pending. Tracked until the caller is cleaned up.
    pub fn is_busy(self, post: &str) -> bool {
        track_until_cleanup(self.actions);
        self.actions.read_untracked().iter().any(|it| it.post == post && it.failed.is_none())
    }

    /// The failed action on the post, and its error. Tracked until the caller is cleaned up.
    pub fn failed_action(self, post: &str) -> Option<(Action, ApiError)> {
        track_until_cleanup(self.actions);
        self.actions.read_untracked().iter().find(|it| it.post == post).and_then(|it| Some((it.action, it.failed.clone()?)))
    }

    /// The posts that were published or changed in this tab. Tracked until the caller is cleaned up.
    pub fn known(self) -> Vec<KnownPost> {
        read_until_cleanup(self.known)
    }

    fn keep(self, thread: Option<String>, post: Post, is_published: bool) {
        let stamp = self.stamp.try_update_value(|stamp| {
            *stamp += 1;
            *stamp
        });
        let mut new = Some(KnownPost { thread, post, is_published, stamp: stamp.unwrap_or_default() });
        _ = self.known.try_update(|all| {
            let Some(mut new) = new.take() else { return };
            if let Some(at) = all.iter().position(|it| it.post.id == new.post.id) {
                let before = all.remove(at);
                (new.thread, new.is_published) = (new.thread.or(before.thread), new.is_published || before.is_published);
            }
            all.push(new);
        });
    }

    /// Reads the first page of the list.
    pub async fn read_list(self, search: String) -> Result<ThreadList, ApiError> {
        let begun_at = self.stamp.try_get_value().unwrap_or_default();
        let mut page: ListPage = api::list(self.mutations.session, api::list_url(&search)).await?;
        let id = product_in(&search).to_owned();
        let product = page.product_name.take().map(|name| ThreadProduct { id, name });
        let offered = product.clone();
        self.update(&Purpose::Thread, &mut |it| it.offer(offered.clone()));
        if page.has_draft && self.composition_untracked(&Purpose::Thread).is_none_or(|it| !it.has_text()) {
            self.load_draft(Purpose::Thread, None);
        }
        let is_read = |it: &KnownPost| page.threads.iter().any(|thread| thread.id == it.post.id);
        self.forget(begun_at, &is_read);
        let before = self.list.try_get_value().flatten();
        let list = ThreadList { product, ..ThreadList::of_first_page(search, page, before.as_ref()) };
        self.keep_list(&list);
        Ok(list)
    }

    /// Stores the list, so that a reader who comes back to the page sees the same threads.
    pub fn keep_list(self, list: &ThreadList) {
        self.list.try_update_value(|kept| *kept = Some(list.clone()));
    }

    /// Reads a thread.
    pub async fn read_thread(self, id: &str) -> Result<Thread, ApiError> {
        let begun_at = self.stamp.try_get_value().unwrap_or_default();
        let thread = call(endpoints::THREAD, &[id]).send(self.mutations.session).await?;
        let of_thread = |it: &KnownPost| {
            it.thread.as_ref() == Some(&thread.post.id) || thread.replies.iter().chain([&thread.post]).any(|post| post.id == it.post.id)
        };
        self.forget(begun_at, &of_thread);
        if let Some(draft) = &thread.draft {
            self.draft_read(&Purpose::Reply(thread.post.id.clone()), draft, false);
        }
        Ok(thread)
    }

    /// Drops the known posts with this stamp or a lower one for which `is_read` is true. The server's answer includes them, because the
    /// request was sent after they were published or changed.
    fn forget(self, stamp: usize, is_read: &dyn Fn(&KnownPost) -> bool) {
        let is_outdated = self.known.read_untracked().iter().any(|it| it.stamp <= stamp && is_read(it));
        if is_outdated {
            self.known.update(|all| all.retain(|it| it.stamp > stamp || !is_read(it)));
        }
    }
}

/// The page that shows the result of a publication.
fn page_of(purpose: &Purpose) -> Route {
    match purpose {
        Purpose::Thread => Route::Posts,
        Purpose::Reply(_) | Purpose::Edit(_) => Route::Thread,
    }
}

/// The first sentence of the message that a publication failed.
pub fn failure_of(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::Thread => t!("We couldn't publish your post."),
        Purpose::Reply(_) => t!("We couldn't publish your reply."),
        Purpose::Edit(_) => t!("We couldn't save your changes."),
    }
}

/// The CSS selector of a post on its page. It is also the fragment of the post's link.
pub fn selector(id: &str) -> String {
    format!("#post-{id}")
}
