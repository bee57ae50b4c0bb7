//! Threads of the Forums, from the first post to the moderator who closes them: in the single-page app and on the pages without a script.

use crate::spa::spa_journey;
use crate::webapp::{sign_in_to, webapp_journey};
use e2e::{
    Browser, Journey, Role, Site, Workflow,
    account::{MODERATOR, PASSWORD, SECOND, SHOPPER},
    workflows_of,
};

/// Signs out, and signs in as another user.
async fn change_user(browser: &Browser, forums: Site, login_id: &str) -> anyhow::Result<()> {
    browser.click(Role::Button, "Sign out").await?;
    browser.open(&forums.url("/login")).await?;
    browser.sign_in_form().await?.submit(login_id, PASSWORD).await?;
    browser.find(Role::Heading, "Posts").await.map(drop)
}

async fn click_named(browser: &Browser, role: Role, prefix: &str) -> anyhow::Result<()> {
    let name = browser.named(role, prefix).await?;
    browser.click(role, &name).await
}

/// Whether the page has an element of this role whose name begins with `prefix`.
async fn has_named(browser: &Browser, role: Role, prefix: &str) -> anyhow::Result<bool> {
    Ok(browser.names(role).await?.iter().any(|it| it.starts_with(prefix)))
}

/// Two users write, delete and restore posts of a thread, and a moderator hides a post and closes the thread. The steps are the same in
/// every workflow.
async fn a_thread_lives(browser: &Browser, forums: Site) -> anyhow::Result<()> {
    browser.open_editor().await?;
    browser.fill("Title (optional)", "Which oil for the pan?").await?;
    browser.fill("Your post", "Linseed or rapeseed?").await?;
    browser.click(Role::Button, "Publish").await?;
    browser.click(Role::Link, "Which oil for the pan?").await?;
    browser.find(Role::Heading, "Which oil for the pan?").await?;
    let thread = browser.path().await?;
    browser.fill("Write a reply", "Rapeseed, I would say").await?;
    browser.click(Role::Button, "Reply").await?;
    browser.find(Role::Heading, "1 reply").await?;

    change_user(browser, forums, SECOND).await?;
    browser.wait_for("mark", "return document.querySelector('.posts li .badge.new')?.innerText === 'New'", Vec::new()).await?;
    browser.open(&forums.url(&thread)).await?;
    browser.find(Role::Heading, "1 reply").await?;
    assert!(!has_named(browser, Role::Button, "Delete").await?, "a user must not be able to delete another user's post");
    browser.fill("Write a reply", "Linseed. It hardens").await?;
    browser.click(Role::Button, "Reply").await?;
    browser.find(Role::Heading, "2 replies").await?;

    change_user(browser, forums, SHOPPER).await?;
    browser.open(&forums.url(&thread)).await?;
    browser.wait_for_text("Linseed. It hardens").await?;
    click_named(browser, Role::Button, "Delete Rapeseed").await?;
    browser.wait_for_text("Deleted by the author.").await?;
    click_named(browser, Role::Button, "Restore").await?;
    browser.find(Role::Button, "Delete Rapeseed, I would say").await?;

    change_user(browser, forums, MODERATOR).await?;
    browser.open(&forums.url(&thread)).await?;
    click_named(browser, Role::Button, "Hide Rapeseed").await?;
    browser.wait_for_text("Hidden by a moderator.").await?;
    browser.click(Role::Button, "Close this thread").await?;
    browser.find(Role::Button, "Reopen this thread").await?;

    change_user(browser, forums, SHOPPER).await?;
    browser.open(&forums.url(&thread)).await?;
    browser.wait_for_text("This thread is closed. You can't reply to it.").await?;
    assert!(!browser.has(Role::Textbox, "Write a reply").await? && !has_named(browser, Role::Button, "Restore").await?);
    Ok(())
}

#[tokio::test]
async fn a_thread_lives_in_the_app() {
    for workflow in workflows_of([Workflow::SpaLocalStorage, Workflow::SpaBackend]) {
        spa_journey(workflow, async |Journey { deployment, browser }| {
            browser.sign_in_at(deployment.forums(), SHOPPER).await?;
            browser.find(Role::Heading, "Posts").await?;
            a_thread_lives(browser, deployment.forums()).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_thread_lives_without_a_script() {
    webapp_journey(Workflow::WebappJwt, async |Journey { deployment, browser }| {
        sign_in_to(browser, deployment.forums(), SHOPPER, "/posts").await?;
        a_thread_lives(browser, deployment.forums()).await
    })
    .await;
}
