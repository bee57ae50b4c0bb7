//! `cargo xtask test`: runs every test, lint and check, or the suite that `--only` names. If a step fails, the others run all the same. A
//! summary at the end lists every step with its result.

mod browser;
mod journeys;
mod packages;
mod report;
mod unit;

use crate::{project, setup};
use anyhow::bail;
use report::Report;

const HELP: &str = "\
usage: cargo xtask test [--only unit|browser|journeys] [--auth-port N] [FILTER]
       cargo xtask test --against URL

  unit       rustfmt, clippy, native tests, the server's suite on PostgreSQL too, documentation, the libraries'
             packages and an application that is built from them
  browser    wasm-bindgen-test suites in Chromium, Firefox and WebKit, against a running emulator
  journeys   release build, its size, and journeys in a real Chromium against the real processes; those of two workflows
             over https, too, and those of all on two servers that share a PostgreSQL database

  FILTER          only tests whose name contains it; lints and documentation are left out
  --auth-port N   the emulator of the browser suites (9911)
  --against URL   only the contract tests, against the FusionAuth instance or the emulator at URL (fusionauth/compose.yaml)

Chromium and its driver are needed, except with `--only unit`: if they are missing, apt installs them as root or by sudo without a
password. Firefox, WebKitGTK and PostgreSQL are used if they are there; where CI=true they are installed and required.";

pub fn command(mut arguments: lexopt::Parser) -> anyhow::Result<()> {
    use lexopt::ValueExt;
    let mut options = TestOptions { suites: Suite::ALL.to_vec(), filter: None, auth_port: browser::AUTH_PORT };
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("only") => options.suites = vec![arguments.value()?.parse_with(Suite::from_name)?],
            lexopt::Arg::Long("auth-port") => options.auth_port = arguments.value()?.parse()?,
            lexopt::Arg::Long("against") => return run_contract_tests(&arguments.value()?.string()?),
            lexopt::Arg::Value(filter) if options.filter.is_none() => options.filter = Some(filter.string()?),
            lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => {
                println!("{HELP}");
                return Ok(());
            }
            other => bail!("{}\n\n{HELP}", other.unexpected()),
        }
    }
    run(&options)
}

/// Runs the emulator's contract tests against an instance that runs already. They need none of the tools that `setup` installs.
fn run_contract_tests(url: &str) -> anyhow::Result<()> {
    let contract = ["test", "-p", "fusionauth-emulator", "--test", "contract"];
    let status = project::cargo().args(contract).env("FUSIONAUTH_AGAINST", url).status()?;
    if !status.success() {
        bail!("{url} does not answer as the contract tests expect");
    }
    Ok(())
}

/// The options of the command line.
struct TestOptions {
    suites: Vec<Suite>,
    filter: Option<String>,
    auth_port: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Suite {
    Unit,
    Browser,
    Journeys,
}

impl Suite {
    const ALL: [Self; 3] = [Self::Unit, Self::Browser, Self::Journeys];

    fn from_name(name: &str) -> Result<Self, String> {
        match name {
            "unit" => Ok(Self::Unit),
            "browser" => Ok(Self::Browser),
            "journeys" => Ok(Self::Journeys),
            other => Err(format!("`{other}` is none of unit, browser, journeys")),
        }
    }
}

fn run(options: &TestOptions) -> anyhow::Result<()> {
    let tools = match options.suites[..] {
        [Suite::Unit] => setup::RequiredTools::Native,
        [Suite::Browser] => setup::RequiredTools::InAnyBrowser,
        _ => setup::RequiredTools::InChromium,
    };
    let environment = setup::for_test(tools)?;
    if options.suites.contains(&Suite::Journeys) {
        setup::for_trunk()?;
    }
    let mut report = Report::default();
    let has = |suite| options.suites.contains(&suite);
    let (mut has_browser_suites, mut chromium) = (false, None);
    // Native builds and those for browsers are in folders of their own, so that neither waits for the other, and tests leave the builds time.
    report.side_by_side(
        |report| {
            if has(Suite::Unit) {
                unit::run(options, &environment, report);
            }
        },
        |report| {
            if has(Suite::Unit) && options.filter.is_none() {
                unit::check_for_browsers(&environment, report);
            }
            if has(Suite::Browser) {
                has_browser_suites = browser::build(options, &environment, report);
            }
            if has(Suite::Journeys) {
                chromium = journeys::build(options, &environment, report);
            }
        },
    );
    // One after the other: each of them keeps the processors of a small machine busy by itself, and waits for browsers that must not starve.
    if has_browser_suites {
        browser::run(options, &environment, &mut report);
    }
    if let Some(chromium) = chromium {
        journeys::run(options, &environment, chromium, &mut report);
    }
    report.print_summary(options.filter.as_deref())
}
