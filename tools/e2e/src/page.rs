//! Finds, reads and uses elements of a page by role and accessible name, as people with assistive technology do.

use crate::{Browser, browser::unless_cut_off, language::shown, limits, setup::Script, waits::poll};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Instant};
use thirtyfour::{
    Key, WebElement,
    error::{WebDriverError, WebDriverErrorInner},
};

/// The ARIA role of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A message that a screen reader announces at once.
    Alert,
    /// A button.
    Button,
    /// A checkbox.
    Checkbox,
    /// A heading of any level.
    Heading,
    /// A link.
    Link,
    /// A number field.
    Spinbutton,
    /// A text, email or password field, of one or more lines.
    Textbox,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Button => "button",
            Self::Checkbox => "checkbox",
            Self::Heading => "heading",
            Self::Link => "link",
            Self::Spinbutton => "spinbutton",
            Self::Textbox => "textbox",
        }
    }

    /// A selector of the elements that can have the role. It limits the search, because computing the role of every element takes long.
    const fn candidates(self) -> &'static str {
        match self {
            Self::Alert => "[role=alert]",
            Self::Button => "button, summary, [role=button]",
            Self::Checkbox => "input[type=checkbox]",
            Self::Heading => "h1, h2, h3, h4",
            Self::Link => "a",
            Self::Spinbutton => "input[type=number], [role=spinbutton]",
            Self::Textbox => "input, textarea",
        }
    }
}

/// The visible elements with a role and, unless it is null, a name.
const FIND: &str = "const [role, candidates, name] = arguments; \
     return [...document.querySelectorAll(candidates)].filter(element => element.computedRole === role \
        && (name === null || element.computedName.trim() === name) && element.checkVisibility({visibilityProperty: true}))";

/// Notes in an element whether the mouse is pressed on it next. Not whether it is clicked: `early_cart.js` stops the clicks that it holds.
const WATCH: &str = "const [element] = arguments; element.isMet = false; \
     addEventListener('mousedown', event => { element.isMet = event.composedPath().includes(element); }, {capture: true, once: true})";

/// The names of these elements, or the text of an alert, which has no name.
const NAMES: &str = ".map(element => (element.computedName || element.innerText).trim())";

impl Browser {
    /// The first visible element with this role and name. Waits until there is one.
    pub async fn find(&self, role: Role, name: &str) -> anyhow::Result<WebElement> {
        let name = &shown(name);
        match poll(async || Ok(self.all(role, Some(name)).await?.into_iter().next())).await? {
            Some(element) => Ok(element),
            None => bail!("no {} named {name:?}; there are {:?}; the page is {}", role.name(), self.names(role).await?, self.path().await?),
        }
    }

    /// Whether there is a visible element with this role and name at the moment.
    pub async fn has(&self, role: Role, name: &str) -> anyhow::Result<bool> {
        Ok(!self.all(role, Some(&shown(name))).await?.is_empty())
    }

    /// The names of the visible elements with this role, in the order of the page. For alerts, returns their texts.
    pub async fn names(&self, role: Role) -> anyhow::Result<Vec<String>> {
        let arguments = vec![json!(role.name()), json!(role.candidates()), json!(null)];
        Ok(self.read(&format!("{FIND}{NAMES}"), arguments).await?.convert()?)
    }

    /// The name of the first visible element with this role and a name that begins with `prefix`. Waits until there is one.
    pub async fn named(&self, role: Role, prefix: &str) -> anyhow::Result<String> {
        let prefix = &shown(prefix);
        match poll(async || Ok(self.names(role).await?.into_iter().find(|name| name.starts_with(prefix)))).await? {
            Some(name) => Ok(name),
            None => bail!("no {} {prefix:?}…; there are {:?}; the page is {}", role.name(), self.names(role).await?, self.path().await?),
        }
    }

    /// Waits until the page has this number of visible elements with this role.
    pub async fn wait_for_number(&self, role: Role, number: usize) -> anyhow::Result<()> {
        let arguments = vec![json!(role.name()), json!(role.candidates()), json!(null), json!(number)];
        let script = format!("{FIND}.length === arguments[3]");
        self.wait_for(&format!("page with {number} x {}", role.name()), &script, arguments).await
    }

    /// Waits until no element with this role and name is visible.
    pub async fn wait_until_gone(&self, role: Role, name: &str) -> anyhow::Result<()> {
        let arguments = vec![json!(role.name()), json!(role.candidates()), json!(shown(name))];
        let script = format!("{FIND}.length === 0");
        self.wait_for(&format!("end of {} {name:?}", role.name()), &script, arguments).await
    }

