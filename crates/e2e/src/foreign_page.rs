use crate::listener::Listener;
use axum::{Router, response::Html};

/// A page of somebody else's, on a port and so on an origin of its own. Every address of it is this page.
pub struct ForeignPage {
    listener: Listener,
}

impl ForeignPage {
    /// Serves this document until it is dropped.
    pub async fn serve(html: String) -> anyhow::Result<Self> {
        let listener = Listener::start(Router::new().fallback(async move || Html(html))).await?;
        Ok(Self { listener })
    }

    /// Its address under a host name. Whether it is of one site with a Store is in the name.
    pub fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/", self.listener.port())
    }
}
