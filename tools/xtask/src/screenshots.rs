//! `cargo xtask screenshots`: takes a picture of every page and state, for people to look at.

use crate::{arguments, console, e2e, process, setup};
use pico_args::Arguments;

pub const HELP: &str = "\
usage: cargo xtask screenshots [FILTER]

Opens every page and state with real processes in a real Chromium, in each language, and takes pictures of them 390, 768 and 1280 px
wide, in light and dark: target/screenshots/gallery, and target/screenshots/gallery-de and so on.

  FILTER   only journeys of that module, such as gallery::store";

pub fn command(arguments: Arguments) -> anyhow::Result<()> {
    let filter = arguments::words(arguments, 1, HELP)?.pop().unwrap_or_else(|| "gallery::".to_owned());
    let (chromium, _) = e2e::prepare()?;
    setup::AXE_CORE.ensure()?;
    for language in std::iter::once("en".to_owned()).chain(e2e::other_languages()?) {
        console::step(&format!("screenshots, language {language}"), |progress| {
            let mut cargo = e2e::test_command("journeys", &chromium, &[]);
            process::run(cargo.arg(&filter).env("E2E_LANGUAGE", &language).env("E2E_SCREENSHOTS", "1"), progress)
        })?;
    }
    Ok(())
}
