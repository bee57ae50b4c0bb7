//! The steps of "Webapp native login to backend with sessions and refresh tokens".

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
            Step::action(8, S, "creates a session for the user; the JWT goes no further"),
            Step::message(9, S, B, "302"),
            Step::message(10, B, S, PAGE),
            Step::action(11, S, "finds the session and pushes its expiry forward"),
            Step::message(12, S, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The session has expired",
        steps: &[
            Step::message(13, B, S, PAGE),
            Step::message(14, S, FA, REFRESH),
            Step::message(15, FA, S, "200"),
            Step::action(16, S, "creates a new session"),
            Step::message(17, S, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The refresh token has ended, too",
        steps: &[
            Step::message(18, B, S, PAGE),
            Step::message(19, S, FA, REFRESH),
            Step::message(20, FA, S, "400").published_as("404"),
            Step::message(21, S, B, "302"),
            Step::action(22, B, "gets the login page, which says why"),
        ],
    },
    PublishedPhase { title: "Opening the Forums", steps: &[Step::message(23, B, F, "GET /"), Step::message(24, F, B, "200")] },
    PublishedPhase {
        title: "Signing in at the Forums",
        steps: &[
            Step::message(25, B, F, "GET /login"),
            Step::message(26, F, B, "200"),
            Step::message(27, B, F, "POST /login"),
            Step::message(28, F, FA, LOGIN),
            Step::message(29, FA, F, "200"),
            Step::action(30, F, "creates a session for the user"),
            Step::message(31, F, B, "302"),
            Step::message(32, B, F, "GET /posts"),
            Step::action(33, F, "finds the session and pushes its expiry forward"),
            Step::message(34, F, B, "200"),
        ],
    },
    PublishedPhase {
        title: "Attack: a stolen refresh token, as published",
        steps: &[
            Step::note(S, "runs with --refresh-invalid-jwt"),
            Step::note(A, "has stolen the shopper’s refresh token"),
            Step::message(35, A, S, PAGE),
            Step::message(36, S, FA, REFRESH),
            Step::message(37, FA, S, "200"),
            Step::action(38, S, "creates a session for the victim"),
            Step::message(39, S, A, "200"),
        ],
    },
    PublishedPhase {
        title: "Attack: a stolen session id",
        steps: &[
            Step::note(A, "has stolen the shopper’s session id"),
            Step::message(40, A, S, PAGE),
            Step::action(41, S, "finds the session and pushes its expiry forward: the attacker keeps it alive, too"),
            Step::message(42, S, A, "200"),
        ],
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
            Step::note(S, "runs without --refresh-invalid-jwt: it renews a session that was its own and has expired"),
            Step::unnumbered(A, S, PAGE),
            Step::unnumbered(S, A, "302"),
        ],
    },
    PublishedPhase {
        title: "What stops a stolen session id: signing out",
        steps: &[
            Step::unnumbered(B, S, "POST /logout"),
            Step::note(S, "deletes the session"),
            Step::unnumbered(S, FA, "POST /api/logout"),
            Step::unnumbered(FA, S, "200"),
            Step::unnumbered(S, B, "303"),
            Step::unnumbered(A, S, PAGE),
            Step::unnumbered(S, A, "302"),
        ],
    },
];
