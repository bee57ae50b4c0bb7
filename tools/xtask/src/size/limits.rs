//! The limits for the sizes of the release build, in brotli bytes of a build with [`StandardLibrary::FromSource`].
//!
//! Each limit leaves about 3 % of room, because an unrelated change moves a size by up to 0.2 %, and a feature should not have to look for
//! bytes in another file. A kilobyte takes 5 ms at 1.6 Mbit/s; the first form and the first cart need no program.
//!
//! Own machinery in place of a standard tool is worthwhile if 150 lines save at least 5 KB of the first wasm, which take 25 ms.

use crate::project::StandardLibrary;

/// What a limit is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Measured {
    /// The wasm that every page loads at first.
    FirstWasm,
    /// wasm-bindgen's script.
    Glue,
    /// The glue and the scripts in index.html.
    Scripts,
    /// index.html with its scripts and the styles of the first screen. With the headers of the response it should fit into the first flight
    /// of a TCP connection, which is 14 KB.
    Page,
    /// The largest wasm file that a page loads later.
    LargestPart,
    /// All wasm files.
    AllWasm,
}

impl Measured {
    pub(super) const ALL: [Self; 6] = [Self::FirstWasm, Self::Glue, Self::Scripts, Self::Page, Self::LargestPart, Self::AllWasm];

    /// The name of the row in the command's output and in docs/performance.md.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::FirstWasm => "first wasm",
            Self::Glue => "glue",
            Self::Scripts => "scripts",
            Self::Page => "page",
            Self::LargestPart => "largest part",
            Self::AllWasm => "all wasm",
        }
    }

    /// The maximum brotli bytes in a build with this library.
    pub(super) const fn limit(self, library: StandardLibrary) -> u64 {
        match self {
            Self::FirstWasm => library.budget(136_500),
            Self::Glue => 6_950,
            Self::Scripts => 12_300,
            Self::Page => 11_200,
            Self::LargestPart => library.budget(104_000),
            Self::AllWasm => library.budget(468_000),
        }
    }
}

/// Whether the first wasm has grown by more than 1 %, which a change should have a reason for.
pub(super) const fn is_large_growth(before: u64, now: u64) -> bool {
    now > before + before / 100
}
