//! The table of sizes in docs/performance.md, which `cargo xtask size --write` generates.

use super::{Size, grouped};
use std::fmt::Write as _;

const HEAD: &str = "| | bytes |\n|---|--:|\n";

/// The document with these sizes in place of its table, or `None` if it has no table.
pub(super) fn with_sizes(document: &str, sizes: &[Size]) -> Option<String> {
    let start = document.find(HEAD)? + HEAD.len();
    let rows: usize = document[start..].split_inclusive('\n').take_while(|line| line.starts_with('|')).map(str::len).sum();
    let mut written = document[..start].to_owned();
    for size in sizes {
        let _ = writeln!(written, "| {} | {} |", size.name, grouped(size.bytes));
    }
    written.push_str(&document[start + rows..]);
    Some(written)
}

/// The bytes that the document's table states for this name.
pub(super) fn bytes_of(document: &str, name: &str) -> Option<u64> {
    let cells = document.lines().find_map(|line| line.strip_prefix(&format!("| {name} | ")))?;
    cells.split('|').next()?.trim().replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_replaced_and_the_text_around_it_stays() {
        let sizes = [("first wasm", 130_000), ("part cart", 17_390)];
        let sizes = sizes.map(|(name, bytes)| Size { name: name.to_owned(), bytes, limit: None });
        let document = format!("Sizes:\n\n{HEAD}| first wasm | 134,442 |\n| part cart | 1 |\n\nThe end.\n");
        assert_eq!(bytes_of(&document, "first wasm"), Some(134_442));
        assert_eq!(bytes_of(&document, "glue"), None);
        let written = with_sizes(&document, &sizes).expect("a table");
        assert_eq!(written, format!("Sizes:\n\n{HEAD}| first wasm | 130,000 |\n| part cart | 17,390 |\n\nThe end.\n"));
        assert_eq!(with_sizes("no table", &sizes), None);
    }
}
