//! Loads data for a page, and shows the progress, the data, or the failure.
//!
//! A query belongs to the page that created it: when the page is left, the query's request is aborted. `docs/app.md` says why the app does
//! not use Leptos' own `LocalResource` and `Suspense`. Answers stay in memory until the session ends. A page that is opened again shows its
//! data at once, and reads it again in the background.

use super::{
    client::ApiError,
    mutation::{Mutations, use_mutations},
};
use crate::{
    core::Route,
    ui::{
        PageScope,
        components::{InlineFailure, LoadFailure, NotFound, RetryButton},
        document, read_until_cleanup,
    },
};
use leptos::prelude::*;
use leptos_fusionauth::{Session, SessionState};
use std::{any::Any, future::Future, pin::Pin, sync::Arc};
use storefront_messages::t;

/// Data that is being loaded, was loaded, or could not be loaded.
pub struct Query<T: 'static> {
    page: Route,
    state: RwSignal<State<T>>,
    /// The error of the last reload, while older data is shown.
    outdated: RwSignal<Option<ApiError>>,
    fetch: Fetch<T>,
    answers: Answers,
    scope: PageScope,
}

/// Calls the backend on behalf of a session. The function can use the contexts of the page.
pub type Fetch<T> = fn(Session) -> Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

#[derive(Clone)]
enum State<T> {
    Loading,
    Ready(RwSignal<T>),
    Failed(ApiError),
}

impl<T> Clone for Query<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Query<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Query<T> {
    /// Starts to load the data of `page`.
    pub fn new(page: Route, fetch: Fetch<T>) -> Self {
        let (answers, scope) = (use_answers(), PageScope::current());
        let known = answers.known::<T>(page);
        let state = RwSignal::new(known.map_or(State::Loading, |known| State::Ready(RwSignal::new(known))));
        let query = Self { page, state, outdated: RwSignal::new(None), fetch, answers, scope };
        query.start();
        let context = answers.mutations.context;
        Effect::new(move |before: Option<(bool, u32)>| {
            let now = (read_until_cleanup(context.online()), read_until_cleanup(context.returns()));
            let (was_online, returns) = before.unwrap_or(now);
            if returns != now.1 {
                query.retry();
            } else if now.0 && !was_online && query.has_failed() {
                query.retry();
                document::restore_focus_after_render("main h1".to_owned()); // the retry button, which is removed, may have had the focus
            }
            now
        });
        query
    }

    /// Shows `loading`, then `ready` with the data, or the error with a button that tries again. When the data changes, the signal that
    /// `ready` receives changes.
    pub fn view(self, loading: fn() -> AnyView, ready: impl Fn(RwSignal<T>) -> AnyView + Send + 'static) -> AnyView {
        let retry = move || {
            document::focus_heading(); // the button that has the focus is about to be removed
            self.retry();
        };
        let content = move || match self.state.get() {
            // After a sign-out the guard replaces the page.
            State::Loading | State::Failed(ApiError::SignedOut) => loading(),
            State::Ready(data) => ready(data),
            State::Failed(error) if error.is_not_found() => view! { <NotFound text=error.to_string() list=self.page.list()/> }.into_any(),
            State::Failed(error) => view! { <LoadFailure text=error.to_string() retry/> }.into_any(),
        };
        let outdated = move || {
            self.outdated.get().map(|error| {
                let text = t!("You're seeing an older version of this page. {}", error);
                view! { <InlineFailure text><RetryButton retry/></InlineFailure> }
            })
        };
        view! { {move || outdated()}{move || content()} }.into_any()
    }

    /// The heading of the page if its item does not exist. Tracked.
    pub fn heading_if_not_found(self) -> Option<String> {
        match self.state.get() {
            State::Failed(ApiError::Problem(problem)) if problem.status == 404 => Some(problem.title),
            State::Failed(_) | State::Loading | State::Ready(_) => None,
        }
    }

    /// Whether a retry may help. Not tracked.
    fn has_failed(self) -> bool {
        match self.state.get_untracked() {
            State::Failed(error) => error.is_retryable(),
            State::Ready(_) => self.outdated.with_untracked(Option::is_some),
            State::Loading => false,
        }
    }

