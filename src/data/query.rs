//! Loads data that a page reads, and shows that it is being loaded, that it is there, or that it could not be loaded.
//!
//! A query belongs to the page that made it: when the page is left, its request is aborted. Leptos' own `LocalResource` and
//! `Suspense` would do the same for 30 KB of wasm.

use super::client::ApiError;
use crate::ui::{ErasedSignal, PageScope, components, document, dynamic, scroll::Scroll};
use leptos::prelude::*;
use leptos_fusionauth::{Session, use_session};
use std::{future::Future, pin::Pin};

/// Data that is being loaded, was loaded, or could not be loaded.
pub struct Query<T: 'static> {
    state: ErasedSignal<State<T>>,
    fetch: Fetch<T>,
    session: Session,
    scroll: Option<Scroll>,
    scope: PageScope,
}

/// Asks the backend on behalf of a session.
pub type Fetch<T> = fn(Session) -> Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

#[derive(Clone)]
enum State<T> {
    Loading,
    Ready(T),
    Failed(ApiError),
}

impl<T> Clone for Query<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Query<T> {}

impl<T: Clone + Send + Sync + 'static> Query<T> {
    /// Starts to load.
    pub fn new(fetch: Fetch<T>) -> Self {
        let state = ErasedSignal::new(State::Loading);
        let query = Self { state, fetch, session: use_session(), scroll: use_context(), scope: PageScope::current() };
        query.start();
        query
    }

    /// `ready` when the data is there, `loading` until then, and the error with a button that tries again.
    pub fn view(self, loading: fn() -> AnyView, ready: impl Fn(T) -> AnyView + Send + 'static) -> AnyView {
        let retry = move || {
            document::focus_heading(); // the button that has the focus is about to be removed
            self.state.set(State::Loading);
            self.start();
        };
        dynamic(move || match self.state.get() {
            // After a sign-out the guard replaces the page.
            State::Loading | State::Failed(ApiError::SignedOut) => loading(),
            State::Ready(data) => ready(data),
            State::Failed(error) => components::failure(error.to_string(), retry),
        })
    }

    fn start(self) {
        let answer = (self.fetch)(self.session);
        self.scope.spawn(async move {
            let state = match answer.await {
                Ok(data) => State::Ready(data),
                Err(error) => State::Failed(error),
            };
            if self.state.try_set(state) {
                _ = self.scroll.map(Scroll::content_rendered);
            }
        });
    }
}
