//! The layout check: reads the sources and fails if a file imports another one that it must not import.
//!
//! The compiler accepts any import within a crate, so nothing else would notice when folders begin to depend on each other. This check
//! fails when
//!
//! - files of different folders of one crate import each other in a cycle,
//! - more than three files of a program or a library import each other, directly or through other files,
//! - a feature of the app or of the server imports another feature, or a lower folder of the app or of the emulator imports a higher one,
//! - a crate depends on another one, and its row in ARCHITECTURE.md's table does not name that crate.
//!
//! It reads `use` declarations and paths, those in macro arguments included, and follows re-exports to the file that defines the name.
//! Unit tests (`#[cfg(test)]`) are not read.

mod crates;
mod imports;
mod rules;
mod samples;

use imports::{Sources, imports};
use rules::{APP, EMULATOR, SERVER};
use std::path::Path;

#[test]
fn every_import_goes_the_way_that_the_layout_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("xtask is in the workspace");
    let workspace = crates::workspace(root);
    let architecture = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is readable");
    let mut violations = rules::dependencies(&crates::table(&architecture), &workspace);
    for member in &workspace {
        for target in &member.roots {
            let imports = imports(&Sources::read(target));
            violations.extend(rules::cycles(&member.name, &imports));
            // In a test program, the files of one model may share its types.
            if !target.components().any(|part| part.as_os_str() == "tests") {
                violations.extend(rules::large_cycles(&member.name, &imports));
            }
            match member.name.as_str() {
                "storefront" if target.ends_with("src/lib.rs") => violations.extend(rules::folders(&member.name, &APP, &imports)),
                "storefront-server" if target.ends_with("src/lib.rs") => {
                    violations.extend(rules::folders(&member.name, &SERVER, &imports));
                }
                "fusionauth-emulator" if target.ends_with("src/lib.rs") => {
                    violations.extend(rules::folders(&member.name, &EMULATOR, &imports));
                }
                _ => {}
            }
        }
    }
    let complaints: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
