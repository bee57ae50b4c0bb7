//! The routes of every host, and the layers around them.
//!
//! `features` lists the features of a site. This file puts their routes behind the layers that the workflow of the site needs.

use crate::account::deletion::Deletions;
use crate::auth::authenticator::{self, Authenticator};
use crate::auth::device_binding::{BindingSettings, DeviceBinding};
use crate::auth::fusionauth::{FusionAuth, FusionAuthConfig, Timeouts};
use crate::auth::jwks::{FetchIntervals, Jwks};
use crate::auth::{
    self, attempts::AttemptLimits, cookies, device_api, revocations::Revocations, revoked_access::RevokedAccess, sessions::Sessions,
    verifier::Verifier, verify::Expected,
};
use crate::auth_proxy;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::site::{self, Application, Site, Sites};
use crate::features::{self, USER_DATA};
use crate::http::host::{host, normalize_host, without_port};
use crate::http::origin::{Origin, Scheme, same_origin};
use crate::http::security_headers::Policy;
use crate::http::{body, client_address, error::Error, health, language, request_context, security_headers};
use crate::mail::Footer;
use crate::pages::{self, PageState, problem_page::render_problem};
use crate::state::{Backend, SiteState};
use crate::store::{self, cart_events::CartEvents, order_emails::OrderEmails, order_links};
use crate::{background::Background, metrics, spa::Spa};
use anyhow::Context;
use axum::extract::{Request, State};
use axum::http::{Method, uri::PathAndQuery};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Router, routing::any};
use sqlx::AnyPool;
use std::{any::Any, collections::HashMap, sync::Arc, time::Instant};
use storefront_api::{App, CredentialTransport, Workflow};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

/// The layers and routes that a program adds to the server. The production program adds none. The development world adds its recorder and
/// its pages.
pub struct Additions {
    /// A layer around the routes of every site.
    pub around_sites: AddLayer,
    /// A layer around the routes of the proxy in front of FusionAuth, on each host that the configuration names.
    pub around_auth_proxy: AddLayer,
    /// What the port of that proxy does with requests for other hosts.
    pub other_fusionauth_hosts: OtherFusionAuthHosts,
    /// Routes for hosts that are not sites.
    pub other_hosts: Router,
    /// The server's clock.
    pub clock: Clock,
}

/// The requests at the port of the proxy in front of FusionAuth for hosts that the configuration does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherFusionAuthHosts {
    /// They get 404. Otherwise a caller could reach all of FusionAuth by choosing another `Host`.
    NotFound,
    /// They go unchanged to `--fusionauth-url`, for development.
    PassUnchanged,
}

/// A function that puts a layer around routes.
pub type AddLayer = Box<dyn Fn(Router) -> Router + Send + Sync>;

impl Default for Additions {
    fn default() -> Self {
        Self {
            around_sites: Box::new(|it| it),
            around_auth_proxy: Box::new(|it| it),
            other_fusionauth_hosts: OtherFusionAuthHosts::NotFound,
            other_hosts: Router::new(),
            clock: Clock::default(),
        }
    }
}

/// Wraps `routes` in the layers that every host has: request id, time limit, log line, and the security headers.
pub fn with_common_layers(config: &Config, policy: &Policy, routes: Router) -> Router {
    with_security_headers(policy, with_request_context(config, routes))
}

fn with_request_context(config: &Config, routes: Router) -> Router {
    let routes = routes.layer(catch_panics());
    routes.layer(middleware::from_fn_with_state(config.request_timeout, request_context::add_request_context))
}

/// This layer is outside `render_problem`, which turns a problem document into a page, because a page has other headers than data.
fn with_security_headers(policy: &Policy, routes: Router) -> Router {
    routes.layer(middleware::from_fn_with_state(policy.clone(), security_headers::add_security_headers))
}

