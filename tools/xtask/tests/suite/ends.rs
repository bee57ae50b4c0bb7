//! Tests that each cell of docs/ends.md names tests or gives a reason. [`documents`](crate::documents) tests that these tests exist.

use crate::read;

/// The cells of the tables' rows between two headings of docs/ends.md.
fn section(from: &str, to: &str) -> Vec<Vec<String>> {
    let page = read("docs/ends.md");
    let (_, rest) = page.split_once(from).expect("the heading exists");
    let (text, _) = rest.split_once(to).expect("the heading exists");
    let rows = text.lines().filter_map(|it| it.strip_prefix("| ")?.strip_suffix(" |"));
    rows.map(|it| it.split(" | ").map(ToOwned::to_owned).collect()).collect()
}

#[test]
fn every_cell_names_tests_or_gives_a_reason() {
    let rows = section("# Every way", "## How late");
    assert!(rows.len() > 10, "{rows:?}");
    for row in rows.iter().filter(|it| it[0] != "event") {
        assert!(row.len() == 5 && row[1..].iter().all(|it| it.contains("::") || it.contains("**")), "{row:?}");
    }
}

/// The attributes of which the server keeps copies.
const ATTRIBUTES: [&str; 9] = [
    "password",
    "active",
    "expiry",
    "roles",
    "registration",
    "email verified",
    "two-factor changed",
    "refresh token revoked",
    "key rotated",
];
const WORKFLOWS: [&str; 5] = ["spa-local-storage", "spa-shared-domain", "spa-backend", "webapp-jwt", "webapp-session"];

#[test]
fn the_server_learns_of_each_change_within_a_tokens_life_or_a_user_check() {
    let rows = section("## How late", "## What ends, and when");
    let [header, rows @ ..] = &*rows else { panic!("the section has no table") };
    assert!(WORKFLOWS.iter().all(|it| header.concat().contains(&format!("`{it}`"))), "{header:?}");
    assert_eq!(rows.len(), ATTRIBUTES.len());
    for (row, attribute) in rows.iter().zip(ATTRIBUTES) {
        assert!(row[0].starts_with(attribute) && row.len() == header.len(), "{attribute}: {row:?}");
        for (cell, workflows) in row.iter().zip(header).skip(1) {
            // `webapp-session` checks no access token, and the other workflows check no user.
            let latest = if workflows.contains("webapp-session") { "**user check**" } else { "**one token's life**" };
            let delays: Vec<&str> = cell.split("**").skip(1).step_by(2).collect();
            let is_bounded = delays == ["none"] || cell.contains(latest) && delays.iter().all(|it| *it == "at once" || latest.contains(it));
            assert!(is_bounded && (delays == ["none"] || cell.contains("::")), "{attribute} in {workflows}: {cell}");
        }
    }
}
