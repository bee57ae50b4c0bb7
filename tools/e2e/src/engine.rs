//! The browsers of all engines, driven only by standard WebDriver, for the journeys that run in each engine.

use crate::{forward, limits, process::program, waits::poll};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::{fs::File, path::Path, process::Stdio};
use test_support::reserved_port::ReservedPort;
use thirtyfour::{Capabilities, Key, WebDriver};
use tokio::process::{Child, Command};

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium, with chromedriver.
    Chromium,
    /// Firefox, with geckodriver.
    Firefox,
    /// WebKitGTK's MiniBrowser, with its driver, on a virtual display.
    WebKit,
}

impl Engine {
    /// Whether the environment names this engine's programs.
    pub fn is_installed(self) -> bool {
        let (driver, browser) = self.variables();
        std::env::var_os(driver).is_some() && std::env::var_os(browser).is_some()
    }

    /// The variables that name the driver and the browser.
    const fn variables(self) -> (&'static str, &'static str) {
        match self {
            Self::Chromium => ("CHROMEDRIVER", "CHROMIUM"),
            Self::Firefox => ("GECKODRIVER", "FIREFOX"),
            Self::WebKit => ("WEBKIT_DRIVER", "MINI_BROWSER"),
        }
    }

    fn command(self, port: u16) -> Command {
        let driver = program(self.variables().0, "");
        let mut command = match self {
            Self::Chromium | Self::Firefox => Command::new(driver),
            Self::WebKit => {
                // MiniBrowser has no headless mode.
                let mut display = Command::new("xvfb-run");
                display.arg("--auto-servernum").arg(driver);
                display
            }
        };
        command.arg(format!("--port={port}"));
        command
    }

    fn capabilities(self) -> Capabilities {
        let browser = program(self.variables().1, "").to_string_lossy().into_owned();
        let (key, options) = match self {
            Self::Chromium => {
                let arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"];
                ("goog:chromeOptions", json!({"binary": browser, "args": arguments}))
            }
            Self::Firefox => ("moz:firefoxOptions", json!({"binary": browser, "args": ["-headless"]})),
            // With its default cookie policy, MiniBrowser stores no cookie from a fetch to `*.localhost`.
            Self::WebKit => ("webkitgtk:browserOptions", json!({"binary": browser, "args": ["--automation", "--cookies-policy=always"]})),
        };
        // The default strategy would wait until every file is loaded, and journeys hold some files back. WebKit's driver waits for
        // these files with `eager`, too.
        let strategy = if self == Self::WebKit { "none" } else { "eager" };
        let all = [
            (key.to_owned(), options),
            ("pageLoadStrategy".to_owned(), json!(strategy)),
            // Over https, the authority of the run is unknown to the browser.
            ("acceptInsecureCerts".to_owned(), json!(true)),
        ];
        serde_json::Map::from_iter(all).into()
    }
}

/// A way to submit the sign-in form.
#[derive(Clone, Copy, Debug)]
pub enum Submit {
    /// By a click on its button.
    Button,
    /// By the Enter key in the last field.
    Enter,
    /// As a password manager does: fills the fields without key events, and then clicks the button.
    Filled,
    /// By two clicks on the button, as fast as a browser can.
    Twice,
}

/// A browser of any engine, with an empty profile.
pub struct EngineBrowser {
    driver: WebDriver,
    process: Child,
    _port: ReservedPort,
}

impl EngineBrowser {
    /// Starts a browser, and appends the output of its driver to a file in `folder`.
    pub async fn start(engine: Engine, folder: &Path) -> anyhow::Result<Self> {
        // WebKit's driver cannot choose a port itself.
        let reserved = ReservedPort::new()?;
        let port = reserved.address.port();
        let log = File::options().create(true).append(true).open(folder.join("driver.log"))?;
        let process = engine
            .command(port)
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{engine:?}'s driver cannot be started"))?;
        let url = format!("http://127.0.0.1:{port}");
        let answer = poll(async || Ok(forward::client().get(format!("{url}/status")).send().await.ok())).await?;
        answer.with_context(|| format!("{engine:?}'s driver does not answer"))?;
        let driver = WebDriver::builder(url, engine.capabilities()).client(forward::client()).connect().await?;
        Ok(Self { driver, process, _port: reserved })
    }

    /// Ends the browser and its driver.
    pub async fn quit(self) {
        // The browser may have crashed; the journey is over, so this is not a failure.
        let _ = self.driver.quit().await;
        // xvfb-run passes no signal on, so the signal goes to its whole process group.
        if let Some(id) = self.process.id() {
            let _ = Command::new("kill").arg("--").arg(format!("-{id}")).status().await;
        }
    }

    /// Opens a URL and waits until the page's HTML is there.
    pub async fn open(&self, url: &str) -> anyhow::Result<()> {
        self.driver.goto(url).await.with_context(|| format!("{url} cannot be opened"))
    }

    /// Focuses the field whose `autocomplete` begins with this word, and types the text. As with a real keyboard, each key goes to the element that then has
    /// the focus.
    pub async fn type_into(&self, field: &str, text: &str) -> anyhow::Result<()> {
        let script = "document.querySelector(`form:has([type=password]) [autocomplete^='${arguments[0]}']`).focus()";
        self.driver.execute(script, vec![field.into()]).await?;
        Ok(self.driver.action_chain().send_keys(text).perform().await?)
    }

    /// Submits the sign-in form. `text` has the user name and the password, for [`Submit::Filled`].
    pub async fn submit(&self, how: Submit, text: [&str; 2]) -> anyhow::Result<()> {
        let script = match how {
            Submit::Button => "document.querySelector('form:has([type=password]) [type=submit]').click()",
            Submit::Enter => return Ok(self.driver.action_chain().send_keys(Key::Enter).perform().await?),
            Submit::Filled => {
                "const inputs = document.querySelectorAll('form:has([type=password]) input:not([type=hidden])');
                [inputs[0].value, inputs[1].value] = arguments;
                document.querySelector('form:has([type=password]) [type=submit]').click()"
            }
            Submit::Twice => "for (const click of [1, 2]) document.querySelector('form:has([type=password]) [type=submit]').click()",
        };
        self.driver.execute(script, text.map(Value::from).to_vec()).await?;
        Ok(())
    }

    /// Waits until a script returns `true`.
    pub async fn wait_for(&self, what: &str, script: &str) -> anyhow::Result<()> {
        let outcome = poll(async || {
            // The script fails while another page replaces this page.
            let result = self.driver.execute(script, Vec::new()).await;
            Ok(result.ok().filter(|value| value.json() == &Value::Bool(true)))
        });
        if outcome.await?.is_none() {
            let page = self.driver.execute("return location.href + '\\n' + document.body.innerText", Vec::new()).await?;
            bail!("no {what} within {:?}: {}", limits::step(), page.json());
        }
        Ok(())
    }

    /// The values of the sign-in form's two fields.
    pub async fn typed(&self) -> anyhow::Result<[String; 2]> {
        let script =
            "return [...document.querySelectorAll('form:has([type=password]) input:not([type=hidden])')].slice(0, 2).map(it => it.value)";
        Ok(self.driver.execute(script, Vec::new()).await?.convert()?)
    }
}
