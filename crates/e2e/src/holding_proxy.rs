use crate::{Site, forward, listener::Listener};
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tokio::sync::watch;

/// What happens to the wasm.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Held,
    Released,
    Refused,
}

/// Stands in front of a server and holds back the answers for paths that end in `.wasm` until it is told what to do.
pub struct HoldingProxy {
    listener: Listener,
    gate: Arc<Gate>,
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
        let listener = Listener::start(Router::new().fallback(forward).with_state(gate.clone())).await?;
        Ok(Self { listener, gate })
    }

    /// The site as it is seen through the proxy.
    pub const fn site(&self, site: Site) -> Site {
        site.on_port(self.listener.port())
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

async fn forward(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    if request.uri().path().ends_with(".wasm") {
        let mut verdict = gate.verdict.subscribe();
        // An error would mean that the sender is gone; it is in our hands.
        if verdict.wait_for(|verdict| *verdict != Verdict::Held).await.is_ok_and(|verdict| *verdict == Verdict::Refused) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    forward::answer(&gate.client, gate.server, request).await
}
