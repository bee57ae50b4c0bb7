//! A Chromium that a journey drives by WebDriver: navigation, tabs, cookies, storage, console.
//!
//! The module `page` reads and uses a page as a user does.

use crate::{
    Site,
    language::{language, shown},
    limits,
    process::{Process, program},
    setup::Script,
    tls::{Scheme, authority, name_as_sent, without_prefix},
    waits::poll,
};
use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ffi::OsString,
    path::Path,
    time::{Duration, Instant},
};
use storefront_messages::Language;
use thirtyfour::{
    BrowserLogEntry, Capabilities, CapabilitiesHelper, ChromeCapabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel, WebDriver,
    WindowHandle,
    error::{WebDriverError, WebDriverResult},
    session::scriptret::ScriptRet,
};
use tokio::process::Command;

const ARGUMENTS: [&str; 13] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
    // Gives elements `computedRole` and `computedName`. Journeys find elements by these, as assistive technology does.
    "--enable-blink-features=ComputedAccessibilityInfo",
    // Binds a sign-in to the device if the server offers it, with a key in memory, because there is no TPM.
    "--enable-features=DeviceBoundSessions,EnableBoundSessionCredentialsSoftwareKeysForManualTesting",
];

/// Writes violations of the content security policy to the console, which keeps its messages after the page is left.
const REPORT_VIOLATIONS: &str = "document.addEventListener('securitypolicyviolation', \
     event => console.error(`securitypolicyviolation: ${event.effectiveDirective} ${event.blockedURI}`))";

/// Makes Chromium say that it has no password manager that creates passkeys. Otherwise the app would ask it after each sign-in, and so send
/// requests that most journeys do not expect. Without a Google account, Chromium never answers.
const NO_PASSWORD_MANAGER: &str = "delete globalThis.PublicKeyCredential?.getClientCapabilities";

/// A Chromium with an empty profile.
pub struct Browser {
    pub(crate) driver: WebDriver,
    pub(crate) script: Script,
    console: RefCell<Vec<BrowserLogEntry>>,
    tolerated: RefCell<Vec<[String; 2]>>,
    /// The time by which the clock of the browser's pages is ahead of the machine's clock.
    pub(crate) ahead: Cell<Duration>,
    // Fields are dropped in the order of declaration, so chromedriver ends after the session, which is `driver`.
    _chromedriver: Process,
}

/// A tab of the browser.
#[derive(Clone)]
pub struct Tab(pub(crate) WindowHandle);

/// A cookie that the browser has stored. It has no `Debug`, because it contains the value.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredCookie {
    /// The name, without the prefix `__Host-` that it has over https.
    pub name: String,
    /// The value.
    pub value: String,
    /// The host, with a leading dot if subdomains also receive the cookie.
    pub domain: String,
    /// Whether the cookie is hidden from scripts.
    pub http_only: bool,
    /// `Strict`, `Lax` or `None`, if the server set the attribute.
    pub same_site: Option<String>,
    /// Whether the browser deletes the cookie when it closes.
    pub session: bool,
    /// Whether the browser sends the cookie only over https.
    secure: bool,
}

impl Browser {
    /// Starts a browser with its profile and all of its other files in `folder`. The clock of its pages is ahead of the machine's
    /// clock by the duration `ahead`.
    pub(crate) async fn start(folder: &Path, script: Script, ahead: Duration) -> anyhow::Result<Self> {
        let chromedriver = start_driver(folder).await?;
        let connect = async || {
            let builder = WebDriver::builder(format!("http://127.0.0.1:{}", chromedriver.port), capabilities(script)?);
            // A journey that panics drops the driver, which then ends its session in another thread and waits for that thread. A connection
            // of the journey's own thread would never answer there, so none is kept.
            let client = test_support::http_client_builder().pool_max_idle_per_host(0).build()?;
            anyhow::Ok(builder.client(client).connect().await?)
        };
        let driver = match connect().await {
            // On a busy machine, about one start in a thousand fails like this. The cause is unknown; a second start succeeds.
            Err(error) if format!("{error:#}").contains("Chrome instance exited") => connect().await,
            outcome => outcome,
        };
        let driver = driver.context("no browser session")?;
        // Chromium may fetch the manifest, and the app may preload its parts, while a journey has stopped the server. If the page needs a
        // part that fails to load, the page shows an error, so the console message adds nothing.
        let unasked = ["manifest.json", ".wasm"];
        let tolerated = RefCell::new(unasked.map(|it| [it.to_owned(), "ERR_".to_owned()]).to_vec());
        let browser = Self { driver, script, console: RefCell::default(), tolerated, ahead: Cell::new(ahead), _chromedriver: chromedriver };
        browser.prepare_tab().await?;
        Ok(browser)
    }

