//! Sites with TLS under a company's host names: HTTP/2, certificates renewed while the server runs, redirects, headers and cookies.

use crate::test_cluster::{PASSWORD, TestCluster};
use crate::test_server::{Host, TestServer, fresh_database};
use reqwest::{Client, Method, StatusCode};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use test_support::reserved_port::ReservedPort;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const HOSTS: [&str; 4] = ["shop.example.test", "forum.example.test", "auth.example.test", "pages.example.test"];

/// A server with https sites. The emulator behind the server knows the sites by other host names.
pub(crate) struct Https {
    _cluster: TestCluster,
    folder: TempDir,
    address: SocketAddr,
    pub(crate) without_tls: SocketAddr,
}

impl Https {
    pub(crate) async fn start() -> Self {
        let (cluster, folder) = (TestCluster::start_with(&[], 0).await, TempDir::new().unwrap());
        write_certificate(folder.path());
        std::fs::create_dir_all(folder.path().join("dist")).unwrap();
        std::fs::write(folder.path().join("dist/index.html"), include_str!("../../../../index.html")).unwrap();
        let site = |host: &str, application: &str, workflow: &str, id: &str, more: &str| {
            format!(
                "origin = \"https://{host}\", application = \"{application}\", workflow = \"{workflow}\", application_id = \"{id}\", \
                 fusionauth_origin = \"https://auth.example.test\"{more}"
            )
        };
        let (store, forums) = (test_support::issuer::STORE, test_support::issuer::FORUMS);
        let sites = [
            site("shop.example.test", "store", "spa-shared-domain", store, ", sibling = \"https://forum.example.test\""),
            site("forum.example.test", "forums", "spa-shared-domain", forums, ", sibling = \"https://shop.example.test\""),
            site("pages.example.test", "store", "webapp-session", store, ""),
            "origin = \"https://auth.example.test\", application = \"fusionauth\", cookie_domain = \"example.test\"".to_owned(),
        ];
        let database = fresh_database(folder.path()).await;
        let redirect_port = ReservedPort::new().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut arguments = vec!["storefront-server".to_owned(), "--listen=127.0.0.1:0".to_owned(), "--demo-data".to_owned()];
        arguments.extend([
            format!("--redirect-listen={}", redirect_port.address),
            format!("--database-url={database}"),
            format!("--dist={}", path("dist")),
        ]);
        arguments.extend([format!("--tls-certificate={}", path("certificate.pem")), format!("--tls-key={}", path("key.pem"))]);
        arguments.push(format!("--fusionauth-url={}", cluster.fusionauth.base_url()));
        arguments.extend(sites.iter().map(|it| format!("--site={it}")));
        let server = crate::bind(arguments).await;
        assert!(server.speaks_tls());
        assert_eq!(server.auth_address(), None, "the second port serves redirects");
        let address = server.address().unwrap();
        tokio::spawn(server.run(std::future::pending()));
        Self { _cluster: cluster, folder, address, without_tls: redirect_port.address }
    }

    pub(crate) fn client(&self) -> Client {
        let pem = std::fs::read(self.folder.path().join("certificate.pem")).unwrap();
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let client = client.tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()]);
        HOSTS.into_iter().fold(client, |it, host| it.resolve(host, self.address)).build().unwrap()
    }

    pub(crate) fn url(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.address.port())
    }

    /// Writes a file of the built app.
    pub(crate) fn write_file(&self, path: &str, content: &str) {
        std::fs::write(self.folder.path().join("dist").join(path), content).unwrap();
    }

    /// The protocol that the server chooses, and the certificate that it presents.
    async fn handshake(&self) -> (Option<Vec<u8>>, CertificateDer<'static>) {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.folder.path().join("certificate.pem")).unwrap()).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("shop.example.test").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let connection = stream.get_ref().1;
        (connection.alpn_protocol().map(ToOwned::to_owned), connection.peer_certificates().unwrap()[0].clone().into_owned())
    }
}

fn write_certificate(folder: &Path) {
    let made = rcgen::generate_simple_self_signed(HOSTS.map(ToOwned::to_owned)).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
}

#[tokio::test]
async fn browsers_get_http_2_and_are_told_to_stay_with_https() {
    let https = Https::start().await;
    assert_eq!(https.handshake().await.0.as_deref(), Some(b"h2".as_slice()));
    let client = https.client();
    for host in ["shop.example.test", "forum.example.test", "pages.example.test"] {
        let answer = client.get(https.url(host, "/")).send().await.unwrap();
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=63072000", "{host}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(!policy.contains("http://") && !policy.contains("unsafe-inline"), "{policy}");
        let page = answer.text().await.unwrap();
        assert!(!page.contains("http://"), "{host}: {page}");
    }
    let page = client.get(https.url("shop.example.test", "/cart")).send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("connect-src 'self' https://auth.example.test;"));
    assert!(page.text().await.unwrap().contains("\"siblingUrl\":\"https://forum.example.test\""));
    // An error page has the policy of a page, because the policy of a problem document would block its styles.
    let page = client.get(https.url("pages.example.test", "/nowhere")).send().await.unwrap();
    assert_eq!(page.status(), 404);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("style-src 'self'") && policy.contains("form-action 'self'"), "{policy}");
}

