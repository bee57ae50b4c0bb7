//! The page for every URL that leads to no page of the application.

use crate::{
    core::{Route, page_title},
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
                <Icon name="search"/>
                <Heading text=page_title(Route::NotFound)/>
                <p>{t!("We can't find this page. The link may be mistyped, or the page may have been removed.")}</p>
                <a class="button primary" href=Route::NotFound.href()>{t!("Go to the home page")}</a>
            </section>
        </div>
    }
}
