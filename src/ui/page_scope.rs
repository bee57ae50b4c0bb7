//! Ends with a page what belongs to it: the tasks that it has started, and its subscriptions to signals that outlive it.

use leptos::{
    prelude::*,
    reactive::{
        graph::{Observer, Source, ToAnySource},
        owner::WeakOwner,
    },
    task::spawn_local_scoped_with_cancellation,
};
use std::{future::Future, pin::Pin};

/// A page, or a part of one, as the owner of the tasks that are started for it. It does not keep the page alive.
#[derive(Clone, Copy)]
pub struct PageScope(StoredValue<WeakOwner>);

impl PageScope {
    /// The scope of the caller.
    pub fn current() -> Self {
        Self(StoredValue::new(Owner::current().unwrap_or_default().downgrade()))
    }

    /// Starts a task that ends with the page.
    pub fn spawn(self, task: impl Future<Output = ()> + 'static) {
        // Boxed, because the spawning would be compiled anew for each type of task.
        let task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(task);
        self.with(|| spawn_local_scoped_with_cancellation(task));
    }

    /// Runs `run` with the contexts of the page, unless the page was left. Signals made there end with the page.
    pub fn with<R>(self, run: impl FnOnce() -> R) -> Option<R> {
        let owner = self.0.try_get_value()?.upgrade()?;
        Some(owner.with(run))
    }
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
