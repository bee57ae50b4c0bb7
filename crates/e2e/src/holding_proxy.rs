//! A proxy that holds the app's wasm back, so that journeys can use the page before the app has started.

use crate::{Site, forward, listener::Listener};
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tokio::sync::watch;

/// Stands in front of a server and holds every response for a path that ends in `.wasm` until it is told what to do.
pub struct HoldingProxy {
    listener: Listener,
    state: Arc<HoldingState>,
}

struct HoldingState {
    delivery: watch::Sender<Delivery>,
    client: reqwest::Client,
    server: u16,
}

/// What happens to the wasm.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Held,
    Released,
    Refused,
}

impl HoldingProxy {
    /// Starts in front of a site.
    pub async fn in_front_of(site: Site) -> anyhow::Result<Self> {
        let delivery = watch::Sender::new(Delivery::Held);
        let state = Arc::new(HoldingState { delivery, client: forward::client(), server: site.port() });
        let listener = Listener::start(Router::new().fallback(handle).with_state(state.clone())).await?;
        Ok(Self { listener, state })
    }

    /// The site as it is seen through the proxy.
    pub const fn site(&self, site: Site) -> Site {
        site.on_port(self.listener.port())
    }

    /// Lets what was held, and everything after it, through.
    pub fn release(&self) {
        self.state.delivery.send_replace(Delivery::Released);
    }

    /// Answers what was held, and everything after it, with 503.
    pub fn refuse(&self) {
        self.state.delivery.send_replace(Delivery::Refused);
    }
}

async fn handle(State(state): State<Arc<HoldingState>>, request: Request) -> Response {
    if request.uri().path().ends_with(".wasm") {
        let mut delivery = state.delivery.subscribe();
        // Waiting fails only if the sender is gone, and this handler holds it.
        if delivery.wait_for(|delivery| *delivery != Delivery::Held).await.is_ok_and(|delivery| *delivery == Delivery::Refused) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    forward::forward(&state.client, state.server, request).await
}
