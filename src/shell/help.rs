//! The pages for customers, to which the end of every page leads: delivery, returns, privacy, contact.

use crate::{
    core::{Route, use_app_context},
    ui::document,
};
use leptos::prelude::*;

/// The page that the address names.
pub(super) fn page() -> AnyView {
    let context = use_app_context();
    let route = context.current_route();
    let sections = match route {
        Route::Help(page) => page.sections(context.config.contact.as_deref()),
        _ => Vec::new(),
    };
    let sections = sections.into_iter().map(|(heading, text)| view! { <section><h2>{heading}</h2><p>{text}</p></section> }.into_any());
    view! { <div class="narrow help">{document::heading(route.title())}<div class="card">{sections.collect::<Vec<_>>()}</div></div> }
        .into_any()
}
