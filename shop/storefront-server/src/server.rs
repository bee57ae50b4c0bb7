//! Runs the server: opens the database, binds the ports, answers requests, purges the database, and stops gracefully.

use crate::auth::attempts::AttemptLimits;
use crate::clock::Clock;
use crate::config::{Apps, Config};
use crate::http::client_address::PeerAddress;
use crate::router::{self, Additions};
use crate::{background::Background, database, demo_data, metrics, product_text, purge, search_words, tls};
use anyhow::Context;
use axum::Extension;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::{conn::auto, graceful::GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_rustls::TlsAcceptor;
use tower::Layer;

/// When the server stops, it waits this long for requests in flight, and then again this long for background tasks such as renewals.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// How long a client may take to send the headers of a request, and how long an idle HTTP/1 connection is kept. An idle HTTP/2 connection
/// gets a ping after this time.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a client may take for the TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a client may take to respond to a ping on an idle HTTP/2 connection.
const KEEP_ALIVE_ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// A server with a ready database and bound ports.
pub struct Server {
    /// The first one is the port of `--listen`.
    ports: Vec<BoundPort>,
    /// The address of the port of `--auth-listen`, which is one of `ports`.
    auth_address: Option<SocketAddr>,
    storage: Option<Storage>,
    clock: Clock,
}

/// A port that this process has bound, and the routes behind it.
struct BoundPort {
    listener: TcpListener,
    router: axum::Router,
    /// `None` without TLS.
    tls: Option<TlsAcceptor>,
}

/// The database of the backends, and their background tasks. A process with only the proxy in front of FusionAuth has neither.
struct Storage {
    db: sqlx::AnyPool,
    background: Background,
    /// How long an expired session stays in the database. A renewal still needs its row, which says to which sign-in the session belongs.
    keep_sessions: Duration,
}

impl Server {
    /// Opens the database, fills it with demo data if the flags say so, and binds the ports.
    ///
    /// # Errors
    /// A message for the operator, if the flags contradict each other, the database does not open, or a port is in use.
    pub async fn bind(mut config: Config, additions: Additions) -> anyhow::Result<Self> {
        let sites = config.sites()?;
        let tls = config.certificate()?.map(tls::acceptor).transpose()?;
        if config.app == Apps::Auth {
            let attempts = Arc::new(AttemptLimits::new(&config.attempt_rates, None));
            let routes = router::fusionauth_router(&config, &sites, &additions, &attempts)?;
            let mut ports = vec![BoundPort::open(config.listen, routes, tls).await?];
            if let Some(address) = config.metrics_listen {
                ports.push(BoundPort::open(address, metrics::router(None, Background::default()), None).await?);
            }
            return Ok(Self { ports, auth_address: None, storage: None, clock: additions.clock });
        }
        let background = Background::new(additions.clock.clone());
        let db = database::open_with(&config.database_url, config.database_connections).await?;
        if config.demo_data {
            demo_data::fill(&db).await.context("the demo data cannot be written")?;
        }
        if config.demo_products > 0 {
            demo_data::add_products(&db, config.demo_products).await.context("the demo products cannot be written")?;
        }
        search_words::fill(&db).await.context("the words of the search cannot be made")?;
        config.languages = product_text::covered_languages(&db).await.context("the languages of the products cannot be read")?;
        let config = Arc::new(config);
        if !config.dist.join("index.html").is_file() {
            tracing::warn!(folder = %config.dist.display(), "no index.html here: pages answer 503 until `cargo xtask build` creates it");
        }
        let attempts = Arc::new(AttemptLimits::new(&config.attempt_rates, Some(&db)));
        let routes = router::router(&config, &sites, &db, &additions, &background, &attempts).await?;
        let mut ports = vec![BoundPort::open(config.listen, routes, tls.clone()).await?];
        let mut auth_address = None;
        if let Some(address) = config.auth_listen {
            let routes = router::fusionauth_router(&config, &sites, &additions, &attempts)?;
            let port = BoundPort::open(address, routes, tls).await?;
            auth_address = Some(port.listener.local_addr()?);
            ports.push(port);
        }
        if let Some(address) = config.redirect_listen {
            ports.push(BoundPort::open(address, router::https_redirects(&config, &sites), None).await?);
        }
        if let Some(address) = config.metrics_listen {
            ports.push(BoundPort::open(address, metrics::router(Some(db.clone()), background.clone()), None).await?);
        }
        Ok(Self {
            ports,
            auth_address,
            storage: Some(Storage { db, background, keep_sessions: config.cookie_life }),
            clock: additions.clock,
        })
    }

    /// The socket address of the sites.
    ///
    /// # Errors
    /// The system does not return the address of the open port.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.ports.first().ok_or(io::ErrorKind::NotConnected)?.listener.local_addr()
    }

    /// Whether the port of the sites uses TLS.
    pub fn speaks_tls(&self) -> bool {
        self.ports.first().is_some_and(|it| it.tls.is_some())
    }

    /// The socket address of the proxy in front of FusionAuth, if this process has `--auth-listen`.
    pub fn auth_address(&self) -> Option<SocketAddr> {
        self.auth_address
    }

    /// The clock of this server, which a test may move.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Answers requests until `stop` is done. Then finishes the requests in flight, for ten seconds at most, and the background work, for
    /// ten more.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let open = Arc::new(GracefulShutdown::new());
        let mut tasks = JoinSet::new();
        for port in self.ports {
            tasks.spawn(port.accept(Arc::clone(&open)));
        }
        if let Some(Storage { db, keep_sessions, .. }) = &self.storage {
            tasks.spawn(self.clock.scope(purge::run(db.clone(), *keep_sessions)));
        }
        stop.await;
        tracing::info!("stopping");
        tasks.shutdown().await; // closes the ports, but not the connections
        if let Some(storage) = &self.storage {
            storage.background.end_streams();
        }
        // The tasks of the ports have dropped their references, so this is the last reference.
        if let Some(open) = Arc::into_inner(open)
            && tokio::time::timeout(DRAIN_LIMIT, open.shutdown()).await.is_err()
        {
            tracing::warn!("some requests were cut off");
        }
        if let Some(storage) = self.storage {
            if !storage.background.stop(DRAIN_LIMIT).await {
                tracing::error!("a renewal, a revocation or a registration was cut off");
            }
            storage.db.close().await;
        }
    }
}

