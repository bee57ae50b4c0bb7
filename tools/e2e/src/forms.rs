//! Signs in with the form of a page.

use crate::{Browser, Role, Site, account::PASSWORD};

/// The sign-in form.
pub struct SignInForm<'a> {
    browser: &'a Browser,
}

impl Browser {
    /// Waits until the page shows the sign-in form.
    pub async fn sign_in_form(&self) -> anyhow::Result<SignInForm<'_>> {
        self.find(Role::Button, "Sign in").await?;
        Ok(SignInForm { browser: self })
    }

    /// Opens a site's sign-in page, signs in, and waits until another page is shown.
    pub async fn sign_in_at(&self, site: Site, login_id: &str) -> anyhow::Result<()> {
        self.open(&site.url("/login")).await?;
        self.sign_in_form().await?.submit(login_id, PASSWORD).await?;
        self.wait_for("end of the sign-in page", "return location.pathname !== '/login'", Vec::new()).await
    }
}

impl SignInForm<'_> {
    /// Unticks "Keep me signed in".
    pub async fn end_with_the_browser(&self) -> anyhow::Result<()> {
        self.browser.click(Role::Checkbox, "Keep me signed in").await
    }

    /// Types an email and a password, and clicks the button.
    pub async fn submit(&self, login_id: &str, password: &str) -> anyhow::Result<()> {
        self.browser.fill("Email", login_id).await?;
        self.browser.fill("Password", password).await?;
        self.browser.click(Role::Button, "Sign in").await
    }
}
