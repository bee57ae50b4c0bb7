//! A proxy that holds back the app's wasm, so that journeys can use the page before the app has started.

use crate::{Site, forward, listener::Listener};
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tokio::sync::watch;

/// Forwards requests to a server, but holds those for `.wasm` files until the journey releases or refuses them.
pub struct HoldingProxy {
    listener: Listener,
    state: Arc<HoldingState>,
}

struct HoldingState {
    delivery: watch::Sender<Delivery>,
    client: reqwest::Client,
    server: u16,
}

/// How requests for `.wasm` files are treated.
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

    /// The site at the proxy's port.
    pub const fn site(&self, site: Site) -> Site {
        site.on_port(self.listener.port())
    }

    /// Forwards the held requests and all later ones.
    pub fn release(&self) {
        self.state.delivery.send_replace(Delivery::Released);
    }

    /// Answers the held requests and all later ones with 503.
    pub fn refuse(&self) {
        self.state.delivery.send_replace(Delivery::Refused);
    }
}

async fn handle(State(state): State<Arc<HoldingState>>, request: Request) -> Response {
    if request.uri().path().ends_with(".wasm") {
        let mut delivery = state.delivery.subscribe();
        // Waiting fails only if the sender is dropped, and `state` holds the sender.
        if delivery.wait_for(|delivery| *delivery != Delivery::Held).await.is_ok_and(|delivery| *delivery == Delivery::Refused) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    forward::forward(&state.client, state.server, request).await
}
