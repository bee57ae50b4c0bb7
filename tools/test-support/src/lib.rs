//! Helpers that the tests and benchmarks of several crates share. The crate depends on no other crate of the workspace, so the tests of any
//! of them can use it.

pub mod authenticator;
pub mod device_proofs;
pub mod issuer;
pub mod kickstart;
pub mod reserved_port;
pub mod totp;

/// A client for plain HTTP. It reads no certificates of the machine, because that takes longer than most requests, and follows no redirects.
pub fn http_client() -> reqwest::Client {
    http_client_builder().build().expect("a client without certificates and a proxy")
}

/// The settings of [`http_client`].
pub fn http_client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy().tls_certs_only([]).redirect(reqwest::redirect::Policy::none())
}
