use crate::{Site, forward};
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// What happens to the wasm.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Held,
    Released,
    Refused,
}

/// Stands in front of a server and holds back the answers for paths that end in `.wasm` until it is told what to do.
pub struct HoldingProxy {
    port: u16,
    gate: Arc<Gate>,
    task: JoinHandle<()>,
}

struct Gate {
    verdict: watch::Sender<Verdict>,
    client: reqwest::Client,
    server: u16,
}

impl HoldingProxy {
    /// Starts in front of a site.
    pub async fn in_front_of(site: Site) -> anyhow::Result<Self> {
        let gate = Arc::new(Gate { verdict: watch::Sender::new(Verdict::Held), client: forward::client(), server: site.port() });
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
        self.gate.verdict.send_replace(Verdict::Released);
    }

    /// Answers what was held, and everything after it, with 503.
    pub fn refuse(&self) {
        self.gate.verdict.send_replace(Verdict::Refused);
    }
}

impl Drop for HoldingProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    if request.uri().path().ends_with(".wasm") {
        let mut verdict = gate.verdict.subscribe();
        // An error would mean that the sender is gone; it is in our hands.
        if verdict.wait_for(|verdict| *verdict != Verdict::Held).await.is_ok_and(|verdict| *verdict == Verdict::Refused) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    match forward::pass(&gate.client, gate.server, request).await {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
