//! The steps of "Single-page application native login to FusionAuth (same domain) with JWTs and refresh tokens".

use super::notation::*;

pub(super) const PHASES: &[PublishedPhase] = &[
    PublishedPhase {
        title: "Opening the Store",
        steps: &[
            Step::message(1, B, S, "GET /"),
            Step::message(2, S, B, "200"),
            Step::message(3, B, S, USER),
            Step::message(4, S, B, "404"),
            Step::unnumbered(B, S, PRODUCTS),
            Step::unnumbered(S, B, "200"),
            Step::action(5, B, "draws the login form"),
        ],
    },
    PublishedPhase {
        title: "Signing in",
        steps: &[
            Step::message(6, B, FA, LOGIN),
            Step::message(7, FA, B, "200"),
            Step::message(8, B, S, CART),
            Step::message(9, S, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The JWT has expired",
        steps: &[
            Step::message(10, B, S, CART),
            Step::message(11, S, B, "401"),
            Step::message(12, B, FA, REFRESH),
            Step::message(13, FA, B, "200"),
            Step::message(14, B, S, CART),
            Step::message(15, S, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The refresh token has ended, too",
        steps: &[
            Step::message(16, B, S, CART),
            Step::message(17, S, B, "401"),
            Step::message(18, B, FA, REFRESH),
            Step::message(19, FA, B, "400").published_as("404"),
            Step::action(20, B, "draws the login form, and says why"),
        ],
    },
    PublishedPhase {
        title: "Opening the Forums",
        steps: &[
            Step::message(21, B, F, "GET /"),
            Step::message(22, F, B, "200"),
            Step::message(23, B, F, USER),
            Step::message(24, F, B, "404"),
        ],
    },
    PublishedPhase {
        title: "Signing in at the Forums displaces the Store",
        steps: &[
            Step::action(25, B, "draws the login form"),
            Step::message(26, B, FA, LOGIN),
            Step::message(27, FA, B, "200"),
            Step::action(28, B, "both cookies are the Forums’ now: the Store is signed out at once"),
            Step::message(29, B, F, POSTS),
            Step::message(30, F, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The Store afterwards",
        steps: &[
            Step::unnumbered(B, S, USER),
            Step::unnumbered(S, B, "404"),
            Step::unnumbered(B, FA, REFRESH),
            Step::unnumbered(FA, B, "200"),
            Step::unnumbered(B, S, USER),
            Step::unnumbered(S, B, "404"),
            Step::note(B, "draws the login form, and says why: no loop"),
        ],
    },
    PublishedPhase {
        title: "Signing in at the Forums with cookies per application",
        steps: &[
            Step::unnumbered(B, FA, LOGIN),
            Step::unnumbered(FA, B, "200"),
            Step::note(B, "has cookies of both applications"),
            Step::unnumbered(B, F, POSTS),
            Step::unnumbered(F, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The Store afterwards with cookies per application",
        steps: &[Step::unnumbered(B, S, USER), Step::unnumbered(S, B, "200"), Step::unnumbered(B, S, CART), Step::unnumbered(S, B, "200")],
    },
    PublishedPhase {
        title: "Attack: a stolen refresh token",
        steps: &[
            Step::note(A, "has stolen the shopper’s refresh token"),
            Step::message(31, A, FA, REFRESH),
            Step::message(32, FA, A, "200"),
            Step::message(33, A, S, CART),
            Step::message(34, S, A, "200"),
        ],
    },
    PublishedPhase {
        title: "Attack: a stolen JWT",
        steps: &[Step::note(A, "has stolen the shopper’s JWT"), Step::message(35, A, S, CART), Step::message(36, S, A, "200")],
    },
    PublishedPhase {
        title: "What stops a stolen refresh token: revocation",
        steps: &[
            Step::note(FA, "an administrator revokes the shopper’s refresh tokens"),
            Step::unnumbered(A, FA, REFRESH),
            Step::unnumbered(FA, A, "400"),
        ],
    },
    JWT_EXPIRED,
    JWT_ENDED_BY_A_WEBHOOK,
    PublishedPhase { title: "Signing out", steps: &[Step::unnumbered(B, FA, "POST /api/logout"), Step::unnumbered(FA, B, "200")] },
];