    /// Waits until the element is visible and nothing covers it, and clicks it. Clicks again if the page has moved the element between the
    /// driver's look at its position and the click, which then meets something else. A page without scripts does not tell that.
    pub async fn click(&self, role: Role, name: &str) -> anyhow::Result<()> {
        let attempt = async || {
            let element = self.find(role, name).await?;
            if self.script == Script::Off {
                return unless_redrawn(element.click().await);
            }
            let argument = vec![element.to_json()?];
            let clicked = async {
                self.read(WATCH, argument.clone()).await?;
                element.click().await
            };
            if unless_redrawn(clicked.await)?.is_none() {
                return Ok(None);
            }
            // The script fails if the click has left the page, or has made the app replace the element.
            let missed = self.driver.execute("return arguments[0].isMet === false", argument).await;
            Ok(Some(()).filter(|()| !missed.is_ok_and(|it| it.json() == &Value::Bool(true))))
        };
        poll(attempt).await?.with_context(|| format!("{} {name:?} cannot be clicked", role.name()))
    }

    /// Clears a field, and types a text into it.
    pub async fn fill(&self, label: &str, text: &str) -> anyhow::Result<()> {
        let attempt = async || {
            let field = self.find(Role::Textbox, label).await?;
            match field.clear().await {
                Ok(()) => unless_redrawn(field.send_keys(text).await),
                failed => unless_redrawn(failed),
            }
        };
        poll(attempt).await?.with_context(|| format!("field {label:?} cannot be filled"))
    }

    /// Opens the form for a new thread, unless it is open.
    pub async fn open_editor(&self) -> anyhow::Result<()> {
        let open = "const box = document.querySelector('.write-box'); if (box && !box.open) box.firstElementChild.click(); return !!box";
        self.wait_for("the form for a new thread", open, Vec::new()).await
    }

    /// Types into the element that has the focus.
    pub async fn type_on(&self, keys: &str) -> anyhow::Result<()> {
        if keys.contains(char::from(Key::Control)) {
            return Ok(self.driver.active_element().await?.send_keys(keys).await?);
        }
        // An action chain takes a third of the time of `send_keys`, but does not hold a modifier key until the end of the text.
        unless_cut_off(self.driver.action_chain().send_keys(keys).perform().await)
    }

    /// The accessible name of the element that has the focus.
    pub async fn focused(&self) -> anyhow::Result<String> {
        Ok(self.read("return document.activeElement.computedName ?? ''", Vec::new()).await?.convert()?)
    }

    /// Presses Tab until the element with this name has the focus. The page may show the element later.
    pub async fn tab_to(&self, name: &str) -> anyhow::Result<()> {
        let (name, began, mut seen) = (shown(name), Instant::now(), BTreeSet::new());
        while began.elapsed() < limits::step() {
            let focused = self.focused().await?;
            if focused == name {
                return Ok(());
            }
            seen.insert(focused);
            self.type_on("\u{e004}").await?;
        }
        bail!("Tab never comes to {name:?}, only to {seen:?}")
    }

    /// The text in a field.
    pub async fn value(&self, label: &str) -> anyhow::Result<String> {
        Ok(self.find(Role::Textbox, label).await?.value().await?.unwrap_or_default())
    }

    /// Waits until an alert has a text, and returns the text.
    pub async fn alert(&self) -> anyhow::Result<String> {
        let read = async || {
            // While the browser parses a page, the alert may contain only its heading.
            let is_parsed: bool = self.eval("return document.readyState !== 'loading'").await?;
            let alert = self.names(Role::Alert).await?.into_iter().find(|text| !text.is_empty());
            Ok(alert.filter(|_| is_parsed))
        };
        match poll(read).await? {
            Some(text) => Ok(text),
            None => bail!("no alert; {} says:\n{}", self.path().await?, self.text().await?),
        }
    }

    async fn all(&self, role: Role, name: Option<&str>) -> anyhow::Result<Vec<WebElement>> {
        let arguments = vec![json!(role.name()), json!(role.candidates()), json!(name)];
        Ok(self.read(FIND, arguments).await?.elements()?)
    }
}

/// Returns `None` if the page has replaced, hidden or covered the element after the search, because a new search may then succeed. This
/// happens when the app's form replaces the static form.
fn unless_redrawn(outcome: Result<(), WebDriverError>) -> anyhow::Result<Option<()>> {
    match outcome {
        Ok(()) => Ok(Some(())),
        Err(error) => match error.as_inner() {
            WebDriverErrorInner::StaleElementReference(_)
            | WebDriverErrorInner::ElementClickIntercepted(_)
            | WebDriverErrorInner::ElementNotInteractable(_) => Ok(None),
            _ => Err(error.into()),
        },
    }
}
