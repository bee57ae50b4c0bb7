//! `cargo xtask soak`: puts the server under load while its instances are killed and restarted, on PostgreSQL and behind nginx.
//!
//! A benchmark of the server (`shop/storefront-server/benches/soak`) makes the load and checks the results. This command builds it, and
//! starts an empty PostgreSQL for it.

use crate::postgresql::Database;
use crate::setup::{self, RequiredTools};
use crate::{arguments, console, process, project};
use anyhow::Context;
use pico_args::Arguments;

pub const HELP: &str = "\
usage: cargo xtask soak [--minutes N]

Three instances of the release build share a PostgreSQL database behind nginx. A thousand sessions read, write and renew, while an
instance is killed or stopped every few seconds and started again. Fails if a client's one retry does not cure an error, or if a write that
was acknowledged, or a session, is lost. Prints what the sessions cost in memory, rows, statements and CPU time.

  --minutes N   how long (10)";

pub fn command(mut arguments: Arguments) -> anyhow::Result<()> {
    let minutes: f64 = arguments.opt_value_from_str("--minutes")?.unwrap_or(10.0);
    arguments::finish(arguments, HELP)?;
    let environment = setup::for_test(RequiredTools::Native)?;
    let postgresql = environment.postgresql.context("PostgreSQL's programs were not found (Debian: apt-get install postgresql)")?;
    let nginx = setup::web_server("nginx").context("nginx was not found (Debian: apt-get install nginx)")?;
    let soak = || {
        let mut cargo = project::cargo();
        cargo.args(["bench", "-p", "storefront-server", "--bench", "soak"]);
        cargo
    };
    console::step("soak: cargo build", |progress| process::run(soak().arg("--no-run"), progress))?;
    let figures = console::step(&format!("soak for {minutes} minutes"), |progress| {
        let database = Database::start(&postgresql, progress)?;
        let mut cargo = soak();
        cargo.env("SOAK_MINUTES", minutes.to_string()).env("DATABASE_URL", database.url()).env("NGINX", &nginx);
        process::run(&mut cargo, progress)
    })?;
    println!("\n{figures}");
    Ok(())
}
