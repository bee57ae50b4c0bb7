//! Runs the wasm-bindgen-test suites. Those of the session library run against a running emulator, with the real cookies, CORS and locks of
//! each engine. Those of the forms use a fake session, and those of the app a simulated network.

use super::options::{Context, Suite};
use super::report::{Report, TestCount, check, run_tests};
use crate::console::{self, Progress};
use crate::project::BROWSER_PACKAGES;
use crate::server::Server;
use crate::setup::{self, Browser, Engine};
use crate::{files, ports, process, project};
use anyhow::{Context as _, bail};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The emulator's default port. For another port Cargo recompiles the suites, because they contain the emulator's URL.
pub(super) const AUTH_PORT: u16 = 9911;

const RUNNER_VARIABLE: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER";
const RUNNER: &str = "wasm-bindgen-test-runner";

/// Compiles everything for browsers: the app, the library, the examples and the suites. Returns whether the suites can be run.
pub(super) fn build(context: &Context, report: &mut Report) -> bool {
    let is_built = report.step(Suite::Browser, "WebAssembly: compile and lint all programs and suites", |progress| {
        check(cargo(context).args(["--no-run", "--lib", "--bins", "--tests", "--examples"]), progress)
    });
    if !is_built {
        report.not_run(Suite::Browser, "browser suites", "they were not built");
    }
    is_built
}

/// Runs the suites of the session library in every engine but Firefox, whose driver takes minutes to compile, and those of forms and app in
/// Chromium. With a filter, runs both in every engine. `other_steps` run after the app's suites, because those of the library take longer.
pub(super) fn run_core(context: &Context, report: &mut Report, other_steps: impl FnOnce(&mut Report) + Send) {
    if context.filter().is_some() {
        ensure_firefox(context, report);
    }
    let is_in_every_engine = context.filter().is_some();
    let browsers = context.browsers().installed();
    // The suites of the library and those of the app run at the same time, because each use one browser at a time and leave one of two
    // cores idle. With a filter, both run in every engine, in opposite orders.
    report.side_by_side(
        |report| run_library(context, report, |engine| is_in_every_engine || engine != Engine::Firefox),
        |report| {
            let is_in_core = |browser: &&Browser| is_in_every_engine || browser.engine == Engine::Chromium;
            browsers.iter().rev().filter(is_in_core).for_each(|browser| run_app(context, browser, report));
            other_steps(report);
        },
    );
    for engine in context.browsers().missing().into_iter().filter(|&engine| engine != Engine::Firefox) {
        report.not_run(Suite::Browser, &format!("browser suites in {engine}"), engine.how_to_get());
    }
}

/// Compiles Firefox's driver, once. If this is impossible, the browsers are the core's.
pub(super) fn ensure_firefox(context: &Context, report: &mut Report) {
    if context.with_firefox.get().is_some() || context.browser(Engine::Firefox).is_some() {
        return;
    }
    let is_there = report.step(Suite::Browser, "Firefox's driver", |_| {
        let _ = context.with_firefox.set(setup::for_firefox()?);
        Ok(None)
    });
    if is_there && context.browser(Engine::Firefox).is_none() {
        report.not_run(Suite::Browser, "tests in Firefox", Engine::Firefox.how_to_get());
    }
}

pub(super) fn run_library_in_firefox(context: &Context, report: &mut Report) {
    ensure_firefox(context, report);
    run_library(context, report, |engine| engine == Engine::Firefox);
}

pub(super) fn run_app_in_firefox(context: &Context, report: &mut Report) {
    ensure_firefox(context, report);
    context.browser(Engine::Firefox).into_iter().for_each(|browser| run_app(context, browser, report));
}

pub(super) fn run_app_in_webkit(context: &Context, report: &mut Report) {
    context.browser(Engine::WebKit).into_iter().for_each(|browser| run_app(context, browser, report));
}

fn run_library(context: &Context, report: &mut Report, is_chosen: impl Fn(Engine) -> bool) {
    let (_emulator, page_port) = match start_emulator(context.options.auth_port) {
        Ok(started) => started,
        Err(error) => {
            report.step(Suite::Browser, "session library: emulator", |_| Err(error));
            return;
        }
    };
    for browser in context.browsers().installed().iter().filter(|browser| is_chosen(browser.engine)) {
        report.step(Suite::Browser, &format!("session library in {}", browser.engine), |progress| {
            let mut suites = cargo(context);
            suites.arg("--lib").args(test_programs("session/leptos-fusionauth/tests")?);
            suites.args(test_programs("session/fusionauth-session-web/tests")?).args(&context.options.filter);
            // The emulator allows only this origin, and by default the runner takes another port each time.
            suites.env("WASM_BINDGEN_TEST_ADDRESS", format!("127.0.0.1:{page_port}"));
            run_suites(suites, browser, progress)
        });
    }
}

fn run_app(context: &Context, browser: &Browser, report: &mut Report) {
    report.step(Suite::Browser, &format!("app in {}", browser.engine), |progress| {
        let mut suites = cargo(context);
        suites.args(test_programs("tests")?).args(["--test", "forms"]).args(&context.options.filter);
        run_suites(suites, browser, progress)
    });
}

/// Runs in every engine the suite in which the session library hydrates a page that a server has rendered.
pub(super) fn run_hydration(context: &Context, report: &mut Report) {
    ensure_firefox(context, report);
    for browser in context.browsers().installed() {
        report.step(Suite::Browser, &format!("session library hydrates in {}", browser.engine), |progress| {
            run_suites(hydration(context), browser, progress)
        });
    }
}

