//! Checks the tables in `docs/account.md`. They name the tests for FusionAuth's answers to a sign-in, for the parts of
//! an account's life, for the states of a session, and for each requirement of a sign-in form. Each item of the lists below
//! must have a row. Each cell for tests must name existing tests, or begin with "open" or "none".

use crate::test_names::check_cells;

const TABLE: &str = include_str!("../../../../docs/account.md");

/// The statuses that FusionAuth documents as answers to a sign-in and that users can meet.
const STATUSES: [&str; 9] = ["200", "202", "203", "212", "213", "242", "409", "410", "423"];

/// The parts of an account's life.
const PARTS: [&str; 17] = [
    "Forgotten password",
    "Used or expired link",
    "Link and second factor",
    "Second factor by mail or SMS",
    "Trusted device",
    "Registration",
    "Display name",
    "Change of email",
    "Change of password",
    "Authenticator",
    "Sessions",
    "Deletion",
    "Export",
    "Keep me signed in",
    "Passkeys",
    "Sign-in without a password",
    "Languages",
];

/// The states of a session that a page shows.
const SESSION_STATES: [&str; 7] = [
    "Reconnecting",
    "Offline",
    "Signed out in another tab",
    "Another user signed in in another tab",
    "Signed out because the user signed in to the other application in the same browser",
    "Storage blocked",
    "Ended by a new password",
];

/// The number of requirements of a sign-in form. The table numbers them from 1.
const FORM_ITEMS: usize = 29;

#[test]
fn every_status_every_part_and_every_state_has_a_row() {
    let named: Vec<&str> = rows().map(|[name, ..]| name).collect();
    let items: Vec<String> = (1..=FORM_ITEMS).map(|it| it.to_string()).collect();
    let expected: Vec<&str> = STATUSES.into_iter().chain(PARTS).chain(SESSION_STATES).chain(items.iter().map(String::as_str)).collect();
    assert_eq!(named, expected);
}

#[test]
fn every_cell_names_a_test_that_exists_or_says_why_there_is_none() {
    let is_form_item = |row: &str| row.parse::<usize>().is_ok_and(|it| it <= FORM_ITEMS);
    check_cells(rows().flat_map(|[row, middle, last]| [(!is_form_item(row)).then_some((row, middle)), Some((row, last))]).flatten());
}

/// The rows of the tables whose cells name tests, as three cells each.
fn rows() -> impl Iterator<Item = [&'static str; 3]> {
    let is_heading = |line: &str| ["| Status |", "| Part |", "| State |", "| Number |"].iter().any(|it| line.starts_with(it));
    let mut is_in_table = false;
    let lines = TABLE.lines().filter(move |line| {
        let was_in_table = is_in_table;
        is_in_table = line.starts_with('|') && (was_in_table || is_heading(line));
        was_in_table && line.starts_with("| ")
    });
    lines.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        <[&str; 3]>::try_from(cells).unwrap_or_else(|cells| panic!("{cells:?} are not three cells"))
    })
}
