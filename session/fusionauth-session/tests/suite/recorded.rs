//! Replays traces that `fusionauthTrace()` has printed in a real browser, as a maintainer does with the trace of a bug report. Such traces
//! come from `leptos-fusionauth/tests/suite/trace.rs`. To add one, save it in `tests/recorded`.

use fusionauth_session::Trace;
use std::{fs, path::Path};

fn recorded() -> Vec<(String, Trace)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
    let files = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    files.map(|it| (it.display().to_string(), serde_json::from_str(&fs::read_to_string(&it).unwrap()).unwrap())).collect()
}

#[test]
fn a_recorded_trace_replays_step_by_step() {
    let traces = recorded();
    assert!(!traces.is_empty());
    for (name, trace) in traces {
        assert!(trace.steps.len() > 10, "{name} has too few steps");
        assert_eq!(trace.replay(), Ok(()), "{name}: the machine has other effects than in the browser");
    }
}

#[test]
fn a_trace_that_was_changed_does_not_replay() {
    for (name, mut trace) in recorded() {
        let at = trace.steps.iter().position(|it| it.effects.len() > 1).unwrap();
        trace.steps[at].effects.pop();
        assert_eq!(trace.replay(), Err(at), "{name}");
    }
}
