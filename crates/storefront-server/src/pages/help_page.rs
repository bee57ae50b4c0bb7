//! The server-rendered pages with information for customers: `/delivery`, `/returns`, `/privacy` and `/contact`. Every footer links to
//! them.

use crate::http::problem::ProblemResponse;
use crate::pages::components::heading;
use crate::pages::layout::{Layout, Page};
use crate::pages::{PageState, page_user::Visitor};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Router, response::Response, routing::get};
use maud::html;
use storefront_messages::HelpPage;

pub(super) fn router() -> Router<PageState> {
    HelpPage::ALL
        .into_iter()
        .fold(Router::new(), |router, page| router.route(path(page), get(move |state, layout, visitor| show(page, state, layout, visitor))))
}

/// The path of a page, which the single-page app also has.
pub(super) fn path(page: HelpPage) -> &'static str {
    match page {
        HelpPage::Delivery => "/delivery",
        HelpPage::Returns => "/returns",
        HelpPage::Privacy => "/privacy",
        HelpPage::Contact => "/contact",
    }
}

async fn show(
    page: HelpPage,
    State(state): State<PageState>,
    layout: Layout,
    Visitor(visitor): Visitor,
) -> Result<Response, ProblemResponse> {
    let sections = page.sections(state.backend.config.contact.as_deref());
    let main = html! {
        div.narrow.help {
            (heading(page.title()))
            div.card { @for (heading, text) in &sections { section { h2 { (heading) } p { (text) } } } }
        }
    };
    layout.show(visitor.as_ref(), Page { name: page.title(), status: StatusCode::OK, main }).await
}
