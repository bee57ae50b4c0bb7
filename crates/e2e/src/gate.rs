use crate::{Site, forward, listener::Listener};
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
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// How long a message may take to come to the gate.
const PATIENCE: Duration = Duration::from_secs(15);

/// Stands between browsers and a server, passes everything on, and holds back single messages when told to. If the browser
/// gives up on a request that is held, the server never sees it.
pub struct Gate {
    listener: Listener,
    passage: Arc<Passage>,
}

/// A message that is held at the gate, or will be; released when dropped.
pub struct Held {
    what: String,
    arrived: oneshot::Receiver<()>,
    verdict: oneshot::Sender<Verdict>,
}

/// An answer of which the headers and half the body have left; the connection is cut when this is dropped.
pub struct HalfSent {
    _rest: oneshot::Sender<()>,
}

enum Verdict {
    Refused(StatusCode),
    Halved(oneshot::Receiver<()>),
}

struct Passage {
    client: reqwest::Client,
    server: u16,
    /// Each for one message.
    orders: Mutex<Vec<Order>>,
}

struct Order {
    path: &'static str,
    side: Side,
    arrived: oneshot::Sender<()>,
    verdict: oneshot::Receiver<Verdict>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Request,
    Answer,
}

enum Message {
    Request(Request),
    Answer(Response),
}

impl Gate {
    /// Starts in front of a site.
    pub async fn in_front_of(site: Site) -> anyhow::Result<Self> {
        Self::before(site.port()).await
    }

    /// Starts in front of the server on `port`.
    pub(crate) async fn before(port: u16) -> anyhow::Result<Self> {
        let passage = Arc::new(Passage { client: forward::client(), server: port, orders: Mutex::default() });
        let listener = Listener::start(Router::new().fallback(pass).with_state(passage.clone())).await?;
        Ok(Self { listener, passage })
    }

    /// Where it listens.
    pub(crate) const fn port(&self) -> u16 {
        self.listener.port()
    }

    /// The site as it is seen through the gate.
    pub const fn site(&self, site: Site) -> Site {
        site.on_port(self.listener.port())
    }

    /// Holds the next request for this path; the server has not seen it yet. No preflight is held.
    pub fn hold_request(&self, path: &'static str) -> Held {
        self.hold(path, Side::Request)
    }

    /// Holds the answer to the next request for this path: the server has done what was asked, and the browser does not
    /// know. No preflight is held.
    pub fn hold_answer(&self, path: &'static str) -> Held {
        self.hold(path, Side::Answer)
    }

    fn hold(&self, path: &'static str, side: Side) -> Held {
        let (arrived, has_arrived) = oneshot::channel();
        let (verdict, decided) = oneshot::channel();
        self.passage.orders().push(Order { path, side, arrived, verdict: decided });
        let what = if side == Side::Request { "request for" } else { "answer to" };
        Held { what: format!("{what} {path}"), arrived: has_arrived, verdict }
    }
}

impl Held {
    /// Waits until the message is there.
    pub async fn arrived(&mut self) -> anyhow::Result<()> {
        let arrived = timeout(PATIENCE, &mut self.arrived).await;
        arrived.with_context(|| format!("no {} within {} s", self.what, PATIENCE.as_secs()))?.context("the gate is gone")
    }

    /// Lets it through.
    pub fn release(self) {}

    /// Answers with this status instead.
    pub fn refuse(self, status: StatusCode) {
        // Whoever asked may have given up.
        let _ = self.verdict.send(Verdict::Refused(status));
    }

    /// Lets the headers and half of the body through.
    pub fn halve(self) -> HalfSent {
        let (rest, cut) = oneshot::channel();
        let _ = self.verdict.send(Verdict::Halved(cut));
        HalfSent { _rest: rest }
    }
}

impl Passage {
    fn orders(&self) -> std::sync::MutexGuard<'_, Vec<Order>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order_for(&self, request: &Request) -> Option<Order> {
        let mut orders = self.orders();
        let at = orders.iter().position(|order| request.method() != Method::OPTIONS && request.uri().path() == order.path)?;
        Some(orders.remove(at))
    }

    async fn forward(&self, request: Request) -> Response {
        match forward::pass(&self.client, self.server, request).await {
            Ok(response) => response,
            Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
        }
    }
}

async fn pass(State(passage): State<Arc<Passage>>, request: Request) -> Response {
    let Some(Order { side, arrived, verdict, .. }) = passage.order_for(&request) else { return passage.forward(request).await };
    let held = match side {
        Side::Request => Message::Request(request),
        Side::Answer => Message::Answer(passage.forward(request).await),
    };
    let _ = arrived.send(());
    let verdict = verdict.await;
    if let Ok(Verdict::Refused(status)) = verdict {
        return status.into_response();
    }
    let answer = match held {
        Message::Request(request) => passage.forward(request).await,
        Message::Answer(answer) => answer,
    };
    match verdict {
        Ok(Verdict::Halved(cut)) => half(answer, cut).await,
        _ => answer,
    }
}

/// The first half of an answer at once, and never the second.
async fn half(answer: Response, cut: oneshot::Receiver<()>) -> Response {
    let (mut head, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    // The length that is promised: without it half an answer could be a whole one.
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let first = stream::once(ready(Ok(bytes.slice(..bytes.len() / 2))));
    let rest = cut.map(|_| Err(io::Error::other("cut off, as told"))).into_stream();
    Response::from_parts(head, Body::from_stream(first.chain(rest)))
}
