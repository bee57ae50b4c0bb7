//! The client of the server's own requests.

use reqwest::{Client, ClientBuilder, redirect::Policy};

/// Begins a client for requests to this URL alone, which follows no redirect: passwords, tokens and keys go only to the configured URL.
///
/// Without TLS it reads no root certificates. A server has a dozen clients, and each would read the system's 150 files at startup.
pub fn client_for(url: &str) -> ClientBuilder {
    let client = Client::builder().redirect(Policy::none());
    if url.starts_with("http:") { client.tls_certs_only([]) } else { client }
}