    pub(crate) async fn quit(self) {
        // The browser may have crashed; the journey is over, so this is not a failure.
        let _ = self.driver.quit().await;
    }

    /// Opens a URL and waits until the page's HTML is there.
    pub async fn open(&self, url: &str) -> anyhow::Result<()> {
        self.driver.goto(url).await.with_context(|| format!("{url} can't be opened"))
    }

    /// Leaves the application. This ends the application's timers.
    pub async fn leave(&self) -> anyhow::Result<()> {
        self.open("about:blank").await
    }

    /// Reloads the page.
    pub async fn reload(&self) -> anyhow::Result<()> {
        unless_cut_off(self.driver.refresh().await)
    }

    /// Goes one step back in the history.
    pub async fn back(&self) -> anyhow::Result<()> {
        unless_cut_off(self.driver.back().await)
    }

    /// Goes one step forward in the history.
    pub async fn forward(&self) -> anyhow::Result<()> {
        unless_cut_off(self.driver.forward().await)
    }

    /// The path and the query of the page.
    pub async fn path(&self) -> anyhow::Result<String> {
        Ok(self.read("return location.pathname + location.search", Vec::new()).await?.convert()?)
    }

    /// Waits until the page has this path and query.
    pub async fn wait_for_path(&self, path: &str) -> anyhow::Result<()> {
        let script = "return location.pathname + location.search === arguments[0]";
        self.wait_for(&format!("path {path}"), script, vec![json!(path)]).await
    }

    /// The document's title.
    pub async fn title(&self) -> anyhow::Result<String> {
        Ok(self.driver.title().await?)
    }

    /// The visible text of `main`.
    pub async fn text(&self) -> anyhow::Result<String> {
        Ok(self.read("return document.querySelector('main')?.innerText ?? ''", Vec::new()).await?.convert()?)
    }

    /// Waits until `main` shows `text`.
    pub async fn wait_for_text(&self, text: &str) -> anyhow::Result<()> {
        let text = shown(text);
        let script = "return (document.querySelector('main')?.innerText ?? '').includes(arguments[0])";
        self.wait_for(&format!("text {text:?}"), script, vec![json!(text)]).await
    }

    /// Runs a script and returns its result.
    pub async fn eval<T: serde::de::DeserializeOwned>(&self, script: &str) -> anyhow::Result<T> {
        Ok(self.driver.execute(script, Vec::new()).await?.convert()?)
    }

    /// Runs a script that changes nothing. If another page replaces this page first, the script runs on the new page.
    pub(crate) async fn read(&self, script: &str, arguments: Vec<Value>) -> WebDriverResult<ScriptRet> {
        let began = Instant::now();
        loop {
            match self.driver.execute(script, arguments.clone()).await {
                Err(error) if is_cut_off(&error) && began.elapsed() < limits::step() => {}
                outcome => return outcome,
            }
        }
    }

    /// Runs a script whose last argument is a callback, and returns the value that the script passes to the callback.
    pub async fn eval_async<T: serde::de::DeserializeOwned>(&self, script: &str) -> anyhow::Result<T> {
        Ok(self.driver.execute_async(script, Vec::new()).await?.convert()?)
    }

    /// Waits until a script returns `true`.
    pub async fn wait_for(&self, what: &str, script: &str, arguments: Vec<Value>) -> anyhow::Result<()> {
        let outcome = poll(async || {
            // The script fails while another page replaces this page.
            let result = self.driver.execute(script, arguments.clone()).await;
            Ok(result.ok().filter(|value| value.json() == &Value::Bool(true)))
        });
        match outcome.await? {
            Some(_) => Ok(()),
            None => bail!("no {what} within {:?}; the page is {} and says:\n{}", limits::step(), self.path().await?, self.text().await?),
        }
    }

    /// The origin's local storage.
    pub async fn local_storage(&self) -> anyhow::Result<BTreeMap<String, String>> {
        self.eval("return Object.fromEntries(Object.entries(localStorage))").await
    }

    /// The result of `navigator.locks.query()`. It includes a lock named `this page`, which shows the page's own client id.
    pub async fn locks(&self) -> anyhow::Result<Value> {
        let script = "const done = arguments[0]; navigator.locks.request('this page', () => navigator.locks.query()).then(done, error => done(`${error}`))";
        self.eval_async(script).await
    }

