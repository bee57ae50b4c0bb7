//! The steps of "Webapp native login to backend, using JWTs and refresh tokens".

use super::notation::*;

const PAGE: &str = "GET /shopping-cart";

pub(super) const PHASES: &[PublishedPhase] = &[
    PublishedPhase { title: "Opening the Store", steps: &[Step::message(1, B, S, "GET /"), Step::message(2, S, B, "200")] },
    PublishedPhase {
        title: "Signing in",
        steps: &[
            Step::message(3, B, S, "GET /login"),
            Step::message(4, S, B, "200"),
            Step::message(5, B, S, "POST /login"),
            Step::message(6, S, FA, LOGIN),
            Step::message(7, FA, S, "200"),
            Step::message(8, S, B, "302"),
            Step::message(9, B, S, PAGE),
            Step::message(10, S, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The JWT has expired",
        steps: &[
            Step::message(11, B, S, PAGE),
            Step::message(12, S, FA, REFRESH),
            Step::message(13, FA, S, "200"),
            Step::message(14, S, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The refresh token has ended, too",
        steps: &[
            Step::message(15, B, S, PAGE),
            Step::message(16, S, FA, REFRESH),
            Step::message(17, FA, S, "400").published_as("404"),
            Step::message(18, S, B, "302"),
            Step::action(19, B, "gets the login page, which says why"),
        ],
    },
    PublishedPhase { title: "Opening the Forums", steps: &[Step::message(20, B, F, "GET /"), Step::message(21, F, B, "200")] },
    PublishedPhase {
        title: "Signing in at the Forums",
        steps: &[
            Step::message(22, B, F, "GET /login"),
            Step::message(23, F, B, "200"),
            Step::message(24, B, F, "POST /login"),
            Step::message(25, F, FA, LOGIN),
            Step::message(26, FA, F, "200"),
            Step::message(27, F, B, "302"),
            Step::message(28, B, F, "GET /posts"),
            Step::message(29, F, B, "200"),
        ],
    },
    PublishedPhase {
        title: "Attack: a stolen refresh token, as published",
        steps: &[
            Step::note(S, "runs with --refresh-invalid-jwt"),
            Step::note(A, "has stolen the shopper’s refresh token"),
            Step::message(30, A, S, PAGE),
            Step::message(31, S, FA, REFRESH),
            Step::message(32, FA, S, "200"),
            Step::message(33, S, A, "200"),
        ],
    },
    PublishedPhase {
        title: "Attack: a stolen JWT",
        steps: &[Step::note(A, "has stolen the shopper’s JWT"), Step::message(34, A, S, PAGE), Step::message(35, S, A, "200")],
    },
    PublishedPhase {
        title: "What stops a stolen refresh token: revocation",
        steps: &[
            Step::note(FA, "an administrator revokes the shopper’s refresh tokens"),
            Step::unnumbered(A, S, PAGE),
            Step::unnumbered(S, FA, REFRESH),
            Step::unnumbered(FA, S, "400"),
            Step::unnumbered(S, A, "302"),
        ],
    },
    PublishedPhase {
        title: "What stops a stolen refresh token: the backend’s default",
        steps: &[
            Step::note(S, "runs without --refresh-invalid-jwt: it renews a JWT only if nothing but its age is wrong"),
            Step::unnumbered(A, S, PAGE),
            Step::unnumbered(S, A, "302"),
        ],
    },
    PublishedPhase {
        title: "What stops a stolen JWT: its end",
        steps: &[Step::note(A, "still has the JWT, after it has expired"), Step::unnumbered(A, S, PAGE), Step::unnumbered(S, A, "302")],
    },
    PublishedPhase {
        title: "What stops a stolen JWT: a webhook",
        steps: &[
            Step::unnumbered(B, S, "POST /logout"),
            Step::unnumbered(S, FA, "POST /api/logout"),
            Step::unnumbered(FA, S, "200"),
            Step::unnumbered(FA, S, EVENTS),
            Step::unnumbered(S, FA, "204"),
            Step::note(A, "still has the JWT, before it has expired"),
            Step::unnumbered(A, S, PAGE),
            Step::unnumbered(S, A, "302"),
        ],
    },
    PublishedPhase {
        title: "Signing out",
        steps: &[
            Step::unnumbered(B, S, "POST /logout"),
            Step::unnumbered(S, FA, "POST /api/logout"),
            Step::unnumbered(FA, S, "200"),
            Step::unnumbered(S, B, "303"),
        ],
    },
];
