//! Runs the wasm-bindgen-test suites in every engine that is installed: those of the session library against a running emulator, so that
//! cookies, CORS and locks are the real ones of each engine, and beside them those of the app, which pretend a network.

use super::TestOptions;
use super::report::{Report, TestCount, check, run_tests};
use crate::console::{self, Progress};
use crate::server::Server;
use crate::setup::{Browser, Engine, TestEnvironment};
use crate::{e2e, ports, process, project};
use anyhow::{Context, bail};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The emulator's default port. For another one Cargo compiles the suites anew, because they contain the emulator's address.
pub(super) const AUTH_PORT: u16 = 9911;

const RUNNER_VARIABLE: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER";

/// Builds the suites. Returns whether they can be run.
pub(super) fn build(options: &TestOptions, environment: &TestEnvironment, report: &mut Report) -> bool {
    let is_built = report.step("browser suites: build", |progress| {
        for suites in [Suites::Library, Suites::App] {
            check(cargo(suites, options, environment).arg("--no-run"), progress)?;
        }
        check(hydration(options, environment).arg("--no-run"), progress)?;
        environment.browsers.installed().iter().try_for_each(write_capabilities).map(|()| None)
    });
    if !is_built {
        report.not_run("browser suites", "they were not built");
    }
    is_built
}

/// Runs what [`build()`] has built.
pub(super) fn run(options: &TestOptions, environment: &TestEnvironment, report: &mut Report) {
    // Each of the two uses one browser at a time, which leaves half of two cores idle.
    report.side_by_side(|report| run_library(options, environment, report), |report| run_app(options, environment, report));
    for engine in environment.browsers.missing() {
        report.not_run(&format!("browser suites in {engine}"), engine.how_to_get());
    }
}

fn run_library(options: &TestOptions, environment: &TestEnvironment, report: &mut Report) {
    let (_emulator, page_port) = match start_emulator(options) {
        Ok(started) => started,
        Err(error) => {
            report.step("browser suites of the session library: emulator", |_| Err(error));
            return;
        }
    };
    for browser in environment.browsers.installed() {
        report.step(&format!("session library in {}", browser.engine), |progress| {
            // The emulator allows this origin. By default the runner takes another port each time, and FusionAuth's list of origins is exact.
            let mut suites = cargo(Suites::Library, options, environment);
            suites.env("WASM_BINDGEN_TEST_ADDRESS", format!("127.0.0.1:{page_port}"));
            run_suites(suites, browser, progress)
        });
        report.step(&format!("session library hydrates in {}", browser.engine), |progress| {
            run_suites(hydration(options, environment), browser, progress)
        });
    }
}

fn run_app(options: &TestOptions, environment: &TestEnvironment, report: &mut Report) {
    // From the other end, so that no engine is started twice at a time.
    for browser in environment.browsers.installed().iter().rev() {
        report.step(&format!("app in {}", browser.engine), |progress| {
            run_suites(cargo(Suites::App, options, environment), browser, progress)
        });
    }
}

#[derive(Clone, Copy)]
enum Suites {
    Library,
    App,
}

/// Starts the emulator, which runs until it is dropped. The returned port is that of the pages in which the tests will run.
fn start_emulator(options: &TestOptions) -> anyhow::Result<(Server, u16)> {
    let auth_port = options.auth_port;
    ports::require_free(auth_port, "the emulator of the browser suites", "--auth-port")?;
    console::step("fusionauth-emulator: cargo build", |progress| process::run(&mut e2e::build(&["fusionauth-emulator"]), progress))?;
    let page_port = ports::free()?;
    let mut command = project::command(project::program("fusionauth-emulator"));
    command.arg("--listen").arg(format!("127.0.0.1:{auth_port}"));
    command.arg("--kickstart").arg(project::root().join("fusionauth/kickstart.json"));
    command.env("STOREFRONT_PORT", "8080").env("TRUNK_PORT", "8081").env("AUTH_PORT", auth_port.to_string());
    let mut server = Server::start("fusionauth-emulator", &mut command, &project::target().join("emulator-of-browser-suites.log"))?;
    server.wait_for("listening on")?;
    let origin = format!("http://127.0.0.1:{page_port}");
    // `PATCH` is allowed, because the suites change these settings themselves, from the browser.
    let cors =
        format!(r#"{{"systemConfiguration": {{"corsConfiguration": {{"allowedOrigins": ["{origin}"], "allowedMethods": ["PATCH"]}}}}}}"#);
    configure_emulator(auth_port, "PATCH /api/system-configuration", &cors)?;
    // Pages may not inject faults, so this one stands there for whichever suite calls the path.
    let busy = r#"{"path": "/busy/*", "method": "POST", "status": 429, "retryAfterSeconds": 2}"#;
    configure_emulator(auth_port, "POST /emulator/faults", busy)?;
    Ok((server, page_port))
}

fn run_suites(mut cargo: Command, browser: &Browser, progress: &Progress) -> anyhow::Result<TestCount> {
    let driver = match browser.engine {
        Engine::Chromium => "CHROMEDRIVER",
        Engine::Firefox => "GECKODRIVER",
        Engine::WebKit => "SAFARIDRIVER",
    };
    for other in ["CHROMEDRIVER", "GECKODRIVER", "SAFARIDRIVER", "MSEDGEDRIVER"] {
        cargo.env_remove(other).env_remove(format!("{other}_REMOTE"));
    }
    cargo.env(driver, &browser.driver).env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities_file(browser.engine));
    if browser.engine == Engine::WebKit {
        // MiniBrowser has no headless mode.
        cargo.env(RUNNER_VARIABLE, "xvfb-run --auto-servernum wasm-bindgen-test-runner");
    }
    cargo.env("WASM_BINDGEN_TEST_ONLY_WEB", "1").env("WASM_BINDGEN_TEST_TIMEOUT", "300").env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
    run_tests(&mut cargo, progress)
}

