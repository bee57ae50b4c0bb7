//! The server-rendered pages with information for customers: `/delivery`, `/returns`, `/privacy`, and the sections of `/contact`. Every
//! footer links to them.

use crate::pages::layout::{Page, PageResult};
use crate::pages::page_request::{PageRequest, Visitor};
use crate::pages::{PageState, components::heading};
use axum::{Router, http::StatusCode, routing::get};
use maud::{Markup, html};
use storefront_api::pages::{HelpPage, Route};
use storefront_messages::{help_sections, page_title, t};

pub(super) fn router() -> Router<PageState> {
    HelpPage::ALL.into_iter().filter(|page| *page != HelpPage::Contact).fold(Router::new(), |router, page| {
        router.route(Route::Help(page).href(), get(move |request, visitor| show(page, request, visitor)))
    })
}

async fn show(page: HelpPage, request: PageRequest, Visitor(visitor): Visitor) -> PageResult {
    let title = page_title(Route::Help(page));
    let main = html! {
        div.narrow.help { (heading(title)) (sections(page, request.backend.config.contact.as_deref())) }
    };
    request.layout.show(visitor.as_ref(), Page::new(title, StatusCode::OK, main)).await
}

/// The sections of a page, with the link to the contact form where people need it. `contact` is the shop's email, if there is one.
pub(crate) fn sections(page: HelpPage, contact: Option<&str>) -> Markup {
    html! {
        div.card {
            @for (heading, text) in help_sections(page, contact) { section { h2 { (heading) } p { (text) } } }
            @if let (HelpPage::Delivery | HelpPage::Returns, true) = (page, contact.is_some()) { p { (contact_link(t!("Write to us"), None)) } }
        }
    }
}

/// The link to the contact form, which begins with the number of this order.
pub(crate) fn contact_link(text: &str, order: Option<&str>) -> Markup {
    let query = order.map(|number| format!("?order={number}"));
    html! { a href={ (Route::Help(HelpPage::Contact).href()) (query.unwrap_or_default()) } { (text) } }
}