/// Starts the emulator, which runs until the returned `Server` is dropped. The returned port is that of the pages in which the tests will
/// run.
fn start_emulator(auth_port: u16) -> anyhow::Result<(Server, u16)> {
    ports::require_free(auth_port, "the emulator of the browser suites", "--auth-port")?;
    console::step("fusionauth-emulator: cargo build", |progress| {
        process::run(&mut project::build_programs(&["fusionauth-emulator"]), progress)
    })?;
    let page_port = ports::free()?;
    let mut command = project::command(project::program("fusionauth-emulator"));
    command.arg("--listen").arg(format!("127.0.0.1:{auth_port}"));
    command.arg("--kickstart").arg(project::root().join("shop/fusionauth/kickstart.json"));
    command.env("STOREFRONT_PORT", "8080").env("TRUNK_PORT", "8081");
    let mut server = Server::start("fusionauth-emulator", &mut command, &project::target().join("emulator-of-browser-suites.log"))?;
    server.wait_for("listening on")?;
    let origin = format!("http://127.0.0.1:{page_port}");
    // `PATCH` is allowed, because the suites change these settings themselves, from the browser.
    let cors =
        format!(r#"{{"systemConfiguration": {{"corsConfiguration": {{"allowedOrigins": ["{origin}"], "allowedMethods": ["PATCH"]}}}}}}"#);
    configure_emulator(auth_port, "PATCH /api/system-configuration", &cors)?;
    // The emulator lets no page inject faults, so this function injects the one that the suites need.
    let busy = r#"{"path": "/busy/*", "method": "POST", "status": 429, "retryAfterSeconds": 2}"#;
    configure_emulator(auth_port, "POST /emulator/faults", busy)?;
    Ok((server, page_port))
}

fn run_suites(mut cargo: Command, browser: &Browser, progress: &Progress) -> anyhow::Result<TestCount> {
    write_capabilities(browser)?;
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
        cargo.env(RUNNER_VARIABLE, format!("xvfb-run --auto-servernum {RUNNER}"));
    }
    cargo.env("WASM_BINDGEN_TEST_ONLY_WEB", "1").env("WASM_BINDGEN_TEST_TIMEOUT", "600").env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
    run_tests(&mut cargo, progress)
}

/// The suite of the session library that hydrates a page. The page's HTML comes from a native build, which erases no component's type, so
/// this build must not erase any either. Setting `RUSTFLAGS` discards the flags in .cargo/config.toml. The value itself has no effect,
/// because it is the default.
fn hydration(context: &Context) -> Command {
    let mut cargo = project::cargo();
    context.environment.toolchain.apply(&mut cargo);
    cargo.args(["test", "--target", "wasm32-unknown-unknown", "-p", "leptos-fusionauth", "--features", "hydrate,fake,events,roles,trace"]);
    cargo.args(["--test", HYDRATION]);
    cargo.env("RUSTFLAGS", "-Copt-level=0").env(RUNNER_VARIABLE, RUNNER);
    cargo.args(&context.options.filter);
    cargo
}

const HYDRATION: &str = "hydrate";

fn cargo(context: &Context) -> Command {
    let mut cargo = cargo_for_browsers("test", context);
    cargo.arg("--no-fail-fast");
    // The suites read this with `option_env!`.
    cargo.env("TEST_FUSIONAUTH_URL", format!("http://127.0.0.1:{}", context.options.auth_port));
    cargo.env(RUNNER_VARIABLE, RUNNER);
    cargo
}

/// A command of cargo for everything that runs in browsers. It always names the same packages, because Cargo chooses the features of
/// dependencies by them, and would compile Leptos again for fewer packages.
pub(super) fn cargo_for_browsers(subcommand: &str, context: &Context) -> Command {
    let mut cargo = project::cargo();
    context.environment.toolchain.apply(&mut cargo);
    cargo.args([subcommand, "--target", "wasm32-unknown-unknown"]);
    for package in BROWSER_PACKAGES {
        cargo.args(["-p", package]);
    }
    cargo.args(["--features", "leptos-fusionauth/fake,leptos-fusionauth/events,leptos-fusionauth/roles,leptos-fusionauth/trace"]);
    cargo
}

/// The arguments that name the test programs of a folder, except [`HYDRATION`], which needs a separate build.
fn test_programs(folder: &str) -> anyhow::Result<Vec<String>> {
    let folder = project::root().join(folder);
    let mut arguments = Vec::new();
    for entry in fs_err::read_dir(&folder)? {
        let path = entry?.path();
        let is_program = path.extension().is_some_and(|end| end == "rs") || path.join("main.rs").is_file();
        if let Some(name) = path.file_stem().map(|name| name.to_string_lossy()).filter(|name| is_program && name != HYDRATION) {
            arguments.extend(["--test".to_owned(), name.into_owned()]);
        }
    }
    Ok(arguments)
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

fn write_capabilities(browser: &Browser) -> anyhow::Result<()> {
    let (options, binary, arguments) = match browser.engine {
        Engine::Chromium => ("goog:chromeOptions", browser.headless_shell(), &CHROMIUM_ARGUMENTS[..]),
        Engine::Firefox => ("moz:firefoxOptions", browser.binary.clone(), &["-headless"][..]),
        // With its default cookie policy, MiniBrowser stores no cookie from a fetch to `*.localhost`.
        Engine::WebKit => ("webkitgtk:browserOptions", browser.binary.clone(), &["--automation", "--cookies-policy=always"][..]),
    };
    let capabilities = format!(r#"{{{options:?}: {{"binary": {binary:?}, "args": {arguments:?}}}}}"#);
    Ok(files::write(capabilities_file(browser.engine), capabilities)?)
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
