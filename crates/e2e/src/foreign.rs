use axum::{Router, response::Html};
use tokio::{net::TcpListener, task::JoinHandle};

/// A page of somebody else's, on a port and so on an origin of its own. Every address of it is this page.
pub struct ForeignPage {
    port: u16,
    task: JoinHandle<()>,
}

impl ForeignPage {
    /// Serves this document until it is dropped.
    pub async fn serve(html: String) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let app = Router::new().fallback(async move || Html(html));
        let task = tokio::spawn(async move {
            // It ends with the journey; an error shows as a page that does not load.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { port, task })
    }

    /// Its address under a host name. Whether it is of one site with a Store is in the name.
    pub fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/", self.port)
    }
}

impl Drop for ForeignPage {
    fn drop(&mut self) {
        self.task.abort();
    }
}
