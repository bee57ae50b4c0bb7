//! `cargo xtask size`: prints the sizes of the release build's files. The tests fail if a size exceeds its limit.
//!
//! Brotli bytes are counted, because these are what a browser downloads before the app can start.

use crate::dist::{self, Assets};
use crate::project::StandardLibrary;
use crate::{arguments, build, inline, project, setup, wasm_tools};
use anyhow::{Context, ensure};
use pico_args::Arguments;
use std::path::Path;

pub const HELP: &str = "\
usage: cargo xtask size [--no-build] [--write]
       cargo xtask size --session

Builds the app if necessary and prints each file's size, raw and brotli, and its change since the figures of docs/performance.md. Fails if
a size exceeds its limit (tools/xtask/src/size/limits.rs).

  --no-build   measure dist/ as it is
  --write      write the sizes into docs/performance.md
  --session    measure what the session library adds to a page, in place of the app";

mod documented;
pub(crate) mod limits;
pub mod session;

/// The document with the table of sizes of a build with [`StandardLibrary::FromSource`].
const DOCUMENT: &str = "docs/performance.md";

pub fn command(mut arguments: Arguments) -> anyhow::Result<()> {
    if arguments.contains("--session") {
        arguments::finish(arguments, HELP)?;
        return session::command();
    }
    let (is_built, writes) = (arguments.contains("--no-build"), arguments.contains("--write"));
    arguments::finish(arguments, HELP)?;
    let library = if is_built {
        build::library_of_last_release().unwrap_or(StandardLibrary::FromSource)
    } else {
        build::release(setup::for_build()?, build::When::Changed)?
    };
    wasm_tools::build()?;
    let report = SizeReport::of(&project::dist(), library)?;
    println!("\n{}", report.table);
    if writes {
        ensure!(library == StandardLibrary::FromSource, "{DOCUMENT} has the sizes of a build with rust-src, which is not installed");
        let written = documented::with_sizes(&project::read(DOCUMENT)?, &measure(&project::dist(), library)?)
            .with_context(|| format!("{DOCUMENT} has no table of sizes"))?;
        fs_err::write(project::root().join(DOCUMENT), written)?;
    }
    report.within_budget
}

/// The name of the first row.
const FIRST_WASM: &str = "first wasm";

/// A row of the command's output and of [`DOCUMENT`]: brotli bytes, and the limit if there is one.
struct Size {
    name: String,
    bytes: u64,
    limit: Option<u64>,
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
        let document = project::read(DOCUMENT)?;
        table.push_str(&format!("\n{:<30} {:>10} {:>10} {:>10}\n", "size, brotli", "bytes", "limit", "change"));
        let mut over = Vec::new();
        for Size { name, bytes, limit } in measure(dist, library)? {
            let before = documented::bytes_of(&document, &name);
            let change = before.map_or_else(|| "new".to_owned(), |before| change(before, bytes));
            table.push_str(&format!("{name:<30} {:>10} {:>10} {change:>10}\n", grouped(bytes), limit.map(grouped).unwrap_or_default()));
            if name == FIRST_WASM && before.is_some_and(|before| limits::is_large_growth(before, bytes)) {
                table.push_str("note: the first wasm has grown by more than 1 %. Is the change worth it?\n");
            }
            over.extend(
                limit
                    .filter(|&limit| bytes > limit)
                    .map(|limit| format!("{name} is {} bytes over its limit of {}", grouped(bytes - limit), grouped(limit))),
            );
        }
        let within_budget = match &over[..] {
            [] => Ok(()),
            over => Err(anyhow::anyhow!("the app has become too heavy: {}", over.join("; "))),
        };
        Ok(Self { table, within_budget })
    }
}

/// The sizes with a limit, then those of the parts.
fn measure(dist: &Path, library: StandardLibrary) -> anyhow::Result<Vec<Size>> {
    let assets = Assets::find(dist)?;
    let wasm = size(&dist::compressed(&assets.wasm))?;
    let glue = assets.scripts.iter().map(|file| size(&dist::compressed(file))).sum::<anyhow::Result<u64>>()?;
    let page = fs_err::read_to_string(dist.join("index.html"))?;
    let inline = inline::scripts_in(&page);
    let brotli = |content: &str| anyhow::Ok(wasm_tools::brotli(content.as_bytes())?.len() as u64);
    let scripts = glue + brotli(&inline)?;
    let page = brotli(&page)?;
    let mut parts = Vec::new();
    for part in &assets.parts {
        let name = dist::name(part);
        let name = name.split_once('-').map_or(&*name, |(name, _)| name);
        parts.push(Size { name: format!("part {name}"), bytes: size(&dist::compressed(part))?, limit: None });
    }
    let largest_part = parts.iter().map(|part| part.bytes).max().unwrap_or(0);
    let all_wasm = wasm + parts.iter().map(|part| part.bytes).sum::<u64>();
    let sizes = [
        (FIRST_WASM, wasm, library.budget(limits::FIRST_WASM)),
        ("glue", glue, limits::GLUE),
        ("scripts", scripts, limits::SCRIPTS),
        ("page", page, limits::PAGE),
        ("largest part", largest_part, library.budget(limits::LARGEST_PART)),
        ("all wasm", all_wasm, library.budget(limits::ALL_WASM)),
    ];
    let sizes = sizes.map(|(name, bytes, limit)| Size { name: name.to_owned(), bytes, limit: Some(limit) });
    Ok(sizes.into_iter().chain(parts).collect())
}

fn size(file: &Path) -> anyhow::Result<u64> {
    Ok(file.metadata().with_context(|| format!("{} is missing; `cargo xtask build --force` makes it", file.display()))?.len())
}

/// The difference, with its sign.
fn change(before: u64, now: u64) -> String {
    let sign = if now < before { '-' } else { '+' };
    format!("{sign}{}", grouped(now.abs_diff(before)))
}

fn grouped(bytes: u64) -> String {
    let digits = bytes.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}