    /// Every cookie of every host.
    pub async fn cookies(&self) -> anyhow::Result<Vec<StoredCookie>> {
        let answer = self.driver.cdp().send_raw("Storage.getCookies", json!({})).await?;
        let mut cookies: Vec<StoredCookie> = serde_json::from_value(answer["cookies"].clone())?;
        for cookie in &mut cookies {
            let is_secure = Scheme::of_browsers() == Scheme::Https;
            ensure!(cookie.secure == is_secure, "{} has Secure: {}", cookie.name, cookie.secure);
            cookie.name = without_prefix(&cookie.name).to_owned();
        }
        Ok(cookies)
    }

    /// The value of one of FusionAuth's cookies.
    pub async fn auth_cookie(&self, name: &str) -> anyhow::Result<String> {
        let cookies = self.cookies().await?;
        let cookie = cookies.into_iter().find(|cookie| cookie.name == name);
        Ok(cookie.with_context(|| format!("no cookie {name}"))?.value)
    }

    /// The cookies of a site's host and no other host, sorted by name.
    pub async fn cookies_at(&self, site: Site) -> anyhow::Result<Vec<StoredCookie>> {
        let mut cookies = self.cookies().await?;
        cookies.retain(|cookie| cookie.domain == site.name());
        cookies.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(cookies)
    }

    /// The value of a cookie of a site's host.
    pub async fn cookie_at(&self, site: Site, name: &str) -> anyhow::Result<String> {
        let cookie = self.cookies_at(site).await?.into_iter().find(|cookie| cookie.name == name);
        Ok(cookie.with_context(|| format!("no cookie {name} at {}", site.name()))?.value)
    }

    /// Waits until the browser has a cookie of a site's host.
    pub async fn wait_for_cookie_at(&self, site: Site, name: &str) -> anyhow::Result<()> {
        let cookie = poll(async || Ok(self.cookies_at(site).await?.into_iter().find(|cookie| cookie.name == name))).await?;
        cookie.map(drop).with_context(|| format!("no cookie {name} at {}", site.name()))
    }

    /// Deletes a cookie of a site's host, as the browser does at the end of the cookie's lifetime.
    pub async fn delete_cookie_at(&self, site: Site, name: &str) -> anyhow::Result<()> {
        self.devtools("Network.deleteCookies", json!({"name": name_as_sent(name), "url": site.origin()})).await.map(drop)
    }

    /// Stores cookies of another browser, as a thief would.
    pub async fn take_cookies(&self, site: Site, cookies: &[StoredCookie]) -> anyhow::Result<()> {
        for StoredCookie { name, value, http_only, secure, .. } in cookies {
            let cookie = json!({"name": name_as_sent(name), "value": value, "url": site.origin(), "path": "/", "httpOnly": http_only, "secure": secure});
            let answer = self.devtools("Network.setCookie", cookie).await?;
            ensure!(answer["success"] == json!(true), "the cookie {name} was not stored");
        }
        Ok(())
    }

    /// The URLs in the tab's history.
    pub async fn history(&self) -> anyhow::Result<Vec<String>> {
        let answer = self.driver.cdp().send_raw("Page.getNavigationHistory", json!({})).await?;
        Ok(answer["entries"].as_array().into_iter().flatten().filter_map(|entry| entry["url"].as_str().map(str::to_owned)).collect())
    }

    /// The tab that has the focus.
    pub async fn tab(&self) -> anyhow::Result<Tab> {
        Ok(Tab(self.driver.window().await?))
    }

    /// Opens a URL in a new tab, which gets the focus.
    pub async fn open_tab(&self, url: &str) -> anyhow::Result<Tab> {
        let tab = Tab(self.driver.new_tab().await?);
        self.switch_to(&tab).await?;
        self.prepare_tab().await?;
        self.open(url).await?;
        Ok(tab)
    }

    /// Gives a tab the focus.
    pub async fn switch_to(&self, tab: &Tab) -> anyhow::Result<()> {
        Ok(self.driver.switch_to_window(tab.0.clone()).await?)
    }

    /// Sends a DevTools command to the tab.
    pub async fn devtools(&self, method: &str, parameters: Value) -> anyhow::Result<Value> {
        Ok(self.driver.cdp().send_raw(method, parameters).await?)
    }

