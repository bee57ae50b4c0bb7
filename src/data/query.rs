//! Loads data that a page reads, and shows that it is being loaded, that it is there, or that it could not be loaded.
//!
//! A query belongs to the page that made it: when the page is left, its request is aborted. Leptos' own `LocalResource` and
//! `Suspense` would do the same for 30 KB of wasm.

use super::client::ApiError;
use crate::ui::{ErasedSignal, PageScope, components, document, dynamic, scroll::Scroll};
use leptos::prelude::*;
use leptos_fusionauth::{Session, use_session};
use std::{any::Any, future::Future, marker::PhantomData, pin::Pin, sync::Arc};

/// Data of one type that is being loaded, was loaded, or could not be loaded.
pub struct Query<T>(ErasedQuery, PhantomData<fn() -> T>);

/// Asks the backend on behalf of a session.
pub type Fetch<T> = fn(Session) -> Answer<T>;

/// The answer to come.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

type Data = Arc<dyn Any + Send + Sync>;

#[derive(Clone)]
enum State {
    Loading,
    Ready(Data),
    Failed(ApiError),
}

impl<T: Clone + Send + Sync + 'static> Query<T> {
    /// Starts to load.
    pub fn new(fetch: Fetch<T>) -> Self {
        let fetch = move |session| -> Answer<Data> {
            let answer = fetch(session);
            Box::pin(async move { Ok(Arc::new(answer.await?) as Data) })
        };
        Self(ErasedQuery::new(Arc::new(fetch)), PhantomData)
    }

    /// `ready` when the data is there, `loading` until then, and the error with a button that tries again.
    pub fn view(self, loading: fn() -> AnyView, ready: impl Fn(T) -> AnyView + Send + 'static) -> AnyView {
        let ready = move |data: Data| ready((*data.downcast::<T>().expect("a query loads one type")).clone());
        self.0.view(loading, Box::new(ready))
    }
}

/// A query for data of any type. It is compiled once, where a `Query` is compiled anew for each type.
#[derive(Clone)]
struct ErasedQuery {
    state: ErasedSignal<State>,
    fetch: Arc<dyn Fn(Session) -> Answer<Data> + Send + Sync>,
    session: Session,
    scroll: Option<Scroll>,
    scope: PageScope,
}

impl ErasedQuery {
    fn new(fetch: Arc<dyn Fn(Session) -> Answer<Data> + Send + Sync>) -> Self {
        let state = ErasedSignal::new(State::Loading);
        let query = Self { state, fetch, session: use_session(), scroll: use_context(), scope: PageScope::current() };
        query.start();
        query
    }

    fn view(self, loading: fn() -> AnyView, ready: Box<dyn Fn(Data) -> AnyView + Send>) -> AnyView {
        dynamic(move || match self.state.get() {
            // After a sign-out the guard replaces the page.
            State::Loading | State::Failed(ApiError::SignedOut) => loading(),
            State::Ready(data) => ready(data),
            State::Failed(error) => {
                let query = self.clone();
                let retry = move || {
                    document::focus_heading(); // the button that has the focus is about to be removed
                    query.state.set(State::Loading);
                    query.start();
                };
                components::failure(error.to_string(), retry)
            }
        })
    }

    fn start(&self) {
        let (answer, state, scroll) = ((self.fetch)(self.session), self.state, self.scroll);
        self.scope.spawn(async move {
            let is_shown = state.try_set(match answer.await {
                Ok(data) => State::Ready(data),
                Err(error) => State::Failed(error),
            });
            if is_shown {
                _ = scroll.map(Scroll::content_rendered);
            }
        });
    }
}
