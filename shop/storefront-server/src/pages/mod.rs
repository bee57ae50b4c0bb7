//! The common part of the server-rendered pages of the Store and the Forums: plain HTML, forms and redirects, without a script.
//!
//! The pages use the stylesheet, the markup and the drawings of the single-page app. After a form has changed something, the server answers
//! with a redirect, so that a reload does not send the form again, and the next page shows the result (`flash`). If the server rejects a
//! form, it shows the form again with the typed text.

mod built_assets;
pub(crate) mod components;
pub(crate) mod drafts;
pub(crate) mod flash;
pub(crate) mod form;
pub(crate) mod format;
mod help_page;
mod language_switch;
pub(crate) mod layout;
pub(crate) mod page_request;
pub(crate) mod problem_page;
mod redirect;
pub(crate) mod return_to;
pub(crate) mod sign_in_form;
mod state;

pub(crate) use redirect::{redirect_302, redirect_303};
pub use state::PageState;

use crate::http::static_files::PathKind;
use crate::http::{body::with_body_limit, error::Error, security_headers::no_store};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use built_assets::BuiltAssets;
use std::path::Path;

/// The router of a site: the `pages` of its features, the files of the built app, and the common part of all pages.
pub(crate) fn router(state: PageState, pages: Router<PageState>) -> Router {
    let routes = pages
        .merge(language_switch::router())
        .merge(help_page::router())
        .fallback(file)
        .method_not_allowed_fallback(async || Error::MethodNotAllowed);
    with_body_limit(routes, form::MAX_FORM_BYTES).layer(no_store()).with_state(state)
}

/// The paths of the built stylesheet and icon. Empty without a build.
pub(crate) async fn built_files(dist: &Path) -> Vec<String> {
    let index = tokio::fs::read_to_string(dist.join("index.html")).await.unwrap_or_default();
    let BuiltAssets { stylesheet, icon, .. } = BuiltAssets::of(&index);
    stylesheet.into_iter().chain(icon).collect()
}

async fn file(State(state): State<PageState>, request: Request) -> Response {
    match PathKind::of(request.uri().path()) {
        PathKind::File(cache) => state.files.answer(request, cache).await,
        PathKind::Page => Error::NotFound.into_response(),
    }
}
