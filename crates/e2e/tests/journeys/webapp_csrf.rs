//! Forms on other origins' pages that send themselves to a server-rendered site: refused, and nothing is changed. Those
//! pages need a script for it, so here the browser runs them.

use crate::helpers::wait_for_cart;
use crate::webapp::{WEBAPPS, shopper_at_the_cart, sign_in_to};
use e2e::{
    ForeignPage, Journey, Role, Setup, Site, Workflow,
    account::{PASSWORD, SECOND, SHOPPER, SHOPPER_ID},
    journey_in,
};

/// A page with one form that is sent as soon as the page is there.
fn attack(site: Site, path: &str) -> String {
    let fields = [("quantity", "9"), ("product", "hammock"), ("body", "forged"), ("username", SECOND), ("password", PASSWORD)];
    let inputs: String = fields.iter().map(|(name, value)| format!(r#"<input name="{name}" value="{value}">"#)).collect();
    format!(
        r#"<!doctype html><title>A prize</title><link rel="icon" href="data:,"><form method="post" action="{}">{inputs}</form>
        <script>document.forms[0].submit()</script>"#,
        site.url(path)
    )
}

/// Sends every form of the workflow from a page on this host, and looks whether anything came of it.
async fn forge(journey: &Journey, host: &str, cookies: &str) -> anyhow::Result<()> {
    let Journey { world, browser } = journey;
    let (store, forums) = (world.store(), world.forums());
    let before = (world.admin().sessions(SHOPPER_ID).await?, jar(journey).await?);
    for (site, path) in [
        (store, "/login"),
        (store, "/logout"),
        (store, "/register"),
        (store, "/shopping-cart/lines"),
        (store, "/shopping-cart/lines/enamel-mug"),
        (store, "/shopping-cart/lines/enamel-mug/remove"),
        (forums, "/posts"),
        (forums, "/logout"),
    ] {
        let page = ForeignPage::serve(attack(site, path)).await?;
        let start = world.record.mark()?;
        browser.open(&page.url(host)).await?;
        browser.wait_for_text("nothing was changed").await?;
        let steps = world.record.steps(start)?;
        let app = site.host().split('.').next().unwrap_or_default().to_owned();
        assert_eq!(steps, [format!("browser -> {app} POST {path} (password){cookies} => 403")], "{host}");
    }
    assert!((world.admin().sessions(SHOPPER_ID).await?, jar(journey).await?) == before, "nobody was signed in or out");
    let start = world.record.mark()?;
    browser.open(&store.url("/shopping-cart")).await?;
    wait_for_cart(browser, 3).await?;
    browser.wait_for_text("€173.30").await?;
    browser.open(&forums.url("/posts")).await?;
    browser.find(Role::Heading, "Posts").await?;
    assert!(!browser.text().await?.contains("forged"));
    assert!(world.record.steps(start)?.iter().all(|step| step.ends_with("=> 200")), "still signed in");
    Ok(())
}

/// Every cookie with its value: to be compared, never to be shown.
async fn jar(journey: &Journey) -> anyhow::Result<Vec<String>> {
    let cookies = journey.browser.cookies().await?;
    let mut jar: Vec<String> = cookies.iter().map(|cookie| format!("{} {} {}", cookie.domain, cookie.name, cookie.value)).collect();
    jar.sort();
    Ok(jar)
}

#[tokio::test]
async fn forms_of_another_site_are_refused_and_change_nothing() {
    for workflow in WEBAPPS {
        journey_in(Setup::of(workflow), async |journey| {
            shopper_at_the_cart(journey).await?;
            sign_in_to(&journey.browser, journey.world.forums(), SHOPPER, "/posts").await?;
            journey.browser.tolerate("", "403");
            // `SameSite=Lax` keeps the cookies away already.
            forge(journey, "prizes.localhost", "").await
        })
        .await;
    }
}

#[tokio::test]
async fn forms_of_a_sibling_host_come_with_cookies_and_are_refused_all_the_same() {
    for workflow in WEBAPPS {
        journey_in(Setup::of(workflow), async |journey| {
            shopper_at_the_cart(journey).await?;
            sign_in_to(&journey.browser, journey.world.forums(), SHOPPER, "/posts").await?;
            journey.browser.tolerate("", "403");
            let cookies = match workflow {
                Workflow::WebappSession => " [storefront_refresh_token storefront_session]",
                _ => " [storefront_jwt storefront_refresh_token]",
            };
            forge(journey, &format!("prizes.{}.localhost", workflow.slug()), cookies).await
        })
        .await;
    }
}
