//! Tests of the page `/flows` for developers. The page draws the messages between a browser and the servers while they are sent.

use crate::scenarios::{see_cart, submit};
use e2e::{Browser, Journey, Role, Setup, Workflow, journey_in};
use serde_json::json;

/// The titles of the phases on the page, the newest first. A phase is one diagram, such as "Signing in".
async fn phases(browser: &Browser) -> anyhow::Result<Vec<String>> {
    browser
        .eval("return [...document.querySelectorAll('#picture h2')].map(title => title.textContent.replaceAll(/\\s+/g, ' ').trim())")
        .await
}

#[tokio::test]
async fn the_picture_follows_what_another_tab_does() {
    journey_in(Setup::of(Workflow::WebappJwt), async |journey| {
        let Journey { deployment, browser } = journey;
        let flows = deployment.store().origin().replace("store.webapp-jwt.localhost", "localhost");
        browser.open(&format!("{flows}/flows")).await?;
        browser.find(Role::Heading, "What your browser just did").await?;
        browser.find(Role::Heading, "Nothing has happened yet").await?;
        let drawn = browser.tab().await?;

        let used = browser.open_tab(&deployment.store().url("/")).await?;
        browser.click(Role::Link, "Sign in").await?;
        submit(browser).await?;
        see_cart(browser).await?;
        browser.switch_to(&drawn).await?;
        let signed_in = "Signing in Store, webapp-jwt";
        browser
            .wait_for(
                "sign-in that is drawn to its end",
                "return document.querySelectorAll('details.phase[open] .arrow').length === 6",
                vec![],
            )
            .await?;
        let visit = "Page opened, nobody signed in Store, webapp-jwt";
        assert_eq!(phases(browser).await?, [signed_in, visit, visit]);
        assert!(!browser.has(Role::Heading, "Nothing has happened yet").await?);
        let announced: String = browser.eval("return document.querySelector('[role=status]').innerText").await?;
        assert_eq!(announced, "Signing in: Store, webapp-jwt", "screen readers must announce the phase");
        for cookie in browser.cookies().await? {
            let source: String = browser.eval("return document.documentElement.outerHTML").await?;
            assert!(!source.contains(&cookie.value), "{} is on the page", cookie.name);
        }

        // When the page adds a phase, it must keep the elements of the other phases.
        browser.eval::<()>("window.kept = document.querySelector('details.phase')").await?;
        browser.switch_to(&used).await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.wait_for_path("/login").await?;
        browser.switch_to(&drawn).await?;
        browser.wait_for_text("Signing out").await?;
        assert!(browser.eval::<bool>("return window.kept.isConnected && window.kept.open").await?);

        browser.click(Role::Link, "webapp-session").await?;
        browser.find(Role::Heading, "Nothing has happened yet").await?;
        browser.click(Role::Link, "All").await?;
        browser.find(Role::Link, "Export as Mermaid").await?;
        browser
            .eval::<()>("fetch(document.getElementById('export').href).then(answer => answer.text()).then(text => window.exported = text)")
            .await?;
        browser.wait_for("export", "return typeof window.exported === 'string'", Vec::new()).await?;
        let mermaid: String = browser.eval("return window.exported").await?;
        assert!(
            mermaid.starts_with("sequenceDiagram\n") && mermaid.contains("Note over Browser: Signing out: Store, webapp-jwt"),
            "{mermaid}"
        );
        browser.click(Role::Link, "Clear").await?;
        browser.find(Role::Heading, "Nothing has happened since you cleared the page").await?;
        assert_eq!(phases(browser).await?, [""; 0]);

        deployment.attacker().get("/shopping-cart", &[]).await?;
        browser.wait_for("attack", "return document.querySelectorAll('.attack .arrow').length === 2", Vec::new()).await?;
        assert!(!browser.has(Role::Heading, "Nothing has happened since you cleared the page").await?);

        browser.click(Role::Link, "Clear").await?;
        browser.click(Role::Link, "webapp-jwt").await?;
        browser.click(Role::Button, "Let a script sign in").await?;
        browser.wait_for("end of the script", "return document.querySelectorAll('.attack').length === 2", Vec::new()).await?;
        let scripted = ["Attack", "Signing out", "Attack", "Token renewed", "Signing in"].map(|phase| format!("{phase} Store, webapp-jwt"));
        assert_eq!(phases(browser).await?, scripted);
        // Only the latest phases are open, and a link opens the phase that it names.
        let open = "return [...document.querySelectorAll('details.phase')].map(phase => phase.open)";
        assert_eq!(browser.eval::<Vec<bool>>(open).await?, [true, true, false, false, false]);
        browser.eval::<()>("location.hash = document.querySelector('details.phase:last-of-type > div').id").await?;
        browser.wait_for("opened phase", "return document.querySelector('details.phase:last-of-type').open", Vec::new()).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_page_is_read_without_a_script_and_at_any_width() {
    journey_in(Setup::of(Workflow::WebappSession).without_script(), async |journey| {
        let Journey { deployment, browser } = journey;
        let flows = deployment.store().origin().replace("store.webapp-session.localhost", "localhost");
        browser.open(&deployment.store().url("/login")).await?;
        submit(browser).await?;
        see_cart(browser).await?;
        browser.open(&format!("{flows}/flows")).await?;
        browser.wait_for_text("Without a script, reload the page").await?;
        browser.wait_for_text("Signing in").await?;
        for width in [320, 390, 768, 1280] {
            let metrics = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
            browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
            let overflow: i64 = browser.eval("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await?;
            assert_eq!(overflow, 0, "{width} px");
        }
        Ok(())
    })
    .await;
}
