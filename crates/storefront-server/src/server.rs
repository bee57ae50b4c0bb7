//! Start, listen, stop.

use crate::{app, config::Config, db, demo};
use anyhow::Context;
use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use wire_recorder::Recorder;

/// How long a stop waits for requests that are still being answered.
const DRAIN: Duration = Duration::from_secs(10);

/// A server whose database is ready and whose port is taken.
pub struct Server {
    listener: TcpListener,
    router: axum::Router,
    db: sqlx::AnyPool,
}

impl Server {
    /// Opens the database, fills it if asked, and takes the port.
    ///
    /// # Errors
    /// With a message for whoever started it.
    pub async fn bind(config: Config) -> anyhow::Result<Self> {
        let config = Arc::new(config);
        let db = db::open(&config.database_url).await?;
        if config.demo_data {
            demo::fill(&db).await.context("the demo data cannot be written")?;
        }
        if !config.dist.join("index.html").is_file() {
            tracing::warn!(folder = %config.dist.display(), "no index.html here: pages answer 503 until `cargo xtask build` has made it");
        }
        let recorder = match &config.record {
            Some(file) => Recorder::to_file(file).with_context(|| format!("{} cannot be written", file.display()))?,
            None => Recorder::off(),
        };
        let router = app::router(&config, &db, &recorder)?;
        let listener = TcpListener::bind(config.listen).await.with_context(|| {
            format!("{} cannot be listened on; is another process using the port? `--listen` takes another one", config.listen)
        })?;
        Ok(Self { listener, router, db })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not tell, which no system has been seen to do.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop` is done, then finishes what it is answering, for ten seconds at most.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
        let signal = async move {
            stop.await;
            tracing::info!("stopping");
            let _ = stopping.send(());
        };
        let serving = axum::serve(self.listener, self.router).with_graceful_shutdown(signal);
        let overdue = async {
            // An error means that serving ended by itself and dropped the sender.
            match stopped.await {
                Ok(()) => tokio::time::sleep(DRAIN).await,
                Err(_) => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            ended = async { serving.await } => ended,
            () = overdue => {
                tracing::warn!("some requests were cut off");
                Ok(())
            }
        };
        self.db.close().await;
        ended
    }
}
