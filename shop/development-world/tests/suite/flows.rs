//! The page `/flows`: it draws recorded messages, follows new ones, and shows no token.

use crate::test_world::{DEVELOPERS, STORE, TestWorld};
use reqwest::{Response, StatusCode, header};
use test_support::issuer::{self, SHOPPER, token};

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0";

async fn open(world: &TestWorld, path: &str) -> Response {
    open_in(BROWSER, world, path).await
}

async fn open_in(browser: &str, world: &TestWorld, path: &str) -> Response {
    world.get(DEVELOPERS, path).header(header::USER_AGENT, browser).send().await.unwrap()
}

async fn text(world: &TestWorld, path: &str) -> String {
    open(world, path).await.text().await.unwrap()
}

/// Loads the cart with this `User-Agent`. Returns the access token of the request.
async fn load_cart(world: &TestWorld, user_agent: &str) -> String {
    let token = token(SHOPPER, issuer::STORE);
    let request = world.cart(&token).header(header::USER_AGENT, user_agent);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    token
}

/// The number of messages that a page has drawn.
fn seen(page: &str) -> String {
    page.split_once("data-seen=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
}

/// The numbers of the phases on a page, the latest first.
fn phases(page: &str) -> Vec<&str> {
    page.split(" id=\"phase-").filter_map(|rest| rest.split('"').next()).filter(|id| id.parse::<u64>().is_ok()).collect()
}

#[tokio::test]
async fn what_a_browser_did_is_drawn_by_phase_without_its_token() {
    let world = TestWorld::recording().await;
    assert!(text(&world, "/flows").await.contains("<section id=\"empty-state\" aria-labelledby"), "no instructions");
    world.get(STORE, "/").header(header::USER_AGENT, BROWSER).send().await.unwrap();
    let shown = load_cart(&world, BROWSER).await;

    let answer = open(&world, "/flows").await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let page = answer.text().await.unwrap();
    for part in [
        "Page opened by somebody signed in <span class=\"place\">Store, spa-local-storage</span>",
        "<code>GET /api/load-shopping-cart</code>",
        "<li class=\"arrow request right first-1 span-2\"><p class=\"who\">Browser to Store</p>",
        "<li class=\"arrow response left first-1 span-2\"><p class=\"who\">Store to Browser</p>",
        "<span class=\"token\">Store JWT 1</span>",
        "<section id=\"empty-state\" hidden",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains(&shown) && !page.contains(shown.rsplit('.').next().unwrap()), "a token is on the page");
    assert!(!page.contains("<code>GET /flows"), "the page draws its own requests");
    assert!(text(&world, "/").await.contains("href=\"/flows\""), "the index page does not link to /flows");
    assert_eq!(seen(&text(&world, "/flows").await), seen(&page), "the front page belongs to no site");
}

#[tokio::test]
async fn the_page_runs_its_own_script_only() {
    let world = TestWorld::recording().await;
    let answer = open(&world, "/flows").await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self';") && policy.contains("connect-src 'self';"),
        "{policy}"
    );
    let page = answer.text().await.unwrap();
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("<script src=\"/flows.js\" type=\"module\"></script>") && !page.contains("style="), "{page}");
    for (path, media_type) in [("/flows.js", "text/javascript; charset=utf-8"), ("/flows.css", "text/css; charset=utf-8")] {
        let asset = open(&world, path).await;
        assert_eq!((asset.status(), asset.headers()["content-type"].to_str().unwrap()), (StatusCode::OK, media_type));
    }
    assert!(!open(&world, "/").await.headers()["content-security-policy"].to_str().unwrap().contains("script-src"), "script allowed");
}

#[tokio::test]
async fn a_view_is_narrowed_to_a_workflow_and_cleared() {
    let world = TestWorld::recording().await;
    load_cart(&world, BROWSER).await;
    let all = text(&world, "/flows").await;
    assert!(all.contains("<a href=\"/flows\" aria-current=\"true\">All</a>"), "{all}");
    let same = text(&world, "/flows?workflow=spa-local-storage").await;
    assert!(same.contains("load-shopping-cart") && same.contains("aria-current=\"true\">spa-local-storage</a>"));
    assert!(!text(&world, "/flows?workflow=webapp-jwt").await.contains("load-shopping-cart"));

    let clear = format!("/flows?workflow=spa-local-storage&amp;after={}", seen(&same));
    assert!(same.contains(&format!("<a id=\"clear\" href=\"{clear}\">Clear</a>")), "{same}");
    let cleared = text(&world, &clear.replace("&amp;", "&")).await;
    assert!(!cleared.contains("load-shopping-cart") && cleared.contains("Show everything"));
    load_cart(&world, BROWSER).await;
    assert!(text(&world, &clear.replace("&amp;", "&")).await.contains("load-shopping-cart"), "later messages are not drawn");
    for nonsense in ["?workflow=other", "?after=-1", "?after=x"] {
        assert_eq!(open(&world, &format!("/flows{nonsense}")).await.status(), StatusCode::BAD_REQUEST, "{nonsense}");
    }
}

