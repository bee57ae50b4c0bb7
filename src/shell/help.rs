//! The help pages for customers, to which the footer of every page links: delivery, returns, privacy, contact.

use super::contact::ContactForm;
use crate::{
    core::{PageFunction, Route, page_title, use_app_context},
    ui::components::Heading,
};
use leptos::prelude::*;
use storefront_api::pages::HelpPage::{Contact, Delivery, Returns};
use storefront_messages::{help_sections, t};

/// The help pages.
pub(super) fn page(route: Route) -> Option<PageFunction> {
    matches!(route, Route::Help(_)).then_some(|| view! { <HelpPage/> }.into_any())
}

/// The help page at the URL.
#[component]
fn HelpPage() -> impl IntoView {
    let context = use_app_context();
    let route = context.current_route();
    let sections = match route {
        Route::Help(page) => help_sections(page, context.config.contact.as_deref()),
        _ => Vec::new(),
    };
    let is_reachable = context.config.contact.is_some();
    let has_form = is_reachable && route == Route::Help(Contact);
    let has_link = is_reachable && matches!(route, Route::Help(Delivery | Returns));
    let section = |(heading, text)| view! { <section><h2>{heading}</h2><p>{text}</p></section> };
    view! {
        <div class="narrow help">
            <Heading text=page_title(route)/>
            {has_form.then(|| view! { <ContactForm/> })}
            <div class="card">
                {sections.into_iter().map(section).collect_view()}
                {has_link.then(|| view! { <p><a href=Route::Help(Contact).href()>{t!("Write to us")}</a></p> })}
            </div>
        </div>
    }
}
