//! Runs a test as a journey: starts its processes and its browser, and reports everything that helps to explain a failure.

use crate::{Browser, Deployment, Setup, limits, server_commands::workspace, setup::Script};
use anyhow::ensure;
use futures_util::FutureExt;
use std::{any::Any, panic::AssertUnwindSafe, time::Duration};
use storefront_api::Workflow;
use tokio::time::timeout;

/// The processes and the browser of one test.
pub struct Journey {
    /// The emulator and the servers.
    pub deployment: Deployment,
    /// The browser.
    pub browser: Browser,
}

/// Runs a journey of the workflow `spa-local-storage`; see [`journey_in`].
///
/// # Panics
/// When the journey fails, as tests do.
pub async fn journey(body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    journey_in(Setup::of(Workflow::SpaLocalStorage), body).await;
}

/// Runs a journey, named after its test. The journey also fails if a page writes an error or a warning to the console, or violates the
/// content security policy. A failure shows the record, the console and the processes' log, and saves a screenshot.
///
/// # Panics
/// When the journey fails, as tests do.
pub async fn journey_in(setup: Setup, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    let name = std::thread::current().name().unwrap_or("journey").replace("::", "-");
    let mut journey = match Journey::start(setup).await {
        Ok(journey) => journey,
        Err(error) => panic!("{name} could not start: {error:#}"),
    };
    let outcome = AssertUnwindSafe(timeout(limits::journey(), body(&mut journey))).catch_unwind().await;
    let result = match outcome {
        Ok(Ok(Ok(()))) => journey.browser.complaints().await.and_then(|complaints| {
            ensure!(complaints.is_empty(), "complaints on the console: {complaints:#?}");
            Ok(())
        }),
        Ok(Ok(Err(error))) => Err(error),
        Ok(Err(_)) => Err(anyhow::anyhow!("not over after {:?}", limits::journey())),
        Err(panic) => Err(anyhow::anyhow!(panic_text(panic.as_ref()))),
    };
    let failure = match result {
        Ok(()) => None,
        Err(error) => Some(journey.report(&name, &error).await),
    };
    journey.browser.quit().await;
    if let Some(failure) = failure {
        panic!("{failure}");
    }
}

impl Journey {
    async fn start(setup: Setup) -> anyhow::Result<Self> {
        let deployment = Deployment::start(setup).await?;
        let browser = Browser::start(deployment.folder(), setup.script, Duration::ZERO).await?;
        Ok(Self { deployment, browser })
    }

    /// Runs `body` with a second browser, which has its own profile as on another device.
    pub async fn on_another_device(&self, body: impl AsyncFnOnce(&Browser) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let browser = Browser::start(self.deployment.folder(), Script::On, self.browser.ahead.get()).await?;
        let result = body(&browser).await;
        browser.quit().await;
        result
    }

    async fn report(&self, name: &str, error: &anyhow::Error) -> String {
        let file = workspace().join("target/screenshots").join(format!("{name}.png"));
        let picture = match self.browser.screenshot(&file).await {
            Ok(()) => file.canonicalize().unwrap_or(file).display().to_string(),
            Err(error) => format!("none: {error}"),
        };
        let record = match self.deployment.record.exchanges() {
            Ok(exchanges) => exchanges.iter().map(|exchange| format!("  {exchange}\n")).collect(),
            Err(error) => format!("  {error:#}\n"),
        };
        let console = self.browser.console().await.unwrap_or_default().join("\n  ");
        let locks = self.browser.locks().await.map_or_else(|error| format!("{error:#}"), |locks| locks.to_string());
        let log = std::fs::read_to_string(self.deployment.log()).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(30).collect();
        let tail: String = tail.iter().rev().map(|line| format!("  {line}\n")).collect();
        format!("{name}: {error:#}\nscreenshot: {picture}\nrecord:\n{record}console:\n  {console}\nlocks: {locks}\nlog:\n{tail}")
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_else(|| "a panic".to_owned())
}
