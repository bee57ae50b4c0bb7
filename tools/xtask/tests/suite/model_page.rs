//! A document quotes a source file as a model. This test fails if the quotation differs from its file.

use crate::read;

#[test]
fn the_model_page_in_the_docs_is_the_apps_page() {
    let docs = read("docs/app.md");
    let (_, printed) = docs.split_once("```rust\n").expect("docs/app.md quotes a page");
    let (printed, _) = printed.split_once("```").expect("the code block ends");
    let page = read("src/store/checkout/orders_page.rs");
    assert!(page.contains(printed), "docs/app.md quotes text that src/store/checkout/orders_page.rs does not contain");
    assert!(page.lines().count() < 80, "the model page must be short");
}
