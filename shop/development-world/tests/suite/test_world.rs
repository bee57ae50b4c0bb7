//! A development world with its files in a folder of its own, and a client. Its FusionAuth is an `issuer`, which signs any token for a test.

use clap::Parser;
use reqwest::{Client, Method, RequestBuilder};
use std::{net::SocketAddr, path::Path};
use tempfile::TempDir;
use test_support::issuer::Issuer;

pub(crate) const STORE: &str = "store.spa-local-storage.localhost";
pub(crate) const FORUMS: &str = "forums.spa-local-storage.localhost";
/// A host that is not a site. It has the pages for developers.
pub(crate) const DEVELOPERS: &str = "127.0.0.1";

pub(crate) struct TestWorld {
    pub(crate) folder: TempDir,
    pub(crate) port: u16,
    client: Client,
}

impl TestWorld {
    /// Starts a world with demo data that records messages in the file `record.jsonl` of its folder.
    pub(crate) async fn recording() -> Self {
        let folder = TempDir::new().unwrap();
        let record = folder.path().join("record.jsonl").display().to_string();
        Self::start_in(folder, &["--demo-data", "--record", &record]).await
    }

    pub(crate) async fn start(flags: &[&str]) -> Self {
        Self::start_in(TempDir::new().unwrap(), flags).await
    }

    async fn start_in(folder: TempDir, flags: &[&str]) -> Self {
        let address = serve(folder.path(), flags).await.0;
        let client = test_support::http_client_builder().resolve(STORE, address).resolve(FORUMS, address).build().unwrap();
        Self { folder, port: address.port(), client }
    }

    pub(crate) fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    pub(crate) fn ask(&self, method: Method, host: &str, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(host, path))
    }

    pub(crate) fn get(&self, host: &str, path: &str) -> RequestBuilder {
        self.ask(Method::GET, host, path)
    }

    pub(crate) fn cart(&self, token: &str) -> RequestBuilder {
        self.get(STORE, "/api/load-shopping-cart").bearer_auth(token)
    }
}

/// Serves a world with its files in this folder. Returns its socket address and, with `--auth-listen`, that of the proxy before FusionAuth.
pub(crate) async fn serve(folder: &Path, flags: &[&str]) -> (SocketAddr, Option<SocketAddr>) {
    let (issuer, dist) = (Issuer::start().await, folder.join("dist"));
    std::fs::create_dir(&dist).unwrap();
    std::fs::write(dist.join("index.html"), "<!doctype html><title>Store</title>").unwrap();
    let database = format!("sqlite://{}", folder.join("test.sqlite").display());
    let own = ["development-world", "--listen", "127.0.0.1:0", "--database-url", &database, "--fusionauth-url", &issuer.url, "--dist"];
    let arguments = own.into_iter().chain(dist.to_str()).chain(flags.iter().copied());
    let server = development_world::Options::try_parse_from(arguments).unwrap().bind().await.unwrap();
    let addresses = (server.address().unwrap(), server.auth_address());
    tokio::spawn(server.run(std::future::pending()));
    addresses
}