    /// Writes a screenshot of the tab into a file.
    pub async fn screenshot(&self, file: &Path) -> anyhow::Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(self.driver.screenshot(file).await?)
    }

    /// Announces an error that the journey causes on purpose: [`complaints`](Self::complaints) leaves out console messages that contain
    /// both the path and the reason, such as `404` or `ERR_CONNECTION_REFUSED`. Chromium reports every failed request on the console.
    pub fn tolerate(&self, path: &str, reason: &str) {
        self.tolerated.borrow_mut().push([path.to_owned(), reason.to_owned()]);
    }

    /// All messages on the console so far.
    pub async fn console(&self) -> anyhow::Result<Vec<String>> {
        let new = self.driver.browser_log().await?;
        self.console.borrow_mut().extend(new);
        Ok(self.console.borrow().iter().map(|entry| format!("{}: {}", entry.level, entry.message)).collect())
    }

    /// The errors and warnings on the console that the journey has not announced with [`Self::tolerate`].
    pub async fn complaints(&self) -> anyhow::Result<Vec<String>> {
        let tolerated = self.tolerated.borrow().clone();
        let announced = |line: &String| tolerated.iter().any(|parts| parts.iter().all(|part| line.contains(part.as_str())));
        let mut lines = self.console().await?;
        lines.retain(|line| (line.starts_with("SEVERE") || line.starts_with("WARNING")) && !announced(line));
        Ok(lines)
    }

    async fn prepare_tab(&self) -> anyhow::Result<()> {
        // Without this command, Chromium builds a new accessibility tree for each role and each name that a journey reads.
        self.devtools("Accessibility.enable", json!({})).await?;
        for script in [REPORT_VIOLATIONS, NO_PASSWORD_MANAGER] {
            self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": script})).await?;
        }
        self.advance_new_pages(self.ahead.get()).await
    }
}

/// Whether a command failed because the tab navigated to another page while the command ran.
fn is_cut_off(error: &WebDriverError) -> bool {
    error.to_string().contains("aborted by navigation")
}

/// The outcome of a command that may navigate to another page. If the navigation cuts the command off, the command has succeeded.
pub(crate) fn unless_cut_off(outcome: WebDriverResult<()>) -> anyhow::Result<()> {
    match outcome {
        Err(error) if !is_cut_off(&error) => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Starts chromedriver. It takes a free IPv4 port and then the same IPv6 port. If another program uses the IPv6 port, chromedriver exits,
/// and this function starts it again.
async fn start_driver(folder: &Path) -> anyhow::Result<Process> {
    let log = folder.join("chromedriver.log");
    let mut tries = 5;
    loop {
        let mut command = Command::new(program("CHROMEDRIVER", "chromedriver"));
        // A driver that is killed leaves its temporary files behind, so they go into the journey's folder.
        command.env("TMPDIR", folder).arg("--port=0");
        tries -= 1;
        match Process::start(&mut command, "successfully on port", &log).await {
            Err(error) if tries > 0 && format!("{error:#}").contains("Address already in use") => {}
            outcome => return outcome,
        }
    }
}

/// The browser's program. Journeys without scripts do not use the headless shell, because it has no setting that switches scripts off.
fn binary(script: Script) -> Option<OsString> {
    let headless_shell = std::env::var_os("HEADLESS_CHROMIUM").filter(|_| script == Script::On);
    let installed = || Path::new("/usr/bin/chromium").exists().then(|| "/usr/bin/chromium".into());
    headless_shell.or_else(|| std::env::var_os("CHROMIUM")).or_else(installed)
}

fn capabilities(script: Script) -> anyhow::Result<Capabilities> {
    let mut capabilities = ChromeCapabilities::new();
    if let Some(browser) = binary(script) {
        capabilities.set_binary(&browser.to_string_lossy())?;
    }
    for argument in ARGUMENTS {
        capabilities.add_arg(argument)?;
    }
    let language = match language() {
        Language::English => "en-US".to_owned(),
        other => format!("{}-{}", other.tag(), other.tag().to_uppercase()),
    };
    for argument in ["--lang", "--accept-lang"] {
        capabilities.add_arg(&format!("{argument}={language}"))?;
    }
    // The default strategy would wait until every file is loaded, and journeys hold some files back.
    capabilities.set("pageLoadStrategy", "eager")?;
    if let Some(authority) = authority()? {
        capabilities.add_arg(&format!("--ignore-certificate-errors-spki-list={}", authority.key_hash))?;
    }
    if script == Script::Off {
        // This is the setting on chrome://settings/content/javascript.
        capabilities.add_experimental_option("prefs", json!({"profile.default_content_setting_values.javascript": 2}))?;
    }
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
    Ok(capabilities.into())
}

#[cfg(test)]
mod tests;
