//! The programs in the README and in the guide are files of this crate, which other tests compile. rustdoc compiles the rest.

#![cfg(not(target_arch = "wasm32"))]

const README: &str = include_str!("../README.md");
const GUARDS: &str = include_str!("../../../docs/guide/src/guards.md");
const TESTING: &str = include_str!("../../../docs/guide/src/testing.md");

#[test]
fn documents_show_the_programs_that_are_tested() {
    let programs = [
        (README, "rust,no_run", include_str!("../examples/sign_in.rs")),
        (README, "rust,no_run", include_str!("../examples/app.rs")),
        (TESTING, "rust,ignore", include_str!("suite/fake_example.rs")),
        (GUARDS, "rust,ignore", include_str!("suite/roles_example.rs")),
    ];
    for (document, kind, program) in programs {
        assert!(document.contains(&format!("```{kind}\n{program}```\n")), "no document shows this program:\n{program}");
    }
    assert!(!README.contains("```rust,ignore"));
}

#[test]
fn the_whole_application_is_shorter_than_80_lines() {
    assert!(include_str!("../examples/app.rs").lines().count() < 80);
}
