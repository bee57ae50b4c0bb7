//! The index page, which hosts that are not sites show: its links, its comparison of the workflows, and the development accounts.

use crate::test_world::{DEVELOPERS, FORUMS, STORE, TestWorld};
use reqwest::StatusCode;

#[tokio::test]
async fn an_unknown_host_gets_the_index() {
    let world = TestWorld::start(&["--demo-data"]).await;
    let answer = world.get(DEVELOPERS, "/").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let page = answer.text().await.unwrap();
    for host in [STORE, FORUMS] {
        assert!(page.contains(&format!("href=\"{}\"", world.url(host, "/"))), "{page}");
    }
    for workflow in storefront_api::WORKFLOWS {
        for app in ["store", "forums"] {
            let link = format!("href=\"http://{app}.{}.localhost:{}/\"", workflow.slug(), world.port);
            assert!(page.contains(&link), "{link}");
        }
        assert!(page.contains(&format!("http://auth.{}.localhost:9011", workflow.slug())));
    }
    assert_eq!(page.matches("<th scope=\"row\">").count() * 5, page.matches("<td>").count() - 1 - 2 * 8, "every cell is filled");
    for account in ["shopper", "second", "unregistered", "change", "unverified", "twofactor", "locked", "moderator"] {
        assert!(page.contains(&format!("{account}@example.com")), "{account}");
    }
    assert!(!page.contains("style=") && !page.contains("<script"));
    let style = world.get(DEVELOPERS, "/index.css").send().await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    assert_eq!(world.get(DEVELOPERS, "/cart").send().await.unwrap().status(), StatusCode::NOT_FOUND);
}
