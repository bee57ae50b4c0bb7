//! The server-rendered Store and Forums: pages, forms and redirects; no script.
//!
//! The look is the single-page app's: its built stylesheet, its markup and its drawings. What a form changes is
//! followed by a redirect (post/redirect/get), and the next page says what was done. A form that is refused
//! comes back with what was typed.

mod built_assets;
pub(crate) mod components;
pub(crate) mod drafts;
pub(crate) mod flash;
pub(crate) mod form;
pub(crate) mod layout;
pub(crate) mod page_user;
pub(crate) mod problem_page;
pub(crate) mod return_to;
pub(crate) mod sign_in_form;

use crate::{
    auth::authenticator::Authenticator,
    http::{
        body_limit::refuse_long_body,
        error::Error,
        static_files::{Address, Files},
    },
    state::Backend,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
};
use built_assets::BuiltAssetsCache;
use std::sync::Arc;

/// What the pages of one site share. Cloning is cheap.
#[derive(Clone)]
pub struct PageState {
    /// What the pages share with the API.
    pub(crate) backend: Backend,
    files: Files,
    assets: Arc<BuiltAssetsCache>,
}

impl PageState {
    /// For the pages of `backend`'s site.
    pub fn new(backend: Backend) -> Self {
        let files = Files::new(&backend.config.dist);
        let assets = Arc::new(BuiltAssetsCache::new(&backend.config.dist));
        Self { backend, files, assets }
    }

    /// The router of a site from the `pages` of its features: adds the files of the built app, and what all pages have in common.
    pub fn into_router(self, pages: Router<Self>) -> Router {
        pages
            .fallback(file)
            .method_not_allowed_fallback(async || Error::MethodNotAllowed)
            .layer(DefaultBodyLimit::max(form::MAX_FORM_BYTES))
            .layer(middleware::from_fn_with_state(form::MAX_FORM_BYTES, refuse_long_body))
            .layer(middleware::map_response(never_stored))
            .with_state(self)
    }
}

impl FromRef<PageState> for Arc<Authenticator> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.backend.authenticator)
    }
}

/// 302, as the published workflows answer a sign-in and its end.
pub(crate) fn redirect_302(to: &str) -> Response {
    redirect(StatusCode::FOUND, to)
}

/// 303: the form is done, and a reload of the next page sends nothing again.
pub(crate) fn redirect_303(to: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, to)
}

fn redirect(status: StatusCode, to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(to) => (status, [(header::LOCATION, to)]).into_response(),
        Err(_) => Error::Internal.into_response(),
    }
}

async fn file(State(state): State<PageState>, request: Request) -> Response {
    match Address::of(request.uri().path()) {
        Address::File(cache) => state.files.answer(request, cache).await,
        Address::Page => Error::NotFound.into_response(),
    }
}

/// A page shows whose cart it is: nothing keeps it but the back/forward cache, which `no-store` would switch off, too.
async fn never_stored(mut response: Response) -> Response {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
