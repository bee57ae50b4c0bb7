//! Serves an axum router on a free port, with the run's scheme. All proxies and pages of the journeys use it.

use crate::tls::{TlsListener, authority};
use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

/// A server on a free port of 127.0.0.1. Dropping this value ends the server.
pub(crate) struct Listener {
    port: u16,
    task: JoinHandle<()>,
}

impl Listener {
    pub(crate) async fn start(app: Router) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        // No code awaits the task. If the task fails, a page does not load, and the journey fails.
        let task = match authority()? {
            None => tokio::spawn(async move { drop(axum::serve(listener, app).await) }),
            Some(authority) => {
                let listener = TlsListener::new(listener, authority)?;
                tokio::spawn(async move { drop(axum::serve(listener, app).await) })
            }
        };
        Ok(Self { port, task })
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}
