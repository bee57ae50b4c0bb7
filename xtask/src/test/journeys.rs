//! Makes the release build, checks its size, and runs the journeys through it in a real Chromium, those of hurried visitors in the other
//! engines as well: once with one server on SQLite, some of them over https or in German too, and once more with two servers that share a
//! PostgreSQL database.

use super::TestOptions;
use super::report::{Report, TestCount, check, run_tests};
use crate::console::Progress;
use crate::postgresql::Database;
use crate::setup::{Browser, Engine, TestEnvironment};
use crate::{build, e2e, project, setup, size};

/// Makes the release build and the programs that journeys need. `None` if they cannot run.
pub(super) fn build<'a>(options: &TestOptions, environment: &'a TestEnvironment, report: &mut Report) -> Option<&'a Browser> {
    let mut library = None;
    report.step("release build", |_| {
        library = Some(build::release(environment.toolchain, build::When::Changed)?);
        Ok(None)
    });
    if let (Some(library), None) = (library, &options.filter) {
        report.step("size", |_| {
            let report = size::SizeReport::of(&project::dist(), library)?;
            println!("\n{}", report.table);
            report.within_budget.map(|()| None)
        });
    }
    let Some(chromium) = environment.browsers.installed().iter().find(|browser| browser.engine == Engine::Chromium) else {
        report.not_run(NAME, Engine::Chromium.how_to_get());
        return None;
    };
    if library.is_none() {
        report.not_run(NAME, "the release build failed");
        return None;
    }
    let has_servers = report.step("journeys: build", |progress| {
        build::example(environment.toolchain, progress)?;
        check(&mut e2e::build(&["fusionauth-emulator", "development-world"]), progress)?;
        check(e2e::natively("test").arg("--no-run"), progress)
    });
    if !has_servers {
        report.not_run(NAME, "they, the example or the servers do not compile");
        return None;
    }
    report.step("axe-core", |_| setup::for_journeys().map(|()| None));
    Some(chromium)
}

const NAME: &str = "journeys in Chromium";

/// Runs what [`build()`] has built.
pub(super) fn run(options: &TestOptions, environment: &TestEnvironment, chromium: &Browser, report: &mut Report) {
    report.step("browser driver", |progress| run_tests(&mut e2e::test_driver(chromium, options.filter.as_deref()), progress));
    report.step("journeys", |progress| {
        let mut cargo = e2e::test_command("journeys", chromium, &[]);
        match &options.filter {
            Some(filter) => cargo.arg(filter),
            None => {
                e2e::in_headless_shell(&mut cargo, chromium).arg("--").args(WHOLE_BROWSER_MODULES.iter().flat_map(|name| ["--skip", name]))
            }
        };
        run_tests(&mut cargo, progress)
    });
    if options.filter.is_none() {
        report.step("journeys in the whole browser", |progress| {
            run_tests(e2e::test_command("journeys", chromium, &[]).arg("--").args(WHOLE_BROWSER_MODULES), progress)
        });
    }
    for (name, target) in [("diagrams", "diagrams"), ("journeys in every engine", "engines")] {
        report.step(name, |progress| {
            run_tests(e2e::test_command(target, chromium, environment.browsers.installed()).args(&options.filter), progress)
        });
    }
    let over_https: Vec<&str> = match &options.filter {
        None => HTTPS_MODULES.to_vec(),
        Some(filter) => {
            HTTPS_MODULES.iter().any(|it| filter.starts_with(it.trim_end_matches(':'))).then_some(filter.as_str()).into_iter().collect()
        }
    };
    if !over_https.is_empty() {
        report.step("journeys over https", |progress| {
            let mut cargo = e2e::test_command("journeys", chromium, &[]);
            // Of several filters cargo runs the tests that fit any.
            cargo.arg("--").args(over_https).args(["--skip", "shared_session::"]);
            run_tests(e2e::in_headless_shell(&mut cargo, chromium).env("E2E_SCHEME", "https"), progress)
        });
    }
    if options.filter.as_deref().is_none_or(|it| it.starts_with(PICTURES.trim_end_matches(':'))) {
        report.step("pages in German", |progress| {
            let mut cargo = e2e::test_command("journeys", chromium, &[]);
            // The pages for developers are in English alone.
            cargo.arg("--").arg(options.filter.as_deref().unwrap_or(PICTURES)).args(["--skip", "gallery::developers"]);
            run_tests(e2e::in_headless_shell(&mut cargo, chromium).env("E2E_LANGUAGE", "de"), progress)
        });
    }
    let name = "journeys on two servers with PostgreSQL";
    match &environment.postgresql {
        Some(programs) => {
            report.step(name, |progress| on_a_cluster(&Database::start(programs, progress)?, chromium, options, progress));
        }
        None => report.not_run(name, "PostgreSQL's programs were not found"),
    }
}

/// Modules of journeys that run with one server only. They are about the browser, the app, FusionAuth's own data, or failing servers, so that a
/// second server would add no case.
const ONE_SERVER_MODULES: [&str; 26] = [
    "accounts::",
    "attacks::",
    "boot::",
    "clobbering::",
    "early::",
    "faults::",
    "first_content::",
    "gallery::",
    "languages::",
    "minimal::",
    "navigation::",
    "own_account::",
    "parts::",
    "passkeys::",
    "renewal::",
    "repeated_visits::",
    "requests::",
    "screen_reader::",
    "secrets::",
    "session_states::",
    "shared_session::",
    "spa_account::",
    "spa_shared_domain::",
    "steps::",
    "tabs::",
    "variants::",
];

/// Modules of journeys that run over https as well: the flagship's and a cookie workflow's, from the first visit to the sign-out. The server speaks
/// TLS and HTTP/2 itself.
const HTTPS_MODULES: [&str; 7] = ["attacks::", "renewal::", "secrets::", "session::", "sign_out::", "webapp_csrf::", "webapp_session::"];

/// The journeys that open every page and state. They run with a German browser as well.
const PICTURES: &str = "gallery::";

fn on_a_cluster(database: &Database, chromium: &Browser, options: &TestOptions, progress: &Progress) -> anyhow::Result<TestCount> {
    let mut cargo = e2e::test_command("journeys", chromium, &[]);
    cargo.args(&options.filter).arg("--");
    for name in ONE_SERVER_MODULES {
        cargo.args(["--skip", name]);
    }
    e2e::in_headless_shell(&mut cargo, chromium);
    run_tests(cargo.env("E2E_TOPOLOGY", "cluster").env("TEST_DATABASE_URL", database.url()), progress)
}

/// Modules of journeys that do not run in Chromium's headless shell. It has no back/forward cache, and the English gallery is to see what
/// people see.
const WHOLE_BROWSER_MODULES: [&str; 2] = [PICTURES, "tabs::"];
