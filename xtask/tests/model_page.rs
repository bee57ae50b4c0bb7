//! docs/app.md prints a page as the model for others, so it must be the page's own text.

use std::{fs::read_to_string, path::Path};

#[test]
fn the_page_that_docs_print_as_a_model_is_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace");
    let read = |path: &str| read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let docs = read("docs/app.md");
    let (_, printed) = docs.split_once("```rust\n").expect("a page is printed");
    let (printed, _) = printed.split_once("```").expect("the page ends");
    let page = read("src/store/checkout/orders_page.rs");
    assert!(page.contains(printed), "docs/app.md prints another page than src/store/checkout/orders_page.rs");
    assert!(page.lines().count() < 80, "the model is short");
}
