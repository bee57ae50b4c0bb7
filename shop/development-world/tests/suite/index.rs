//! The front page, which hosts that are not sites show: its questions, its links, its comparison of the workflows, and the accounts.

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
        assert!(page.contains(&format!("href=\"/workflows/{}#attack-a-stolen-", workflow.slug())));
    }
    assert_eq!(page.matches("<th scope=\"row\">").count() * 5, page.matches("<td>").count() - 2, "every cell is filled");
    for way in ["/flows", "/design", "http://localhost:9011/emulator/mail", "http://localhost:9011/"] {
        assert!(page.contains(&format!("href=\"{way}\"")), "{way}");
    }
    for account in ["shopper", "second", "unregistered", "change", "unverified", "twofactor", "locked", "moderator"] {
        assert!(page.contains(&format!("{account}@example.com")), "{account}");
    }
    assert!(!page.contains("style=") && !page.contains("<script"));
    let open = async |path: &str| {
        let of_site = world.get(DEVELOPERS, path).header("host", format!("store.webapp-jwt.localhost:{}", world.port));
        of_site.send().await.unwrap().text().await.unwrap()
    };
    let form = open("/login?as=second").await;
    assert!(form.contains("name=\"username\" value=\"second@example.com\"") && form.contains("value=\"correct-horse-battery\""), "{form}");
    for nobody in ["/login", "/login?as=nobody", "/?as=second"] {
        let page = open(nobody).await;
        assert!(!page.contains("correct-horse-battery"), "{nobody}");
    }
    let style = world.get(DEVELOPERS, "/index.css").send().await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    let diagrams = world.get(DEVELOPERS, "/workflows/spa-backend").send().await.unwrap().text().await.unwrap();
    assert!(
        diagrams.contains("<code>6. POST /api/login</code></p><p class=\"carried\">Body <span class=\"token\">password</span> </p>"),
        "{diagrams}"
    );
    let recommended = world.get(DEVELOPERS, "/?spa=yes&backend=no&domain=no").send().await.unwrap().text().await.unwrap();
    assert!(recommended.contains("Your workflow: <code>spa-local-storage</code>") && !page.contains("Your workflow"), "{recommended}");
    assert_eq!(world.get(DEVELOPERS, "/cart").send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_the_design_frames_its_mails_and_its_colour_schemes() {
    let world = TestWorld::start(&["--demo-data"]).await;
    let policy_and_text = async |path: &str| {
        let answer = world.get(DEVELOPERS, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        (answer.headers()["content-security-policy"].to_str().unwrap().to_owned(), answer.text().await.unwrap())
    };
    let (of_both, both) = policy_and_text("/design/both?at=mails").await;
    assert!(
        of_both.contains("frame-src 'self'")
            && both.contains(" src=\"/design/light#mails\"")
            && both.contains(" src=\"/design/dark#mails\"")
    );
    for path in ["/design", "/design/light", "/design/dark", "/design/mails/order", "/design/mails/code?scheme=dark"] {
        let (policy, page) = policy_and_text(path).await;
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'self'") && !policy.contains("script-src"),
            "{policy}"
        );
        assert_eq!(page.contains("style=") || page.contains("<style>"), policy.contains("style-src 'unsafe-inline'"), "{path}");
    }
    assert!(policy_and_text("/").await.0.contains("frame-ancestors 'none'"));
}