impl BoundPort {
    async fn open(address: SocketAddr, router: axum::Router, tls: Option<TlsAcceptor>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("cannot listen on {address}; is another process using the port? Choose another one, for example with `--listen`")
        })?;
        Ok(Self { listener, router, tls })
    }

    /// Accepts connections until the future is dropped.
    async fn accept(self, open: Arc<GracefulShutdown>) {
        let mut connections = auto::Builder::new(TokioExecutor::new());
        // Without the first limit, which `axum::serve` lacks, a client could keep a connection open for ever by sending its headers byte by
        // byte.
        connections.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
        connections.http2().timer(TokioTimer::new()).keep_alive_interval(HEADER_TIMEOUT).keep_alive_timeout(KEEP_ALIVE_ANSWER_TIMEOUT);
        let connections = Arc::new(connections);
        loop {
            let (stream, peer) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    pause_after(&error).await;
                    continue;
                }
            };
            // Without Nagle's algorithm a small response is sent at once.
            let _ = stream.set_nodelay(true);
            let service = TowerToHyperService::new(Extension(PeerAddress(peer.ip().into())).layer(self.router.clone()));
            let (tls, connections, watcher) = (self.tls.clone(), Arc::clone(&connections), open.watcher());
            tokio::spawn(async move {
                let Some(tls) = tls else {
                    // Browsers use HTTP/2 only with TLS, and detecting it would mean reading the connection's first bytes.
                    let http1 = connections.as_ref().clone().http1_only();
                    return log_end(watcher.watch(http1.serve_connection(TokioIo::new(stream), service).into_owned()).await);
                };
                match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        log_end(watcher.watch(connections.serve_connection(TokioIo::new(stream), service).into_owned()).await);
                    }
                    Ok(Err(error)) => tracing::debug!(%error, "no TLS connection"),
                    Err(_) => tracing::debug!("a TLS handshake took too long"),
                }
            });
        }
    }
}

fn log_end(result: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = result {
        tracing::debug!(%error, "connection ended");
    }
}

/// Pauses unless the error is about one client that disconnected. A lack of file descriptors lasts for a while, and retrying at once would
/// keep a processor busy.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "no connection can be accepted");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
