//! The page for every address at which the application has no page.

use crate::{
    core::Route,
    ui::{components, document},
};
use leptos::prelude::*;
use storefront_messages::t;

/// The page.
pub fn page() -> AnyView {
    view! {
        <div class="narrow">
            <section class="empty-state">
                {components::icon("cloud")}
                {document::heading(Route::NotFound.title())}
                <p>{t!("There is nothing at this address. It may have been mistyped, or the page has gone.")}</p>
                <a class="button primary" href=Route::NotFound.href()>{t!("Go to the start page")}</a>
            </section>
        </div>
    }
    .into_any()
}
