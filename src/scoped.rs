//! Reading a signal that lives longer than the page.

use leptos::prelude::*;
use leptos::reactive::graph::{Observer, Source, ToAnySource};

/// Reads `signal` and ends the subscription with the reading page. Leptos 0.8 keeps the subscriptions of effects and memos
/// that are gone: without this every visit to a page would leave a dead one behind.
pub fn scoped<S: Get + ToAnySource>(signal: S) -> S::Value {
    if let Some(reader) = Observer::get() {
        let source = signal.to_any_source();
        on_cleanup(move || source.remove_subscriber(&reader));
    }
    signal.get()
}
