//! The server-rendered Store and Forums: pages, forms and redirects; no script.
//!
//! The look is the single-page app's: its built stylesheet, its markup and its drawings. What a form changes is
//! followed by a redirect (post/redirect/get), and the next page says what was done. A form that is refused
//! comes back with what was typed.

mod built_assets;
pub(crate) mod components;
pub(crate) mod flash;
pub(crate) mod layout;
pub(crate) mod messages;
pub(crate) mod page_user;
mod problem_page;

pub use problem_page::dress;

use crate::{
    account, forums,
    http::{
        error::Error,
        json_body,
        static_files::{Address, Files},
    },
    sign_in::{self, registration_page},
    state::Backend,
    store,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
};
use built_assets::Looks;
use std::sync::Arc;
use storefront_api::App;

/// What the pages of one site share. Cloning is cheap.
#[derive(Clone)]
pub struct Webapp {
    pub(crate) backend: Backend,
    files: Files,
    looks: Arc<Looks>,
}

impl Webapp {
    /// The pages of `backend`'s site.
    pub fn new(backend: Backend) -> Self {
        let files = Files::new(&backend.config.dist);
        let looks = Arc::new(Looks::new(&backend.config.dist));
        Self { backend, files, looks }
    }

    /// Answers every address but the API's.
    pub fn router(self) -> Router {
        let pages = match self.backend.site.app {
            App::Store => store::pages::router().merge(registration_page::router()),
            App::Forums => forums::pages::router(),
        };
        pages
            .merge(sign_in::pages::router())
            .merge(account::pages::router())
            .fallback(elsewhere)
            .method_not_allowed_fallback(async || Error::MethodNotAllowed)
            .layer(DefaultBodyLimit::max(json_body::MAX_BODY_BYTES))
            .layer(middleware::map_response(never_stored))
            .with_state(self)
    }
}

impl FromRef<Webapp> for Backend {
    fn from_ref(webapp: &Webapp) -> Self {
        webapp.backend.clone()
    }
}

/// Where a sign-in leads, as published.
pub(crate) fn after_sign_in(app: App) -> &'static str {
    match app {
        App::Store => "/shopping-cart",
        App::Forums => "/posts",
    }
}

/// 302, as the published workflows answer a sign-in and its end.
pub(crate) fn found(to: &str) -> Response {
    redirect(StatusCode::FOUND, to)
}

/// 303: the form is done, and a reload of the next page sends nothing again.
pub(crate) fn see_other(to: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, to)
}

fn redirect(status: StatusCode, to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(to) => (status, [(header::LOCATION, to)]).into_response(),
        Err(_) => Error::Internal.into_response(),
    }
}

async fn elsewhere(State(webapp): State<Webapp>, request: Request) -> Response {
    match Address::of(request.uri().path()) {
        Address::File(cache) => webapp.files.answer(request, cache).await,
        Address::Page => Error::NotFound.into_response(),
    }
}

/// A page shows whose cart it is: nothing keeps it but the back/forward cache, which `no-store` would switch off, too.
async fn never_stored(mut response: Response) -> Response {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
