//! `cargo xtask bench`: measures the app beside the same shop in React, Preact and SolidJS, in Chromium, on the project's own servers.
//!
//! The peers, which are the other shops, are in `tools/bench/peer`. `tools/bench/measure.mjs` drives the browser; this command prepares everything
//! and prints the table of values. Times depend on the machine, and no time fails the bench. Bytes and requests do not depend on the
//! machine, and have limits.

mod rows;
mod servers;
mod table;

use crate::{arguments, console, e2e, files, fingerprint, process, project, setup};
use anyhow::bail;
use pico_args::Arguments;
use rows::{APPS, ROWS, Row};
use servers::{Cart, Servers};
use std::num::NonZero;
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
usage: cargo xtask bench [--rows NAME,…] [--runs N] [--against FOLDER]

Measures the app beside the same shop in React, Preact and SolidJS, in Chromium, and prints a table in Markdown. Fails if the app needs
more bytes or requests than its limits allow, never because of a time. All rows take about 35 minutes.

  --rows NAME,…  only these: form, hurried, return, click, long-tasks, requests, bytes, long-cart, page-changes, pairs,
                 server
  --against FOLDER  the `dist` folder of another build of ours, which is measured in turn with this one; a second table shows the ratio
                 of each round
  --runs N       how often each value is measured (7); the table has the median, and the least and the greatest value";

/// The row of the server, which has a separate benchmark.
const SERVER: &str = "server";

pub fn command(mut arguments: Arguments) -> anyhow::Result<()> {
    let names: Vec<String> = arguments.values_from_str("--rows")?;
    let names: Vec<&str> = names.iter().flat_map(|names| names.split(',')).collect();
    let against: Option<PathBuf> = arguments.opt_value_from_str("--against")?;
    let runs: NonZero<u32> = arguments.opt_value_from_str("--runs")?.unwrap_or(const { NonZero::new(7).unwrap() });
    arguments::finish(arguments, HELP)?;
    if let Some(folder) = against.as_ref().filter(|folder| !folder.join("index.html").is_file()) {
        bail!("{} is not the folder of a build: it has no index.html", folder.display());
    }
    let known: Vec<&str> = ROWS.iter().map(|row| row.name).chain([SERVER]).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        bail!("there is no row `{unknown}`\n\n{HELP}");
    }
    let names = if names.is_empty() { known } else { names };
    bench(&names, runs.get(), against.as_deref())
}

fn bench(names: &[&str], runs: u32, against: Option<&Path>) -> anyhow::Result<()> {
    let (chromium, library) = e2e::prepare()?;
    let chromium = &chromium.binary;
    let peers = peers()?;

    let (mut samples, mut failure) = (table::Samples::default(), None);
    for cart in [Cart::Short, Cart::Long] {
        let measurements = measurements(names, cart);
        if measurements.is_empty() {
            continue;
        }
        let measured = console::step(&format!("measure: {}", measurements.join(" ")), |progress| {
            let servers = Servers::start(cart)?;
            let mut node = project::command("node");
            node.arg(folder().join("measure.mjs")).arg(chromium).arg(servers.port.to_string()).arg(servers.link());
            node.arg(runs.to_string()).arg(apps(&peers, against)?).args(&measurements);
            let output = process::output_of(&mut node, progress)?;
            samples.read(&output.stdout)?;
            if output.status.success() { Ok(()) } else { bail!("{}", output.tail(20)) }
        });
        // The results from before a failure are still printed, because they may have taken half an hour.
        failure = failure.or(measured.err());
    }
    let server = if names.contains(&SERVER) { server_reads()? } else { String::new() };
    println!("\n{}\n\n{}\n{server}", circumstances(chromium), table::markdown(&samples, names));
    if let Some(table) = table::against(&samples) {
        println!("{table}");
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    let over = table::over_limits(&samples, names, |bytes| library.budget(bytes));
    if over.is_empty() { Ok(()) } else { bail!("the app has become too heavy: {}", over.join("; ")) }
}

/// The measurements on a cart of this length that the rows need, as `NAME@SLOWDOWN`.
fn measurements(names: &[&str], cart: Cart) -> Vec<String> {
    let is_needed = |row: &&Row| names.contains(&row.name) && row.name != rows::CALIBRATION;
    let mut needed = Vec::new();
    for row in ROWS.iter().filter(is_needed).filter(|row| (row.measurement == rows::LONG_CART) == (cart == Cart::Long)) {
        let measurement = format!("{}@{}", row.measurement, row.slowdown);
        if !needed.contains(&measurement) {
            needed.push(measurement);
        }
    }
    needed
}

/// The folder of the peers' sources and of the program that measures.
fn folder() -> PathBuf {
    project::root().join("tools/bench")
}

/// Installs the peers' packages, if the lock file has changed, and builds the peers. Returns their folder.
pub fn peers() -> anyhow::Result<PathBuf> {
    setup::ensure_npm("the bench's peers")?;
    let lock = fs_err::read_to_string(folder().join("package-lock.json"))?;
    files::once(&folder().join("node_modules/.installed"), &fingerprint::of(lock.as_bytes()), || {
        console::step("peers: npm ci (React, Preact, SolidJS, esbuild)", |progress| {
            let mut npm = project::command("npm");
            // Install scripts are not needed: the only one in these packages replaces a launcher of esbuild, which nothing here uses.
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder());
            process::run(&mut npm, progress).map(drop)
        })
    })?;
    let out = project::target().join("bench");
    console::step("peers: esbuild", |progress| process::run(project::command("node").arg(folder().join("build.mjs")).arg(&out), progress))?;
    Ok(out)
}

/// The folders of all apps, as `NAME=FOLDER,…`.
fn apps(peers: &Path, against: Option<&Path>) -> anyhow::Result<String> {
    let folder = |app| if app == APPS[0] { project::dist() } else { peers.join(app) };
    let mut apps = APPS.map(|app| format!("{app}={}", folder(app).display())).join(",");
    if let Some(other) = against {
        let other = fs_err::canonicalize(other)?;
        apps += &format!(",{}={}", rows::OTHER, other.display());
    }
    Ok(apps)
}

/// The output of the server's own benchmark of cart reads.
fn server_reads() -> anyhow::Result<String> {
    console::step("server: cargo bench (cart reads)", |progress| {
        process::run(project::cargo().args(["bench", "-p", "storefront-server", "--bench", "cart_reads"]), progress)
    })
}

/// The context of the table: the date, the machine and the sources.
fn circumstances(chromium: &Path) -> String {
    let say = |program: &str, arguments: &[&str]| process::stdout_of(project::command(program).args(arguments)).unwrap_or_default();
    let information = fs_err::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, NonZero::get);
    format!(
        "{}, commit {}, {cores} cores of {model}, {}, Node.js {}\nMedian of the runs, in milliseconds or bytes, with the least and the greatest value in brackets. Network: 150 ms, 1.6 Mbit/s unless a row says otherwise.",
        say("date", &["-u", "+%F"]),
        say("git", &["rev-parse", "--short", "HEAD"]),
        say(&chromium.to_string_lossy(), &["--version"]),
        say("node", &["--version"]),
    )
}
