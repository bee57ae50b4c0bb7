//! The certificates for the sites over https.

use crate::test_world::serve;
use development_world::make_certificates;
use reqwest::{Certificate, Client};
use tempfile::TempDir;

#[tokio::test]
async fn a_client_that_trusts_the_authority_reaches_every_host_and_a_second_start_keeps_the_certificates() {
    let folder = TempDir::new().unwrap();
    let key_hash = make_certificates(folder.path()).unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (certificate, key) = (file("certificate.pem"), file("key.pem"));
    let flags = ["--tls-certificate", &certificate, "--tls-key", &key, "--auth-listen", "127.0.0.1:0"];
    let (sites, fusionauth) = serve(folder.path(), &flags).await;

    let authority = std::fs::read(file("authority.pem")).unwrap();
    let client = Client::builder().no_proxy().tls_certs_only([Certificate::from_pem(&authority).unwrap()]);
    let hosts = storefront_api::WORKFLOWS.iter().flat_map(|it| ["store", "forums", "auth"].map(|host| (host, it.slug())));
    let hosts: Vec<_> = hosts.map(|(host, workflow)| (host, format!("{host}.{workflow}.localhost"))).collect();
    let address_of = |host: &str| if host == "auth" { fusionauth.unwrap() } else { sites };
    let client = hosts.iter().fold(client, |it, (host, name)| it.resolve(name, address_of(host))).build().unwrap();
    for (host, name) in &hosts {
        let answer = client.get(format!("https://{name}:{}/livez", address_of(host).port())).send().await;
        assert!(answer.is_ok(), "{name}: {answer:?}");
    }
    assert!(client.get(format!("https://{sites}/")).send().await.unwrap().status().is_success());

    assert_eq!(make_certificates(folder.path()).unwrap(), key_hash);
    assert_eq!(std::fs::read(file("authority.pem")).unwrap(), authority, "a browser needs to trust the authority only once");
}
