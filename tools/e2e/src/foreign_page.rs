//! A page of another origin, as an attacker could publish it.

use crate::{listener::Listener, tls::Scheme};
use axum::{Router, response::Html};

/// A server on its own port, and therefore with its own origin. It answers every path with the same page.
pub struct CrossOriginPage {
    listener: Listener,
}

impl CrossOriginPage {
    /// Serves this document until the value is dropped.
    pub async fn serve(html: String) -> anyhow::Result<Self> {
        let listener = Listener::start(Router::new().fallback(async move || Html(html))).await?;
        Ok(Self { listener })
    }

    /// The page's URL under a host name. The name decides whether the page is same-site with a Store.
    pub fn url(&self, host: &str) -> String {
        format!("{}://{host}:{}/", Scheme::of_browsers(), self.listener.port())
    }
}
