//! Starts the tasks of forms and pages. The functions here cancel a task in time, so that no answer changes a page that was left, or reaches
//! a page of another user.
//!
//! | a task that | starts with |
//! |---|---|
//! | is cancelled when its page is left | [`PageScope::spawn`] |
//! | changes data at the backend, so that leaving the page must not cancel it | [`PageScope::finish`] |
//! | belongs to the app, and is cancelled when its user's session ends | [`spawn_for_user`] |
//! | belongs to the app, and is cancelled only when another user signs in | [`spawn_unless_another_user`] |
//! | belongs to the app, is never cancelled, and checks its user itself | [`spawn_for_app`] |
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
            task = task_while(session, is_not_another, task);
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
        spawn_for_app(task_while(session, is_not_another, Box::pin(task)));
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

/// Starts a task of the app. The task continues after a sign-out, and is cancelled when another user signs in.
pub fn spawn_unless_another_user(session: Session, task: impl Future<Output = ()> + 'static) {
    spawn_for_app(task_while(session, is_not_another, Box::pin(task)));
}

/// Starts a task of the app on behalf of the signed-in user. The task is cancelled when that user's session ends.
pub fn spawn_for_user(session: Session, task: impl Future<Output = ()> + 'static) {
    spawn_for_app(task_while(session, |asker, user| asker == user, Box::pin(task)));
}

/// Starts a task that is never cancelled, neither when a page is left nor when a session ends. The task must read no signal of a page after
/// an await, and must check its user itself.
///
/// This function does not use `leptos::task::spawn_local`, because that function panics until an app is mounted.
pub fn spawn_for_app(task: impl Future<Output = ()> + 'static) {
    let task: Task = Box::pin(task);
    wasm_bindgen_futures::spawn_local(task);
}

/// Calls `run` once Leptos has rendered the change that the caller has just made.
pub fn after_render(run: impl FnOnce() + 'static) {
    spawn_for_app(async {
        leptos::task::tick().await;
        run();
    });
}

/// Compares the user who started a task with the signed-in user, and returns whether the task may continue.
type IsWanted = fn(Option<&str>, Option<&str>) -> bool;

/// Returns `false` only for two different users. A missing user is accepted, because a request may itself sign its user in, or out and in
/// again.
fn is_not_another(asker: Option<&str>, user: Option<&str>) -> bool {
    asker.is_none() || user.is_none() || asker == user
}

/// Wraps the task so that each poll first calls `is_wanted`, and cancels the task if the answer is `false`.
fn task_while(session: Session, is_wanted: IsWanted, mut task: Task) -> Task {
    let asker = user_id(session);
    Box::pin(poll_fn(move |context| match is_wanted(asker.as_deref(), user_id(session).as_deref()) {
        true => task.as_mut().poll(context),
        false => Poll::Ready(()),
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
