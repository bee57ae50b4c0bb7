//! Starts all tasks of the app: a page's with [`PageScope`], a user's with [`spawn_for_user`], and the app's with [`spawn_for_app`]. Clippy
//! forbids other ways to start a task (`clippy.toml`).

use leptos::prelude::*;
use leptos_fusionauth::Session;
pub use leptos_fusionauth_forms::page_scope::*;
use leptos_router::hooks::use_url;
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};

/// Calls `run` once after `delay`. Leptos' function of this name would be compiled for each closure.
#[expect(clippy::disallowed_methods, reason = "the one call")]
pub fn set_timeout(run: impl FnOnce() + 'static, delay: Duration) {
    let run: Box<dyn FnOnce()> = Box::new(run);
    leptos::prelude::set_timeout(run, delay);
}

/// Starts a task of the app on behalf of the signed-in user. The task is cancelled when that user's session ends.
pub fn spawn_for_user(session: Session, task: impl Future<Output = ()> + 'static) {
    // Boxed, because otherwise the code below would be compiled for each type of task.
    let mut task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(task);
    let asker = user_id(session);
    spawn_for_app(poll_fn(move |context| match user_id(session) == asker {
        true => task.as_mut().poll(context),
        false => Poll::Ready(()),
    }));
}

/// Starts a task that is never cancelled, neither when a page is left nor when a session ends. The task must read no signal of a page after
/// an await, and must check its user itself.
#[expect(clippy::disallowed_methods, reason = "`leptos::task::spawn_local` panics until an app is mounted")]
pub fn spawn_for_app(task: impl Future<Output = ()> + 'static) {
    // Boxed for the code of the executor.
    let task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(task);
    wasm_bindgen_futures::spawn_local(task);
}

/// The query of the page's URL, with its `?`. A navigation to another path does not change the memo, because the new query belongs to the
/// next page. This function does not use `use_query_map`, because the subscription of `use_query_map` would stay when the page is left.
pub fn page_query() -> Memo<String> {
    let url = use_url();
    let path = url.with_untracked(|url| url.path().to_owned());
    Memo::new(move |before: Option<&String>| {
        track_until_cleanup(url);
        url.with_untracked(|url| match (before, url.search()) {
            (Some(before), _) if url.path() != path => before.clone(),
            (_, "") => String::new(),
            (_, query) => "?".to_owned() + query,
        })
    })
}
