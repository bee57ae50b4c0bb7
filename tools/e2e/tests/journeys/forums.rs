//! Reading and writing posts in the single-page app of the Forums.

use e2e::{Journey, Role, account::SHOPPER, journey};

const TEXT: &str = "Does the <b>enamel</b> mug survive a fall? 🫖";

#[tokio::test]
async fn a_post_is_written_and_stays() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        browser.find(Role::Heading, "Posts").await?;
        let start = deployment.record.mark()?;
        // DevTools inserts the text, because chromedriver cannot type characters outside of the Basic Multilingual Plane.
        browser.open_editor().await?;
        browser.find(Role::Textbox, "Your post").await?.click().await?;
        browser.devtools("Input.insertText", serde_json::json!({"text": TEXT})).await?;
        browser.click(Role::Button, "Publish").await?;
        browser.wait_for_text(TEXT).await?;
        let sent = deployment.record.wait_for(start, "post", |exchange| exchange.path == "/api/posts").await?;
        assert_eq!(sent.status(), Some(201), "{sent}");
        browser.open_editor().await?;
        assert_eq!(browser.value("Your post").await?, "", "the field is empty for the next post");
        browser.reload().await?;
        browser.wait_for_text(TEXT).await
    })
    .await;
}
