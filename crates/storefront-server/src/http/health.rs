//! `GET /healthz`: whether this instance can work. For load balancers and start-up scripts; on every host.

use crate::clock::now_ms;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use sqlx::AnyPool;

/// The route.
pub fn router() -> Router<AnyPool> {
    Router::new().route("/healthz", get(health))
}

/// FusionAuth is not asked: an instance without it still serves what needs no token, and restarting it helps nobody.
async fn health(State(db): State<AnyPool>) -> (StatusCode, &'static str) {
    match write(&db).await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the database cannot be read and written");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}

/// A query that touches no table succeeds on a database that is full or damaged.
async fn write(db: &AnyPool) -> Result<(), sqlx::Error> {
    let write = sqlx::query(
        "INSERT INTO health_checks (id, checked_at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at",
    );
    write.bind(now_ms()).execute(db).await?;
    sqlx::query("SELECT COUNT(*) FROM products").execute(db).await.map(drop)
}
