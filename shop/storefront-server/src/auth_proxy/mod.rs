//! The proxy in front of FusionAuth: browsers reach FusionAuth through it, in development on the hosts `auth.<workflow>.localhost`.
//!
//! FusionAuth's host repeats what the application guards. So the proxy sends FusionAuth only the requests of the app in the browser, and
//! builds them and their answers from the table in [`endpoints`]: a header, cookie or member that the table does not name passes in neither
//! direction. The proxy counts these requests toward the application's own limits. It sets the application, the tenant, the passkey's
//! origin and the client's address itself, because it knows the site of the page by its `Origin`.
//!
//! A request without `Origin` comes from no page of another origin, so it needs no protection of a user's cookies. The proxy refuses a
//! request with the `Origin` of another site.
//!
//! The proxy keeps FusionAuth's cookies in the browser under a name of each application (`cookies`).
//!
//! The workflow `spa-shared-domain` depends on the proxy. FusionAuth sets cookies for its own host only, and that workflow needs them on the
//! parent domain. The proxy moves them there, and then no body has a token.
//!
//! Requests for paths that the operator has named pass as they are, and their answers lose the refresh token. The proxy stores nothing. It
//! works with a real FusionAuth and with the emulator.

mod cookies;
pub mod endpoints;
mod limits;
mod members;
mod upstream;

use crate::auth::attempts::AttemptLimits;
use crate::auth_proxy::cookies::RequestCookies;
use crate::auth_proxy::endpoints::{ANSWER_HEADERS, APP, ERRORS, Endpoint, Limit, REQUEST_HEADERS, Set, TOKEN_MEMBERS, names};
use crate::auth_proxy::limits::InFlight;
use crate::auth_proxy::upstream::{Host, Upstream, unavailable};
use crate::config::site::{CallingSite, FusionAuthSite};
use crate::http::body::{has_media_type, with_body_limit};
use crate::http::origin::{Scheme, origin_port};
use crate::http::problem::{ApiResult, ProblemResponse};
use crate::http::security_headers::TWO_YEARS_OF_HTTPS;
use crate::http::{client_address::ClientAddress, error::Error as HttpError, request_context};
use crate::typed;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::{Router, routing::any};
use serde_json::{Map, Value, json};
use std::{sync::Arc, time::Duration};
use storefront_api::{Problem, problems::ProblemCode};

/// The longest body of a request of the app, in bytes. A sign-in with a passkey has 2 KB.
const MAX_APP_REQUEST: usize = 64 * 1024;

/// The longest body that is forwarded to FusionAuth for a path that the operator has named, in bytes. FusionAuth's own limit is similar.
const MAX_REQUEST: usize = 10 * 1024 * 1024;

/// The longest JSON body of a response that is read, in bytes. The bodies of FusionAuth have a few KB.
const MAX_ANSWER: usize = 1024 * 1024;

/// The state that the handlers of one host share.
struct AuthProxy {
    site: FusionAuthSite,
    upstream: Upstream,
    attempts: Arc<AttemptLimits>,
    in_flight: InFlight,
}

/// The routes of the proxy on a host of the configuration. `add_inner_layers` adds layers between the routes and the proxy's own layers,
/// which limit time and size.
///
/// # Errors
/// No HTTP client can be built.
pub fn router(site: &FusionAuthSite, attempts: &Arc<AttemptLimits>, add_inner_layers: impl Fn(Router) -> Router) -> anyhow::Result<Router> {
    for named in &site.pass {
        for repeated in endpoints::warnings(named) {
            tracing::warn!(
                host = site.origin.host(),
                path = named.as_str(),
                repeated,
                "FusionAuth's host passes what the application guards"
            );
        }
    }
    let proxy = Arc::new(AuthProxy {
        upstream: Upstream::new(&site.fusionauth_url, site.origin.scheme())?,
        site: site.clone(),
        attempts: Arc::clone(attempts),
        in_flight: InFlight::default(),
    });
    // The log names the endpoints that the app needs. All other paths are for the fallback.
    let mut paths: Vec<&str> = APP.iter().map(|it| it.path).collect();
    paths.sort_unstable();
    paths.dedup();
    let routes = paths.into_iter().fold(Router::new().fallback(forward), |it, path| it.route(path, any(forward)));
    let routes = with_limits(add_inner_layers(routes.with_state(Arc::clone(&proxy))));
    Ok(routes.layer(middleware::from_fn_with_state(proxy, add_response_headers)))
}

