//! The browser's work for a change from one page of the app to another, in counts, because times depend on the machine.

use crate::helpers::{wait_for_cart, wait_for_parts};
use e2e::{Browser, Journey, account::SHOPPER, journey};
use serde_json::json;

/// Page changes per measurement.
const CHANGES: usize = 20;
/// The new page needs one layout. The rest is room for work of the browser itself.
const MOST_LAYOUTS: f64 = 1.2;

/// A script that opens two pages in turn, `CHANGES` times, each with a click on a link that takes the focus before, as a user's click does.
/// It waits until each page is painted and its heading has the focus. Without answers, the pages show only the data of their earlier visits.
/// With answers, it also waits until nothing is loading.
fn change_pages(links: [&str; 2], answers: Answers) -> String {
    let (links, is_held) = (json!(links), answers == Answers::Held);
    format!(
        "const done = arguments[arguments.length - 1];
        const original = fetch;
        if ({is_held}) fetch = ({{ signal }}) => new Promise((_, fail) => signal?.addEventListener('abort', () => fail(signal.reason)));
        const frame = () => new Promise(painted => requestAnimationFrame(() => {{
            const {{ port1, port2 }} = new MessageChannel();
            port1.onmessage = painted;
            port2.postMessage(null);
        }}));
        const isReady = path => location.pathname === path && document.activeElement.matches('main h1')
            && ({is_held} || !document.querySelector('main [aria-busy=true]'));
        (async () => {{
            for (let change = 0; change < {CHANGES}; change++) {{
                const link = document.querySelector({links}[change % 2]);
                const {{ pathname }} = link;
                link.focus();
                link.click();
                do await frame();
                while (!isReady(pathname));
            }}
        }})().then(() => done(''), error => done(String(error))).finally(() => fetch = original);"
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
    Arrive,
    Held,
}

/// How often the browser has laid out the page, and how often it has matched the style rules.
async fn counts(browser: &Browser) -> anyhow::Result<[f64; 2]> {
    let answer = browser.devtools("Performance.getMetrics", json!({})).await?;
    let value = |name: &str| answer["metrics"].as_array()?.iter().find(|it| it["name"] == name)?["value"].as_f64();
    Ok(["LayoutCount", "RecalcStyleCount"].map(|name| value(name).expect("a metric of Chromium")))
}

/// Checks the number of layouts for a change between two pages, which these links open.
async fn check_changes(browser: &Browser, links: [&str; 2]) -> anyhow::Result<()> {
    let mut before = [0.0; 2];
    for answers in [Answers::Arrive, Answers::Held] {
        before = counts(browser).await?;
        let failure: String = browser.eval_async(&change_pages(links, answers)).await?;
        assert_eq!(failure, "", "{links:?}");
    }
    let after = counts(browser).await?;
    let [layouts, styles] = [0, 1].map(|at| (after[at] - before[at]) / CHANGES as f64);
    let found = format!("{links:?}: {layouts} layouts, {styles} recalculations of styles per change");
    println!("{found}");
    assert!(layouts <= MOST_LAYOUTS, "{found}");
    Ok(())
}

#[tokio::test]
async fn a_page_change_needs_one_layout() {
    journey(async |Journey { deployment, browser }| {
        browser.devtools("Performance.enable", json!({})).await?;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        wait_for_parts(browser).await?;
        // The cart has no link to the orders.
        browser.eval::<()>("document.querySelector('footer').append(Object.assign(document.createElement('a'), { href: '/orders', textContent: 'Orders' }))").await?;
        for links in [
            ["nav a[href='/account']", "nav a[href='/']"],
            ["main .product h2 a", "nav a[href='/']"],
            ["nav a[href='/cart']", "footer a[href='/orders']"],
        ] {
            check_changes(browser, links).await?;
        }
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        wait_for_parts(browser).await?;
        check_changes(browser, ["main a[href^='/posts/']", "nav a[href='/']"]).await
    })
    .await;
}
