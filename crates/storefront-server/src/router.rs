//! The routes of every host: what each site serves, and the layers around it.
//!
//! This is the one file that knows all parts of the product. A feature gives a router; here it is put on its sites, behind the layers
//! that its workflow needs.

use crate::auth::authenticator::{self, Authenticator};
use crate::auth::fusionauth::{self, FusionAuth, Timeouts};
use crate::auth::jwks::{FetchIntervals, Jwks};
use crate::auth::{
    attempts::AttemptLimits, cookies, current_user::Verifier, revocations::Revocations, sessions::Sessions, verify::Expected,
};
use crate::config::Config;
use crate::config::site::{self, Site};
use crate::http::host::{host, normalize_host};
use crate::http::{body::with_body_limit, client_address, error::Error, health, json_body, request_context, security_headers};
use crate::pages::{PageState, problem_page::render_problem};
use crate::{account, background::Background, forums, sign_in, spa::Spa, state::Backend, store};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware, routing::any};
use sqlx::AnyPool;
use std::{any::Any, sync::Arc};
use storefront_api::{App, CredentialTransport, WORKFLOWS, Workflow};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// What a program around the server adds to it. The production program adds nothing, the development world its recorder and its pages.
pub struct Additions {
    /// A layer around the routes of every site.
    pub around_sites: AddLayer,
    /// A layer around the routes of the proxy before FusionAuth, on the one host where it rewrites responses.
    pub around_rewriting_proxy: AddLayer,
    /// Routes for hosts that are no site.
    pub other_hosts: Router,
}

/// A function that puts a layer around routes.
pub type AddLayer = Box<dyn Fn(Router) -> Router + Send + Sync>;

impl Default for Additions {
    fn default() -> Self {
        Self { around_sites: Box::new(|it| it), around_rewriting_proxy: Box::new(|it| it), other_hosts: Router::new() }
    }
}

/// Puts the layers around `routes` that every host has: request id, time limit, log line, and security headers with this content security
/// policy.
pub fn with_common_layers(config: &Config, policy: &str, routes: Router) -> Router {
    routes
        .layer(catch_panics())
        .layer(middleware::from_fn_with_state(config.request_timeout, request_context::add_request_context))
        .layer(middleware::from_fn_with_state(security_headers::Policy::new(policy), security_headers::add_security_headers))
}

/// The routes of all hosts of this process.
///
/// # Errors
/// No HTTP client can be built.
pub fn router(config: &Arc<Config>, db: &AnyPool, additions: &Additions, background: &Background) -> anyhow::Result<Router> {
    let with_middleware =
        |policy: &str, routes: Router| with_common_layers(config, policy, (additions.around_sites)(routes.layer(catch_panics())));
    let attempts = Arc::new(AttemptLimits::new(&config.attempt_rates));
    let mut sites = Vec::new();
    for app in [App::Store, App::Forums].into_iter().filter(|it| config.app.serves(*it)) {
        let (verifier, fusionauth) = (Arc::new(verifier(config, db, app)?), Arc::new(fusionauth(config, app)?));
        let limits = Timeouts::within(config.request_timeout);
        let secret = config.encryption_secret.as_ref();
        let revocations = Arc::new(Revocations::new(db.clone(), Arc::clone(&fusionauth), secret, limits.lease, config.cookie_life));
        background.spawn(Arc::clone(&revocations).run(background.stopping()));
        for workflow in WORKFLOWS {
            let site = Site { app, workflow };
            let authenticator = Authenticator::new(authenticator::AuthenticatorConfig {
                transport: site.workflow.credential_transport(),
                site_key: format!("{} {}", site.workflow.slug(), config.application_id(site.app)),
                db: db.clone(),
                verifier: Arc::clone(&verifier),
                fusionauth: Arc::clone(&fusionauth),
                revocations: Arc::clone(&revocations),
                sessions: Sessions::new(db.clone(), config.application_id(site.app).to_owned(), config.session_life()),
                background: background.clone(),
                limits,
                renewal_policy: config.renewal_policy(),
                cookie_life: config.cookie_life,
            });
            let (authenticator, fusionauth) = (Arc::new(authenticator), Arc::clone(&fusionauth));
            let (attempts, background) = (Arc::clone(&attempts), background.clone());
            let backend = Backend { site, config: Arc::clone(config), db: db.clone(), authenticator, fusionauth, attempts, background };
            let router = match workflow {
                Workflow::SpaLocalStorage | Workflow::SpaBackend | Workflow::SpaSharedDomain => {
                    let app = Spa::new(site, Arc::clone(config)).into_router();
                    with_middleware(&policy(site, config), site_router(app, backend))
                }
                Workflow::WebappJwt | Workflow::WebappSession => {
                    let state = PageState::new(backend.clone());
                    let router = with_middleware(&policy(site, config), site_router(state.clone().into_router(pages(app)), backend));
                    router.layer(middleware::from_fn_with_state(state, render_problem))
                }
            };
            sites.push((site, router));
        }
    }
    let other_hosts = with_common_layers(config, security_headers::INDEX_POLICY, other_hosts(db)).merge(additions.other_hosts.clone());
    let by_host = Router::new().fallback(dispatch).with_state(Arc::new(Hosts { sites, other_hosts }));
    Ok(with_client_and_host(by_host, config))
}

