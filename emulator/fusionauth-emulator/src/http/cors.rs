//! FusionAuth's CORS filter (<https://fusionauth.io/docs/operate/secure/cors>). Unlike tower-http's layer, which follows the Fetch
//! standard, this filter answers 403 to a request that is not allowed, and to any POST of another origin without `Content-Type`.

use super::host::own_origin;
use crate::database;
use crate::domain::Refusal;
use crate::model::CorsConfiguration;
use crate::state::{AppState, CorsOff};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Answers forbidden requests and preflights. Handles other requests, and adds CORS headers to the answer if their origin is allowed.
pub(crate) async fn filter(State(emulator): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    // Most requests have no `Origin` header. For them the filter need not read the configuration.
    if !request.headers().contains_key(header::ORIGIN) {
        return next.run(request).await;
    }
    let configuration = match database::system_configuration::get(&emulator.database).await {
        Ok(it) => it.cors_configuration,
        Err(error) => return Refusal::from(error).into_response(),
    };
    if !configuration.enabled && emulator.behaviours().cors_off == CorsOff::Denied && is_foreign(request.headers()) {
        return forbidden();
    }
    match decide(&configuration, request.method(), request.uri().path(), request.headers()) {
        Decision::NotConcerned => next.run(request).await,
        Decision::Forbidden => {
            // The log gives the reason, because FusionAuth's answer contains none and the browser hides even the status from the page.
            let origin: String = origin(request.headers()).unwrap_or_default().chars().take(LONGEST_LOGGED).collect();
            tracing::warn!(?origin, "CORS refuses this request: corsConfiguration does not allow its origin, method or headers");
            forbidden()
        }
        Decision::Preflight(headers) => (StatusCode::NO_CONTENT, headers).into_response(),
        Decision::Allowed(headers) => {
            let mut response = next.run(request).await;
            response.headers_mut().extend(headers);
            response
        }
    }
}

/// 403, `text/plain`, empty.
pub(crate) fn forbidden() -> Response {
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))]).into_response()
}

/// Whether the `Origin` header names another origin than this server's own.
fn is_foreign(headers: &HeaderMap) -> bool {
    origin(headers).is_some_and(|it| it != own_origin(headers))
}

fn origin(headers: &HeaderMap) -> Option<String> {
    headers.get(header::ORIGIN).map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned())
}

/// The log cuts an origin to this many characters.
const LONGEST_LOGGED: usize = 100;

/// The filter's decision about a request.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    /// The request is handled without CORS headers, because it is not from another origin or because CORS is off.
    NotConcerned,
    /// The answer is 403, `text/plain` and empty, without CORS headers.
    Forbidden,
    /// The answer to a preflight request: 204 with these headers.
    Preflight(HeaderMap),
    /// The request is handled, and the answer gets these headers whatever its status.
    Allowed(HeaderMap),
}

/// The beginnings of paths that pages of other origins can never call, whatever the configuration allows.
const CLOSED: [&str; 4] = ["/account", "/admin", "/support", "/ajax"];

fn decide(configuration: &CorsConfiguration, method: &Method, path: &str, headers: &HeaderMap) -> Decision {
    let Some(origin) = origin(headers) else { return Decision::NotConcerned };
    if !configuration.enabled || origin == own_origin(headers) {
        return Decision::NotConcerned;
    }
    let any = configuration.allowed_origins == ["*"];
    if !is_origin(&origin) || CLOSED.iter().any(|it| path.starts_with(it)) || !(any || configuration.allowed_origins.contains(&origin)) {
        return Decision::Forbidden;
    }
    let mut answer = HeaderMap::new();
    if any && !configuration.allow_credentials {
        put(&mut answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    } else {
        // With `*` and credentials FusionAuth repeats the caller's origin, and so allows every site.
        put(&mut answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, &origin);
        put(&mut answer, header::VARY, "Origin");
    }
    if configuration.allow_credentials {
        put(&mut answer, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    match headers.get(header::ACCESS_CONTROL_REQUEST_METHOD).filter(|_| method == Method::OPTIONS) {
        Some(wanted) if wanted.is_empty() => Decision::Forbidden,
        Some(wanted) => preflight(configuration, &String::from_utf8_lossy(wanted.as_bytes()), headers, answer),
        // FusionAuth refuses a POST without Content-Type, such as a `fetch` without a body.
        None if method == Method::POST && !headers.contains_key(header::CONTENT_TYPE) => Decision::Forbidden,
        None if configuration.allowed_methods.iter().any(|it| it == method.as_str()) => {
            if !configuration.exposed_headers.is_empty() {
                put(&mut answer, header::ACCESS_CONTROL_EXPOSE_HEADERS, &configuration.exposed_headers.join(","));
            }
            Decision::Allowed(answer)
        }
        None => Decision::Forbidden,
    }
}

/// The answer to a browser that asks whether the page may use the method `wanted`.
fn preflight(configuration: &CorsConfiguration, wanted: &str, headers: &HeaderMap, mut answer: HeaderMap) -> Decision {
    let requested_headers: Vec<String> = headers
        .get_all(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .iter()
        .flat_map(|it| String::from_utf8_lossy(it.as_bytes()).split(',').map(|it| it.trim().to_owned()).collect::<Vec<_>>())
        .filter(|it| !it.is_empty())
        .collect();
    let listed = |name: &String| configuration.allowed_headers.iter().any(|it| it.eq_ignore_ascii_case(name));
    if !configuration.allowed_methods.iter().any(|it| it == wanted) || !requested_headers.iter().all(listed) {
        return Decision::Forbidden;
    }
    put(&mut answer, header::ACCESS_CONTROL_ALLOW_METHODS, wanted);
    if !configuration.allowed_headers.is_empty() {
        put(&mut answer, header::ACCESS_CONTROL_ALLOW_HEADERS, &configuration.allowed_headers.join(","));
    }
    if configuration.preflight_max_age_in_seconds > 0 {
        put(&mut answer, header::ACCESS_CONTROL_MAX_AGE, &configuration.preflight_max_age_in_seconds.to_string());
    }
    Decision::Preflight(answer)
}

/// Whether the text is an origin. `null` and `file://…` count as origins.
fn is_origin(origin: &str) -> bool {
    !origin.contains('%') && (origin == "null" || origin.split_once(':').is_some_and(|(scheme, _)| !scheme.trim().is_empty()))
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // A configured value that is not valid in a header is left out.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
