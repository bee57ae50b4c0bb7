//! The server-rendered pages with information for customers: `/delivery`, `/returns`, `/privacy` and `/contact`. Every footer links to
//! them.

use crate::pages::layout::{Page, PageResult, help_path};
use crate::pages::page_request::{PageRequest, Visitor};
use crate::pages::{components::heading, state::PageState};
use axum::{Router, http::StatusCode, routing::get};
use maud::html;
use storefront_messages::HelpPage;

pub(super) fn router() -> Router<PageState> {
    HelpPage::ALL
        .into_iter()
        .fold(Router::new(), |router, page| router.route(help_path(page), get(move |request, visitor| show(page, request, visitor))))
}

async fn show(page: HelpPage, request: PageRequest, Visitor(visitor): Visitor) -> PageResult {
    let sections = page.sections(request.backend.config.contact.as_deref());
    let main = html! {
        div.narrow.help {
            (heading(page.title()))
            div.card { @for (heading, text) in &sections { section { h2 { (heading) } p { (text) } } } }
        }
    };
    request.layout.show(visitor.as_ref(), Page::new(page.title(), StatusCode::OK, main)).await
}
