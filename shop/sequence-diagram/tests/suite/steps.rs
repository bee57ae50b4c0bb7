//! The numbering of a diagram's arrows by the steps of a published workflow, and the error for a missing step.

use crate::recording::{Recording, applications};
use sequence_diagram::{Diagram, Names, PublishedPhase, RecordExtent, conversation, published};
use storefront_api::Workflow;
use wire_recorder::Actor;

/// The phase "The refresh token has ended, too" of webapp-jwt.
fn script() -> &'static PublishedPhase {
    published(Workflow::WebappJwt).iter().find(|script| script.title == "The refresh token has ended, too").unwrap()
}

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
    script().number(&mut diagram).unwrap();
    let text = diagram.mermaid();
    let expected = "\
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
fn a_step_that_did_not_happen_is_named() {
    let missing = script().number(&mut diagram(400, 401)).unwrap_err();
    assert_eq!(missing.to_string(), "The refresh token has ended, too: cannot find step 18, Store --> Browser: 302");
    let missing = script().number(&mut diagram(404, 302)).unwrap_err();
    assert_eq!(missing.to_string(), "The refresh token has ended, too: cannot find step 17, FusionAuth --> Store: 400");
}
