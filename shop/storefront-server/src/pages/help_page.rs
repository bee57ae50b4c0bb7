//! The server-rendered pages with information for customers: `/delivery`, `/returns`, `/privacy` and `/contact`. Every footer links to
//! them.

use crate::pages::layout::{Page, PageResult};
use crate::pages::page_request::{PageRequest, Visitor};
use crate::pages::{PageState, components::heading};
use axum::{Router, http::StatusCode, routing::get};
use maud::html;
use storefront_api::pages::{HelpPage, Route};
use storefront_messages::{help_sections, help_title};

pub(super) fn router() -> Router<PageState> {
    HelpPage::ALL.into_iter().fold(Router::new(), |router, page| {
        router.route(Route::Help(page).href(), get(move |request, visitor| show(page, request, visitor)))
    })
}

async fn show(page: HelpPage, request: PageRequest, Visitor(visitor): Visitor) -> PageResult {
    let sections = help_sections(page, request.backend.config.contact.as_deref());
    let main = html! {
        div.narrow.help {
            (heading(help_title(page)))
            div.card { @for (heading, text) in &sections { section { h2 { (heading) } p { (text) } } } }
        }
    };
    request.layout.show(visitor.as_ref(), Page::new(help_title(page), StatusCode::OK, main)).await
}
