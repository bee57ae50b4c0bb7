//! The limits for the sizes of the release build, in brotli bytes. Those of wasm are for a build with
//! [`StandardLibrary::FromSource`](crate::project::StandardLibrary::FromSource).
//!
//! A new limit leaves 3 % of room (CONTRIBUTING.md), because an unrelated change moves a size by up to 0.2 %, and a feature should not have to look for
//! bytes in another file. A kilobyte takes 5 ms at 1.6 Mbit/s; the first form and the first cart need no program.
//!
//! Own machinery in place of a standard tool is worthwhile if 150 lines save at least 5 KB of the first wasm, which take 25 ms.

/// The wasm that every page loads at first.
pub(crate) const FIRST_WASM: u64 = 140_000;
/// wasm-bindgen's script.
pub(crate) const GLUE: u64 = 7_200;
/// The glue and the scripts in index.html.
pub(super) const SCRIPTS: u64 = 13_000;
/// index.html with its scripts and the styles of the first screen. With the headers of the response it should fit into the first flight
/// of a TCP connection, which is 14 KB.
pub(crate) const PAGE: u64 = 11_800;
/// The largest wasm file that a page loads later.
pub(super) const LARGEST_PART: u64 = 112_000;
/// All wasm files.
pub(super) const ALL_WASM: u64 = 495_000;

/// Whether the first wasm has grown by more than 1 %, which a change should have a reason for.
pub(super) const fn is_large_growth(before: u64, now: u64) -> bool {
    now > before + before / 100
}