#[tokio::test]
async fn a_new_picture_is_given_when_there_is_one() {
    let world = TestWorld::recording().await;
    load_cart(&world, BROWSER).await;
    let first = text(&world, "/flows/picture").await;
    assert!(
        first.starts_with("<div id=\"picture\"")
            && first.contains("data-announcement=\"Page opened by somebody signed in: Store, spa-local-storage\"")
    );
    let path = format!("/flows/picture?seen={}", seen(&first));
    let (waited, _) = tokio::join!(open(&world, &path), load_cart(&world, "attacker/1.0"));
    assert_eq!(waited.status(), StatusCode::OK);
    let second = text(&world, "/flows/picture").await;
    let (attack, visit) = (second.find("phase attack").unwrap(), second.find("signed in <span").unwrap());
    assert!(attack < visit && second.contains("Attacker to Store"), "the newest phase is not the first: {second}");
    let unchanged = open(&world, &format!("/flows/picture?seen={}", seen(&second))).await;
    assert_eq!(unchanged.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn the_same_is_exported_as_mermaid() {
    let world = TestWorld::recording().await;
    load_cart(&world, BROWSER).await;
    let answer = open(&world, "/flows.mmd").await;
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"flows.mmd\"");
    assert_eq!(
        answer.text().await.unwrap(),
        "sequenceDiagram\n    participant Browser\n    participant Store\n    Note over Browser: Page opened by somebody signed in: Store, \
         spa-local-storage\n    Browser->>Store: GET /api/load-shopping-cart<br/>Authorization: Store JWT 1\n    Store-->>Browser: 200\n"
    );
}

#[tokio::test]
async fn only_this_browser_and_attackers_are_drawn_unless_every_browser_is_asked_for() {
    let world = TestWorld::recording().await;
    let other = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Firefox/150.0";
    for browser in [other, BROWSER, other, BROWSER, "attacker/1.0"] {
        load_cart(&world, browser).await;
    }
    let carts = async |browser, path| {
        let page = open_in(browser, &world, path).await.text().await.unwrap();
        (page.matches("<p class=\"who\">Browser to Store</p>").count(), page.matches("<p class=\"who\">Attacker to Store</p>").count())
    };
    for browser in [BROWSER, other] {
        assert_eq!(carts(browser, "/flows").await, (2, 1), "{browser}");
        assert_eq!(carts(browser, "/flows?browsers=all").await, (4, 1), "{browser}");
    }
    assert_eq!(carts("curl/8", "/flows").await, (0, 1));
    assert!(text(&world, "/flows?browsers=all").await.contains("href=\"/flows?workflow=webapp-jwt&amp;browsers=all\""));
    // A link to a phase leads to the same phase, whatever the page leaves out.
    let (own, all) = (text(&world, "/flows").await, text(&world, "/flows?browsers=all").await);
    let (own, all) = (phases(&own), phases(&all));
    assert_eq!((own.len(), &own[..]), (2, &all[..2]), "{own:?} {all:?}");
    for query in [format!("phase={}", own[1]), format!("browsers=all&phase={}", own[1])] {
        let drawn = text(&world, &format!("/flows.mmd?{query}")).await;
        assert_eq!(drawn.matches("Browser->>Store: GET /api/load-shopping-cart").count(), 2, "{query}: {drawn}");
    }
    assert_eq!(open(&world, "/flows.mmd?phase=999").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_phase_is_saved_as_a_well_formed_image() {
    let world = TestWorld::recording().await;
    load_cart(&world, BROWSER).await;
    let page = text(&world, "/flows").await;
    let answer = open(&world, &format!("/flows.svg?phase={}", phases(&page)[0])).await;
    assert_eq!(answer.headers()["content-type"], "image/svg+xml");
    let image = answer.text().await.unwrap();
    for text in ["Browser", "Store", "GET /api/load-shopping-cart", "Authorization: Store JWT 1", "200"] {
        assert!(image.contains(&format!(">{text}</text>")), "{text} in {image}");
    }
    let (opened, closed) = (image.matches('<').count(), image.matches("</").count() * 2);
    assert_eq!(opened, closed + 1, "an element is not closed: {image}");
}

#[tokio::test]
async fn nothing_is_drawn_where_nothing_is_recorded_or_for_a_foreign_name() {
    let world = TestWorld::start(&["--demo-data"]).await;
    let page = text(&world, "/flows").await;
    assert!(page.contains("Nothing is recorded") && page.contains("cargo xtask serve") && !page.contains("<script"), "{page}");
    for path in ["/flows/picture", "/flows.mmd", "/flows.svg"] {
        assert_eq!(open(&world, path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let world = TestWorld::recording().await;
    for host in ["rebound.example", "rebound.example:8080", "localhost.example"] {
        for path in ["/flows", "/flows/picture", "/flows.mmd"] {
            let answer = world.get(DEVELOPERS, path).header(header::HOST, host).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{host}{path}");
        }
    }
    assert_ne!(open(&world, "/flows").await.status(), StatusCode::NOT_FOUND);
    let of_the_app = world.get(STORE, "/flows/picture").send().await.unwrap().text().await.unwrap();
    assert!(!of_the_app.contains("picture"), "on the Store's host, the path belongs to the app");
}
