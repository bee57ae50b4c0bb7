//! Cross-site request forgery: forms on pages of other origins that submit themselves to a server-rendered site. The server refuses them
//! and changes nothing; its suite sends every form. These pages submit by script, so the browser of these journeys runs scripts.

use crate::helpers::wait_for_cart;
use crate::webapp::{SERVER_RENDERED_WORKFLOWS, sign_in_shopper_and_open_cart, sign_in_to};
use e2e::{
    CrossOriginPage, Journey, Role, Setup, Site, Workflow,
    account::{PASSWORD, SECOND, SHOPPER, SHOPPER_ID},
    journey_in, workflows_of,
};

/// A page with one form, which its script submits as soon as the page has loaded.
fn auto_submitting_form(site: Site, path: &str) -> String {
    let fields = [("quantity", "9"), ("product", "hammock"), ("body", "forged"), ("username", SECOND), ("password", PASSWORD)];
    let inputs: String = fields.iter().map(|(name, value)| format!(r#"<input name="{name}" value="{value}">"#)).collect();
    format!(
        r#"<!doctype html><title>A prize</title><link rel="icon" href="data:,"><form method="post" action="{}">{inputs}</form>
        <script>document.forms[0].submit()</script>"#,
        site.url(path)
    )
}

/// Submits forms to the Store and the Forums from a page on this host, and checks that the server refuses them and changes nothing.
async fn assert_forged_forms_are_refused(journey: &Journey, host: &str, cookies: &str) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let (store, forums) = (deployment.store(), deployment.forums());
    let before = (deployment.admin().sessions(SHOPPER_ID).await?, all_cookies(journey).await?);
    for (site, path) in [(store, "/login"), (store, "/shopping-cart/lines/enamel-mug"), (forums, "/posts")] {
        let page = CrossOriginPage::serve(auto_submitting_form(site, path)).await?;
        let start = deployment.record.mark()?;
        browser.open(&page.url(host)).await?;
        browser.wait_for_text("we changed nothing").await?;
        let steps = deployment.record.steps(start)?;
        let app = site.host().split('.').next().unwrap_or_default().to_owned();
        assert_eq!(steps, [format!("browser -> {app} POST {path} (password){cookies} => 403")], "{host}");
    }
    assert!(
        (deployment.admin().sessions(SHOPPER_ID).await?, all_cookies(journey).await?) == before,
        "a forged form has changed a session or a cookie"
    );
    let start = deployment.record.mark()?;
    browser.open(&store.url("/shopping-cart")).await?;
    wait_for_cart(browser, 3).await?;
    browser.wait_for_text("€173.30").await?;
    browser.open(&forums.url("/posts")).await?;
    browser.find(Role::Heading, "Posts").await?;
    assert!(!browser.text().await?.contains("forged"));
    assert!(deployment.record.steps(start)?.iter().all(|step| step.ends_with("=> 200")), "the shopper must still be signed in");
    Ok(())
}

/// Every cookie with its value. The values are secrets: compare them with `assert!`, so that a failure does not print them.
async fn all_cookies(journey: &Journey) -> anyhow::Result<Vec<String>> {
    let cookies = journey.browser.cookies().await?;
    let mut all: Vec<String> = cookies.iter().map(|cookie| format!("{} {} {}", cookie.domain, cookie.name, cookie.value)).collect();
    all.sort();
    Ok(all)
}

/// The requests from another site have no cookies, because these are `SameSite=Lax`. A sibling host belongs to the same site, so the browser
/// sends the cookies, and only the server's check of the origin protects the user.
#[tokio::test]
async fn forms_of_another_site_and_of_a_sibling_host_are_refused_and_change_nothing() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        let cookies = match workflow {
            Workflow::WebappSession => " [storefront_refresh_token storefront_session]",
            _ => " [storefront_jwt storefront_refresh_token]",
        };
        let sibling = format!("prizes.{}.localhost", workflow.slug());
        journey_in(Setup::of(workflow), async |journey| {
            sign_in_shopper_and_open_cart(journey).await?;
            sign_in_to(&journey.browser, journey.deployment.forums(), SHOPPER, "/posts").await?;
            journey.browser.tolerate("", "403");
            assert_forged_forms_are_refused(journey, "prizes.localhost", "").await?;
            assert_forged_forms_are_refused(journey, &sibling, cookies).await
        })
        .await;
    }
}
