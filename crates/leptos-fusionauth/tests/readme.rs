//! The programs in the README are files of this crate, which other tests compile.

#![cfg(not(target_arch = "wasm32"))]

const README: &str = include_str!("../README.md");

#[test]
fn the_readme_shows_the_programs_that_are_tested() {
    let programs = [
        ("rust,no_run", include_str!("../examples/sign_in.rs")),
        ("rust,no_run", include_str!("../examples/app.rs")),
        ("rust,ignore", include_str!("suite/fake_example.rs")),
        ("rust,ignore", include_str!("suite/roles_example.rs")),
    ];
    for (kind, program) in programs {
        assert!(README.contains(&format!("```{kind}\n{program}```\n")), "README.md does not show this program:\n{program}");
    }
    // rustdoc compiles all other programs in the README.
    assert_eq!(README.matches("```rust,ignore").count(), 2);
}

#[test]
fn the_whole_application_is_shorter_than_80_lines() {
    assert!(include_str!("../examples/app.rs").lines().count() < 80);
}
