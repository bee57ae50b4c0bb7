//! The page for every address at which the application has no page.

use crate::{
    core::Route,
    ui::components::{Heading, Icon},
};
use leptos::prelude::*;
use storefront_messages::t;

/// The page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <div class="narrow">
            <section class="empty-state">
                <Icon name="cloud"/>
                <Heading text=Route::NotFound.title()/>
                <p>{t!("There is nothing at this address. It may have been mistyped, or the page has gone.")}</p>
                <a class="button primary" href=Route::NotFound.href()>{t!("Go to the start page")}</a>
            </section>
        </div>
    }
}
