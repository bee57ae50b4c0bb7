//! Diagrams of hand-made recordings, compared as Mermaid text: names of credentials, order, and the messages that are left out.

use crate::recording::{Recording, applications, jwt, secret, session, set, token};
use sequence_diagram::{Diagram, Names, RecordExtent, conversation};
use wire_recorder::{Actor, Message, Place};

fn mermaid(messages: &[Message], record: RecordExtent) -> String {
    Diagram::of(&conversation(messages), &mut Names::new(messages, record, applications())).mermaid()
}

/// A sign-in with a form, in the workflow webapp-jwt.
fn form_sign_in() -> Vec<Message> {
    let mut recording = Recording::default();
    let post = recording.request(Actor::Browser, Actor::Store, "POST /login", vec![secret("password", Place::Body)]);
    let login = recording.request(Actor::Store, Actor::FusionAuth, "POST /api/login", vec![secret("password", Place::Body)]);
    recording.response(
        &login,
        200,
        vec![set("access_token", "a1"), set("refresh_token", "b2")],
        vec![token("refreshToken", Place::Body, "b2"), jwt("token", Place::Body, "a1", false)],
    );
    recording.response(&post, 302, vec![set("storefront_jwt", "a1"), set("storefront_refresh_token", "b2")], vec![]);
    let page = recording.request(
        Actor::Browser,
        Actor::Store,
        "GET /shopping-cart",
        vec![token("storefront_refresh_token", Place::Cookie, "b2"), jwt("storefront_jwt", Place::Cookie, "a1", true)],
    );
    recording.response(&page, 200, vec![], vec![]);
    recording.messages
}

#[test]
fn a_sign_in_reads_as_published() {
    assert_eq!(
        mermaid(&form_sign_in(), RecordExtent::Whole),
        "\
sequenceDiagram
    participant Browser
    participant Store
    participant FusionAuth
    Browser->>Store: POST /login<br/>(password)
    Store->>FusionAuth: POST /api/login<br/>(password)
    FusionAuth-->>Store: 200<br/>(Store JWT 1, refresh token 1)
    Store-->>Browser: 302<br/>sets [Store JWT 1, refresh token 1: HttpOnly, SameSite=Lax, this host only, 30 days]
    Browser->>Store: GET /shopping-cart<br/>[expired Store JWT 1, refresh token 1]
    Store-->>Browser: 200
"
    );
}

#[test]
fn other_fingerprints_ports_and_exchange_names_draw_the_same() {
    let text = serde_json::to_string(&form_sign_in()).unwrap();
    let other = text.replace("\"a1\"", "\"ffff\"").replace("\"b2\"", "\"0\"").replace(":8080", ":4711").replace("exchange-", "x");
    let other: Vec<Message> = serde_json::from_str(&other).unwrap();
    assert_ne!(other, form_sign_in());
    assert_eq!(mermaid(&other, RecordExtent::Whole), mermaid(&form_sign_in(), RecordExtent::Whole));
}

#[test]
fn messages_that_have_nothing_to_do_with_a_sign_in_are_left_out() {
    let mut recording = Recording::default();
    for (from, to, line) in [
        (Actor::Browser, Actor::FusionAuth, "OPTIONS /api/login"),
        (Actor::Browser, Actor::Store, "GET /assets/storefront-0123456789abcdef.js"),
        (Actor::Browser, Actor::Store, "GET /favicon.svg"),
        (Actor::Store, Actor::FusionAuth, "GET /.well-known/jwks.json"),
        (Actor::Client, Actor::FusionAuth, "PATCH /api/application/{id}"),
        (Actor::Browser, Actor::Store, "GET /healthz"),
    ] {
        let exchange = recording.request(from, to, line, vec![]);
        recording.response(&exchange, 200, vec![], vec![]);
    }
    assert_eq!(mermaid(&recording.messages, RecordExtent::Whole), "sequenceDiagram\n");
}

#[test]
fn the_auth_proxy_and_fusionauth_are_one_actor() {
    let mut recording = Recording::default();
    let cookie = || vec![token("refresh_token", Place::Cookie, "b2")];
    let outer = recording.request(Actor::Browser, Actor::FusionAuth, "POST /api/jwt/refresh", cookie());
    let inner = recording.request_at("127.0.0.1:9012", Actor::Browser, Actor::FusionAuth, "POST /api/jwt/refresh", cookie());
    recording.response(&inner, 200, vec![], vec![jwt("token", Place::Body, "a1", false)]);
    recording.response(&outer, 200, vec![set("access_token", "a1")], vec![]);
    let text = mermaid(&recording.messages, RecordExtent::Part);
    assert_eq!(text.matches("POST /api/jwt/refresh").count(), 1, "{text}");
    assert!(text.contains("200<br/>sets [Store JWT 1: "), "the response behind the proxy must name the application of the token: {text}");
}

