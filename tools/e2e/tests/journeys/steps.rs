//! Checks `docs/workflows/steps.md`, which maps each numbered step of FusionAuth's published login workflows to the journey (end-to-end
//! test) that covers it. Every step must have a row. The journey of each row must exist, and its name must begin with the row's steps.

use e2e::Workflow;
use sequence_diagram::last_step;
use std::{collections::BTreeSet, ops::RangeInclusive};

const TABLE: &str = include_str!("../../../../docs/workflows/steps.md");

/// A workflow, and the name and source of each module with its journeys.
struct WorkflowSteps {
    workflow: Workflow,
    modules: &'static [(&'static str, &'static str)],
}

const STEPS: [WorkflowSteps; 5] = [
    WorkflowSteps { workflow: Workflow::SpaBackend, modules: &[("spa_backend", include_str!("spa_backend.rs"))] },
    WorkflowSteps { workflow: Workflow::SpaSharedDomain, modules: &[("spa_shared_domain", include_str!("spa_shared_domain.rs"))] },
    WorkflowSteps {
        workflow: Workflow::SpaLocalStorage,
        modules: &[
            ("session", include_str!("session.rs")),
            ("clobbering", include_str!("clobbering.rs")),
            ("attacks", include_str!("attacks.rs")),
        ],
    },
    WorkflowSteps { workflow: Workflow::WebappJwt, modules: &[("webapp_jwt", include_str!("webapp_jwt.rs"))] },
    WorkflowSteps { workflow: Workflow::WebappSession, modules: &[("webapp_session", include_str!("webapp_session.rs"))] },
];

#[test]
fn every_step_of_every_workflow_has_a_journey() {
    for WorkflowSteps { workflow, modules } in STEPS {
        let rows = rows_of_workflow(TABLE, workflow.slug());
        let covered: BTreeSet<u32> = rows.iter().flat_map(|(steps, _)| steps.clone()).collect();
        assert_eq!(covered, (1..=last_step(workflow)).collect(), "{}", workflow.slug());
        let journeys_in_table: BTreeSet<String> = rows.into_iter().map(|(_, journey)| journey).collect();
        let journeys_in_source = modules.iter().flat_map(|(module, source)| {
            let tests = source.split("#[tokio::test]").skip(1).filter_map(|rest| parse_test_name(rest.trim_start()));
            tests.map(move |name| format!("{module}::{name}"))
        });
        let journeys_in_source: BTreeSet<String> = journeys_in_source.filter(|journey| parse_steps(journey).is_some()).collect();
        let rule = "the table must list the journeys that are named after steps";
        assert_eq!(journeys_in_table, journeys_in_source, "{}: {rule}", workflow.slug());
    }
}

#[test]
fn a_row_names_the_steps_of_its_journey() {
    for WorkflowSteps { workflow, .. } in STEPS {
        for (steps, journey) in rows_of_workflow(TABLE, workflow.slug()) {
            assert_eq!(parse_steps(&journey), Some(steps), "{}: {journey}", workflow.slug());
        }
    }
}

#[test]
fn the_table_has_a_section_for_each_workflow_and_no_other() {
    let headings: BTreeSet<&str> = TABLE.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(headings, STEPS.iter().map(|it| it.workflow.slug()).collect());
}

/// The rows of a workflow's table: steps, and the journey that covers them.
fn rows_of_workflow(table: &str, workflow: &str) -> Vec<(RangeInclusive<u32>, String)> {
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
fn parse_test_name(source: &str) -> Option<&str> {
    source.strip_prefix("async fn ")?.split('(').next()
}

/// The steps in the name of a journey: `module::step_10_to_14_…` or `module::step_3_…`.
fn parse_steps(journey: &str) -> Option<RangeInclusive<u32>> {
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
    assert_eq!(parse_steps("session::step_10_to_14_expired"), Some(10..=14));
    assert_eq!(parse_steps("session::step_3_no_call"), Some(3..=3));
    assert_eq!(parse_steps("session::first_visit"), None);
    assert_eq!(parse_test_name("async fn step_3_no_call() {"), Some("step_3_no_call"));
    let table = "## a\n| steps | what | journey |\n|---|---|---|\n| 1-2 | x | `m::step_1_to_2_x` |\n## b\n| 3 | y | `m::step_3_y` |\n";
    assert_eq!(rows_of_workflow(table, "a"), [(1..=2, "m::step_1_to_2_x".to_owned())]);
    assert_eq!(rows_of_workflow(table, "b"), [(3..=3, "m::step_3_y".to_owned())]);
    assert_eq!(rows_of_workflow(table, "c"), []);
}
