use crate::{
    Browser,
    browser::{POLL_INTERVAL, TIMEOUT},
};
use anyhow::bail;
use serde_json::json;
use thirtyfour::{
    WebElement,
    error::{WebDriverError, WebDriverErrorInner},
};
use tokio::time::Instant;

/// What something on a page is to assistive technology.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A message that interrupts.
    Alert,
    /// A button.
    Button,
    /// A heading of any level.
    Heading,
    /// A link.
    Link,
    /// A number field.
    Spinbutton,
    /// A text, e-mail or password field, of one line or many.
    Textbox,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Button => "button",
            Self::Heading => "heading",
            Self::Link => "link",
            Self::Spinbutton => "spinbutton",
            Self::Textbox => "textbox",
        }
    }

    /// Narrows the elements whose role is computed.
    const fn candidates(self) -> &'static str {
        match self {
            Self::Alert => "[role=alert]",
            Self::Button => "button, summary, [role=button]",
            Self::Heading => "h1, h2, h3, h4",
            Self::Link => "a",
            Self::Spinbutton => "input[type=number], [role=spinbutton]",
            Self::Textbox => "input, textarea",
        }
    }
}

/// The visible elements with a role, and with a name where one is given.
const FIND: &str = "const [role, candidates, name] = arguments; \
     return [...document.querySelectorAll(candidates)].filter(element => element.computedRole === role \
        && (name === null || element.computedName.trim() === name) && element.checkVisibility({visibilityProperty: true}))";

/// Their names, or for an alert, which has none, its text.
const NAMES: &str = ".map(element => (element.computedName || element.innerText).trim())";

impl Browser {
    /// The one visible element with this role and name; waits until it is there.
    pub async fn find(&self, role: Role, name: &str) -> anyhow::Result<WebElement> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            if let Some(element) = self.all(role, Some(name)).await?.into_iter().next() {
                return Ok(element);
            }
            if Instant::now() > deadline {
                bail!("no {} named {name:?}; there are {:?}; the page is {}", role.name(), self.names(role).await?, self.path().await?);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Whether there is such an element now.
    pub async fn has(&self, role: Role, name: &str) -> anyhow::Result<bool> {
        Ok(!self.all(role, Some(name)).await?.is_empty())
    }

    /// The names of the visible elements with this role, in the order of the page; of alerts their texts.
    pub async fn names(&self, role: Role) -> anyhow::Result<Vec<String>> {
        let arguments = vec![json!(role.name()), json!(role.candidates()), json!(null)];
        Ok(self.driver.execute(format!("{FIND}{NAMES}"), arguments).await?.convert()?)
    }

    /// The name of the first visible element with this role whose name begins so; waits until it is there.
    pub async fn named(&self, role: Role, prefix: &str) -> anyhow::Result<String> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let names = self.names(role).await?;
            if let Some(name) = names.iter().find(|name| name.starts_with(prefix)) {
                return Ok(name.clone());
            }
            if Instant::now() > deadline {
                bail!("no {} whose name begins with {prefix:?}; there are {names:?}; the page is {}", role.name(), self.path().await?);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Waits until there are so many visible elements with this role.
    pub async fn wait_for_number(&self, role: Role, number: usize) -> anyhow::Result<()> {
        let arguments = vec![json!(role.name()), json!(role.candidates()), json!(null), json!(number)];
        let script = format!("{FIND}.length === arguments[3]");
        self.wait_for(&format!("page with {number} x {}", role.name()), &script, arguments).await
    }

    /// Waits until no such element is visible.
    pub async fn wait_until_gone(&self, role: Role, name: &str) -> anyhow::Result<()> {
        let arguments = vec![json!(role.name()), json!(role.candidates()), json!(name)];
        let script = format!("{FIND}.length === 0");
        self.wait_for(&format!("end of {} {name:?}", role.name()), &script, arguments).await
    }

    /// Clicks the element; waits until it is there and nothing covers it.
    pub async fn click(&self, role: Role, name: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            match self.find(role, name).await?.click().await {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > deadline || !is_passing(&error) => return Err(error.into()),
                Err(_) => {}
            }
        }
    }

    /// Replaces what a field holds, as somebody who types does.
    pub async fn fill(&self, label: &str, text: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let field = self.find(Role::Textbox, label).await?;
            let typed = match field.clear().await {
                Ok(()) => field.send_keys(text).await,
                failed => failed,
            };
            match typed {
                Ok(()) => return Ok(()),
                // The static form has just given way to the app's.
                Err(error) if is_passing(&error) && Instant::now() < deadline => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Types into whatever has the focus.
    pub async fn type_on(&self, keys: &str) -> anyhow::Result<()> {
        Ok(self.driver.active_element().await?.send_keys(keys).await?)
    }

    /// The name of what has the focus.
    pub async fn focused(&self) -> anyhow::Result<String> {
        self.eval("return document.activeElement.computedName ?? ''").await
    }

    /// Presses Tab until the element with this name has the focus.
    pub async fn tab_to(&self, name: &str) -> anyhow::Result<()> {
        let mut seen = Vec::new();
        while seen.len() < 100 {
            if self.focused().await? == name {
                return Ok(());
            }
            self.type_on("\u{e004}").await?;
            seen.push(self.focused().await?);
        }
        bail!("Tab never comes to {name:?}, only to {seen:?}")
    }

    /// What a field holds.
    pub async fn value(&self, label: &str) -> anyhow::Result<String> {
        Ok(self.find(Role::Textbox, label).await?.value().await?.unwrap_or_default())
    }

    /// Waits until an alert says something, and gives what it says.
    pub async fn alert(&self) -> anyhow::Result<String> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            if let Some(text) = self.names(Role::Alert).await?.into_iter().find(|text| !text.is_empty()) {
                return Ok(text);
            }
            if Instant::now() > deadline {
                bail!("no alert; {} says:\n{}", self.path().await?, self.text().await?);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    async fn all(&self, role: Role, name: Option<&str>) -> anyhow::Result<Vec<WebElement>> {
        let arguments = vec![json!(role.name()), json!(role.candidates()), json!(name)];
        Ok(self.driver.execute(FIND, arguments).await?.elements()?)
    }
}

/// Whether the page drew itself anew between the look and the click, so that looking again helps.
fn is_passing(error: &WebDriverError) -> bool {
    matches!(error.as_inner(), WebDriverErrorInner::StaleElementReference(_) | WebDriverErrorInner::ElementClickIntercepted(_))
}
