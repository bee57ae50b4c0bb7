//! Steps 1 to 33 of the published workflow and the journeys that cover them.

use std::collections::BTreeSet;

/// The steps of the workflow that are drawn as a message or an action.
const STEPS: std::ops::RangeInclusive<u32> = 1..=33;

const JOURNEYS: [&str; 3] = [include_str!("session.rs"), include_str!("clobbering.rs"), include_str!("attacks.rs")];

#[test]
fn every_step_of_the_workflow_has_a_journey() {
    let covered: BTreeSet<u32> = JOURNEYS.iter().flat_map(|source| source.lines()).filter_map(steps_of).flatten().collect();
    assert_eq!(covered, STEPS.collect());
}

/// The steps in the name of a journey: `async fn step_10_to_14_…()` or `async fn step_3_…()`.
fn steps_of(line: &str) -> Option<std::ops::RangeInclusive<u32>> {
    let mut words = line.strip_prefix("async fn step_")?.split('_');
    let first = words.next()?.parse().ok()?;
    let last = match words.next() {
        Some("to") => words.next()?.parse().ok()?,
        _ => first,
    };
    Some(first..=last)
}

#[test]
fn steps_are_read_from_names() {
    assert_eq!(steps_of("async fn step_10_to_14_expired() {"), Some(10..=14));
    assert_eq!(steps_of("async fn step_3_no_call() {"), Some(3..=3));
    assert_eq!(steps_of("async fn first_visit() {"), None);
    assert_eq!(steps_of("// step_3"), None);
}