/// The routes of all hosts of this process.
///
/// # Errors
/// If no HTTP client can be built, or the list of revoked access cannot be read.
pub async fn router(
    config: &Arc<Config>,
    sites: &Sites,
    db: &AnyPool,
    additions: &Additions,
    background: &Background,
    attempts: &Arc<AttemptLimits>,
) -> anyhow::Result<Router> {
    // The inner `catch_panics` turns a panic into a response first, so that the layer of `around_sites` sees that response, too.
    let with_middleware = |routes: Router| with_request_context(config, (additions.around_sites)(routes.layer(catch_panics())));
    let revoked_access = RevokedAccess::new(db.clone(), config.session_life().absolute_timeout);
    revoked_access.load().await.context("the list of revoked access cannot be read")?;
    background.spawn(revoked_access.clone().follow(background.stopping()));
    let cart_events = CartEvents::new(db.clone(), config.cart_streams, background.ending_streams());
    background.spawn(cart_events.clone().follow(background.stopping()));
    let mut connections = Vec::new();
    let mut hosts = HashMap::new();
    let files = pages::built_files(&config.dist).await;
    for site in &sites.applications {
        let connection = Connection::shared(&mut connections, site, config, db, &revoked_access, background)?;
        let events = auth::webhook::router(Arc::clone(&connection.verifier), revoked_access.clone());
        let site_key = format!("{} {}", site.workflow.slug(), site.application.id);
        let device_binding = match site.workflow {
            Workflow::SpaBackend | Workflow::WebappJwt | Workflow::WebappSession => {
                let settings = BindingSettings {
                    policy: site.device_binding,
                    site: &site_key,
                    origin: &site.origin(None),
                    workflow: site.workflow,
                    files: &files,
                    cookie_life: config.bound_cookie_life,
                    secret: config.encryption_secret.as_ref().or(site.application.api_key.as_ref()),
                };
                Some(Arc::new(DeviceBinding::new(db.clone(), &settings)))
            }
            Workflow::SpaLocalStorage | Workflow::SpaSharedDomain => None,
        };
        // These routes are below `/api` and need no sign-in, like the one for FusionAuth's events.
        let events =
            device_binding.iter().fold(events, |it, binding| it.merge(device_api::router(Arc::clone(binding), Arc::clone(attempts))));
        let authenticator = Authenticator::new(authenticator::AuthenticatorConfig {
            transport: site.workflow.credential_transport(),
            access_token_cookies: site.fusionauth_cookies.names(site.app, "access_token"),
            site_key,
            db: db.clone(),
            verifier: Arc::clone(&connection.verifier),
            fusionauth: Arc::clone(&connection.fusionauth),
            revocations: Arc::clone(&connection.revocations),
            revoked: revoked_access.clone(),
            sessions: Sessions::new(db.clone(), site.application.id.clone(), config.session_life(), revoked_access.clone()),
            device_binding,
            background: background.clone(),
            limits: Timeouts::within(config.request_timeout),
            renewal_policy: config.renewal_policy(),
            attempts: Arc::clone(attempts),
            cookie_life: config.cookie_life,
        });
        let backend = Backend::new(SiteState {
            site: Arc::clone(site),
            config: Arc::clone(config),
            db: db.clone(),
            authenticator: Arc::new(authenticator),
            fusionauth: Arc::clone(&connection.fusionauth),
            revoked_access: revoked_access.clone(),
            attempts: Arc::clone(attempts),
            user_data: USER_DATA,
            background: background.clone(),
        });
        let router = match site.workflow {
            Workflow::SpaLocalStorage | Workflow::SpaBackend | Workflow::SpaSharedDomain => {
                let app = Arc::new(Spa::new(Arc::clone(site), Arc::clone(config)));
                // Without configured sites, the page contains the port of the request, so the server cannot prepare it.
                if !config.sites.is_empty() {
                    let app = Arc::clone(&app);
                    background.spawn(async move { app.prepare().await });
                }
                let pages = Arc::clone(&app).into_router();
                let pages = match site.app {
                    App::Store => pages.merge(store::first_content::router(app, backend.clone())),
                    App::Forums => pages,
                };
                with_middleware(site_router(pages, events, &cart_events, backend))
            }
            Workflow::WebappJwt | Workflow::WebappSession => {
                let state = PageState::new(backend.clone(), features::frame(site.app));
                let router =
                    with_middleware(site_router(pages::router(state.clone(), features::pages(site.app)), events, &cart_events, backend));
                router.layer(middleware::from_fn_with_state(state, render_problem))
            }
        };
        hosts.insert(site.host().to_owned(), with_security_headers(&policy(site), router));
    }
    // Without configured sites, FusionAuth's hosts are only on the port of `--auth-listen`.
    if !config.sites.is_empty() {
        hosts.extend(fusionauth_hosts(sites, additions, attempts)?);
    }
    let other_hosts =
        with_common_layers(config, &Policy::new(security_headers::INDEX_POLICY), other_hosts(db)).merge(additions.other_hosts.clone());
    let clock = background.clock().clone();
    let with_clock = middleware::from_fn(move |request: Request, next: Next| clock.scope(next.run(request)));
    Ok(by_host(hosts, other_hosts, config).layer(with_clock))
}

