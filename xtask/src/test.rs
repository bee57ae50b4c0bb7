//! `cargo xtask test`: runs every test, lint and check. A failing step does not keep the others from running, and a summary at the end
//! names all of them.

mod browser;
mod journeys;
mod packages;
mod postgresql;
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
  journeys   release build, its size, and journeys in a real Chromium against the real processes; those of the workflows once
             more on two servers that share a PostgreSQL database

  FILTER          only tests whose name contains it; lints and documentation are left out
  --auth-port N   the emulator of the browser suites (9911)
  --against URL   only what holds for the emulator and for a real FusionAuth alike, asked of the instance at URL (fusionauth/compose.yaml)

Chromium and its driver are needed, but for `--only unit`: if they are missing, apt installs them as root or by sudo without a
password. Firefox, WebKitGTK and PostgreSQL are used if they are there; where CI=true they are installed and required.";

pub fn command(mut arguments: lexopt::Parser) -> anyhow::Result<()> {
    use lexopt::ValueExt;
    let mut options = TestOptions { parts: Part::ALL.to_vec(), filter: None, auth_port: browser::AUTH_PORT };
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("only") => options.parts = vec![arguments.value()?.parse_with(Part::named)?],
            lexopt::Arg::Long("auth-port") => options.auth_port = arguments.value()?.parse()?,
            lexopt::Arg::Long("against") => return against(&arguments.value()?.string()?),
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

/// Runs the emulator's contract tests against an instance that runs already. They need nothing from `setup`.
fn against(url: &str) -> anyhow::Result<()> {
    let contract = ["test", "-p", "fusionauth-emulator", "--test", "contract"];
    let status = project::cargo().args(contract).env("FUSIONAUTH_AGAINST", url).status()?;
    if !status.success() {
        bail!("{url} does not answer as the contract tests expect");
    }
    Ok(())
}

/// The options of the command line.
struct TestOptions {
    parts: Vec<Part>,
    filter: Option<String>,
    auth_port: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Unit,
    Browser,
    Journeys,
}

impl Part {
    const ALL: [Self; 3] = [Self::Unit, Self::Browser, Self::Journeys];

    fn named(name: &str) -> Result<Self, String> {
        match name {
            "unit" => Ok(Self::Unit),
            "browser" => Ok(Self::Browser),
            "journeys" => Ok(Self::Journeys),
            other => Err(format!("`{other}` is none of unit, browser, journeys")),
        }
    }
}

fn run(options: &TestOptions) -> anyhow::Result<()> {
    let tests = match options.parts[..] {
        [Part::Unit] => setup::Tests::Native,
        [Part::Browser] => setup::Tests::InAnyBrowser,
        _ => setup::Tests::InChromium,
    };
    let environment = setup::for_test(tests)?;
    let mut report = Report::default();
    for part in &options.parts {
        match part {
            Part::Unit => unit::run(options, &environment, &mut report),
            Part::Browser => browser::run(options, &environment, &mut report),
            Part::Journeys => journeys::run(options, &environment, &mut report),
        }
    }
    report.close(options.filter.as_deref())
}

/// Packages that are built for browsers only. All others are built natively.
const BROWSER_PACKAGES: [&str; 2] = ["leptos-fusionauth", "storefront"];
/// The example applications of the session library, which journeys open.
const EXAMPLES: [&str; 1] = ["minimal"];
