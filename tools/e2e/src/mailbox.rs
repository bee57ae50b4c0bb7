//! Reads messages on the emulator's page of mails, in a new tab.

use crate::{Browser, Deployment, Role, waits::poll};
use anyhow::Context;

/// The link to the Store in the newest message.
pub async fn mailed_link(deployment: &Deployment, browser: &Browser) -> anyhow::Result<String> {
    let form = browser.tab().await?;
    browser.open_tab(&deployment.mail_url()).await?;
    let link = browser.named(Role::Link, &deployment.store().origin()).await?;
    browser.switch_to(&form).await?;
    Ok(link)
}

/// The code of six digits in the newest message.
pub async fn mailed_code(deployment: &Deployment, browser: &Browser) -> anyhow::Result<String> {
    let form = browser.tab().await?;
    browser.open_tab(&deployment.mail_url()).await?;
    let newest = "return document.querySelector('article pre').innerText.match(/\\b\\d{6}\\b/)?.[0]";
    let code: Option<String> = browser.read(newest, Vec::new()).await?.convert()?;
    browser.switch_to(&form).await?;
    code.context("the newest message holds no code")
}

/// The text of the message that contains `part`. Waits until the message arrives.
pub async fn mailed_text(deployment: &Deployment, browser: &Browser, part: &str) -> anyhow::Result<String> {
    let before = browser.tab().await?;
    browser.open_tab(&deployment.mail_url()).await?;
    let part = serde_json::json!(part);
    let find = format!("return [...document.querySelectorAll('article')].find(it => it.innerText.includes({part}))?.innerText ?? null");
    let text: Option<String> = poll(async || {
        browser.reload().await?;
        Ok(browser.read(&find, Vec::new()).await?.convert()?)
    })
    .await?;
    browser.switch_to(&before).await?;
    text.with_context(|| format!("no message with {part} has come"))
}
