//! A load balancer in front of the instances of a server. With https it terminates TLS.
//!
//! The balancer gives each request to the next instance, so that the requests of one browser go to all instances. A server that kept state
//! in its memory would fail the journeys.

use crate::{forward, listener::Listener, tls::Scheme};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// Listens on a port and forwards each request to the next instance.
pub(crate) struct Balancer {
    listener: Listener,
    instances: Arc<RoundRobin>,
}

struct RoundRobin {
    client: reqwest::Client,
    ports: Mutex<Vec<u16>>,
    /// The counter for files. With a single counter, a page that loads one file would always go to the same instance.
    next_file: AtomicUsize,
    next: AtomicUsize,
}

impl Balancer {
    /// Listens on a free port. There are no instances yet.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let instances = Arc::new(RoundRobin {
            client: forward::client(),
            ports: Mutex::default(),
            next_file: AtomicUsize::default(),
            next: AtomicUsize::default(),
        });
        let listener = Listener::start(Router::new().fallback(handle).with_state(Arc::clone(&instances))).await?;
        Ok(Self { listener, instances })
    }

    /// The port that the balancer listens on.
    pub(crate) const fn port(&self) -> u16 {
        self.listener.port()
    }

    /// Forwards requests to the instances on these ports from now on.
    pub(crate) fn set_instances(&self, ports: Vec<u16>) {
        *self.instances.ports.lock().unwrap_or_else(PoisonError::into_inner) = ports;
    }
}

impl RoundRobin {
    fn next(&self, path: &str) -> Option<u16> {
        let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
        let next = if is_file { &self.next_file } else { &self.next };
        let ports = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.fetch_add(1, Ordering::Relaxed).checked_rem(ports.len())?;
        ports.get(turn).copied()
    }
}

async fn handle(State(instances): State<Arc<RoundRobin>>, mut request: Request) -> Response {
    let Some(port) = instances.next(request.uri().path()) else { return StatusCode::BAD_GATEWAY.into_response() };
    if let Scheme::Https = Scheme::of_browsers() {
        request.headers_mut().insert("x-forwarded-proto", HeaderValue::from_static("https"));
    }
    forward::forward(&instances.client, Scheme::Http, port, request).await
}

#[cfg(test)]
mod tests {
    use super::Balancer;
    use axum::{Router, http::header};
    use tokio::net::TcpListener;

    async fn instance(name: &'static str) -> anyhow::Result<u16> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let app = Router::new().fallback(async move |request: axum::extract::Request| {
            let host = request.headers()[header::HOST].to_str().unwrap_or_default().to_owned();
            let headers = [(header::SET_COOKIE, "a=1"), (header::SET_COOKIE, "b=2"), (header::LOCATION, "/there")];
            (axum::http::StatusCode::FOUND, axum::response::AppendHeaders(headers), format!("{name} {host} {}", request.uri()))
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(port)
    }

    #[tokio::test]
    async fn each_request_goes_unchanged_to_the_next_instance() -> anyhow::Result<()> {
        let balancer = Balancer::start().await?;
        let at = |path: &str| format!("http://127.0.0.1:{}{path}", balancer.port());
        let ask = async |path: &str| crate::forward::client().get(at(path)).header("host", "store.test").send().await;
        assert_eq!(ask("/").await?.status(), 502, "there is no instance yet");
        balancer.set_instances(vec![instance("first").await?, instance("second").await?]);
        let mut answers = Vec::new();
        for _ in 0..4 {
            ask("/style.css").await?;
            let answer = ask("/a?b=c").await?;
            assert_eq!((answer.status().as_u16(), answer.headers().get_all("set-cookie").iter().count()), (302, 2));
            answers.push(answer.text().await?);
        }
        answers.sort();
        let [first, second] = ["first", "second"].map(|name| format!("{name} store.test /a?b=c"));
        assert_eq!(answers, [first.clone(), first, second.clone(), second]);
        Ok(())
    }
}
