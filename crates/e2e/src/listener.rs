use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

/// Answers on a free port of 127.0.0.1 until it is dropped.
pub(crate) struct Listener {
    port: u16,
    task: JoinHandle<()>,
}

impl Listener {
    pub(crate) async fn start(app: Router) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let task = tokio::spawn(async move {
            // It ends with the journey; an error shows as a page that does not load.
            let _ = axum::serve(listener, app).await;
        });
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