fn catch_panics() -> CatchPanicLayer<fn(Box<dyn Any + Send>) -> Response> {
    CatchPanicLayer::custom(|_| Error::Internal.into_response())
}

/// Puts the layers around `routes` that every port has: they decide which client asks, and for which host.
pub(crate) fn with_client_and_host(routes: Router, config: &Config) -> Router {
    let routes = routes.layer(middleware::from_fn_with_state(config.trusted_proxies(), client_address::set_client_address));
    routes.layer(middleware::from_fn(normalize_host))
}

struct Hosts {
    sites: Vec<(Site, Router)>,
    other_hosts: Router,
}

async fn dispatch(State(hosts): State<Arc<Hosts>>, request: Request) -> Response {
    let requested = host(request.headers()).and_then(Site::from_host);
    let site = hosts.sites.iter().find(|(it, _)| Some(*it) == requested);
    let router = site.map_or(&hosts.other_hosts, |(_, router)| router);
    router.clone().oneshot(request).await.into_response()
}

/// The content security policy of a site.
fn policy(site: Site, config: &Config) -> String {
    match site.workflow {
        Workflow::SpaLocalStorage | Workflow::SpaSharedDomain | Workflow::SpaBackend => {
            security_headers::spa_policy(site.fusionauth_called_by_app(config).as_deref(), &security_headers::InlineHashes::default())
        }
        Workflow::WebappJwt | Workflow::WebappSession => security_headers::WEBAPP_POLICY.to_owned(),
    }
}

fn site_router(pages: Router, backend: Backend) -> Router {
    let (site, db) = (backend.site, backend.db.clone());
    let router = pages
        .nest("/api", api(site).with_state(backend))
        // `nest("/api")` does not match `/api/`. Without this route the fallback would answer with index.html.
        .route("/api/", any(async || Error::NotFound))
        .layer(middleware::from_fn(cookies::cookie_layer));
    // A browser adds cookies to the requests of foreign pages as well. It never adds an access token in a header by itself.
    let router = match site.workflow.credential_transport() {
        CredentialTransport::Bearer => router,
        CredentialTransport::JwtCookies | CredentialTransport::ParentDomainCookies | CredentialTransport::SessionCookies => {
            router.layer(CsrfLayer::new().with_rejection_response(|_: ProtectionError| Error::CrossOrigin.into_response()))
        }
    };
    router.merge(health::router().with_state(db))
}

fn api(site: Site) -> Router<Backend> {
    let data = match site.app {
        App::Store => store::products::router().merge(store::cart::router()),
        App::Forums => forums::posts::router(),
    };
    let routes = match site.workflow {
        Workflow::SpaLocalStorage | Workflow::SpaSharedDomain => data.merge(account::user::router()),
        Workflow::SpaBackend => data.merge(account::user::router()).merge(sign_in::api::router()),
        Workflow::WebappJwt | Workflow::WebappSession => Router::new(), // these sites have pages in its place
    };
    under_api(match site.app {
        App::Store => routes.merge(sign_in::registration::router()),
        App::Forums => routes,
    })
}

/// The server-rendered pages of an application.
fn pages(app: App) -> Router<PageState> {
    let pages = sign_in::login_page::router().merge(account::pages::router());
    let pages = pages.merge(sign_in::forgot_password_page::router()).merge(sign_in::change_password_page::router());
    match app {
        App::Store => pages.merge(store::pages::router()).merge(sign_in::registration_page::router()),
        App::Forums => pages.merge(forums::pages::router()),
    }
}

/// Adds what every API has: problem documents where no route answers, a body limit, and no caching.
fn under_api<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    let routes = routes.fallback(async || Error::NotFound).method_not_allowed_fallback(async || Error::MethodNotAllowed);
    with_body_limit(routes, json_body::MAX_BODY_BYTES).layer(security_headers::no_store())
}

/// The routes of hosts that are no site.
fn other_hosts(db: &AnyPool) -> Router {
    Router::new().nest("/api", under_api(Router::new())).merge(health::router().with_state(db.clone()))
}

fn verifier(config: &Config, db: &AnyPool, app: App) -> anyhow::Result<Verifier> {
    let jwks = Jwks::new(&config.fusionauth_url, &user_agent(app), FetchIntervals::default(), db.clone())?;
    let expected =
        Expected { issuer: config.issuer.clone(), application_id: config.application_id(app).to_owned(), leeway: config.clock_leeway };
    Ok(Verifier::new(jwks, expected))
}

fn fusionauth(config: &Config, app: App) -> anyhow::Result<FusionAuth> {
    Ok(FusionAuth::new(fusionauth::FusionAuthConfig {
        url: config.fusionauth_url.clone(),
        application_id: config.application_id(app).to_owned(),
        user_agent: user_agent(app),
        api_key: config.fusionauth_api_key.clone(),
        refresh_method: config.refresh_method(app),
        timeouts: Timeouts::within(config.request_timeout),
    })?)
}

fn user_agent(app: App) -> String {
    format!("storefront-{}/{}", site::slug(app), crate::VERSION)
}
