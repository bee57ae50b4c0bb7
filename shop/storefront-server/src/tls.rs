//! TLS: the certificate from two PEM files, and the protocol versions. A renewed certificate is used from the next connection on, without a
//! restart.

use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ServerConfig, version};

/// The PEM files of a certificate.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    /// The certificate for all sites, followed by its intermediate certificates.
    pub certificate: PathBuf,
    /// The private key of the certificate.
    pub key: PathBuf,
}

/// Accepts TLS 1.2 and 1.3 with this certificate, and offers HTTP/2 and HTTP/1.1.
///
/// # Errors
/// A message for the operator, if the files cannot be read or do not belong together.
pub fn acceptor(files: CertificateFiles) -> anyhow::Result<TlsAcceptor> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let certificate = ReloadedCertificate::new(files, Arc::clone(&provider))?;
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&version::TLS13, &version::TLS12])?;
    let mut config = config.with_no_client_auth().with_cert_resolver(Arc::new(certificate));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A certificate that is read again when its files have changed.
#[derive(Debug)]
struct ReloadedCertificate {
    files: CertificateFiles,
    provider: Arc<CryptoProvider>,
    current: Mutex<(Modified, Arc<CertifiedKey>)>,
}

/// The modification times of the certificate's file and of the key's file.
type Modified = [Option<SystemTime>; 2];

impl ReloadedCertificate {
    fn new(files: CertificateFiles, provider: Arc<CryptoProvider>) -> anyhow::Result<Self> {
        let modified = files.modified();
        let key = files.read(&provider)?;
        Ok(Self { files, provider, current: Mutex::new((modified, Arc::new(key))) })
    }
}

impl ResolvesServerCert for ReloadedCertificate {
    /// Checks at each connection whether the files have changed. This costs some microseconds of the millisecond that a handshake takes. An
    /// unreadable certificate is logged once, and the previous certificate stays in use.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let modified = self.files.modified();
        if modified != current.0 {
            current.0 = modified;
            match self.files.read(&self.provider) {
                Ok(key) => {
                    tracing::info!(file = %self.files.certificate.display(), "a new certificate is in use");
                    current.1 = Arc::new(key);
                }
                Err(error) => tracing::error!("the new certificate cannot be used, so the old one stays in use: {error:#}"),
            }
        }
        Some(Arc::clone(&current.1))
    }
}

impl CertificateFiles {
    fn modified(&self) -> Modified {
        let modified = |path: &Path| std::fs::metadata(path).and_then(|it| it.modified()).ok();
        [modified(&self.certificate), modified(&self.key)]
    }

    fn read(&self, provider: &CryptoProvider) -> anyhow::Result<CertifiedKey> {
        let in_file = |path: &Path| format!("{} cannot be read as PEM", path.display());
        let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&self.certificate).and_then(Iterator::collect);
        let chain = chain.with_context(|| in_file(&self.certificate))?;
        ensure!(!chain.is_empty(), "{} holds no certificate", self.certificate.display());
        let key = PrivateKeyDer::from_pem_file(&self.key).with_context(|| in_file(&self.key))?;
        let key = provider
            .key_provider
            .load_private_key(key)
            .with_context(|| format!("{} holds a key of an unknown kind", self.key.display()))?;
        let certified = CertifiedKey::new(chain, key);
        certified.keys_match().with_context(|| format!("{} is not the key of {}", self.key.display(), self.certificate.display()))?;
        Ok(certified)
    }
}