/// The routes of a proxy that passes every request unchanged, for development.
///
/// # Errors
/// The same as those of [`router`].
pub fn unrestricted_router(fusionauth_url: &str) -> anyhow::Result<Router> {
    let upstream = Arc::new(Upstream::new(fusionauth_url, Scheme::Http)?);
    Ok(with_limits(Router::new().fallback(async move |request: Request| upstream.pass(request, Host::OfBrowser).await)))
}

fn with_limits(routes: Router) -> Router {
    let limit = upstream::TIMEOUT + Duration::from_secs(5);
    with_body_limit(routes, MAX_REQUEST).layer(middleware::from_fn_with_state(limit, request_context::add_request_context))
}

async fn forward(State(proxy): State<Arc<AuthProxy>>, client: ClientAddress, request: Request) -> ApiResult<Response> {
    let (method, path) = (request.method(), request.uri().path());
    if proxy.site.pass.iter().any(|it| it.fits(path)) {
        return proxy.pass(client, request).await;
    }
    // The answer has a body, because apps read an empty 404 to a renewal as the end of the session.
    let endpoint = endpoints::of_app(method, path).filter(|_| !proxy.site.sites.is_empty()).ok_or(HttpError::NotFound)?;
    proxy.send_for_app(client, endpoint, request).await
}

/// Middleware: adds the security headers. FusionAuth's answers have its CORS headers; the proxy's own answers get theirs here, so that the
/// app can read a limit's 429.
async fn add_response_headers(State(proxy): State<Arc<AuthProxy>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).filter(|it| caller(&proxy.site, Some(it)).is_some()).cloned();
    let mut response = next.run(request).await;
    let is_own = response.extensions().get::<Problem>().is_some();
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if proxy.site.origin.scheme() == Scheme::Https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TWO_YEARS_OF_HTTPS));
    }
    if let Some(origin) = origin.filter(|_| is_own) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// The site whose pages have this origin.
fn caller<'a>(site: &'a FusionAuthSite, origin: Option<&HeaderValue>) -> Option<&'a CallingSite> {
    let origin = origin?.to_str().ok()?;
    site.sites.iter().find(|it| it.origin.is_written(origin))
}

impl AuthProxy {
    /// Passes on a request for a path that the operator has named. Its answer loses the refresh token, and all tokens if cookies of the
    /// parent domain hold them.
    async fn pass(&self, client: ClientAddress, mut request: Request) -> ApiResult<Response> {
        let came = request.headers().clone();
        let cookies = RequestCookies::as_published(&self.site, &came);
        let sent = cookies.to_fusionauth()?;
        let headers = request.headers_mut();
        headers.remove(header::COOKIE);
        headers.extend(sent.map(|it| (header::COOKIE, it)));
        headers.remove(header::ACCEPT_ENCODING); // a compressed body could not be rewritten
        let _exchange = self.in_flight.begin(client)?;
        let (mut head, body) = self.upstream.pass(request, Host::OfFusionAuth).await?.into_parts();
        let lines = cookies.to_browser(head.status, &head.headers);
        set_cookies(&mut head.headers, lines);
        if !has_media_type(&head.headers, "application/json") {
            return Ok(Response::from_parts(head, body));
        }
        let mut value = read_json(body).await?;
        if let Some(value) = &mut value {
            members::remove_tokens(value, self.site.cookie_domain.is_some());
        }
        head.headers.remove(header::CONTENT_LENGTH); // the rewritten body may be shorter
        Ok(Response::from_parts(head, value.map_or_else(Body::empty, |it| Body::from(it.to_string()))))
    }

