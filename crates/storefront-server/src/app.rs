//! Which router answers which host.

use crate::{
    config::Config,
    envelope,
    error::Error,
    headers, json,
    jwks::{Jwks, Pace},
    routes,
    shopper::Verifier,
    site::{self, Site, WORKFLOWS},
    spa::Spa,
    verify::Expected,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::header::HOST,
    middleware,
    response::{IntoResponse, Response},
    routing::any,
};
use sqlx::AnyPool;
use std::sync::Arc;
use storefront_api::{App, Workflow};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use wire_recorder::{Actor, Recorder};

/// What the handlers of one application share. Cloning is cheap.
#[derive(Clone)]
pub struct Backend {
    /// The database, shared with the other applications of this process.
    pub db: AnyPool,
    /// Verifies access tokens of this application alone.
    pub verifier: Arc<Verifier>,
}

/// Everything that this process serves.
///
/// # Errors
/// When no HTTP client can be built.
pub fn router(config: &Arc<Config>, db: &AnyPool, recorder: &Recorder) -> anyhow::Result<Router> {
    let furnish = |policy: &str, routes: Router| {
        routes
            .layer(CatchPanicLayer::custom(|_| Error::Internal.into_response()))
            .layer(recorder.layer(actor))
            .layer(middleware::from_fn_with_state(config.request_timeout, envelope::wrap))
            .layer(middleware::from_fn_with_state(headers::Policy::new(policy), headers::secure))
    };
    let mut sites = Vec::new();
    for app in [App::Store, App::Forums].into_iter().filter(|it| config.app.serves(*it)) {
        let backend = Backend { db: db.clone(), verifier: Arc::new(verifier(config, app)?) };
        for workflow in WORKFLOWS {
            let site = Site { app, workflow };
            let policy = match workflow {
                Workflow::SpaLocalStorage => headers::spa_policy(&site.fusionauth_origin(config)),
            };
            sites.push((site, furnish(&policy, site_router(site, config, backend.clone()))));
        }
    }
    let elsewhere = furnish(headers::INDEX_POLICY, index_router(config, db));
    Ok(Router::new().fallback(dispatch).with_state(Arc::new(Hosts { sites, elsewhere })))
}

/// Whom the record names as asked. The index page has no actor of its own: the Store stands for it.
fn actor(host: &str) -> Actor {
    match Site::from_host(host).map(|it| it.app) {
        Some(App::Forums) => Actor::Forums,
        Some(App::Store) | None => Actor::Store,
    }
}

struct Hosts {
    sites: Vec<(Site, Router)>,
    elsewhere: Router,
}

async fn dispatch(State(hosts): State<Arc<Hosts>>, request: Request) -> Response {
    let site = host(&request).and_then(Site::from_host);
    let found = hosts.sites.iter().find(|(it, _)| Some(*it) == site);
    let router = found.map_or(&hosts.elsewhere, |(_, router)| router);
    router.clone().oneshot(request).await.into_response()
}

/// The host and port that was asked.
pub(crate) fn host(request: &Request) -> Option<&str> {
    match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => request.headers().get(HOST)?.to_str().ok(),
    }
}

fn site_router(site: Site, config: &Arc<Config>, backend: Backend) -> Router {
    let db = backend.db.clone();
    let pages = match site.workflow {
        Workflow::SpaLocalStorage => Spa::new(site, Arc::clone(config)).into_router(),
    };
    pages
        .nest("/api", api(site.app).with_state(backend))
        .route("/api/", any(async || Error::NotFound)) // `nest` leaves this one to the fallback, which is the app
        .merge(routes::health::router().with_state(db))
}

fn api(app: App) -> Router<Backend> {
    let routes = match app {
        App::Store => routes::products::router().merge(routes::cart::router()),
        App::Forums => routes::posts::router(),
    };
    under_api(routes.merge(routes::user::router()))
}

/// What every API address has in common: problem documents for what no route answers, a body limit, no caching.
fn under_api<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .fallback(async || Error::NotFound)
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(json::MAX_BODY_BYTES))
        .layer(middleware::map_response(headers::never_stored))
}

fn index_router(config: &Arc<Config>, db: &AnyPool) -> Router {
    routes::index::router()
        .with_state(Arc::clone(config))
        .nest("/api", under_api(Router::new()))
        .merge(routes::health::router().with_state(db.clone()))
}

fn verifier(config: &Config, app: App) -> anyhow::Result<Verifier> {
    let user_agent = format!("storefront-{}/{}", site::slug(app), crate::VERSION);
    let jwks = Jwks::new(&config.fusionauth_url, &user_agent, Pace::default())?;
    let expected =
        Expected { issuer: config.issuer.clone(), application_id: config.application_id(app).to_owned(), leeway: config.clock_leeway };
    Ok(Verifier::new(jwks, expected))
}
