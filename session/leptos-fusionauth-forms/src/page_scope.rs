//! Starts the tasks of forms and pages, and cancels them in time, so that no answer changes a page that was left, or reaches a page of
//! another user. A page starts a request that reads with [`PageScope::spawn`], and a request that changes data at the backend with
//! [`PageScope::finish`], because leaving the page must not cancel it.
//!
//! A page must also end its subscriptions to signals that live longer than the page ([`read_until_cleanup`]).

use leptos::{
    prelude::*,
    reactive::{
        graph::{AnySource, Observer, Source, ToAnySource},
        owner::WeakOwner,
    },
};
use leptos_fusionauth::{Session, SessionState};
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

/// The owner of the tasks that are started for a page, or for a component on it. It does not keep the page alive.
#[derive(Clone, Copy)]
pub struct PageScope {
    owner: StoredValue<WeakOwner>,
    session: Option<Session>,
}

impl PageScope {
    /// The scope of the caller.
    pub fn current() -> Self {
        Self { owner: StoredValue::new(Owner::current().unwrap_or_default().downgrade()), session: use_context() }
    }

    /// Starts a task, and cancels it when the page is left or another user signs in.
    pub fn spawn(self, task: impl Future<Output = ()> + 'static) {
        // Boxed, because otherwise the code below would be compiled for each type of task.
        let mut task: Task = Box::pin(task);
        if let Some(session) = self.session {
            task = task_for(session, task);
        }
        self.with(|| leptos::task::spawn_local_scoped_with_cancellation(task));
    }

    /// Runs `request`, even if the page is left, and then calls the function that `request` returns. `request` must read no signal of the
    /// page after an await. If another user signs in, the task is cancelled, because the answer is not about that user.
    pub fn finish(self, session: Session, request: impl Future<Output = ApplyToPage> + 'static) {
        self.finish_boxed(session, Box::pin(request));
    }

    fn finish_boxed(self, session: Session, request: Pin<Box<dyn Future<Output = ApplyToPage>>>) {
        let task = async move {
            let apply = request.await;
            apply(self.with(|| Page::Open).unwrap_or(Page::Left));
        };
        wasm_bindgen_futures::spawn_local(task_for(session, Box::pin(task)));
    }

    /// Calls `run` with the contexts of the page, unless the page was left. Signals that `run` creates are disposed when the page is left.
    pub fn with<R>(self, run: impl FnOnce() -> R) -> Option<R> {
        let owner = self.owner.try_get_value()?.upgrade()?;
        Some(owner.with(run))
    }
}

/// Whether the page is still open when an answer arrives. If the user has left the page, a notice shows the result instead.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The page and its signals still exist.
    Open,
    /// The user has left the page, and its signals are gone.
    Left,
}

/// Applies an answer to the page, or shows it in a notice if the user has left the page.
pub type ApplyToPage = Box<dyn FnOnce(Page)>;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Calls `run` once Leptos has rendered the change that the caller has just made.
pub fn after_render(run: impl FnOnce() + 'static) {
    // Boxed, because otherwise the code below and that of the executor would be compiled for each closure.
    let run: Box<dyn FnOnce()> = Box::new(run);
    let task: Task = Box::pin(async {
        leptos::task::tick().await;
        run();
    });
    wasm_bindgen_futures::spawn_local(task);
}

/// Wraps a task so that it is cancelled when another user signs in. A missing user is accepted, because a request may itself sign its user
/// in, or out and in again.
fn task_for(session: Session, mut task: Task) -> Task {
    let asker = user_id(session);
    Box::pin(poll_fn(move |context| match (&asker, user_id(session)) {
        (Some(asker), Some(user)) if *asker != user => Poll::Ready(()),
        _ => task.as_mut().poll(context),
    }))
}

/// The id of the signed-in user. Not tracked. Also `None` after the app was unmounted.
pub fn user_id(session: Session) -> Option<String> {
    let user = session.state().try_with_untracked(|state| match state {
        SessionState::SignedIn { user, .. } => Some(user.id.clone()),
        SessionState::SignedOut(_) | SessionState::Loading => None,
    });
    user.flatten()
}

/// Reads `signal`, and ends the subscription when the reading effect, memo or view is cleaned up. Leptos 0.8 keeps the subscriptions of
/// effects and memos that were cleaned up. Without this function, every visit to a page would add a subscription to a signal that lives
/// longer than the page.
pub fn read_until_cleanup<S: Get + ToAnySource>(signal: S) -> S::Value {
    unsubscribe_at_cleanup(signal.to_any_source());
    signal.get()
}

/// Like [`read_until_cleanup`], for a value that is too large to be cloned: read it with `read_untracked` afterwards.
pub fn track_until_cleanup<S: Track + ToAnySource>(signal: S) {
    unsubscribe_at_cleanup(signal.to_any_source());
    signal.track();
}

fn unsubscribe_at_cleanup(source: AnySource) {
    if let Some(reader) = Observer::get() {
        on_cleanup(move || source.remove_subscriber(&reader));
    }
}
