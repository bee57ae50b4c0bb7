//! Compares `docs/workflows/steps.md` with the published steps and the journeys: it lists every step, and every journey that it names
//! exists.

use std::{collections::BTreeSet, ops::RangeInclusive};

const TABLE: &str = include_str!("../../../../docs/workflows/steps.md");

/// A workflow with the number of its published steps, and the modules of its journeys.
struct Published {
    workflow: &'static str,
    steps: u32,
    journeys: &'static [(&'static str, &'static str)],
}

const PUBLISHED: [Published; 5] = [
    Published { workflow: "spa-backend", steps: 37, journeys: &[("spa_backend", include_str!("spa_backend.rs"))] },
    Published { workflow: "spa-shared-domain", steps: 36, journeys: &[("spa_shared_domain", include_str!("spa_shared_domain.rs"))] },
    Published {
        workflow: "spa-local-storage",
        steps: 33,
        journeys: &[
            ("session", include_str!("session.rs")),
            ("clobbering", include_str!("clobbering.rs")),
            ("attacks", include_str!("attacks.rs")),
        ],
    },
    Published { workflow: "webapp-jwt", steps: 35, journeys: &[("webapp_jwt", include_str!("webapp_jwt.rs"))] },
    Published { workflow: "webapp-session", steps: 42, journeys: &[("webapp_session", include_str!("webapp_session.rs"))] },
];

#[test]
fn every_step_of_every_workflow_has_a_journey() {
    for Published { workflow, steps, journeys } in PUBLISHED {
        let rows = rows_of(TABLE, workflow);
        let covered: BTreeSet<u32> = rows.iter().flat_map(|(steps, _)| steps.clone()).collect();
        assert_eq!(covered, (1..=steps).collect(), "{workflow}");
        let named: BTreeSet<String> = rows.into_iter().map(|(_, journey)| journey).collect();
        let written = journeys.iter().flat_map(|(module, source)| {
            let tests = source.split("#[tokio::test]").skip(1).filter_map(|rest| name_of(rest.trim_start()));
            tests.map(move |name| format!("{module}::{name}"))
        });
        let written: BTreeSet<String> = written.filter(|journey| steps_of(journey).is_some()).collect();
        assert_eq!(named, written, "{workflow}: the table and the journeys whose names begin with their steps");
    }
}

#[test]
fn a_row_names_the_steps_of_its_journey() {
    for Published { workflow, .. } in PUBLISHED {
        for (steps, journey) in rows_of(TABLE, workflow) {
            assert_eq!(steps_of(&journey), Some(steps), "{workflow}: {journey}");
        }
    }
}

#[test]
fn the_table_speaks_of_these_workflows_alone() {
    let headings: BTreeSet<&str> = TABLE.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(headings, PUBLISHED.iter().map(|published| published.workflow).collect());
}

/// The rows of a workflow's table: steps, and the journey that covers them.
fn rows_of(table: &str, workflow: &str) -> Vec<(RangeInclusive<u32>, String)> {
    let section = table.lines().skip_while(|line| line.strip_prefix("## ") != Some(workflow)).skip(1);
    section.take_while(|line| !line.starts_with("## ")).filter_map(row).collect()
}

/// Parses a row, such as `| 10-14 | text | `module::journey` |`.
fn row(line: &str) -> Option<(RangeInclusive<u32>, String)> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let steps = cells.next()?;
    let (first, last) = steps.split_once('-').unwrap_or((steps, steps));
    let journey = cells.nth(1)?.trim_matches('`');
    Some((first.parse().ok()?..=last.parse().ok()?, journey.to_owned()))
}

/// The name of a test in the line `async fn name() {`.
fn name_of(source: &str) -> Option<&str> {
    source.strip_prefix("async fn ")?.split('(').next()
}

/// The steps in the name of a journey: `module::step_10_to_14_…` or `module::step_3_…`.
fn steps_of(journey: &str) -> Option<RangeInclusive<u32>> {
    let mut words = journey.split_once("::step_")?.1.split('_');
    let first = words.next()?.parse().ok()?;
    let last = match words.next() {
        Some("to") => words.next()?.parse().ok()?,
        _ => first,
    };
    Some(first..=last)
}

#[test]
fn steps_are_read_from_names_and_rows() {
    assert_eq!(steps_of("session::step_10_to_14_expired"), Some(10..=14));
    assert_eq!(steps_of("session::step_3_no_call"), Some(3..=3));
    assert_eq!(steps_of("session::first_visit"), None);
    assert_eq!(name_of("async fn step_3_no_call() {"), Some("step_3_no_call"));
    let table = "## a\n| steps | what | journey |\n|---|---|---|\n| 1-2 | x | `m::step_1_to_2_x` |\n## b\n| 3 | y | `m::step_3_y` |\n";
    assert_eq!(rows_of(table, "a"), [(1..=2, "m::step_1_to_2_x".to_owned())]);
    assert_eq!(rows_of(table, "b"), [(3..=3, "m::step_3_y".to_owned())]);
    assert_eq!(rows_of(table, "c"), []);
}