#[test]
fn requests_that_race_are_drawn_in_one_order() {
    let lines = ["GET /api/products", "GET /api/user", "GET /api/load-shopping-cart"];
    let orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2]];
    let drawn = orders.map(|order| {
        let mut recording = Recording::default();
        let requests = order.map(|at| recording.request(Actor::Browser, Actor::Store, lines[at], vec![]));
        for exchange in &requests {
            recording.response(exchange, 200, vec![], vec![]);
        }
        mermaid(&recording.messages, RecordExtent::Whole)
    });
    assert!(drawn.iter().all(|text| *text == drawn[0]), "{drawn:#?}");
    assert!(drawn[0].find("user").unwrap() < drawn[0].find("load-shopping-cart").unwrap());
}

#[test]
fn a_call_stands_in_the_request_that_caused_it() {
    let mut recording = Recording::default();
    let other = recording.request(Actor::Browser, Actor::Store, "POST /a", vec![token("storefront_refresh_token", Place::Cookie, "c3")]);
    let cause = recording.request(Actor::Browser, Actor::Store, "POST /b", vec![token("storefront_refresh_token", Place::Cookie, "b2")]);
    let call = recording.request(Actor::Store, Actor::FusionAuth, "POST /api/jwt/refresh", vec![token("refreshToken", Place::Body, "c3")]);
    recording.response(&cause, 200, vec![], vec![]);
    recording.response(&call, 200, vec![], vec![]);
    recording.response(&other, 200, vec![], vec![]);
    let exchanges = conversation(&recording.messages);
    assert_eq!(exchanges.iter().map(|it| (it.path.as_str(), it.calls.len())).collect::<Vec<_>>(), [("/a", 1), ("/b", 0)]);
}

#[test]
fn a_file_that_is_still_loading_is_no_cause() {
    let mut recording = Recording::default();
    let post = recording.request(Actor::Browser, Actor::Store, "POST /login", vec![secret("password", Place::Body)]);
    recording.request(Actor::Browser, Actor::Store, "GET /assets/hills.svg", vec![]);
    recording.exchange(Actor::Store, Actor::FusionAuth, "POST /api/login", vec![secret("password", Place::Body)], 200);
    recording.response(&post, 302, vec![], vec![]);
    recording.exchange(Actor::Store, Actor::FusionAuth, "POST /api/logout", vec![], 200);
    recording.request(Actor::Client, Actor::Store, "POST /login", vec![]);
    recording.exchange(Actor::Store, Actor::FusionAuth, "POST /api/login", vec![], 200);
    let exchanges = conversation(&recording.messages);
    let shapes: Vec<_> = exchanges.iter().map(|it| (it.path.as_str(), it.calls.len())).collect();
    assert_eq!(shapes, [("/login", 1), ("/api/logout", 0)], "a late logout stands alone, and requests of test code are left out");
}

#[test]
fn a_credential_that_nobody_issued_is_made_up_if_the_record_is_whole() {
    let mut recording = Recording::default();
    let page = recording.request(Actor::Attacker, Actor::Store, "GET /shopping-cart", vec![session("d4")]);
    recording.response(&page, 302, vec![], vec![]);
    assert!(mermaid(&recording.messages, RecordExtent::Whole).contains("[made-up session]"));
    assert!(mermaid(&recording.messages, RecordExtent::Part).contains("[session 1]"));
}

#[test]
fn half_a_recording_is_drawn_as_far_as_it_goes() {
    let messages = form_sign_in();
    for length in 0..=messages.len() {
        let (first, rest) = (mermaid(&messages[..length], RecordExtent::Part), mermaid(&messages[length..], RecordExtent::Part));
        // A response is left out if its request is in the other half.
        let arrows = |text: &str| text.lines().filter(|line| line.contains(">>")).count();
        assert!(arrows(&first) == length && arrows(&rest) <= messages.len() - length, "{length}\n{first}{rest}");
    }
}
