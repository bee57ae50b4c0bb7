//! The index page, which hosts that are not sites show: its links, its comparison of the workflows, and the development accounts.

use crate::test_server::{Host, TestServer};
use reqwest::StatusCode;

#[tokio::test]
async fn an_unknown_host_gets_the_index() {
    let server = TestServer::start().await;
    let answer = server.get(Host::Unknown, "/").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let page = answer.text().await.unwrap();
    for host in [Host::Store, Host::Forums] {
        assert!(page.contains(&format!("href=\"{}/\"", server.origin(host))), "{page}");
    }
    for workflow in storefront_api::WORKFLOWS {
        for app in ["store", "forums"] {
            let link = format!("href=\"http://{app}.{}.localhost:{}/\"", workflow.slug(), server.address.port());
            assert!(page.contains(&link), "{link}");
        }
        assert!(page.contains(&format!("http://auth.{}.localhost:9011", workflow.slug())));
    }
    assert_eq!(page.matches("<th scope=\"row\">").count() * 5, page.matches("<td>").count() - 1 - 2 * 8, "every cell is filled");
    for account in ["shopper", "second", "unregistered", "change", "unverified", "twofactor", "locked", "moderator"] {
        assert!(page.contains(&format!("{account}@example.com")), "{account}");
    }
    assert!(!page.contains("style=") && !page.contains("<script"));
    let style = server.get(Host::Unknown, "/index.css").send().await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    assert_eq!(server.get(Host::Unknown, "/cart").send().await.unwrap().status(), StatusCode::NOT_FOUND);
}
