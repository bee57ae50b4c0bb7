//! The common part of the server-rendered pages of the Store and the Forums: plain HTML, forms and redirects, without a script.
//!
//! The pages use the stylesheet, the markup and the drawings of the single-page app. After a form has changed something, the server answers
//! with a redirect, so that a reload does not send the form again, and the next page shows the result (`flash`). If the server rejects a
//! form, it shows the form again with the typed text.

mod built_assets;
pub(crate) mod components;
pub(crate) mod flash;
pub(crate) mod form;
pub(crate) mod format;
pub(crate) mod help_page;
mod language_switch;
pub(crate) mod layout;
pub(crate) mod page_request;
pub(crate) mod problem_page;
pub(crate) mod return_to;
mod sent_form;
pub(crate) mod sign_in_form;

use crate::http::static_files::{Files, IndexCache, PathKind};
use crate::http::{body::with_body_limit, error::Error, security_headers::no_store};
use crate::{auth::authenticator::Authenticator, state::Backend};
use axum::extract::{FromRef, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use built_assets::BuiltAssets;
use maud::Markup;
use return_to::after_sign_in;
use sqlx::AnyPool;
use std::{path::Path, pin::Pin, sync::Arc};
use storefront_api::{App, pages::Route};

/// The router of a site: the `pages` of its features, the files of the built app, and the common part of all pages.
pub(crate) fn router(state: PageState, pages: Router<PageState>) -> Router {
    let routes = pages
        .merge(language_switch::router())
        .merge(help_page::router())
        .route_layer(middleware::from_fn(sent_form::read))
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
        PathKind::Page => match meant_url(state.backend.site.app, request.uri()) {
            Some(url) if matches!(*request.method(), Method::GET | Method::HEAD) => redirect_302(&url),
            _ => Error::NotFound.into_response(),
        },
    }
}

/// A redirect with 302, which the published workflows use before and after a sign-in.
pub(crate) fn redirect_302(to: &str) -> Response {
    redirect(StatusCode::FOUND, to)
}

/// A redirect with 303: the browser gets the next page, and a reload of that page sends no form again.
pub(crate) fn redirect_303(to: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, to)
}

fn redirect(status: StatusCode, to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(to) => (status, [(header::LOCATION, to)]).into_response(),
        Err(_) => Error::Internal.into_response(),
    }
}

/// What an application adds to each of its pages.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    /// The number of items in the cart of a user or guest, which the header shows.
    pub(crate) items_in_cart: for<'a> fn(&'a AnyPool, &'a str) -> FromDatabase<'a, i64>,
    /// The application's own message about the last form ([`flash::Flash::OfApp`]).
    pub(crate) message: for<'a> fn(&'a AnyPool, serde_json::Value) -> FromDatabase<'a, Markup>,
}

type FromDatabase<'a, T> = Pin<Box<dyn Future<Output = sqlx::Result<T>> + Send + 'a>>;

/// The state that the pages of one site share. Cloning is cheap.
#[derive(Clone, FromRef)]
pub struct PageState {
    /// The state that the pages share with the API.
    pub(crate) backend: Backend,
    /// `None` in an application that adds nothing to its pages.
    #[from_ref(skip)]
    pub(super) frame: Option<Frame>,
    #[from_ref(skip)]
    pub(super) files: Files,
    /// The assets of the current build. The cache has only one value, so its key is `()`.
    #[from_ref(skip)]
    assets: Arc<IndexCache<(), BuiltAssets>>,
}

impl PageState {
    /// The state for the pages of `backend`'s site.
    pub(crate) fn new(backend: Backend, frame: Option<Frame>) -> Self {
        let files = Files::new(&backend.config.dist);
        let assets = Arc::new(IndexCache::new(&backend.config.dist));
        Self { backend, frame, files, assets }
    }

    /// The assets of the current build. Without a build there are none.
    pub(super) async fn built_assets(&self) -> Arc<BuiltAssets> {
        self.assets.get((), |html| Ok(BuiltAssets::of(html))).await.unwrap_or_default()
    }
}

impl FromRef<PageState> for Arc<Authenticator> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.backend.authenticator)
    }
}

/// The URL of the page for a URL that ends with a slash, or that is the cart's in the single-page app.
fn meant_url(app: App, uri: &Uri) -> Option<String> {
    let path = match uri.path().trim_end_matches('/') {
        path if Route::at(app, path) == Route::Cart => after_sign_in(app),
        path => path,
    };
    let url = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    (path != uri.path() && fusionauth_api::return_path::is_safe(&url, &[])).then_some(url)
}
