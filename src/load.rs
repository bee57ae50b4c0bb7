//! Data that a page loads: one signal and one view for all pages.

use crate::{
    api::ApiError,
    erased::{Place, dynamic},
    page, parts,
    scroll::Scroll,
};
use leptos::prelude::*;
use leptos_fusionauth::{Session, use_session};
use std::{future::Future, pin::Pin};

/// Data on its way. It belongs to the page that made it: with the page gone its request is aborted.
pub struct Load<T: 'static> {
    state: RwSignal<State<T>>,
    ask: Ask<T>,
    session: Session,
    scroll: Option<Scroll>,
    place: Place,
}

/// Asks the backend, on behalf of a session.
pub type Ask<T> = fn(Session) -> Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

#[derive(Clone)]
enum State<T> {
    Waiting,
    Ready(T),
    Failed(ApiError),
}

impl<T> Clone for Load<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Load<T> {}

impl<T: Clone + Send + Sync + 'static> Load<T> {
    /// Starts to load.
    pub fn new(ask: Ask<T>) -> Self {
        let load = Self { state: RwSignal::new(State::Waiting), ask, session: use_session(), scroll: use_context(), place: Place::here() };
        load.start();
        load
    }

    /// `ready` once the data is there, `waiting` until then; what went wrong, with a button, if it failed.
    pub fn view(self, waiting: fn() -> AnyView, ready: impl Fn(T) -> AnyView + Send + 'static) -> AnyView {
        let again = move || {
            page::focus_heading(); // the button that had the focus is about to go
            self.state.set(State::Waiting);
            self.start();
        };
        dynamic(move || match self.state.get() {
            // Signed out: the guard is about to take the page away.
            State::Waiting | State::Failed(ApiError::SignedOut) => waiting(),
            State::Ready(data) => ready(data),
            State::Failed(error) => parts::failure(error.to_string(), again),
        })
    }

    fn start(self) {
        let answer = (self.ask)(self.session);
        self.place.spawn(async move {
            let state = match answer.await {
                Ok(data) => State::Ready(data),
                Err(error) => State::Failed(error),
            };
            if self.state.try_set(state).is_none() {
                _ = self.scroll.map(Scroll::settled);
            }
        });
    }
}
