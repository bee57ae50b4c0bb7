//! The emulator's page with the mails, on which journeys read messages and follow the links in them.

use e2e::{Browser, Deployment, Role};
use serde_json::json;

/// Follows the link in the newest email.
pub(crate) async fn follow_mailed_link(deployment: &Deployment, browser: &Browser) -> anyhow::Result<String> {
    browser.open(&deployment.mail_url()).await?;
    let link = browser.named(Role::Link, &deployment.store().origin()).await?;
    browser.click(Role::Link, &link).await?;
    let id = link.rsplit('/').next().unwrap_or_default().to_owned();
    // The site redirects to a URL without the link's id, because the id is a secret.
    let gone = "return !location.href.includes(arguments[0]) && !document.referrer.includes(arguments[0])";
    browser.wait_for("URL without the link's id", gone, vec![json!(id)]).await?;
    Ok(link)
}