/// The routes of a port that serves only the proxy in front of FusionAuth.
///
/// # Errors
/// No HTTP client can be built.
pub fn fusionauth_router(config: &Config, sites: &Sites, additions: &Additions, attempts: &Arc<AttemptLimits>) -> anyhow::Result<Router> {
    let other_hosts = match additions.other_fusionauth_hosts {
        OtherFusionAuthHosts::PassUnchanged => auth_proxy::unrestricted_router(&config.fusionauth_url)?,
        OtherFusionAuthHosts::NotFound => {
            with_common_layers(config, &Policy::new(security_headers::INDEX_POLICY), under_api(Router::new()))
        }
    };
    Ok(by_host(fusionauth_hosts(sites, additions, attempts)?, other_hosts, config))
}

/// The routes of the port without TLS: a redirect to the same path at the site's https origin. A posted form gets 405 and no redirect,
/// because its fields have already crossed the network unencrypted.
pub fn https_redirects(config: &Config, sites: &Sites) -> Router {
    let origins: HashMap<String, Origin> = sites.origins().map(|it| (it.host().to_owned(), it.clone())).collect();
    let routes = Router::new().fallback(async move |request: Request| {
        let origin = host(request.headers()).and_then(|it| origins.get(without_port(it)));
        match origin {
            Some(origin) if origin.scheme() == Scheme::Https && matches!(*request.method(), Method::GET | Method::HEAD) => {
                let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
                Redirect::permanent(&format!("{}{path}", origin.text(None))).into_response()
            }
            Some(_) => Error::MethodNotAllowed.into_response(),
            None => Error::NotFound.into_response(),
        }
    });
    with_client_and_host(with_common_layers(config, &Policy::new(security_headers::INDEX_POLICY), routes), config)
}

/// The routes of the proxy in front of FusionAuth, by its host names in the configuration.
fn fusionauth_hosts(sites: &Sites, additions: &Additions, attempts: &Arc<AttemptLimits>) -> anyhow::Result<HashMap<String, Router>> {
    let routes = |site| auth_proxy::router(site, attempts, &additions.around_auth_proxy);
    sites.fusionauth.iter().map(|site| Ok((site.origin.host().to_owned(), routes(site)?))).collect()
}

fn by_host(sites: HashMap<String, Router>, other_hosts: Router, config: &Config) -> Router {
    let routes = Router::new().fallback(dispatch).with_state(Arc::new(Hosts { sites, other_hosts }));
    with_client_and_host(routes, config)
}

fn catch_panics() -> CatchPanicLayer<fn(Box<dyn Any + Send>) -> Response> {
    CatchPanicLayer::custom(|_| Error::Internal.into_response())
}

/// Wraps `routes` in the layers of every port: they determine the client address, the host and the language.
fn with_client_and_host(routes: Router, config: &Config) -> Router {
    let routes = routes.layer(middleware::from_fn_with_state(Arc::clone(&config.languages), language::set_language));
    let routes = routes.layer(middleware::from_fn_with_state(config.trusted_proxies(), client_address::set_client_address));
    routes.layer(middleware::from_fn(normalize_host))
}

struct Hosts {
    /// The routes of each site, by the host's name without a port.
    sites: HashMap<String, Router>,
    other_hosts: Router,
}

async fn dispatch(State(hosts): State<Arc<Hosts>>, request: Request) -> Response {
    let began = Instant::now();
    let requested = host(request.headers()).and_then(|it| hosts.sites.get_key_value(without_port(it)));
    let (site, router) = requested.map_or(("other", &hosts.other_hosts), |(name, router)| (name.as_str(), router));
    let method = request.method().clone();
    let response = router.clone().oneshot(request).await.into_response();
    metrics::count_request(site, &method, response.status(), began.elapsed());
    response
}

/// The security headers of a site. A page with inline code has its own content security policy.
pub fn policy(site: &Site) -> Policy {
    Policy::of_site(
        site.scheme(),
        &match site.workflow {
            Workflow::SpaLocalStorage | Workflow::SpaSharedDomain | Workflow::SpaBackend => security_headers::spa_policy(
                site.fusionauth_called_by_app().as_deref(),
                &security_headers::InlineHashes::default(),
                security_headers::NativeForms::Refused,
            ),
            Workflow::WebappJwt | Workflow::WebappSession => security_headers::WEBAPP_POLICY.to_owned(),
        },
    )
}

