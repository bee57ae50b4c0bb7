//! `GET /healthz`: whether this instance can work. For load balancers and start-up scripts; on every host.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use sqlx::AnyPool;

/// The route.
pub fn router() -> Router<AnyPool> {
    Router::new().route("/healthz", get(health))
}

/// FusionAuth is not asked: an instance without it still serves what needs no token, and restarting it helps nobody.
async fn health(State(db): State<AnyPool>) -> (StatusCode, &'static str) {
    match sqlx::query("SELECT 1").execute(&db).await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
