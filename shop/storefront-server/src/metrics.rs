//! The server's metrics, in the text format of Prometheus. The port of `--metrics-listen` serves them.
//!
//! Labels have few values: sites of the configuration, methods, statuses, outcomes. No label is a client address, a user or a path.

use crate::background::Background;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};
use prometheus::{register_histogram_vec_with_registry, register_int_counter_vec_with_registry, register_int_gauge_with_registry};
use sqlx::AnyPool;
use std::{sync::LazyLock, time::Duration};

/// The route `GET /metrics`, for a port that only the operator reaches. The process of a separate proxy in front of FusionAuth has no `db`.
pub fn router(db: Option<AnyPool>, background: Background) -> Router {
    Router::new().route("/metrics", get(show)).with_state((db, background))
}

async fn show(State((db, background)): State<(Option<AnyPool>, Background)>) -> Response {
    let metrics = &*METRICS;
    if let Some(db) = db {
        metrics.connections.set(db.size().into());
        metrics.idle_connections.set(saturated(db.num_idle()));
    }
    metrics.background_tasks.set(saturated(background.task_count()));
    match TextEncoder::new().encode_to_string(&metrics.registry.gather()) {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Counts an answered request. `site` is the host name of a site, or `other`.
pub fn count_request(site: &str, method: &Method, status: StatusCode, took: Duration) {
    // A client can invent methods, and each would create its own time series.
    const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let method = METHODS.iter().find(|it| *it == method).map_or("other", Method::as_str);
    METRICS.requests.with_label_values(&[site, method, status.as_str()]).inc();
    METRICS.durations.with_label_values(&[site]).observe(took.as_secs_f64());
}

/// Counts a token renewal at FusionAuth with this outcome.
pub fn count_renewal(outcome: &str) {
    METRICS.renewals.with_label_values(&[outcome]).inc();
}

/// Counts an access token that was rejected for this reason.
pub fn count_refused_token(reason: &str) {
    METRICS.refused_tokens.with_label_values(&[reason]).inc();
}

/// Counts a request of a device-bound session: a registration, a refresh, or one with the cookies of a sign-in (`credential`).
pub fn count_device_request(request: &str, answer: &str) {
    METRICS.device_requests.with_label_values(&[request, answer]).inc();
}

/// Measures a registration or a refresh of a device-bound session. The requests of a page wait for a refresh.
pub fn measure_device_request(request: &str, took: Duration) {
    METRICS.device_durations.with_label_values(&[request]).observe(took.as_secs_f64());
}

/// The gauge of open pages that receive an event when their cart changes.
pub fn cart_streams() -> &'static IntGauge {
    &METRICS.cart_streams
}

/// The metrics of this process.
struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    renewals: IntCounterVec,
    refused_tokens: IntCounterVec,
    device_requests: IntCounterVec,
    device_durations: HistogramVec,
    connections: IntGauge,
    idle_connections: IntGauge,
    background_tasks: IntGauge,
    cart_streams: IntGauge,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| Metrics::new().expect("the names of the metrics are valid and differ"));

/// The upper bounds of the buckets of durations, in seconds. The last is the usual time limit of a request.
const BUCKETS: [f64; 10] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0];

impl Metrics {
    fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let counter =
            |name: &str, help: &str, labels: &[&str]| register_int_counter_vec_with_registry!(Opts::new(name, help), labels, registry);
        let durations = |name: &str, help: &str, label: &str| {
            register_histogram_vec_with_registry!(HistogramOpts::new(name, help).buckets(BUCKETS.to_vec()), &[label], registry)
        };
        let gauge = |name: &str, help: &str| register_int_gauge_with_registry!(Opts::new(name, help), registry);
        Ok(Self {
            requests: counter("storefront_http_requests_total", "Requests that were answered", &["site", "method", "status"])?,
            durations: durations("storefront_http_request_duration_seconds", "Duration of requests", "site")?,
            renewals: counter("storefront_renewals_total", "Renewals of tokens at FusionAuth", &["outcome"])?,
            refused_tokens: counter("storefront_refused_tokens_total", "Access tokens that were refused", &["reason"])?,
            device_requests: counter(
                "storefront_device_requests_total",
                "Registrations and refreshes of device-bound sessions, and refused requests without the bound cookie",
                &["request", "answer"],
            )?,
            device_durations: durations(
                "storefront_device_request_duration_seconds",
                "Duration of registrations and refreshes of device-bound sessions",
                "request",
            )?,
            connections: gauge("storefront_database_connections", "Connections to the database")?,
            idle_connections: gauge("storefront_database_connections_idle", "Idle connections to the database")?,
            background_tasks: gauge("storefront_background_tasks", "Running background tasks, such as renewals and revocations")?,
            cart_streams: gauge("storefront_cart_streams", "Open pages that follow their cart")?,
            registry,
        })
    }
}

fn saturated(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
