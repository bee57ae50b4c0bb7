//! The HTTP client for requests that this server sends: to FusionAuth, and to the collector of traces.

use reqwest::{Client, ClientBuilder, redirect::Policy};

/// Begins to build a client for requests to this URL alone. It follows no redirect, so passwords, tokens and keys go only to this URL.
///
/// For a URL without TLS, the client reads no root certificates. A server has a dozen clients, and each would read the system's 150 files
/// at startup.
pub fn client_for(url: &str) -> ClientBuilder {
    let client = Client::builder().redirect(Policy::none());
    if url.starts_with("http:") { client.tls_certs_only([]) } else { client }
}
