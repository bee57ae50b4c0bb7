//! `cargo xtask size`: prints the sizes of the release build's files. The tests fail if a file exceeds its budget, or if
//! docs/performance.md states other sizes.
//!
//! Brotli bytes are counted, because these are what a browser downloads before the app can start.

use crate::dist::{self, Assets};
use crate::project::StandardLibrary;
use crate::{build, inline, project, setup, wasm_tools};
use anyhow::{Context, bail};
use std::path::Path;

const HELP: &str = "\
usage: cargo xtask size [--no-build | --session]

Builds the app if necessary and prints each file's size, raw and brotli. Fails if a file exceeds its budget, and if docs/performance.md
states sizes that differ by more than 5 %.

  --no-build   measure dist/ as it is
  --session    measure what the session library adds to a page, in place of the app";

mod documented;
pub mod session;

/// The document with the table of sizes, which must agree with a build with [`StandardLibrary::FromSource`].
const DOCUMENT: &str = "docs/performance.md";

/// The maximum brotli bytes of the wasm that every page loads at first, in a build with [`StandardLibrary::FromSource`]. A kilobyte takes 5
/// ms at 1.6 Mbit/s. The budget includes 900 bytes for cart edits made before the app has started.
const WASM_BUDGET: u64 = 130_300;
/// The maximum brotli bytes of each wasm file that a page loads later.
const PART_BUDGET: u64 = 23_400;
/// As [`PART_BUDGET`], for the part of the account: its four groups with their URLs take 1,700 bytes.
const ACCOUNT_BUDGET: u64 = 25_800;
/// As [`PART_BUDGET`], for the part of the Store's products: the list and the page of a product with its variants and its threads share the
/// price, the button and the picture.
const PRODUCTS_BUDGET: u64 = 37_550;
/// As [`PART_BUDGET`], for the part of the Forums. List, thread and forms share most of their code; split up, that code would move into
/// the file that all parts share.
const FORUMS_BUDGET: u64 = 53_000;
/// As [`PART_BUDGET`], for the part with the steps after the password. Its forms are those of the published crate, which take the calls of a
/// backend and the application's own texts as properties. The three forms of a sign-in without a password take 6,100 bytes.
const SIGN_IN_STEPS_BUDGET: u64 = 31_700;
/// The maximum brotli bytes of the file that several parts share. The browser loads it with the first of these parts.
const SHARED_BUDGET: u64 = 43_150;
/// The maximum brotli bytes of wasm-bindgen's glue. It includes about 200 bytes for cart edits made before the app has started.
const GLUE_BUDGET: u64 = 6_100;
/// The maximum brotli bytes of all scripts: the glue and the scripts in index.html.
const SCRIPTS_BUDGET: u64 = 11_050;
/// The maximum brotli bytes of index.html with the scripts and the styles of the first screen in it. With the headers of the response it
/// should fit into the first flight of a TCP connection, which is 14 KB. It includes 990 bytes of script that sends a sign-in a second
/// before the wasm could, and 2,300 of script that shows the cart before the wasm is loaded.
const PAGE_BUDGET: u64 = 9_830;

pub fn command(mut arguments: lexopt::Parser) -> anyhow::Result<()> {
    let mut is_built = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("no-build") => is_built = true,
            lexopt::Arg::Long("session") => return session::command(),
            lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => {
                println!("{HELP}");
                return Ok(());
            }
            other => bail!("{}\n\n{HELP}", other.unexpected()),
        }
    }
    let library = if is_built {
        build::library_of_last_release().unwrap_or(StandardLibrary::FromSource)
    } else {
        build::release(setup::for_build()?, build::When::Changed)?
    };
    wasm_tools::build()?;
    let report = SizeReport::of(&project::dist(), library)?;
    println!("\n{}", report.table);
    report.within_budget
}

pub struct SizeReport {
    pub table: String,
    pub within_budget: anyhow::Result<()>,
}

impl SizeReport {
    pub fn of(dist: &Path, library: StandardLibrary) -> anyhow::Result<Self> {
        let mut table = format!("{:<44} {:>10} {:>10}\n", "file", "raw", "brotli");
        for file in dist::files(dist)? {
            let relative = file.strip_prefix(dist).unwrap_or(&file).to_string_lossy().into_owned();
            let brotli = size(&dist::compressed(&file)).map_or_else(|_| "-".to_owned(), grouped);
            table.push_str(&format!("{relative:<44} {:>10} {brotli:>10}\n", grouped(size(&file)?)));
        }
        let assets = Assets::find(dist)?;
        let wasm = size(&dist::compressed(&assets.wasm))?;
        let glue = assets.scripts.iter().map(|file| size(&dist::compressed(file))).sum::<anyhow::Result<u64>>()?;
        let mut over = Vec::new();
        let page = dist::read(&dist.join("index.html"))?;
        let inline = inline::scripts_in(&String::from_utf8_lossy(&page));
        let brotli = |content: &[u8]| anyhow::Ok(wasm_tools::brotli(content)?.len() as u64);
        let mut weighed = vec![
            ("first wasm".to_owned(), wasm, library.budget(WASM_BUDGET)),
            ("glue".to_owned(), glue, GLUE_BUDGET),
            ("scripts".to_owned(), glue + brotli(inline.as_bytes())?, SCRIPTS_BUDGET),
            ("page".to_owned(), brotli(&page)?, PAGE_BUDGET),
        ];
        for part in &assets.parts {
            let name = dist::name(part);
            let name = name.split_once('-').map_or(&*name, |(name, _)| name);
            let budget = match name {
                "shared" => SHARED_BUDGET,
                "forums" => FORUMS_BUDGET,
                "account" => ACCOUNT_BUDGET,
                "products" => PRODUCTS_BUDGET,
                "sign_in_steps" => SIGN_IN_STEPS_BUDGET,
                _ => PART_BUDGET,
            };
            weighed.push((format!("part {name}"), size(&dist::compressed(part))?, library.budget(budget)));
        }
        for (what, bytes, budget) in &weighed {
            table.push_str(&format!("{:<44} {:>10} {:>10}\n", format!("{what}, budget {}", grouped(*budget)), "", grouped(*bytes)));
            if bytes > budget {
                over.push(format!("{what} is {} bytes over its budget of {}", grouped(bytes - budget), grouped(*budget)));
            }
        }
        let mut wrong = Vec::new();
        if library == StandardLibrary::FromSource {
            let document = std::fs::read_to_string(project::root().join(DOCUMENT)).with_context(|| format!("cannot read {DOCUMENT}"))?;
            wrong = documented::differences(&document, &weighed);
        }
        let within_budget = match (&over[..], &wrong[..]) {
            ([], []) => Ok(()),
            ([], wrong) => Err(anyhow::anyhow!("{DOCUMENT} states other sizes: {}", wrong.join("; "))),
            (over, _) => Err(anyhow::anyhow!("the app has become too heavy: {}", over.join("; "))),
        };
        Ok(Self { table, within_budget })
    }
}

fn size(file: &Path) -> anyhow::Result<u64> {
    Ok(file.metadata().with_context(|| format!("{} is missing; `cargo xtask build --force` makes it", file.display()))?.len())
}

fn grouped(bytes: u64) -> String {
    let digits = bytes.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
