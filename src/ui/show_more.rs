//! The button "Show more" at the end of a list.

use super::{components::InlineFailure, document, scroll};
use leptos::prelude::*;
use storefront_messages::t;

/// The outcome of the last click on "Show more".
#[derive(Clone, PartialEq, Eq)]
pub enum More {
    /// Nobody has clicked, or the next page has loaded.
    Idle,
    /// The next page is loading.
    Loading,
    /// The next page did not load: the text of the error.
    Failed(String),
}

/// Moves the focus to the first new item, once Leptos has rendered it.
pub fn focus_first_new(selector: String) {
    if !scroll::is_restoring() {
        document::focus_after_render(selector);
    }
}

/// The button, with the error above it, while there are more items.
#[component]
pub fn ShowMore(
    /// The outcome of the last click.
    more: RwSignal<More>,
    /// Whether there are more items.
    #[prop(into)]
    has_more: Signal<bool>,
    /// Loads the next page. Not called while a page is in flight.
    #[prop(into)]
    load: Callback<()>,
) -> impl IntoView {
    let is_loading = move || more.get() == More::Loading;
    // The memo keeps the same button until the last page is loaded.
    let has_more = Memo::new(move |_| has_more.get());
    let load_once = move |_| {
        if more.get_untracked() != More::Loading {
            load.run(());
        }
    };
    let failure = move || match more.get() {
        More::Failed(text) => Some(view! { <InlineFailure text/> }),
        More::Idle | More::Loading => None,
    };
    move || {
        has_more.get().then(|| {
            view! {
                <div class="more">
                    {move || failure()}
                    <button type="button" class="quiet" aria-disabled=move || is_loading().then_some("true") on:click=load_once>
                        {move || if is_loading() { t!("Loading…") } else { t!("Show more") }}
                    </button>
                </div>
            }
        })
    }
}
