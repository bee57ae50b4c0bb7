//! `cargo xtask test`: runs the tests, lints and checks that every change must pass (the core), then as much of the rest as the time allows.
//! If a step fails, the others still run. docs/testing.md describes the tiers.

mod before_release;
mod browser;
mod changes;
mod emulator_packages;
mod groups;
mod journeys;
mod options;
mod packages;
mod report;
mod session_package;
mod template;
mod unit;

use crate::{arguments, console, project, setup, wasm_tools};
use anyhow::{Context as _, ensure};
use options::{Context, Extent, Options, Suite};
use pico_args::Arguments;
use report::Report;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

pub const HELP: &str = "\
usage: cargo xtask test [--all | --core | --group NAME | --only unit|browser|journeys [FILTER]] [--auth-port N]
       cargo xtask test --against URL

Without a flag: the core, then as many groups of the rest as the time allows. The number of commits decides which group comes first.

  --all           the core and the rest, without a limit of time; also known vulnerabilities of the dependencies (downloads
                  RustSec's list), and breaking changes of the libraries since the last release
  --core          the core alone
  --group NAME    one group of the rest; a wrong name prints all names
  --only SUITE    one suite, whole:
    unit          rustfmt, clippy, native tests, the server's suite on PostgreSQL too, documentation, the libraries'
                  packages and an application that is built from them
    browser       wasm-bindgen-test suites in Chromium, Firefox and WebKit, against a running emulator
    journeys      release build, its size, and journeys in a real Chromium against the real processes; those of two workflows
                  over https, too, and those of all on two servers that share a PostgreSQL database
  FILTER          only tests with this in their name; lints and documentation are left out
  --auth-port N   the emulator of the browser suites (9911)
  --against URL   only the contract tests, against the FusionAuth instance or the emulator at URL (shop/fusionauth/compose.yaml)

target/test-report.json has the time of each step. Chromium and its driver are needed, except with `--only unit`: if they are missing, apt
installs them as root or by sudo without a password. Firefox, WebKitGTK and PostgreSQL are used if they are there; where CI=true they are
installed and required.";

/// The time limit of the core and the rest together. If the core takes longer, nothing else runs.
const TIME_OF_CORE_AND_REST: Duration = Duration::from_secs(36 * 60);
/// The time limit of the rest.
const TIME_OF_REST: Duration = Duration::from_secs(6 * 60);

pub fn command(mut arguments: Arguments) -> anyhow::Result<()> {
    if let Some(url) = arguments.opt_value_from_str::<_, String>("--against")? {
        arguments::finish(arguments, HELP)?;
        return run_contract_tests(&url);
    }
    let auth_port = arguments.opt_value_from_str("--auth-port")?.unwrap_or(browser::AUTH_PORT);
    let extent = if let Some(suite) = arguments.opt_value_from_fn("--only", Suite::from_name)? {
        Extent::Suite(suite)
    } else if let Some(group) = arguments.opt_value_from_fn("--group", groups::name_of)? {
        Extent::Group(group)
    } else if arguments.contains("--core") {
        Extent::Core
    } else if arguments.contains("--all") {
        Extent::All
    } else {
        Extent::CoreAndRest
    };
    let filter = arguments::words(arguments, usize::from(matches!(extent, Extent::Suite(_))), HELP)?.pop();
    let options = Options { extent, filter, auth_port };
    run(&options)
}

/// Whether `cargo xtask test --all` has passed on the files of the latest commit.
pub fn all_passed() -> bool {
    groups::is_stamped()
}

/// Runs the emulator's contract tests against an instance that is already running. They need none of the tools that `setup` installs.
fn run_contract_tests(url: &str) -> anyhow::Result<()> {
    let mut contract = project::cargo();
    contract.args(["test", "-p", "fusionauth-emulator", "--test", "suite", "contract::"]).env("FUSIONAUTH_AGAINST", url);
    let passed = console::step("contract tests", |progress| report::run_tests(&mut contract, progress))
        .with_context(|| format!("{url} does not answer as the contract tests expect"))?;
    ensure!(passed != Some(0), "no test has a name with `contract::`");
    Ok(())
}

fn run(options: &Options) -> anyhow::Result<()> {
    let started = Instant::now();
    let tools = match options.extent {
        Extent::Suite(Suite::Unit) => setup::RequiredTools::Native,
        Extent::Suite(Suite::Browser) => setup::RequiredTools::InAnyBrowser,
        _ => setup::RequiredTools::InChromium,
    };
    project::lint_while_compiling();
    let environment = setup::for_test(tools)?;
    let context = Context { options, environment: &environment, has_wasm_tools: OnceLock::new(), with_firefox: OnceLock::new() };
    let mut report = Report::new(started);
    let (mut has_browser_suites, mut has_journeys) = (false, false);
    // Native builds and builds for browsers use different folders, so that neither waits for the other's lock. Tests leave processor time
    // for the builds.
    report.side_by_side(
        |report| {
            // The release waits for these programs, so they come first.
            let has_wasm_tools = report.step(Suite::Unit, "tools of the app's build and tests", |_| wasm_tools::build_all().map(|()| None));
            let _ = context.has_wasm_tools.set(has_wasm_tools);
            unit::run(&context, report);
        },
        |report| {
            if options.builds(Suite::Journeys) {
                has_journeys = journeys::build(&context, report);
            }
            if options.has(Suite::Unit) || options.builds(Suite::Browser) {
                has_browser_suites = browser::build(&context, report);
            }
            // The other thread compiles these programs and has usually finished. If not, Cargo waits for its lock.
            if options.has(Suite::Unit) {
                unit::server_suite_near_sql_on_postgresql(&context, report);
            }
        },
    );
    // The browser suites and most journeys run one after the other, because each keeps the processors of a small machine busy.
    has_journeys &= options.has(Suite::Journeys);
    let run_small_groups_of_journeys = |report: &mut Report| {
        if has_journeys {
            journeys::run_small_groups_of_core(&context, report);
        }
    };
    if has_browser_suites && options.has(Suite::Browser) {
        browser::run_core(&context, &mut report, run_small_groups_of_journeys);
    } else {
        run_small_groups_of_journeys(&mut report);
    }
    if has_journeys {
        journeys::run_core(&context, &mut report);
    }
    if options.extent == Extent::CoreAndRest {
        report.set_deadline(Some((Instant::now() + TIME_OF_REST).min(started + TIME_OF_CORE_AND_REST)));
    }
    groups::run(&context, &mut report);
    if options.extent == Extent::All {
        before_release::run(&mut report);
    }
    let is_complete = options.extent == Extent::All && report.is_complete();
    report.write_json()?;
    report.finish(context.filter())?;
    if is_complete { groups::stamp() } else { Ok(()) }
}
