//! Compares the sizes that docs/performance.md states with those of the release build.

use super::grouped;

/// How far a stated size may be from the measured one, in per cent, so that small changes of the app do not require an edit of the
/// document.
const TOLERANCE: u64 = 5;

/// A row of the command's output: a name, its brotli bytes, and its budget.
pub(super) type Weighed = (String, u64, u64);

/// The differences between the measured values and the rows `| name | bytes | budget |` of a document.
pub(super) fn differences(document: &str, measured: &[Weighed]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, bytes, budget) in measured {
        let Some((stated, stated_budget)) = row(document, name) else {
            wrong.push(format!("no row `| {name} | {} | {} |`", grouped(*bytes), grouped(*budget)));
            continue;
        };
        if stated.abs_diff(*bytes) * 100 > bytes * TOLERANCE {
            wrong.push(format!("{name} has {} bytes, not {}", grouped(*bytes), grouped(stated)));
        }
        if stated_budget != *budget {
            wrong.push(format!("the budget of {name} is {}, not {}", grouped(*budget), grouped(stated_budget)));
        }
    }
    wrong
}

fn row(document: &str, name: &str) -> Option<(u64, u64)> {
    let cells = document.lines().find_map(|line| line.strip_prefix(&format!("| {name} | ")))?;
    let mut numbers = cells.split('|').map(|cell| cell.trim().replace(',', "").parse());
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "| | bytes | budget |\n|---|--:|--:|\n| first wasm | 134,442 | 134,500 |\n| part cart | many | 26,200 |\n";

    fn check(name: &str, bytes: u64, budget: u64) -> Vec<String> {
        differences(DOCUMENT, &[(name.to_owned(), bytes, budget)])
    }

    #[test]
    fn a_stated_size_may_differ_by_the_tolerance() {
        assert_eq!(check("first wasm", 134_442, 134_500), Vec::<String>::new());
        assert_eq!(check("first wasm", 128_100, 134_500), Vec::<String>::new());
        assert_eq!(check("first wasm", 127_000, 134_500), ["first wasm has 127,000 bytes, not 134,442"]);
        assert_eq!(check("first wasm", 142_000, 134_500), ["first wasm has 142,000 bytes, not 134,442"]);
    }

    #[test]
    fn a_stated_budget_is_the_budget() {
        assert_eq!(check("first wasm", 134_442, 135_000), ["the budget of first wasm is 135,000, not 134,500"]);
    }

    #[test]
    fn a_row_that_is_missing_or_unreadable_is_named() {
        assert_eq!(check("glue", 5_857, 5_900), ["no row `| glue | 5,857 | 5,900 |`"]);
        assert_eq!(check("part cart", 18_090, 26_200), ["no row `| part cart | 18,090 | 26,200 |`"]);
    }
}
