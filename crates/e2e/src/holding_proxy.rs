use crate::{Site, admin::client};
use anyhow::Context;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tokio::{net::TcpListener, sync::Semaphore, task::JoinHandle};

/// Stands in front of a server and holds back the answers for paths that end in `.wasm` until they are released.
pub struct HoldingProxy {
    port: u16,
    gate: Arc<Gate>,
    task: JoinHandle<()>,
}

struct Gate {
    open: Semaphore,
    client: reqwest::Client,
    server: u16,
}

impl HoldingProxy {
    /// Starts in front of a site.
    pub async fn in_front_of(site: Site) -> anyhow::Result<Self> {
        let gate = Arc::new(Gate { open: Semaphore::new(0), client: client(), server: site.port() });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let app = Router::new().fallback(forward).with_state(gate.clone());
        let task = tokio::spawn(async move {
            // It ends with the journey; an error shows as a page that does not load.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { port, gate, task })
    }

    /// The site as it is seen through the proxy.
    pub const fn site(&self, site: Site) -> Site {
        site.on_port(self.port)
    }

    /// Lets what was held, and everything after it, through.
    pub fn release(&self) {
        self.gate.open.close();
    }
}

impl Drop for HoldingProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    if request.uri().path().ends_with(".wasm") {
        // No permit is ever added: this returns when the gate opens.
        let _ = gate.open.acquire().await;
    }
    match pass(&gate, request).await {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

async fn pass(gate: &Gate, request: Request) -> anyhow::Result<Response> {
    let path = request.uri().path_and_query().context("no path")?.as_str();
    let url = format!("http://127.0.0.1:{}{path}", gate.server);
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await?;
    let answer = gate.client.request(parts.method, url).headers(end_to_end(parts.headers)).body(body).send().await?;
    let (status, headers) = (answer.status(), end_to_end(answer.headers().clone()));
    let mut response = Response::new(Body::from_stream(answer.bytes_stream()));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Without the headers that speak about one connection only.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
        headers.remove(name);
    }
    headers
}
