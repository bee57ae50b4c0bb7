//! Short names, so that a step fits into one line of a table: A is the attacker, B the browser, S the Store, F the Forums, FA FusionAuth.

pub(super) use crate::script::{PublishedPhase, Step};
pub(super) use wire_recorder::Actor::{Attacker as A, Browser as B, Forums as F, FusionAuth as FA, Store as S};

pub(super) const CART: &str = "GET /api/load-shopping-cart";
pub(super) const POSTS: &str = "GET /api/load-posts";
pub(super) const EVENTS: &str = "POST /api/fusionauth/events";
pub(super) const LOGIN: &str = "POST /api/login";
pub(super) const REFRESH: &str = "POST /api/jwt/refresh";
pub(super) const PRODUCTS: &str = "GET /api/products";
pub(super) const USER: &str = "GET /api/user";

/// An attacker tries a copied JWT after its expiry, in the workflows of the single-page app.
pub(super) const JWT_EXPIRED: PublishedPhase = PublishedPhase {
    title: "What stops a stolen JWT: its end",
    steps: &[Step::note(A, "still has the JWT, after it has expired"), Step::unnumbered(A, S, CART), Step::unnumbered(S, A, "401")],
};

/// The attacker tries the JWT after the browser has signed out at FusionAuth, which sends a webhook event.
pub(super) const JWT_ENDED_BY_A_WEBHOOK: PublishedPhase = PublishedPhase {
    title: "What stops a stolen JWT: a webhook",
    steps: &[
        Step::unnumbered(B, FA, "POST /api/logout"),
        Step::unnumbered(FA, B, "200"),
        Step::unnumbered(FA, S, EVENTS),
        Step::unnumbered(S, FA, "204"),
        Step::note(A, "still has the JWT, before it has expired"),
        Step::unnumbered(A, S, CART),
        Step::unnumbered(S, A, "401"),
    ],
};
