//! A proxy that holds back the app's wasm, so that journeys can use the page before the app has started, or before a part of it has loaded.

use crate::{Site, forward, listener::Listener, tls::Scheme};
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tokio::sync::watch;

/// Forwards requests to a server, but holds requests for `.wasm` files until the journey releases or refuses them. A journey can treat the
/// program, which a page loads first, and its parts differently.
pub struct HoldingProxy {
    listener: Listener,
    state: Arc<HoldingState>,
}

struct HoldingState {
    delivery: watch::Sender<Deliveries>,
    client: reqwest::Client,
    server: u16,
}

#[derive(Clone, Copy)]
struct Deliveries {
    program: Delivery,
    parts: Delivery,
}

/// The treatment of requests for one kind of `.wasm` files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Held,
    Released,
    Refused(StatusCode),
}

impl HoldingProxy {
    /// Starts in front of a site.
    pub async fn in_front_of(site: Site) -> anyhow::Result<Self> {
        let delivery = watch::Sender::new(Deliveries { program: Delivery::Held, parts: Delivery::Held });
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
        self.deliver(|it| *it = Deliveries { program: Delivery::Released, parts: Delivery::Released });
    }

    /// Forwards the held requests for the program, and all later ones.
    pub fn release_program(&self) {
        self.deliver(|it| it.program = Delivery::Released);
    }

    /// Forwards the held requests for parts, and all later ones.
    pub fn release_parts(&self) {
        self.deliver(|it| it.parts = Delivery::Released);
    }

    /// Answers the held requests and all later ones with 503.
    pub fn refuse(&self) {
        let refused = Delivery::Refused(StatusCode::SERVICE_UNAVAILABLE);
        self.deliver(|it| *it = Deliveries { program: refused, parts: refused });
    }

    /// Answers the held requests for parts and all later ones with `status`.
    pub fn refuse_parts(&self, status: StatusCode) {
        self.deliver(|it| it.parts = Delivery::Refused(status));
    }

    fn deliver(&self, change: impl FnOnce(&mut Deliveries)) {
        self.state.delivery.send_modify(change);
    }
}

async fn handle(State(state): State<Arc<HoldingState>>, request: Request) -> Response {
    let path = request.uri().path();
    if path.ends_with(".wasm") {
        let is_program = path.starts_with("/storefront-");
        let of = |all: &Deliveries| if is_program { all.program } else { all.parts };
        let mut delivery = state.delivery.subscribe();
        // Waiting fails only if the sender is dropped, and `state` holds the sender.
        let decided = delivery.wait_for(|all| of(all) != Delivery::Held).await.map(|all| of(&all));
        if let Ok(Delivery::Refused(status)) = decided {
            return status.into_response();
        }
    }
    forward::forward(&state.client, Scheme::of_browsers(), state.server, request).await
}
