//! A proxy that holds back single messages between browsers and a server.
//!
//! A journey about a tab that closes, or a server that stops, while a message is in flight must hold that message until then. The proxy
//! changes no other message, and answers a request itself only if a journey names the status.

use crate::{Site, forward, limits, listener::Listener, tls::Scheme};
use anyhow::Context;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{FutureExt, StreamExt, future::ready, stream};
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{sync::oneshot, time::timeout};

/// Forwards all messages between browsers and a server, but holds those that a journey has named. If the browser cancels a request that
/// is held, the server never receives it.
pub struct InterceptingProxy {
    listener: Listener,
    state: Arc<ProxyState>,
}

/// A message that the proxy holds, or will hold. Dropping this value releases the message.
pub struct HeldMessage {
    description: String,
    arrived: oneshot::Receiver<()>,
    instruction: oneshot::Sender<Instruction>,
}

/// A response of which the proxy has sent the headers and half of the body. Dropping this value closes the connection.
pub struct TruncatedResponse {
    _rest: oneshot::Sender<()>,
}

/// The treatment of a held message that the journey does not release.
enum Instruction {
    Refuse(StatusCode),
    Truncate(oneshot::Receiver<()>),
}

struct ProxyState {
    client: reqwest::Client,
    server: u16,
    /// Each entry holds one message, and is then removed.
    interceptions: Mutex<Vec<Interception>>,
}

struct Interception {
    path: &'static str,
    stage: Stage,
    arrived: oneshot::Sender<()>,
    instruction: oneshot::Receiver<Instruction>,
}

/// The point at which the proxy holds an exchange.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Before the server receives the request.
    Request,
    /// Before the browser receives the response.
    Response,
}

impl InterceptingProxy {
    /// Starts in front of a site.
    pub async fn in_front_of(site: Site) -> anyhow::Result<Self> {
        Self::before(site.port()).await
    }

    /// Starts in front of the server on `port`.
    pub(crate) async fn before(port: u16) -> anyhow::Result<Self> {
        let state = Arc::new(ProxyState { client: forward::client(), server: port, interceptions: Mutex::default() });
        let listener = Listener::start(Router::new().fallback(handle).with_state(state.clone())).await?;
        Ok(Self { listener, state })
    }

    /// The port that the proxy listens on.
    pub(crate) const fn port(&self) -> u16 {
        self.listener.port()
    }

    /// The site at the proxy's port.
    pub const fn site(&self, site: Site) -> Site {
        site.on_port(self.listener.port())
    }

    /// Holds the next request for this path, so that the server does not receive it yet. Preflights are not held.
    pub fn hold_request(&self, path: &'static str) -> HeldMessage {
        self.hold(path, Stage::Request)
    }

    /// Holds the response to the next request for this path: the server has handled the request, and the browser does not know that yet.
    /// Preflights are not held.
    pub fn hold_response(&self, path: &'static str) -> HeldMessage {
        self.hold(path, Stage::Response)
    }

    fn hold(&self, path: &'static str, stage: Stage) -> HeldMessage {
        let (arrived, has_arrived) = oneshot::channel();
        let (instruct, instruction) = oneshot::channel();
        self.state.interceptions().push(Interception { path, stage, arrived, instruction });
        let message = if stage == Stage::Request { "request for" } else { "response to" };
        HeldMessage { description: format!("{message} {path}"), arrived: has_arrived, instruction: instruct }
    }
}

impl HeldMessage {
    /// Waits until the message has reached the proxy.
    pub async fn arrived(&mut self) -> anyhow::Result<()> {
        let arrived = timeout(limits::step(), &mut self.arrived).await;
        arrived.with_context(|| format!("no {} within {:?}", self.description, limits::step()))?.context("the proxy is gone")
    }

    /// Forwards the message.
    pub fn release(self) {}

    /// Answers with this status in place of the message.
    pub fn refuse(self, status: StatusCode) {
        // Sending fails if the browser has cancelled the request.
        let _ = self.instruction.send(Instruction::Refuse(status));
    }

    /// Forwards the headers and half of the body.
    pub fn truncate(self) -> TruncatedResponse {
        let (rest, cut) = oneshot::channel();
        let _ = self.instruction.send(Instruction::Truncate(cut));
        TruncatedResponse { _rest: rest }
    }
}

impl ProxyState {
    fn interceptions(&self) -> std::sync::MutexGuard<'_, Vec<Interception>> {
        self.interceptions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_interception(&self, request: &Request) -> Option<Interception> {
        let mut all = self.interceptions();
        let at = all.iter().position(|one| request.method() != Method::OPTIONS && request.uri().path() == one.path)?;
        Some(all.remove(at))
    }

    async fn forward(&self, request: Request) -> Response {
        forward::forward(&self.client, Scheme::of_browsers(), self.server, request).await
    }
}

async fn handle(State(state): State<Arc<ProxyState>>, request: Request) -> Response {
    let Some(Interception { stage, arrived, instruction, .. }) = state.take_interception(&request) else {
        return state.forward(request).await;
    };
    // A dropped `HeldMessage` closes the channel, so `Err` means: release the message.
    let (instruction, response) = match stage {
        Stage::Request => {
            let _ = arrived.send(());
            match instruction.await {
                Ok(Instruction::Refuse(status)) => return status.into_response(),
                instruction => (instruction, state.forward(request).await),
            }
        }
        Stage::Response => {
            let response = state.forward(request).await;
            let _ = arrived.send(());
            (instruction.await, response)
        }
    };
    match instruction {
        Ok(Instruction::Refuse(status)) => status.into_response(),
        Ok(Instruction::Truncate(cut)) => truncate(response, cut).await,
        Err(_) => response,
    }
}

/// Sends the headers and the first half of a response, and never the second half.
async fn truncate(response: Response, cut: oneshot::Receiver<()>) -> Response {
    let (mut head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    // Without `Content-Length` the browser could take half a body for the complete body.
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let first = stream::once(ready(Ok(bytes.slice(..bytes.len() / 2))));
    let rest = cut.map(|_| Err(io::Error::other("the journey cut the connection"))).into_stream();
    Response::from_parts(head, Body::from_stream(first.chain(rest)))
}
