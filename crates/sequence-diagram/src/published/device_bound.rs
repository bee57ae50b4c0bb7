//! The endings of the three workflows in which the backend sets the cookies, with sign-ins that are bound to devices. They are not published.

use super::notation::*;

const TITLE: &str = "What stops stolen cookies: a key that stays on the device";
const PAGE: &str = "GET /shopping-cart";
const REGISTRATION: &str = "POST /api/device-key";
const PROOF: &str = "POST /api/device-key/refresh";

const OFFER: Step = Step::note(S, "runs with device_binding = “offered”, over https");
const KEY: Step = Step::note(B, "makes a key that cannot leave the device");
const THEFT: Step = Step::note(A, "stole every cookie ten minutes ago, so the bound cookie has expired");
const OWNER: Step = Step::note(B, "signs the challenge before it sends the shopper’s next request");
const AGAIN: Step = Step::note(A, "still has the old bound cookie");

pub(super) const SPA_BACKEND: PublishedPhase = PublishedPhase {
    title: TITLE,
    steps: &[
        OFFER,
        Step::unnumbered(B, S, "POST /api/login"),
        Step::unnumbered(S, B, "200"),
        KEY,
        Step::unnumbered(B, S, REGISTRATION),
        Step::unnumbered(S, B, "200"),
        THEFT,
        Step::unnumbered(A, S, CART),
        Step::unnumbered(S, A, "401"),
        OWNER,
        Step::unnumbered(B, S, PROOF),
        Step::unnumbered(S, B, "200"),
        Step::unnumbered(B, S, CART),
        Step::unnumbered(S, FA, REFRESH),
        Step::unnumbered(FA, S, "200"),
        Step::unnumbered(S, B, "200"),
        AGAIN,
        Step::unnumbered(A, S, CART),
        Step::unnumbered(S, A, "401"),
    ],
};

pub(super) const WEBAPP_JWT: PublishedPhase = PublishedPhase {
    title: TITLE,
    steps: &[
        OFFER,
        Step::unnumbered(B, S, "POST /login"),
        Step::unnumbered(S, B, "302"),
        KEY,
        Step::unnumbered(B, S, REGISTRATION),
        Step::unnumbered(S, B, "200"),
        THEFT,
        Step::unnumbered(A, S, PAGE),
        Step::unnumbered(S, A, "302"),
        OWNER,
        Step::unnumbered(B, S, PROOF),
        Step::unnumbered(S, B, "200"),
        Step::unnumbered(B, S, PAGE),
        Step::unnumbered(S, FA, REFRESH),
        Step::unnumbered(FA, S, "200"),
        Step::unnumbered(S, B, "200"),
        AGAIN,
        Step::unnumbered(A, S, PAGE),
        Step::unnumbered(S, A, "302"),
    ],
};

pub(super) const WEBAPP_SESSION: PublishedPhase = PublishedPhase {
    title: TITLE,
    steps: &[
        OFFER,
        Step::unnumbered(B, S, "POST /login"),
        Step::unnumbered(S, B, "302"),
        KEY,
        Step::unnumbered(B, S, REGISTRATION),
        Step::unnumbered(S, B, "200"),
        THEFT,
        Step::unnumbered(A, S, PAGE),
        Step::unnumbered(S, A, "302"),
        OWNER,
        Step::unnumbered(B, S, PROOF),
        Step::unnumbered(S, B, "200"),
        Step::unnumbered(B, S, PAGE),
        Step::unnumbered(S, B, "200"),
        AGAIN,
        Step::unnumbered(A, S, PAGE),
        Step::unnumbered(S, A, "302"),
    ],
};
