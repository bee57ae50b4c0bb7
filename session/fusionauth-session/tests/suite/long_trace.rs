//! A trace keeps the last 200 steps, and the machine before them. So it can be replayed, however long the page was open.

use crate::support::Tab;
use fusionauth_session::Trace;

#[test]
fn a_trace_that_lost_its_first_steps_replays() {
    let mut tab = Tab::signed_in(300.0);
    for serial in 1..100 {
        tab.pass(400_000);
        tab.renew(serial);
    }
    let trace = tab.machine.trace();
    assert!(trace.dropped > 100 && trace.steps.len() == 200, "{} dropped, {} kept", trace.dropped, trace.steps.len());
    let text = serde_json::to_string(trace).unwrap();
    assert!(!text.contains("shopper") && !text.contains('|'), "a secret in a trace");
    let mut read: Trace = serde_json::from_str(&text).unwrap();
    assert_eq!(read.replay(), Ok(()));

    let at = read.steps.iter().position(|it| !it.effects.is_empty()).unwrap();
    read.steps[at].effects.pop();
    assert_eq!(read.replay(), Err(at), "the replay finds the step with other effects");
}
