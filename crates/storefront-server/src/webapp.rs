//! The server-rendered Store and Forums: pages, forms and redirects; no script.
//!
//! The look is the single-page app's: its built stylesheet, its markup and its drawings. What a form changes is
//! followed by a redirect (post/redirect/get), and the next page says what was done. A form that is refused
//! comes back with what was typed.

mod account;
mod drafts;
mod fault;
mod flash;
mod forums;
mod frame;
mod login;
mod look;
mod member;
mod parts;
mod register;
mod return_to;
mod store;
mod words;

pub use fault::dress;

use crate::{
    app::Backend,
    error::Error,
    files::{Address, Files},
    json,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
};
use look::Looks;
use std::sync::Arc;
use storefront_api::App;

/// What the pages of one site share. Cloning is cheap.
#[derive(Clone)]
pub struct Webapp {
    backend: Backend,
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
            App::Store => store::router().merge(register::router()),
            App::Forums => forums::router(),
        };
        pages
            .merge(login::router())
            .merge(account::router())
            .fallback(elsewhere)
            .method_not_allowed_fallback(async || Error::MethodNotAllowed)
            .layer(DefaultBodyLimit::max(json::MAX_BODY_BYTES))
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
fn after_sign_in(app: App) -> &'static str {
    match app {
        App::Store => "/shopping-cart",
        App::Forums => "/posts",
    }
}

/// 302, as the published workflows answer a sign-in and its end.
fn found(to: &str) -> Response {
    redirect(StatusCode::FOUND, to)
}

/// 303: the form is done, and a reload of the next page sends nothing again.
fn see_other(to: &str) -> Response {
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
