//! The operations that FusionAuth has, from `operations.txt`. If the emulator has no endpoint for an operation, it answers 501 and names
//! the operation, so that a caller cannot mistake the answer for that of a wrong path, a missing resource or another operation. A path in
//! which an id is empty gets 400, and the answer names the id.

use crate::domain::Refusal;
use crate::http::json;
use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fusionauth_api::errors::Errors;
use std::sync::LazyLock;

/// A method and a path with parameters, such as `GET /api/user/{userId}`.
struct Operation {
    method: &'static str,
    path: &'static str,
    /// The path up to its first parameter, which rules out most operations for a request.
    prefix: &'static str,
}

impl Operation {
    /// The first parameter that has no value in the path of a request for this operation.
    fn blank_parameter(&self, path: &str) -> Option<&'static str> {
        let blank = self.path.split('/').zip(path.split('/')).find(|(pattern, segment)| is_parameter(pattern) && segment.is_empty())?;
        Some(blank.0.trim_matches(['{', '}']))
    }
}

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let lines = include_str!("operations.txt").lines().filter(|it| !it.starts_with('#'));
    let prefix = |path: &'static str| path.split_once('{').map_or(path, |(it, _)| it);
    lines.filter_map(|it| it.split_once(' ')).map(|(method, path)| Operation { method, path, prefix: prefix(path) }).collect()
});

/// Answers 501 for an operation that FusionAuth has and no endpoint serves. Without this filter, `DELETE /api/user/bulk` would reach the
/// endpoint of `DELETE /api/user/{userId}`.
pub(super) async fn answer_unimplemented(matched: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let Some(operation) = find(request.method().as_str(), request.uri().path()) else { return next.run(request).await };
    if let Some(parameter) = operation.blank_parameter(request.uri().path()) {
        // `/app/login/` is a path of its own.
        let is_own_path = matched.is_some_and(|it| it.as_str() == request.uri().path());
        return if is_own_path { next.run(request).await } else { Refusal::blank(parameter).into_response() };
    }
    if !matched.is_some_and(|it| has_shape(it.as_str(), operation.path)) {
        return not_implemented(operation);
    }
    let response = next.run(request).await;
    // A path with endpoints answers 405 only if none of them has the method.
    if response.status() == StatusCode::METHOD_NOT_ALLOWED { not_implemented(operation) } else { response }
}

/// Whether an API key can name this endpoint: the path of an operation without its parameters.
pub(crate) fn is_endpoint(name: &str) -> bool {
    OPERATIONS
        .iter()
        .any(|it| it.path.split('/').skip(1).filter(|it| !is_parameter(it)).flat_map(|it| ["/", it]).collect::<String>() == name)
}

/// The operation that a request is for. If several paths match, the path with the fewest parameters applies.
fn find(method: &str, path: &str) -> Option<&'static Operation> {
    let candidates = OPERATIONS.iter().filter(|it| it.method == method && path.starts_with(it.prefix) && is_path(it.path, path));
    candidates.min_by_key(|it| it.path.matches('{').count())
}

/// Whether a request's path matches the pattern. A parameter matches any text, even none.
fn is_path(pattern: &str, path: &str) -> bool {
    let is_segment = |(pattern, segment): (&str, &str)| is_parameter(pattern) || pattern == segment;
    pattern.split('/').count() == path.split('/').count() && pattern.split('/').zip(path.split('/')).all(is_segment)
}

/// Whether two paths are equal except for the names of their parameters.
fn has_shape(one: &str, other: &str) -> bool {
    let is_same = |(one, other): (&str, &str)| one == other || (is_parameter(one) && is_parameter(other));
    one.split('/').count() == other.split('/').count() && one.split('/').zip(other.split('/')).all(is_same)
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
}

fn not_implemented(operation: &Operation) -> Response {
    let message = format!("FusionAuth has {} {}; this emulator lacks it.", operation.method, operation.path);
    let mut response = json(StatusCode::NOT_IMPLEMENTED, &Errors::general("[NotImplemented]", &message));
    response.extensions_mut().insert(OperationPath(operation.path));
    response
}

/// The path of the operation that the emulator lacks. It is an extension of an answer 501.
#[derive(Clone, Copy)]
pub(crate) struct OperationPath(pub(crate) &'static str);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_for_the_operation_with_the_fewest_parameters() {
        let path = |method, path| find(method, path).map(|it| it.path);
        assert_eq!(path("DELETE", "/api/user/bulk"), Some("/api/user/bulk"));
        assert_eq!(path("DELETE", "/api/user/x"), Some("/api/user/{userId}"));
        assert_eq!(path("GET", "/api/user/bulk"), Some("/api/user/{userId}"));
        for unknown in ["/api/user/x/y", "/api/users", ""] {
            assert_eq!(path("DELETE", unknown), None, "{unknown}");
        }
    }

    #[test]
    fn an_empty_id_is_named() {
        let blank = |method, path| find(method, path).and_then(|it| it.blank_parameter(path));
        assert_eq!(blank("POST", "/api/user/registration/"), Some("userId"));
        assert_eq!(blank("GET", "/api/entity//grant"), Some("entityId"));
        assert_eq!(blank("GET", "/api/user/x"), None);
    }

    #[test]
    fn no_operation_is_listed_twice() {
        for (index, one) in OPERATIONS.iter().enumerate() {
            let is_same = |other: &&Operation| one.method == other.method && has_shape(one.path, other.path);
            assert_eq!(OPERATIONS[..index].iter().find(is_same).map(|it| it.path), None, "{} {}", one.method, one.path);
        }
    }
}
