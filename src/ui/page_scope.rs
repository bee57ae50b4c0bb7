//! Starts every task of the app, so that no task applies an answer to a page or a user that has gone. Clippy forbids other ways (`clippy.toml`).
//!
//! | a task that | starts with |
//! |---|---|
//! | ends with its page | [`PageScope::spawn`] |
//! | changes something, so that leaving the page must not abort it | [`PageScope::finish`] |
//! | belongs to the app and to one user | [`spawn_for_user`] |
//! | belongs to the app, and checks its user itself | [`spawn_for_app`] |
//!
//! A page also ends its subscriptions to signals that outlive it ([`read_until_cleanup`]).

use leptos::{
    prelude::*,
    reactive::{
        graph::{Observer, Source, ToAnySource},
        owner::WeakOwner,
    },
};
use leptos_fusionauth::{Session, SessionState};
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

/// A page, or a part of one, as the owner of the tasks that are started for it. It does not keep the page alive.
#[derive(Clone, Copy)]
pub struct PageScope(StoredValue<WeakOwner>);

impl PageScope {
    /// The scope of the caller.
    pub fn current() -> Self {
        Self(StoredValue::new(Owner::current().unwrap_or_default().downgrade()))
    }

    /// Starts a task that ends with the page. The guard replaces a page that needs a session when another user signs in, so the task ends
    /// with its user as well.
    #[expect(clippy::disallowed_methods, reason = "this function ends the task with the page")]
    pub fn spawn(self, task: impl Future<Output = ()> + 'static) {
        // Boxed, because the spawning would be compiled anew for each type of task.
        let task: Task = Box::pin(task);
        self.with(|| leptos::task::spawn_local_scoped_with_cancellation(task));
    }

    /// Starts a request that goes on when the page is left, and then applies what it returns. `request` must read no signal of the page after
    /// an await. The task ends when another user is signed in, because the answer is not about that user.
    pub fn finish(self, session: Session, request: impl Future<Output = ApplyToPage> + 'static) {
        self.finish_boxed(session, Box::pin(request));
    }

    fn finish_boxed(self, session: Session, request: Pin<Box<dyn Future<Output = ApplyToPage>>>) {
        let task = async move {
            let apply = request.await;
            apply(self.with(|| Page::Open).unwrap_or(Page::Left));
        };
        // The request itself may sign the user out and in again.
        run_while(session, |asker, user| asker.is_none() || user.is_none() || asker == user, Box::pin(task));
    }

    /// Runs `run` with the contexts of the page, unless the page was left. Signals made there end with the page.
    pub fn with<R>(self, run: impl FnOnce() -> R) -> Option<R> {
        let owner = self.0.try_get_value()?.upgrade()?;
        Some(owner.with(run))
    }
}

/// Whether the page is still there when the answer comes. If it was left, a notice tells the user what they must know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// It is there, with its signals.
    Open,
    /// It was left, and its signals are gone.
    Left,
}

/// Applies an answer, or tells it in a notice where the page was left.
pub type ApplyToPage = Box<dyn FnOnce(Page)>;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Starts a task of the app on behalf of the user who is signed in. It ends when another user or nobody is signed in.
pub fn spawn_for_user(session: Session, task: impl Future<Output = ()> + 'static) {
    run_while(session, |asker, user| asker == user, Box::pin(task));
}

/// Starts a task that no page and no user ends. It must read no signal of a page after an await, and checks its user itself.
///
/// Not by `leptos::task::spawn_local`, which panics until an app is mounted: the German texts load before that.
#[expect(clippy::disallowed_methods, reason = "the only place where a task starts without a page")]
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

/// Compares the user who has asked with the one who is signed in.
type IsWanted = fn(Option<&str>, Option<&str>) -> bool;

/// Goes on with the task only while `is_wanted` holds, which is checked after each await.
fn run_while(session: Session, is_wanted: IsWanted, mut task: Task) {
    let asker = user_id(session);
    spawn_for_app(poll_fn(move |context| match is_wanted(asker.as_deref(), user_id(session).as_deref()) {
        true => task.as_mut().poll(context),
        false => Poll::Ready(()),
    }));
}

/// The id of the user who is signed in. Not tracked. `None` as well once the app is gone.
pub fn user_id(session: Session) -> Option<String> {
    let user = session.state().try_with_untracked(|state| match state {
        SessionState::SignedIn { user, .. } => Some(user.id.clone()),
        SessionState::SignedOut(_) | SessionState::Loading => None,
    });
    user.flatten()
}

/// Reads `signal`, and ends the subscription when the reading effect, memo or view is cleaned up. Leptos 0.8 keeps the
/// subscriptions of effects and memos that were cleaned up, so without this function every visit to a page would add one to a
/// signal that outlives the page.
pub fn read_until_cleanup<S: Get + ToAnySource>(signal: S) -> S::Value {
    if let Some(reader) = Observer::get() {
        let source = signal.to_any_source();
        on_cleanup(move || source.remove_subscriber(&reader));
    }
    signal.get()
}
