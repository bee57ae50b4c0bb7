//! The program in the README is an example of this crate, which the browser build compiles.

#![cfg(not(target_arch = "wasm32"))]

#[test]
fn the_readme_shows_the_example_and_it_is_short() {
    let program = include_str!("../examples/sign_in_page.rs");
    assert!(include_str!("../README.md").contains(&format!("```rust,no_run\n{program}```\n")), "README.md does not show:\n{program}");
    assert!(program.lines().count() <= 15);
}
