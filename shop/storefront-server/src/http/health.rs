//! Health checks on every host, for load balancers and service managers: `GET /livez` tells whether this process answers at all, and
//! `GET /readyz` whether it can read and write its database. `/healthz` is another name of `/readyz`.
//!
//! FusionAuth is not checked. An instance without it still serves the pages that need no token, and a restart of the instance would not
//! help.

use crate::clock::now_ms;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use sqlx::AnyPool;

/// The routes of the health checks.
pub fn router() -> Router<AnyPool> {
    Router::new().route("/livez", get(async || "ok\n")).route("/readyz", get(health)).route("/healthz", get(health))
}

async fn health(State(db): State<AnyPool>) -> (StatusCode, &'static str) {
    match check(&db).await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the database cannot be read and written");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}

/// Writes and reads tables, because a query without a table succeeds on a database that is full or damaged.
async fn check(db: &AnyPool) -> sqlx::Result<()> {
    let write = sqlx::query(
        "INSERT INTO health_checks (id, checked_at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at",
    );
    write.bind(now_ms()).execute(db).await?;
    sqlx::query("SELECT id FROM products LIMIT 1").execute(db).await.map(drop)
}
