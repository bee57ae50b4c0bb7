//! Checks `docs/account.md`, which maps each answer of FusionAuth to a sign-in, and each part of an account's life, to the journey that
//! shows it. Every status and every part must have a row, and every cell a journey that exists or the word "open".

use std::collections::BTreeSet;

const TABLE: &str = include_str!("../../../../docs/account.md");

/// The answers that FusionAuth documents for a sign-in and that a person sees.
const STATUSES: [&str; 9] = ["200", "202", "203", "212", "213", "242", "409", "410", "423"];

/// The parts of an account's life.
const PARTS: [&str; 15] = [
    "Forgotten password",
    "Used or expired link",
    "Link and second factor",
    "Second factor by mail or SMS",
    "Trusted device",
    "Registration",
    "Display name",
    "Change of address",
    "Change of password",
    "Authenticator",
    "Sessions",
    "Deletion",
    "Export",
    "Keep me signed in",
    "Passkeys",
];

/// The modules that the table may name, with their source.
const MODULES: [(&str, &str); 7] = [
    ("accounts", include_str!("accounts.rs")),
    ("own_account", include_str!("own_account.rs")),
    ("passkeys", include_str!("passkeys.rs")),
    ("register", include_str!("register.rs")),
    ("self_service", include_str!("self_service.rs")),
    ("spa_account", include_str!("spa_account.rs")),
    ("webapp_forms", include_str!("webapp_forms.rs")),
];

#[test]
fn every_status_and_every_part_has_a_row() {
    let named: Vec<&str> = rows().map(|[name, ..]| name).collect();
    let expected: Vec<&str> = STATUSES.into_iter().chain(PARTS).collect();
    assert_eq!(named, expected);
}

#[test]
fn every_cell_names_a_journey_that_exists_or_is_open() {
    let journeys: BTreeSet<String> = MODULES.iter().flat_map(|(module, source)| journeys(module, source)).collect();
    for [row, pages, app] in rows() {
        for cell in [pages, app] {
            let named: Vec<&str> = cell.split('`').skip(1).step_by(2).filter(|it| it.contains("::")).collect();
            let unknown: Vec<&&str> = named.iter().filter(|it| !journeys.contains(**it)).collect();
            assert!(unknown.is_empty(), "{row}: there is no journey {unknown:?}");
            assert!(!named.is_empty() || cell.starts_with("**open**"), "{row}: {cell:?} has neither a journey nor the word open");
        }
    }
}

/// The rows of both tables, as three cells each.
fn rows() -> impl Iterator<Item = [&'static str; 3]> {
    let lines = TABLE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Status |") && !line.starts_with("| Part |"));
    lines.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        <[&str; 3]>::try_from(cells).unwrap_or_else(|cells| panic!("{cells:?} are not three cells"))
    })
}

fn journeys<'a>(module: &'a str, source: &'a str) -> impl Iterator<Item = String> + 'a {
    let tests = source.split("#[tokio::test]\nasync fn ").skip(1).filter_map(|rest| rest.split('(').next());
    tests.map(move |name| format!("{module}::{name}"))
}
