//! Measures the cost of the session library. Programs are built without it and with it, linked and compressed like the app, and compared.

use super::{SizeReport, grouped, size};
use crate::console;
use crate::dist::{self, Assets};
use crate::program::Program;
use crate::project::{self, StandardLibrary, WasmToolchain};
use crate::{build, setup, wasm_tools};
use anyhow::Context;

/// The wasm that the session may add to the app, in brotli bytes.
const BUDGET: u64 = 16_000;

/// The setting that leaves out the driver and its state machine. It changes only the crate fusionauth-session-web, so most other
/// dependencies are built once for both programs.
const INERT: &str = r#"profile.wasm-release.package.fusionauth-session-web.rustflags=["--cfg=fusionauth_session_inert"]"#;

pub fn command() -> anyhow::Result<()> {
    let toolchain = setup::for_build()?;
    wasm_tools::build()?;
    let library = build::release(toolchain, build::When::Changed)?;
    let mut report = report(toolchain, library)?;
    add_forms(&mut report.table, toolchain, library)?;
    println!("\n{}", report.table);
    report.within_budget
}

/// Compares the app without a session with its release build, which must be up to date, because its size is read from dist/. The tests do
/// not run this: they check the app's own size, which includes the session, and a second release build takes minutes.
fn report(toolchain: WasmToolchain, library: StandardLibrary) -> anyhow::Result<SizeReport> {
    let with = Weight::of_release()?;
    let inert = &["-p", "storefront", "-Zprofile-rustflags", "--config", INERT];
    let without = weigh((toolchain, library), "the app without a session", inert, "storefront")?;
    let mut table = format!("{:<44} {:>10} {:>10} {:>10}\n", "session, brotli", "without", "with", "more");
    table.push_str(&row("the app: wasm", without.wasm, with.wasm));
    table.push_str(&row("the app: script", without.script, with.script));

    let over = with.wasm.saturating_sub(without.wasm).saturating_sub(library.budget(BUDGET));
    let within_budget = if over == 0 {
        Ok(())
    } else {
        Err(anyhow::anyhow!("the session is {} bytes over its budget of {}", grouped(over), grouped(library.budget(BUDGET))))
    };
    Ok(SizeReport { table, within_budget })
}

/// Adds the session's size in a page with nothing but a form. This size has no budget.
fn add_forms(table: &mut String, toolchain: WasmToolchain, library: StandardLibrary) -> anyhow::Result<()> {
    let weigh = |what, example| {
        weigh((toolchain, library), what, &["-p", "leptos-fusionauth", "--example", example], &format!("examples/{example}"))
    };
    let without = weigh("a form", "form")?;
    let with = weigh("a form with a session", "form_with_session")?;
    table.push_str(&row("a page with nothing but a form: wasm", without.wasm, with.wasm));
    table.push_str(&row("a page with nothing but a form: script", without.script, with.script));
    Ok(())
}

fn row(what: &str, without: u64, with: u64) -> String {
    format!("{what:<44} {:>10} {:>10} {:>10}\n", grouped(without), grouped(with), grouped(with.saturating_sub(without)))
}

/// The sizes of a program, in brotli bytes.
struct Weight {
    wasm: u64,
    script: u64,
}

impl Weight {
    /// The sizes of the app in dist/, without boot.js, which is the same with and without a session.
    fn of_release() -> anyhow::Result<Self> {
        let Assets { wasm, scripts, .. } = Assets::find(&project::dist())?;
        let glue = scripts.iter().find(|script| dist::name(script).starts_with("storefront-")).context("dist/ holds no glue")?;
        Ok(Self { wasm: size(&dist::compressed(&wasm))?, script: size(&dist::compressed(glue))? })
    }
}

fn weigh(release: (WasmToolchain, StandardLibrary), what: &str, package: &[&str], built: &str) -> anyhow::Result<Weight> {
    console::step(&format!("release build of {what}"), |progress| {
        let mut cargo = project::command("cargo");
        // `-Zprofile-rustflags` needs this variable, even if the release does not.
        cargo.arg("build").args(package).env("RUSTC_BOOTSTRAP", "1");
        let program = Program::build(&mut cargo, release, built, "session-size", progress)?;
        Ok(Weight { wasm: wasm_tools::brotli(program.wasm())?.len() as u64, script: wasm_tools::brotli(program.glue())?.len() as u64 })
    })
}
