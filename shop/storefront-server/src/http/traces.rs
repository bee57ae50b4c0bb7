//! Traces for a collector, in OTLP over HTTP: a span for each request, and one for each request to FusionAuth. The server sends traces only
//! if the configuration names a collector.
//!
//! A trace from a browser or a proxy continues here, by the W3C header `traceparent`, and FusionAuth gets the header, too. A span contains
//! the same data as the log, so it contains no token, cookie, password, query string or body. The header's `sampled` flag has no effect:
//! this server decides by the trace's id whether to keep the trace.

use crate::http::outgoing::client_for;
use axum::http::{HeaderMap, HeaderName};
use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use opentelemetry_sdk::{Resource, trace::Tracer};
use reqwest::RequestBuilder;
use std::{sync::OnceLock, time::Duration};
use tokio::runtime::Handle;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::{Layer, registry::LookupSpan};

/// How long the collector may take for a batch.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends the traces of this process to a collector.
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: Tracer,
}

impl Traces {
    /// Begins to send this percentage of all traces to the collector at `url`, such as `http://127.0.0.1:4318/v1/traces`. If the collector
    /// does not answer, no request waits, and spans are dropped.
    ///
    /// # Errors
    /// If no HTTP client can be built, or the URL is invalid.
    pub fn to(url: &str, percent: u8) -> anyhow::Result<Self> {
        let client = client_for(url).timeout(EXPORT_TIMEOUT).build()?;
        let client = CollectorClient { client, runtime: Handle::current() };
        let exporter = SpanExporter::builder().with_http().with_http_client(client);
        let exporter = exporter.with_endpoint(url).with_protocol(Protocol::HttpJson).build()?;
        let resource = Resource::builder().with_service_name("storefront-server").build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource);
        let provider = provider.with_sampler(Sampler::TraceIdRatioBased(f64::from(percent) / 100.0)).build();
        PROPAGATOR.get_or_init(TraceContextPropagator::new);
        let tracer = provider.tracer("storefront-server");
        Ok(Self { provider, tracer })
    }

    /// The layer that turns `tracing` spans of this server into OpenTelemetry spans.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        let own = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::INFO);
        let layer: OpenTelemetryLayer<S, Tracer> = tracing_opentelemetry::layer().with_tracer(self.tracer.clone());
        layer.with_location(false).with_threads(false).with_tracked_inactivity(false).with_filter(own)
    }

    /// Sends the remaining spans, within the time limit of one batch.
    pub async fn stop(self) {
        // This call blocks until the provider's thread has ended.
        let stopped = tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(EXPORT_TIMEOUT)).await;
        if !matches!(stopped, Ok(Ok(()))) {
            tracing::warn!("some traces did not reach the collector");
        }
    }
}

/// Reads and writes the header `traceparent`. This cell is empty if the process sends no traces.
static PROPAGATOR: OnceLock<TraceContextPropagator> = OnceLock::new();

/// The role of this process in a request: client or server.
#[derive(Clone, Copy)]
pub(crate) enum SpanRole {
    Client,
    Server,
}

/// Sets the role of this process in a span with the empty field `otel.kind`.
pub(crate) fn set_role(span: &Span, role: SpanRole) {
    if PROPAGATOR.get().is_some() {
        span.record("otel.kind", if matches!(role, SpanRole::Client) { "client" } else { "server" });
    }
}

/// Makes `span` part of the trace that the request's headers name, if they name one.
pub(crate) fn continue_trace(span: &Span, headers: &HeaderMap) {
    if let Some(propagator) = PROPAGATOR.get() {
        // An error only means that no layer records this span.
        let _ = span.set_parent(propagator.extract(&HeaderExtractor(headers)));
    }
}

/// Adds the header that makes FusionAuth's part of the trace a child of the current span.
pub(crate) fn pass_on(request: RequestBuilder) -> RequestBuilder {
    let mut headers = HeaderMap::new();
    inject(&mut headers);
    if headers.is_empty() { request } else { request.headers(headers) }
}

/// Sets the header `traceparent` for the current span. This replaces the header of the sender.
pub(crate) fn inject(headers: &mut HeaderMap) {
    if let Some(propagator) = PROPAGATOR.get() {
        propagator.inject_context(&Span::current().context(), &mut HeaderInjector(headers));
    }
}

/// Sets headers. The implementation of `opentelemetry-http` would set an empty `tracestate`.
struct HeaderInjector<'a>(&'a mut HeaderMap);

impl Injector for HeaderInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value), false) = (key.parse::<HeaderName>(), value.parse(), value.is_empty()) {
            self.0.insert(name, value);
        }
    }
}

/// Sends batches from the provider's thread. `runtime` is a handle to tokio's runtime, because the provider's thread runs outside of that
/// runtime.
#[derive(Debug)]
struct CollectorClient {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait::async_trait]
impl HttpClient for CollectorClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move {
            let answer = client.execute(request.try_into()?).await?;
            let status = answer.status();
            reqwest::Result::Ok((status, answer.bytes().await?))
        });
        let (status, body) = sent.await??;
        Ok(Response::builder().status(status).body(body)?)
    }
}
