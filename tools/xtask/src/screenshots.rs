//! `cargo xtask screenshots`: takes a picture of every page and state, for people to look at.

use crate::{console, e2e, process, setup};
use anyhow::bail;

const HELP: &str = "\
usage: cargo xtask screenshots [FILTER]

Opens every page and state with real processes in a real Chromium, in each language, and takes pictures of them 390 and 1280 px wide, in
light and dark: target/screenshots/gallery, and target/screenshots/gallery-de and so on.

  FILTER   only journeys of that module, such as gallery::store";

pub fn command(mut arguments: lexopt::Parser) -> anyhow::Result<()> {
    use lexopt::ValueExt;
    let mut filter = "gallery::".to_owned();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Value(value) => filter = value.string()?,
            lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => {
                println!("{HELP}");
                return Ok(());
            }
            other => bail!("{}\n\n{HELP}", other.unexpected()),
        }
    }
    let chromium = e2e::prepare()?;
    setup::for_journeys()?;
    for language in std::iter::once("en".to_owned()).chain(e2e::other_languages()?) {
        console::step(&format!("screenshots, language {language}"), |progress| {
            let mut cargo = e2e::test_command("journeys", &chromium, &[]);
            process::run(cargo.arg(&filter).env("E2E_LANGUAGE", &language).env("E2E_SCREENSHOTS", "1"), progress)
        })?;
    }
    Ok(())
}
