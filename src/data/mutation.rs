//! A write to the backend: one signal for all forms and buttons.

use crate::{data::client::ApiError, ui::page_scope::PageScope};
use leptos::prelude::*;
use std::future::Future;

/// At most one request at a time, and how the last one failed.
#[derive(Clone, Copy)]
pub struct Mutation {
    state: RwSignal<State>,
    scope: PageScope,
}

#[derive(Clone, PartialEq)]
enum State {
    Idle,
    Busy,
    Failed(ApiError),
}

impl Default for Mutation {
    fn default() -> Self {
        Self { state: RwSignal::new(State::Idle), scope: PageScope::current() }
    }
}

impl Mutation {
    /// Whether a request is on its way.
    pub fn busy(self) -> bool {
        self.state.get() == State::Busy
    }

    /// How the last request failed.
    pub fn failure(self) -> Option<ApiError> {
        match self.state.get() {
            State::Failed(error) => Some(error),
            State::Idle | State::Busy => None,
        }
    }

    /// Sends, unless something is on its way already. `done` is called if it worked, `failed` if not.
    pub fn send<T: 'static>(
        self,
        request: impl Future<Output = Result<T, ApiError>> + 'static,
        done: impl FnOnce(T) + 'static,
        failed: impl FnOnce(&ApiError) + 'static,
    ) {
        if self.state.get_untracked() == State::Busy {
            return;
        }
        self.state.set(State::Busy);
        self.scope.spawn(async move {
            match request.await {
                Ok(answer) => {
                    _ = self.state.try_set(State::Idle);
                    done(answer);
                }
                Err(error) => {
                    failed(&error);
                    _ = self.state.try_set(State::Failed(error));
                }
            }
        });
    }
}
