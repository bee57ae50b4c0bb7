//! Endpoints that FusionAuth has and the emulator lacks. They answer 501 with a body that names the endpoint, so that nobody takes
//! the answer for that to a wrong path.

use crate::http::json;
use crate::state::AppState;
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use fusionauth_api::errors::Errors;
use std::sync::Arc;

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const PUT: MethodFilter = MethodFilter::PUT;
const PATCH: MethodFilter = MethodFilter::PATCH;
const DELETE: MethodFilter = MethodFilter::DELETE;

const UNIMPLEMENTED: &[(&str, &[MethodFilter])] = &[
    ("/api/api-key", &[POST]),
    ("/api/api-key/{id}", &[GET, POST, PUT, PATCH, DELETE]),
    ("/api/application", &[GET]),
    ("/api/application/{applicationId}", &[PUT, DELETE]),
    ("/api/application/{applicationId}/role", &[POST]),
    ("/api/email/template", &[GET, POST]),
    ("/api/email/template/{emailTemplateId}", &[PUT, PATCH, DELETE]),
    ("/api/identity-provider", &[GET, POST]),
    ("/api/identity-provider/login", &[POST]),
    ("/api/identity-provider/{id}", &[GET, POST, PUT, PATCH, DELETE]),
    ("/api/jwt/issue", &[GET]),
    ("/api/jwt/reconcile", &[POST]),
    ("/api/jwt/vend", &[POST]),
    ("/api/key", &[GET]),
    ("/api/key/import/{id}", &[POST]),
    ("/api/key/{id}", &[GET, PUT, DELETE]),
    ("/api/login", &[PUT]),
    ("/api/passwordless/login", &[POST]),
    ("/api/passwordless/send", &[POST]),
    ("/api/passwordless/start", &[POST]),
    ("/api/system-configuration", &[PUT]),
    ("/api/tenant", &[GET, POST]),
    ("/api/tenant/{id}", &[POST, PUT, DELETE]),
    ("/api/two-factor/status", &[POST]),
    ("/api/user/refresh-token/import", &[POST]),
    ("/api/user/registration/{userId}", &[PUT]),
    ("/api/user/search", &[GET, POST]),
    ("/api/webauthn/import", &[POST]),
    ("/oauth2/authorize", &[GET, POST]),
    ("/oauth2/introspect", &[POST]),
    ("/oauth2/logout", &[GET]),
    ("/oauth2/userinfo", &[GET, POST]),
];

pub(super) fn router() -> Router<Arc<AppState>> {
    UNIMPLEMENTED.iter().fold(Router::new(), |router, (path, methods)| {
        methods.iter().fold(router, |router, method| router.route(path, on(*method, not_implemented)))
    })
}

async fn not_implemented(request: Request) -> Response {
    let message = format!("FusionAuth has {} {}; this emulator lacks it.", request.method(), request.uri().path());
    json(StatusCode::NOT_IMPLEMENTED, &Errors::general("[NotImplemented]", &message))
}
