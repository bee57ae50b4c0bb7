//! The security headers of every kind of response, compared with `security_headers.txt`. `UPDATE_EXPECT=1` writes this file.
//!
//! They follow the published rules of Mozilla's HTTP Observatory (<https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring>),
//! by which each response over https gets the grade A+. FusionAuth's host is left out, because FusionAuth writes its responses.

use crate::https::Https;
use crate::test_cluster::PASSWORD;
use crate::test_server::{Host, TestServer};
use reqwest::{Method, Response};

const SECURITY_HEADERS: [&str; 12] = [
    "access-control-allow-credentials",
    "access-control-allow-origin",
    "content-security-policy",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "set-cookie",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
];

/// The kinds of responses, each followed by its headers. Kinds with the same headers stand together.
#[derive(Default)]
struct Report(Vec<(String, String)>);

impl Report {
    fn add(&mut self, kind: &str, response: &Response) {
        let mut headers = String::new();
        for name in SECURITY_HEADERS {
            for value in response.headers().get_all(name).iter().map(|it| it.to_str().unwrap()) {
                let shown = match (name, value.split_once('='), value.split_once(';')) {
                    ("set-cookie", Some((cookie, _)), Some((_, attributes))) => format!("{cookie}=…;{attributes}"),
                    _ => value.to_owned(),
                };
                headers += &format!("{name}: {shown}\n");
            }
        }
        let kind = format!("{kind} ({})\n", response.status().as_u16());
        match self.0.iter_mut().find(|it| it.1 == headers) {
            Some((kinds, _)) => *kinds += &kind,
            None => self.0.push((kind, headers)),
        }
    }
}

#[tokio::test]
async fn every_kind_of_response_has_its_security_headers() {
    let https = Https::start().await;
    https.write_file("app-0123456789abcdef.js", "1");
    https.write_file("picture.svg", "<svg/>");
    let (client, mut report) = (https.client(), Report::default());
    for (kind, host, method, path) in [
        ("the app", "shop.example.test", Method::GET, "/"),
        ("a URL in the app", "forum.example.test", Method::GET, "/account"),
        ("a script", "shop.example.test", Method::GET, "/app-0123456789abcdef.js"),
        ("a picture", "shop.example.test", Method::GET, "/picture.svg"),
        ("a file that is missing", "shop.example.test", Method::GET, "/missing.js"),
        ("a method that a page does not allow", "shop.example.test", Method::DELETE, "/"),
        ("data", "shop.example.test", Method::GET, "/api/products"),
        ("a problem", "shop.example.test", Method::GET, "/api/load-shopping-cart"),
        ("an endpoint that is missing", "shop.example.test", Method::GET, "/api/missing"),
        ("health", "shop.example.test", Method::GET, "/readyz"),
        ("a server-rendered page", "pages.example.test", Method::GET, "/login"),
        ("a page that needs a sign-in", "pages.example.test", Method::GET, "/shopping-cart"),
        ("a page that is missing", "pages.example.test", Method::GET, "/missing"),
    ] {
        report.add(kind, &client.request(method, https.url(host, path)).send().await.unwrap());
    }
    let page = client.get(https.url("shop.example.test", "/")).send().await.unwrap();
    let known = client.get(https.url("shop.example.test", "/")).header("if-none-match", &page.headers()["etag"]).send().await.unwrap();
    report.add("a page that has not changed", &known);
    let sign_in = client.post(https.url("pages.example.test", "/login")).header("sec-fetch-site", "same-origin");
    let sign_in = sign_in.header("content-type", "application/x-www-form-urlencoded");
    let sign_in = sign_in.body(format!("username=shopper%40example.com&password={PASSWORD}")).send().await.unwrap();
    report.add("a sign-in with its cookies", &sign_in);

    let server = TestServer::start_with(&["--auth-port", "9911"]).await;
    server.write_file("index.html", crate::pages::HTML);
    server.write_file("boot.js", "boot");
    server.write_file("favicon.svg", "<svg/>");
    server.write_file("favicon-0123456789abcdef.svg", "<svg/>");
    for path in ["/", "/cart", "/missing.js", "/favicon.svg", "/favicon-0123456789abcdef.svg", "/boot.js", "/api/products", "/api/unknown"]
    {
        report.add(&format!("over http, {path}"), &server.get(Host::Store, path).send().await.unwrap());
    }
    let report: Vec<String> = report.0.into_iter().map(|(kinds, headers)| kinds + &headers).collect();
    expect_test::expect_file!["security_headers.txt"].assert_eq(&report.join("\n"));
}
