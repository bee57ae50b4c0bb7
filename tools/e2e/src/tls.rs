//! HTTPS for journeys: a certificate authority for the run, and a certificate of the authority for all hosts.
//!
//! With `E2E_SCHEME=https` every port that a browser uses speaks TLS. A single server terminates TLS itself, with HTTP/2. A proxy
//! terminates TLS in front of FusionAuth and in front of several instances.

use crate::process::program;
use anyhow::{Context, anyhow, ensure};
use std::{fmt, fs, net::SocketAddr, path::Path, process::Command, sync::Arc, sync::LazyLock};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// The scheme of the sites of this run, as browsers use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    /// Reads `E2E_SCHEME`.
    pub(crate) fn of_browsers() -> Self {
        if std::env::var("E2E_SCHEME").is_ok_and(|it| it == "https") { Self::Https } else { Self::Http }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Https { "https" } else { "http" })
    }
}

/// The name of a cookie, or a cookie that begins with its name, without the prefix that our cookies have over https.
pub(crate) fn without_prefix(cookie: &str) -> &str {
    cookie.strip_prefix("__Host-").unwrap_or(cookie)
}

/// A cookie with the name that our servers read with the run's scheme.
pub(crate) fn name_as_sent(cookie: &str) -> String {
    let is_ours = cookie.starts_with("storefront_");
    if is_ours && Scheme::of_browsers() == Scheme::Https { format!("__Host-{cookie}") } else { cookie.to_owned() }
}

/// The certificate authority, and its certificate for all hosts.
pub(crate) struct Authority {
    root: String,
    chain: String,
    key: String,
    /// The hash of the authority's key. A browser that gets the hash as an argument trusts the authority.
    pub(crate) key_hash: String,
}

/// The authority of this run, or `None` without TLS.
///
/// # Errors
/// If no certificate can be created.
pub(crate) fn authority() -> anyhow::Result<Option<&'static Authority>> {
    static AUTHORITY: LazyLock<anyhow::Result<Authority>> = LazyLock::new(Authority::new);
    match Scheme::of_browsers() {
        Scheme::Http => Ok(None),
        Scheme::Https => Ok(Some(AUTHORITY.as_ref().map_err(|error| anyhow!("no certificate: {error:#}"))?)),
    }
}

impl Authority {
    fn new() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("storefront-e2e-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(&folder)?;
        let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/debug/development-certificates");
        let name = program("DEVELOPMENT_CERTIFICATES", default);
        let output = Command::new(name).arg(&folder).output().context("development-certificates can't be started")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read = |name: &str| fs::read_to_string(folder.join(name));
        let (root, chain, key) = (read("authority.pem")?, read("certificate.pem")?, read("key.pem")?);
        fs::remove_dir_all(&folder)?;
        Ok(Self { root, chain, key, key_hash: String::from_utf8(output.stdout)?.trim().to_owned() })
    }

    /// The authority's certificate, for a client that trusts no other authority.
    pub(crate) fn root(&self) -> Option<reqwest::Certificate> {
        reqwest::Certificate::from_pem(self.root.as_bytes()).ok()
    }

    /// Writes the certificate and its key as `certificate.pem` and `key.pem`.
    ///
    /// # Errors
    /// Errors of the file system.
    pub(crate) fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::write(folder.join("certificate.pem"), &self.chain)?;
        std::fs::write(folder.join("key.pem"), &self.key)
    }

    fn acceptor(&self) -> anyhow::Result<TlsAcceptor> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(self.chain.as_bytes()).collect::<Result<_, _>>()?;
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut config = config.with_no_client_auth().with_single_cert(chain, PrivateKeyDer::from_pem_slice(self.key.as_bytes())?)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// A listener that returns connections after their TLS handshakes.
pub(crate) struct TlsListener {
    address: SocketAddr,
    connections: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl TlsListener {
    /// Speaks TLS on the connections of `listener`, until this value is dropped.
    ///
    /// # Errors
    /// If the authority's certificate cannot be used.
    pub(crate) fn new(listener: TcpListener, authority: &Authority) -> anyhow::Result<Self> {
        let (acceptor, address) = (authority.acceptor()?, listener.local_addr()?);
        let (sender, connections) = mpsc::channel(16);
        tokio::spawn(async move {
            while !sender.is_closed()
                && let Ok((stream, peer)) = listener.accept().await
            {
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                // Each handshake has its own task, because a browser opens connections in advance and may delay their handshakes.
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        let _ = sender.send((stream, peer)).await;
                    }
                });
            }
        });
        Ok(Self { address, connections })
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.connections.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await, // the port is closed
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}
