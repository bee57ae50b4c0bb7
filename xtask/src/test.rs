//! `cargo xtask test`: everything that must hold, each step to its end, and one summary.

mod browser;
mod journeys;
mod postgresql;
mod report;
mod unit;

use crate::{project, setup};
use anyhow::bail;
use report::Report;

const HELP: &str = "\
usage: cargo xtask test [--only unit|browser|journeys] [--auth-port N] [FILTER]
       cargo xtask test --against URL

  unit       rustfmt, clippy, native tests, the server's suite on PostgreSQL too, documentation
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
    let mut choice = Choice { parts: Part::ALL.to_vec(), filter: None, auth_port: browser::AUTH_PORT };
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("only") => choice.parts = vec![arguments.value()?.parse_with(Part::named)?],
            lexopt::Arg::Long("auth-port") => choice.auth_port = arguments.value()?.parse()?,
            lexopt::Arg::Long("against") => return against(&arguments.value()?.string()?),
            lexopt::Arg::Value(filter) if choice.filter.is_none() => choice.filter = Some(filter.string()?),
            lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => {
                println!("{HELP}");
                return Ok(());
            }
            other => bail!("{}\n\n{HELP}", other.unexpected()),
        }
    }
    run(&choice)
}

/// The emulator's contract tests, asked of an instance that runs already. They need no set-up.
fn against(url: &str) -> anyhow::Result<()> {
    let contract = ["test", "-p", "fusionauth-emulator", "--test", "contract"];
    let status = project::cargo().args(contract).env("FUSIONAUTH_AGAINST", url).status()?;
    if !status.success() {
        bail!("{url} does not answer as the contract tests expect");
    }
    Ok(())
}

/// What the person asked for.
struct Choice {
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

fn run(choice: &Choice) -> anyhow::Result<()> {
    let tests = match choice.parts[..] {
        [Part::Unit] => setup::Tests::Native,
        [Part::Browser] => setup::Tests::InAnyBrowser,
        _ => setup::Tests::InChromium,
    };
    let rig = setup::for_test(tests)?;
    let mut report = Report::default();
    for part in &choice.parts {
        match part {
            Part::Unit => unit::run(choice, &rig, &mut report),
            Part::Browser => browser::run(choice, &rig, &mut report),
            Part::Journeys => journeys::run(choice, &rig, &mut report),
        }
    }
    report.close(choice.filter.as_deref())
}

/// Packages that only exist in a browser. All others are built natively.
const BROWSER_PACKAGES: [&str; 2] = ["leptos-fusionauth", "storefront"];
/// The library's example applications; journeys open them.
const EXAMPLES: [&str; 1] = ["minimal"];
