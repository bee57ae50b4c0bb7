//! The help pages for customers, to which the footer of every page links: delivery, returns, privacy, contact.

use crate::{
    core::{Route, page_title, use_app_context},
    ui::components::Heading,
};
use leptos::prelude::*;
use storefront_messages::help_sections;

/// The help page at the URL.
#[component]
pub(super) fn HelpPage() -> impl IntoView {
    let context = use_app_context();
    let route = context.current_route();
    let sections = match route {
        Route::Help(page) => help_sections(page, context.config.contact.as_deref()),
        _ => Vec::new(),
    };
    let section = |(heading, text)| view! { <section><h2>{heading}</h2><p>{text}</p></section> };
    view! {
        <div class="narrow help">
            <Heading text=page_title(route)/>
            <div class="card">{sections.into_iter().map(section).collect_view()}</div>
        </div>
    }
}