    /// Builds a request of the app from what its endpoint names, and its answer likewise.
    async fn send_for_app(&self, client: ClientAddress, endpoint: &'static Endpoint, request: Request) -> ApiResult<Response> {
        let (head, body) = request.into_parts();
        let origin = head.headers.get(header::ORIGIN);
        let caller = caller(&self.site, origin);
        if origin.is_some() && caller.is_none() {
            return Err(HttpError::CrossOrigin.into());
        }
        let cookies = RequestCookies::of(&self.site, endpoint, caller, &head.headers);
        let mut headers = travelling(&head.headers, REQUEST_HEADERS);
        if head.method == Method::OPTIONS {
            return self.exchange(client, endpoint, &cookies, &head, headers, None).await;
        }
        // The body is complete before the proxy opens a connection to FusionAuth, so a slow client holds none.
        let came = if head.method == Method::POST { read_members(&head, body).await? } else { Value::Null };
        let named = || self.site.sites.iter().find(|it| names_application(&came, it));
        let site = caller.or_else(named).or(self.site.sites.first()).ok_or(HttpError::NotFound)?;
        let tenant = site.tenant_id.as_ref().and_then(|it| HeaderValue::try_from(it).ok());
        headers.extend(tenant.map(|it| (HeaderName::from_static("x-fusionauth-tenantid"), it)));
        let (limit, key, body) = match came {
            Value::Null => (endpoint.limit, String::new(), None),
            came => {
                if endpoint.set.contains(&Set::Application) && !came["applicationId"].is_null() && !names_application(&came, site) {
                    return Err(refused("`applicationId` is not that of this site."));
                }
                let mut body = members::of_request(came, &names(endpoint.body)).ok_or_else(unexpected_members)?;
                let (limit, key) = limit_and_key(endpoint, &mut body, &head).ok_or_else(unexpected_members)?;
                body.extend(endpoint.set.iter().map(|it| known(*it, site, &head)));
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                (limit, key, Some(Value::Object(body).to_string().into()))
            }
        };
        let call = self.exchange(client, endpoint, &cookies, &head, headers, body);
        limits::counted(&self.attempts, client, limit, &key, call).await
    }

    /// Sends a request that was built from what the endpoint names. The answer is built from what the endpoint names, too.
    async fn exchange(
        &self,
        client: ClientAddress,
        endpoint: &Endpoint,
        cookies: &RequestCookies<'_>,
        came: &Parts,
        mut headers: HeaderMap,
        body: Option<reqwest::Body>,
    ) -> ApiResult<Response> {
        headers.extend(cookies.to_fusionauth()?.map(|it| (header::COOKIE, it)));
        let _exchange = self.in_flight.begin(client)?;
        let (head, body) = self.upstream.send(came, came.uri.path(), headers, body).await?.into_parts();
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = head.status;
        *answer.headers_mut() = travelling(&head.headers, ANSWER_HEADERS);
        set_cookies(answer.headers_mut(), cookies.to_browser(head.status, &head.headers));
        let Some(value) = read_json(body).await? else { return Ok(answer) };
        let mut paths = [names(endpoint.answer), names(ERRORS)].concat();
        if self.site.cookie_domain.is_some() {
            paths.retain(|it| !names(TOKEN_MEMBERS).contains(it));
        }
        // A body stays a body: apps read an empty 401 or 404 to a renewal as the end of the session.
        let is_json = has_media_type(answer.headers(), "application/json");
        let value = members::named(value, &paths).filter(|it| is_json && it.is_object()).ok_or_else(unreadable)?;
        *answer.body_mut() = Body::from(value.to_string());
        Ok(answer)
    }
}

