//! Every address that leads nowhere.

use crate::{page, parts};
use leptos::prelude::*;

/// The page.
pub fn page() -> AnyView {
    view! {
        <div class="narrow">
            <section class="nothing">
                {parts::icon("cloud")}
                {page::heading("Page not found")}
                <p>"There is nothing at this address. It may have been mistyped, or the page has gone."</p>
                <a class="button primary" href="/">"Go to the start page"</a>
            </section>
        </div>
    }
    .into_any()
}