/// The suite of the session library that hydrates a page. The page's HTML comes from a native build, which erases no component, so this
/// build must not erase any either: `RUSTFLAGS` takes the place of the flags in .cargo/config.toml, and says nothing new itself.
fn hydration(options: &TestOptions, environment: &TestEnvironment) -> Command {
    let mut cargo = project::cargo();
    environment.toolchain.apply(&mut cargo);
    cargo.args(["test", "--target", "wasm32-unknown-unknown", "-p", "leptos-fusionauth", "--features", "hydrate", "--test", "hydrate"]);
    cargo.env("RUSTFLAGS", "-Copt-level=0").env(RUNNER_VARIABLE, "wasm-bindgen-test-runner");
    cargo.args(&options.filter);
    cargo
}

fn cargo(suites: Suites, options: &TestOptions, environment: &TestEnvironment) -> Command {
    let mut cargo = project::cargo();
    environment.toolchain.apply(&mut cargo);
    cargo.args(["test", "--target", "wasm32-unknown-unknown", "--lib", "--tests", "--no-fail-fast"]);
    cargo.args(match suites {
        Suites::Library => ["-p", "leptos-fusionauth"],
        Suites::App => ["-p", "storefront"],
    });
    // Both have the same features, so that their dependencies are compiled once.
    cargo.args(["--features", "leptos-fusionauth/fake,leptos-fusionauth/events,leptos-fusionauth/trace"]);
    // The suites read this with `option_env!`.
    cargo.env("TEST_FUSIONAUTH_URL", format!("http://127.0.0.1:{}", options.auth_port));
    cargo.env(RUNNER_VARIABLE, "wasm-bindgen-test-runner");
    cargo.args(&options.filter);
    cargo
}

const CHROMIUM_ARGUMENTS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox", // Chromium's sandbox does not start for root, as in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

fn chromium(browser: &Browser) -> String {
    let arguments = CHROMIUM_ARGUMENTS.map(json_string).join(", ");
    format!(r#"{{"goog:chromeOptions": {{"binary": {}, "args": [{arguments}]}}}}"#, binary(browser))
}

fn firefox(browser: &Browser) -> String {
    format!(r#"{{"moz:firefoxOptions": {{"binary": {}, "args": ["-headless"]}}}}"#, binary(browser))
}

/// With its default cookie policy, MiniBrowser stores no cookie from a fetch to `*.localhost`.
fn webkit(browser: &Browser) -> String {
    format!(r#"{{"webkitgtk:browserOptions": {{"binary": {}, "args": ["--automation", "--cookies-policy=always"]}}}}"#, binary(browser))
}

fn binary(browser: &Browser) -> String {
    json_string(&browser.binary.to_string_lossy())
}

fn json_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn write_capabilities(browser: &Browser) -> anyhow::Result<()> {
    let capabilities = match browser.engine {
        Engine::Chromium => chromium(browser),
        Engine::Firefox => firefox(browser),
        Engine::WebKit => webkit(browser),
    };
    let file = capabilities_file(browser.engine);
    let folder = file.parent().context("the file is in no folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    std::fs::write(&file, capabilities).with_context(|| format!("cannot write {}", file.display()))
}

fn capabilities_file(engine: Engine) -> PathBuf {
    project::target().join("webdriver").join(format!("{}.json", engine.to_string().to_lowercase()))
}

/// Sends the emulator a JSON body and expects 200. The request is written by hand, because an HTTP client would be the largest
/// dependency of xtask.
fn configure_emulator(auth_port: u16, method_and_path: &str, body: &str) -> anyhow::Result<()> {
    let request = format!(
        "{method_and_path} HTTP/1.1\r\nHost: 127.0.0.1:{auth_port}\r\nAuthorization: development-only-api-key\r\n\
        Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, auth_port)).context("cannot reach the emulator")?;
    connection.set_read_timeout(Some(Duration::from_secs(20)))?;
    connection.write_all(request.as_bytes())?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).context("the emulator did not answer")?;
    let status = answer.lines().next().unwrap_or_default();
    if !status.contains(" 200") {
        bail!("the emulator refused {method_and_path}: {status}");
    }
    Ok(())
}