fn set_cookies(headers: &mut HeaderMap, lines: Vec<HeaderValue>) {
    headers.remove(header::SET_COOKIE);
    headers.extend(lines.into_iter().map(|it| (header::SET_COOKIE, it)));
}

/// The headers with these names.
fn travelling(headers: &HeaderMap, names: &'static str) -> HeaderMap {
    let present = names.split(' ').filter_map(|name| Some((HeaderName::from_static(name), headers.get(name)?.clone())));
    present.collect()
}

fn refused(reason: &'static str) -> ProblemResponse {
    ProblemResponse::new(ProblemCode::MembersUnexpected, &reason)
}

fn unexpected_members() -> ProblemResponse {
    refused("The body lacks a member, or a member has another type.")
}

/// The body of a request of the app. An empty body has no members.
async fn read_members(head: &Parts, body: Body) -> Result<Value, HttpError> {
    let bytes = to_bytes(body, MAX_APP_REQUEST).await.map_err(|_| HttpError::BodyTooLong)?;
    match &*bytes {
        [] => Ok(Value::Object(Map::new())),
        _ if !has_media_type(&head.headers, "application/json") => Err(HttpError::BodyNotJson),
        _ => serde_json::from_slice(&bytes).ok().filter(Value::is_object).ok_or(HttpError::BodyMalformed),
    }
}

/// The body of an answer; `None` if it is empty.
async fn read_json(body: Body) -> ApiResult<Option<Value>> {
    let bytes = to_bytes(body, MAX_ANSWER).await.map_err(|_| unreadable())?;
    if bytes.is_empty() { Ok(None) } else { serde_json::from_slice(&bytes).map(Some).map_err(|_| unreadable()) }
}

fn unreadable() -> ProblemResponse {
    tracing::error!("a response of FusionAuth ended early, is too long, or is not the expected JSON, so the browser gets none of it");
    unavailable(StatusCode::BAD_GATEWAY)
}

/// Whether a request names the application of this site.
fn names_application(body: &Value, site: &CallingSite) -> bool {
    body["applicationId"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(&site.application_id))
}

/// The limit of a request, and the key by which it counts; `None` if the request lacks that member.
fn limit_and_key(endpoint: &Endpoint, body: &mut Map<String, Value>, head: &Parts) -> Option<(Limit, String)> {
    if endpoint.limit == Limit::Passwords && body.contains_key(endpoints::ONE_TIME_PASSWORD) {
        body.retain(|name, _| name == endpoints::ONE_TIME_PASSWORD); // FusionAuth must not check a password that nobody counts
        return Some((Limit::Calls, String::new()));
    }
    let Some(member) = endpoint.limit.member() else { return Some((endpoint.limit, String::new())) };
    let text = body.get(member).and_then(Value::as_str).filter(|it| !it.is_empty())?;
    let key = match endpoint.limit {
        Limit::Passwords | Limit::PasswordLinks => typed::email(text),
        Limit::Messages => format!("code {} {text}", head.uri.path().rsplit('/').next().unwrap_or_default()),
        _ => text.to_owned(),
    };
    Some((endpoint.limit, key))
}

/// The name and the value of a member that the proxy sets.
fn known(member: Set, site: &CallingSite, head: &Parts) -> (String, Value) {
    let text = |name: HeaderName| head.headers.get(name).and_then(|it| it.to_str().ok());
    let (name, value) = match member {
        Set::Application => ("applicationId", json!(site.application_id)),
        Set::Device => ("metaData", json!({"device": {"description": text(header::USER_AGENT).unwrap_or_default(), "type": "BROWSER"}})),
        Set::Origin => ("origin", json!(site.origin.text(text(header::ORIGIN).and_then(origin_port)))),
        Set::Site => ("state", json!({"site": site.workflow.slug()})),
    };
    (name.to_owned(), value)
}
