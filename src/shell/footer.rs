//! The end of every page: the button that shows the app in the other language.

use crate::ui::{click, document, language};
use leptos::prelude::*;
use storefront_messages::Language;

/// The footer. Each language is named in the language itself, for whoever reads no other.
pub(super) fn footer() -> AnyView {
    let other = match Language::current() {
        Language::English => Language::German,
        Language::German => Language::English,
    };
    let switch = move || {
        language::keep(other);
        document::reload();
    };
    view! {
        <footer class="site">
            <button type="button" class="quiet" lang=other.tag() on:click=click(switch)>{other.name()}</button>
        </footer>
    }
    .into_any()
}
