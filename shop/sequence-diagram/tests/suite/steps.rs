//! The numbering of a diagram's arrows by the steps of an earlier drawing, and the steps that are missing.

use crate::recording::{Recording, applications};
use sequence_diagram::{Diagram, Names, RecordExtent, conversation};
use wire_recorder::Actor;

/// The phase "The refresh token has ended, too" of webapp-jwt.
const DRAWING: &str = "\
sequenceDiagram
    participant Browser
    Note over FusionAuth: has revoked the token: nobody knows it
    Browser->>Store: 15. GET /shopping-cart<br/>[refresh token 1]
    Store->>FusionAuth: 16. POST /api/jwt/refresh
    FusionAuth-->>Store: 17. 400 (published: 404)
    Store-->>Browser: 18. 302
    Note over Browser: 19. gets the login page, which says why
";

fn diagram(refresh_status: u16, last_status: u16) -> Diagram {
    let mut recording = Recording::default();
    let page = recording.request(Actor::Browser, Actor::Store, "GET /shopping-cart", vec![]);
    recording.exchange(Actor::Store, Actor::FusionAuth, "POST /api/jwt/refresh", vec![], refresh_status);
    recording.response(&page, last_status, vec![], vec![]);
    recording.exchange(Actor::Browser, Actor::Store, "GET /login", vec![], 200);
    Diagram::of(&conversation(&recording.messages), &mut Names::new(&recording.messages, RecordExtent::Whole, applications()))
}

#[test]
fn steps_are_numbered_with_what_the_published_workflow_says_instead() {
    let mut diagram = diagram(400, 302);
    assert_eq!(diagram.take_steps_of(&Diagram::read(DRAWING)), []);
    let text = diagram.mermaid();
    let expected = "\
    Note over FusionAuth: has revoked the token: nobody knows it
    Browser->>Store: 15. GET /shopping-cart
    Store->>FusionAuth: 16. POST /api/jwt/refresh
    FusionAuth-->>Store: 17. 400 (published: 404)
    Store-->>Browser: 18. 302
    Note over Browser: 19. gets the login page, which says why
    Browser->>Store: GET /login
    Store-->>Browser: 200
";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn a_step_that_did_not_happen_is_missing() {
    for (refresh_status, last_status, expected) in [(400, 401, 18), (404, 302, 17)] {
        let missing = diagram(refresh_status, last_status).take_steps_of(&Diagram::read(DRAWING));
        assert_eq!(missing.iter().map(|it| it.step).collect::<Vec<_>>(), [Some(expected)]);
    }
}