fn site_router(pages: Router, events: Router, cart_events: &CartEvents, backend: Backend) -> Router {
    let (site, db) = (Arc::clone(&backend.site), backend.db.clone());
    let pages = match site.app {
        App::Store => pages.merge(store::sitemap::router(backend.clone())),
        App::Forums => pages,
    };
    let router = pages
        .nest("/api", under_api(features::api(&backend, cart_events)).with_state(backend).merge(events))
        // `nest("/api")` does not match `/api/`. Without this route the fallback would answer with index.html.
        .route("/api/", any(async || Error::NotFound))
        .layer(middleware::from_fn_with_state(site.scheme(), cookies::cookie_layer));
    // A browser adds cookies even to requests from foreign pages, but never an access token in a header. So only the workflows with cookies
    // check the origin of a request.
    let router = match site.workflow.credential_transport() {
        CredentialTransport::Bearer => router,
        CredentialTransport::JwtCookies | CredentialTransport::ParentDomainCookies | CredentialTransport::SessionCookies => {
            router.layer(same_origin())
        }
    };
    router.merge(health::router().with_state(db))
}

/// Adds the common layers of every API: problem documents for unknown routes, a body limit, and no caching.
fn under_api<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    let routes = routes.fallback(async || Error::NotFound).method_not_allowed_fallback(async || Error::MethodNotAllowed);
    body::with_body_limit(routes, body::MAX_BODY_BYTES).layer(security_headers::no_store())
}

/// The routes of hosts that are not sites.
fn other_hosts(db: &AnyPool) -> Router {
    Router::new().nest("/api", under_api(Router::new())).merge(health::router().with_state(db.clone()))
}

/// The clients of FusionAuth that the sites of one application share, with their caches and tasks.
struct Connection {
    application: Application,
    verifier: Arc<Verifier>,
    fusionauth: Arc<FusionAuth>,
    revocations: Arc<Revocations>,
}

impl Connection {
    /// The existing connection of the site's application, or a new one.
    fn shared<'a>(
        all: &'a mut Vec<Self>,
        site: &Site,
        config: &Config,
        db: &AnyPool,
        revoked: &RevokedAccess,
        background: &Background,
    ) -> anyhow::Result<&'a Self> {
        let at = match all.iter().position(|it| it.application == site.application) {
            Some(at) => at,
            None => {
                all.push(Self::new(site, config, db, revoked, background)?);
                all.len() - 1
            }
        };
        Ok(&all[at])
    }

    fn new(site: &Site, config: &Config, db: &AnyPool, revoked: &RevokedAccess, background: &Background) -> anyhow::Result<Self> {
        let application = site.application.clone();
        let user_agent = format!("storefront-{}/{}", site::slug(site.app), env!("CARGO_PKG_VERSION"));
        let jwks = Jwks::new(&application.fusionauth_url, &user_agent, FetchIntervals::default(), db.clone())?;
        let expected = Expected { issuer: application.issuer.clone(), application_id: application.id.clone(), leeway: config.clock_leeway };
        let timeouts = Timeouts::within(config.request_timeout);
        let fusionauth = Arc::new(FusionAuth::new(FusionAuthConfig {
            url: application.fusionauth_url.clone(),
            application_id: application.id.clone(),
            tenant_id: application.tenant_id.clone(),
            user_agent,
            api_key: application.api_key.clone(),
            refresh_method: application.refresh_method.clone(),
            timeouts,
            message_template: config.message_template.clone(),
            footer: Footer { contact: config.contact.clone(), seller: config.seller.clone() },
        })?);
        let secret = config.encryption_secret.as_ref();
        let revocations = Arc::new(Revocations::new(db.clone(), Arc::clone(&fusionauth), secret, timeouts.lease, config.cookie_life));
        background.spawn(Arc::clone(&revocations).run(background.stopping()));
        let deletions = Deletions { db: db.clone(), fusionauth: Arc::clone(&fusionauth), revoked: revoked.clone(), user_data: USER_DATA };
        background.spawn(deletions.run(background.stopping()));
        if site.app == App::Store && config.message_template.is_some() {
            let link_key = order_links::key(config, &application).cloned();
            let emails = OrderEmails::new(db.clone(), Arc::clone(&fusionauth), link_key, config.register_verified);
            background.spawn(emails.run(background.stopping()));
        }
        let verifier = Arc::new(Verifier::new(jwks, expected, revoked.clone(), background.clock().clone()));
        Ok(Self { application, verifier, fusionauth, revocations })
    }
}