#[tokio::test]
async fn behind_a_proxy_that_speaks_tls_pages_links_and_headers_say_https() {
    let site = |host: &str, other: &str, application: &str, workflow: &str, id: &str| {
        format!(
            "--site=origin = \"https://{host}.test\", application = \"{application}\", workflow = \"{workflow}\", application_id = \"{id}\", \
             fusionauth_origin = \"https://auth.example.test\", sibling = \"https://{other}.test\""
        )
    };
    let sites = [
        site("shop.example", "forum.example", "store", "spa-local-storage", "a"),
        site("forum.example", "shop.example", "forums", "spa-local-storage", "b"),
        site("pages.example", "forum.example", "store", "webapp-session", "a"),
    ];
    let flags: Vec<&str> = sites.iter().map(String::as_str).chain(["--demo-data", "--trusted-proxies=127.0.0.1"]).collect();
    let server = TestServer::start_with(&flags).await;
    server.write_file("index.html", include_str!("../../../../index.html"));
    for host in ["shop.example.test", "forum.example.test", "pages.example.test"] {
        let request = server.get(Host::Unknown, "/").header("host", host).header("x-forwarded-proto", "https");
        let answer = request.send().await.unwrap();
        assert_eq!(
            (answer.status(), answer.headers()["strict-transport-security"].to_str().unwrap()),
            (StatusCode::OK, "max-age=63072000")
        );
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let page = answer.text().await.unwrap();
        assert!(!policy.contains("http://") && !page.contains("http://"), "{host}: {policy} {page}");
        assert!(page.contains("https://"), "{host}: {page}");
    }
}

#[tokio::test]
async fn without_tls_a_browser_is_sent_to_the_https_origin() {
    let https = Https::start().await;
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let ask =
        |method: Method, host: &'static str| client.request(method, format!("http://{}/cart?a=b", https.without_tls)).header("host", host);
    let answer = ask(Method::GET, "SHOP.example.test").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(answer.headers()["location"], "https://shop.example.test/cart?a=b");
    assert_eq!(ask(Method::POST, "shop.example.test").send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(ask(Method::GET, "evil.example").send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_restart_and_a_broken_one_is_not() {
    let https = Https::start().await;
    let first = https.handshake().await.1;
    write_certificate(https.folder.path());
    let second = https.handshake().await.1;
    assert_ne!(first, second);
    std::fs::write(https.folder.path().join("key.pem"), "no key").unwrap();
    assert_eq!(https.handshake().await.1, second);
}

#[tokio::test]
async fn cookies_are_secure_on_the_site_and_on_the_parent_domain() {
    let https = Https::start().await;
    let client = https.client();
    let form = [("username", "shopper@example.com"), ("password", PASSWORD)];
    let login = client.post(https.url("pages.example.test", "/login")).header("sec-fetch-site", "same-origin");
    let login = login.header("content-type", "application/x-www-form-urlencoded");
    let body = form.map(|(name, value)| format!("{name}={}", storefront_server::http::percent::encoded(value))).join("&");
    let answer = login.body(body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FOUND);
    let cookies: Vec<&str> = answer.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect();
    assert!(cookies.len() >= 2, "{cookies:?}");
    assert!(cookies.iter().all(|it| it.starts_with("__Host-") && it.contains("; Secure")), "{cookies:?}");

    let credentials =
        serde_json::json!({"loginId": "shopper@example.com", "password": PASSWORD, "applicationId": test_support::issuer::STORE});
    let answer = client.post(https.url("auth.example.test", "/api/login")).json(&credentials).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let cookies: Vec<String> = answer.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap().to_owned()).collect();
    assert!(
        cookies.iter().any(|it| it.starts_with("access_token=") && it.contains("Domain=example.test") && it.contains("Secure")),
        "{cookies:?}"
    );
    assert!(!answer.text().await.unwrap().contains("token\":"));
}

#[tokio::test]
async fn a_certificate_without_its_key_is_refused_at_the_start() {
    let folder = TempDir::new().unwrap();
    write_certificate(folder.path());
    let other = rcgen::generate_simple_self_signed(vec!["x".to_owned()]).unwrap();
    std::fs::write(folder.path().join("key.pem"), other.signing_key.serialize_pem()).unwrap();
    let files = |key: &str| storefront_server::tls::CertificateFiles {
        certificate: folder.path().join("certificate.pem"),
        key: folder.path().join(key),
    };
    let Err(error) = storefront_server::tls::acceptor(files("key.pem")) else { panic!("the server accepted the files") };
    assert!(format!("{error:#}").contains("is not the key of"), "{error:#}");
    let Err(error) = storefront_server::tls::acceptor(files("missing.pem")) else { panic!("the server accepted the files") };
    assert!(format!("{error:#}").contains("missing.pem"), "{error:#}");
}
