//! "Show more" at the end of a list.

use super::{ErasedMemo, ErasedSignal, click, components, disabled, dynamic, none, reactive_text};
use leptos::prelude::*;
use storefront_messages::t;

/// What became of the last click on "Show more".
#[derive(Clone, PartialEq, Eq)]
pub enum More {
    /// There was none, or it has brought a page.
    Idle,
    /// The next page is on its way.
    Loading,
    /// What went wrong, for people.
    Failed(String),
}

/// The button, with what went wrong above it, while `has_more` holds. `load` is not called while a page is on its way.
pub fn show_more(
    more: ErasedSignal<More>,
    has_more: impl Fn() -> bool + Send + Sync + 'static,
    load: impl Fn() + Copy + Send + 'static,
) -> AnyView {
    let is_loading = move || *more.read() == More::Loading;
    // A page that is not the last one leaves the button as it is.
    let has_more = ErasedMemo::new(has_more);
    dynamic(move || {
        if !has_more.get() {
            return none();
        }
        let load_once = move || {
            if *more.read_untracked() != More::Loading {
                load();
            }
        };
        let failure = dynamic(move || match more.get() {
            More::Failed(text) => components::write_failure(text, None),
            More::Idle | More::Loading => none(),
        });
        view! {
            <div class="more">
                {failure}
                <button type="button" class="quiet" aria-disabled=disabled(is_loading) on:click=click(load_once)>
                    {reactive_text(move || if is_loading() { t!("Loading…") } else { t!("Show more") })}
                </button>
            </div>
        }
        .into_any()
    })
}
