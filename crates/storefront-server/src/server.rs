//! Start, listen, stop.

use crate::{
    auth::{family_tables, sessions},
    auth_proxy,
    background::Background,
    clock,
    config::{Apps, Config},
    database, demo_data,
    http::{client_address::Peer, idempotency},
    pages::drafts,
    router::{self, Additions},
};
use anyhow::Context;
use axum::Extension;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinSet};
use tower::Layer;

/// How long a stop waits for requests that are still being answered, and then for renewals and revocations.
const DRAIN: Duration = Duration::from_secs(10);

/// How long a client may take to send the headers of a request, and how long an idle connection is kept.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);

/// A server whose database is ready and whose ports are taken.
pub struct Server {
    /// What listens: the first is that of `--listen`.
    ports: Vec<BoundPort>,
    storage: Option<Storage>,
}

/// One port and what is behind it.
struct BoundPort {
    listener: TcpListener,
    router: axum::Router,
}

/// What the backends keep. The proxy before FusionAuth alone keeps nothing.
struct Storage {
    db: sqlx::AnyPool,
    background: Background,
    /// How long an expired session is kept as proof.
    keep_sessions: Duration,
}

/// Between two purges of what is over. Every instance purges; that another has just done it costs nothing.
const PURGE: Duration = Duration::from_secs(60);

impl Server {
    /// Opens the database, fills it if asked, and takes the ports. The server's own program has no additions.
    ///
    /// # Errors
    /// With a message for whoever started it.
    pub async fn bind(config: Config, additions: Additions) -> anyhow::Result<Self> {
        config.check()?;
        let config = Arc::new(config);
        if config.app == Apps::Auth {
            return Ok(Self {
                ports: vec![BoundPort::open(config.listen, auth_proxy::router(&config, &additions)?).await?],
                storage: None,
            });
        }
        let background = Background::default();
        let db = database::open(&config.database_url).await?;
        if config.demo_data {
            demo_data::fill(&db).await.context("the demo data cannot be written")?;
        }
        if !config.dist.join("index.html").is_file() {
            tracing::warn!(folder = %config.dist.display(), "no index.html here: pages answer 503 until `cargo xtask build` has made it");
        }
        let mut ports = vec![BoundPort::open(config.listen, router::router(&config, &db, &additions, &background)?).await?];
        if let Some(address) = config.auth_listen {
            ports.push(BoundPort::open(address, auth_proxy::router(&config, &additions)?).await?);
        }
        Ok(Self { ports, storage: Some(Storage { db, background, keep_sessions: config.cookie_life }) })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not tell, which no system has been seen to do.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.ports.first().ok_or(io::ErrorKind::NotConnected)?.listener.local_addr()
    }

    /// Where the proxy before FusionAuth of `--auth-listen` listens, if there is one beside the backends.
    ///
    /// # Errors
    /// As [`address`](Self::address).
    pub fn auth_address(&self) -> io::Result<Option<SocketAddr>> {
        self.ports.get(1).map(|it| it.listener.local_addr()).transpose()
    }

    /// Answers until `stop` is done, then finishes what it is answering, for ten seconds at most, and what it does in the
    /// background, for ten more.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let open = Arc::new(GracefulShutdown::new());
        let mut tasks = JoinSet::new();
        for port in self.ports {
            tasks.spawn(port.accept(Arc::clone(&open)));
        }
        if let Some(Storage { db, keep_sessions, .. }) = &self.storage {
            tasks.spawn(purge(db.clone(), *keep_sessions));
        }
        stop.await;
        tracing::info!("stopping");
        tasks.shutdown().await; // closes the ports; what is being answered goes on
        if let Some(open) = Arc::into_inner(open)
            && tokio::time::timeout(DRAIN, open.shutdown()).await.is_err()
        {
            tracing::warn!("some requests were cut off");
        }
        if let Some(storage) = self.storage {
            if !storage.background.stop(DRAIN).await {
                tracing::error!("a renewal or a revocation was cut off");
            }
            storage.db.close().await;
        }
    }
}

impl BoundPort {
    async fn open(address: SocketAddr, router: axum::Router) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("{address} cannot be listened on; is another process using the port? `--listen` and `--auth-listen` take others")
        })?;
        Ok(Self { listener, router })
    }

    /// Lets connections in until it is dropped.
    async fn accept(self, open: Arc<GracefulShutdown>) {
        let mut connections = auto::Builder::new(TokioExecutor::new()).http1_only();
        // What `axum::serve` does not set: a client that sends its headers byte by byte holds no connection for ever.
        connections.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
        loop {
            let (stream, peer) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    pause_after(&error).await;
                    continue;
                }
            };
            // Small answers leave at once instead of waiting to be joined with the next.
            let _ = stream.set_nodelay(true);
            let service = TowerToHyperService::new(Extension(Peer(peer.ip())).layer(self.router.clone()));
            let connection = open.watcher().watch(connections.serve_connection(TokioIo::new(stream), service).into_owned());
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "connection ended");
                }
            });
        }
    }
}

async fn purge(db: sqlx::AnyPool, keep_sessions: Duration) {
    let mut due = tokio::time::interval(PURGE);
    loop {
        due.tick().await;
        let now = clock::now_ms();
        let purged = async {
            let credentials = (family_tables::purge(&db, now).await?, sessions::purge(&db, now, keep_sessions).await?);
            Ok::<_, sqlx::Error>((credentials, idempotency::purge(&db, now).await?, drafts::purge(&db, now).await?))
        };
        match purged.await {
            Ok(((renewals, sessions), answers, drafts)) => tracing::debug!(renewals, sessions, answers, drafts, "purged what is over"),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "what is over cannot be purged"),
        }
    }
}

/// A client that hung up costs nothing; running out of file descriptors does not pass at once, and must not spin.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "no connection can be accepted");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