    fn retry(self) {
        if let State::Failed(_) = self.state.get_untracked() {
            self.state.set(State::Loading);
        }
        self.reload();
    }

    /// Reloads the data. The old data stays until the answer arrives.
    pub fn reload(self) {
        self.outdated.set(None);
        self.start();
    }

    fn start(self) {
        let Some(answer) = self.scope.with(|| (self.fetch)(self.answers.mutations.session)) else { return };
        let address = |answer: &Option<Answer>| answer.as_ref().map(|it| Arc::as_ptr(it).cast::<()>());
        let before = self.answers.get(self.page);
        self.scope.spawn(async move {
            let answer = answer.await;
            let newest = self.answers.get(self.page);
            match (answer, self.state.get_untracked()) {
                // A write was answered while the read was in flight, so the stored data is newer.
                (Ok(_), state) if address(&before) != address(&newest) => {
                    if let Some(newest) = self.answers.known::<T>(self.page) {
                        self.show(state, newest);
                    }
                }
                (Ok(data), state) => {
                    self.answers.keep(self.page, data.clone());
                    self.show(state, data);
                }
                (Err(ApiError::SignedOut), State::Ready(_)) => {} // the guard replaces the page
                (Err(error), State::Ready(_)) => self.outdated.set(Some(error)),
                (Err(error), State::Loading | State::Failed(_)) => self.state.set(State::Failed(error)),
            }
        });
    }

    /// Shows `data`. Existing elements stay in the page, with their focus and typed text.
    fn show(self, state: State<T>, data: T) {
        match state {
            State::Ready(shown) if shown.with_untracked(|shown| *shown == data) => {}
            State::Ready(shown) => shown.set(data),
            State::Loading | State::Failed(_) => {
                let data = self.scope.with(|| RwSignal::new(data));
                _ = data.map(|data| self.state.set(State::Ready(data)));
            }
        }
    }
}

type Answer = Arc<dyn Any + Send + Sync>;

/// A `Copy` handle to the data that the pages have read for the signed-in user.
#[derive(Clone, Copy)]
pub struct Answers {
    kept: StoredValue<Vec<Kept>>,
    mutations: Mutations,
}

struct Kept {
    page: Route,
    user: Option<String>,
    answer: Answer,
}

/// The stored answers of the app around the caller.
pub fn use_answers() -> Answers {
    use_context().expect("provided by the shell")
}

impl Answers {
    /// Provides an empty collection to everything below the caller. The end of a session empties the collection.
    pub fn provide() {
        let answers = Self { kept: StoredValue::new(Vec::new()), mutations: use_mutations() };
        provide_context(answers);
        Effect::new(move |_| match answers.mutations.session.state().get() {
            SessionState::SignedOut(_) => answers.kept.set_value(Vec::new()),
            SessionState::SignedIn { .. } | SessionState::Loading => {}
        });
    }

    /// Stores data that is newer than any read in flight. The answers to those reads do not replace it.
    pub fn keep<T: Send + Sync + 'static>(self, page: Route, answer: T) {
        self.keep_any(page, Arc::new(answer));
    }

    fn keep_any(self, page: Route, answer: Answer) {
        let user = self.mutations.current_user();
        self.kept.update_value(|kept| {
            // The new answer replaces the page's old answer, and the answers of other users.
            kept.retain(|it| it.page != page && it.user == user);
            kept.push(Kept { page, user, answer });
        });
    }

    /// The stored data of a page, from a read or a write.
    pub fn known<T: Clone + 'static>(self, page: Route) -> Option<T> {
        self.get(page)?.downcast_ref::<T>().cloned()
    }

    /// Removes the stored data of a page.
    pub fn forget(self, page: Route) {
        self.kept.update_value(|kept| kept.retain(|it| it.page != page));
    }

    fn get(self, page: Route) -> Option<Answer> {
        let user = self.mutations.current_user();
        self.kept.with_value(|kept| kept.iter().find(|it| it.page == page && it.user == user).map(|it| Arc::clone(&it.answer)))
    }
}
