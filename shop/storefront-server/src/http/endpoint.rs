//! Routes the endpoints that the single-page app calls.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use storefront_api::endpoints::{Endpoint, Method};

/// The route of an endpoint, below `/api`.
pub fn endpoint<Body, Answer, H, T, S>(endpoint: Endpoint<Body, Answer>, handler: H) -> Router<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    let method = match endpoint.info.method {
        Method::GET => MethodFilter::GET,
        Method::POST => MethodFilter::POST,
        Method::PUT => MethodFilter::PUT,
        Method::DELETE => MethodFilter::DELETE,
    };
    Router::new().route(endpoint.info.path.strip_prefix("/api").unwrap_or(endpoint.info.path), on(method, handler))
}
