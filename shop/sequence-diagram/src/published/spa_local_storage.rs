//! The steps of "Single-page application native login to FusionAuth with JWTs and refresh tokens". The JWT is in local storage.

use super::notation::*;

pub(super) const PHASES: &[PublishedPhase] = &[
    PublishedPhase {
        title: "Opening the Store",
        steps: &[
            Step::message(1, B, S, "GET /"),
            Step::message(2, S, B, "200"),
            Step::action(3, B, "finds no JWT in local storage: nobody is signed in"),
            Step::unnumbered(B, S, PRODUCTS),
            Step::unnumbered(S, B, "200"),
            Step::action(4, B, "draws the login form"),
        ],
    },
    PublishedPhase {
        title: "Signing in",
        steps: &[
            Step::message(5, B, FA, LOGIN),
            Step::message(6, FA, B, "200"),
            Step::action(7, B, "moves the JWT into local storage"),
            Step::message(8, B, S, CART),
            Step::message(9, S, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The JWT has expired",
        steps: &[
            Step::message(10, B, FA, REFRESH),
            Step::message(11, FA, B, "200"),
            Step::action(12, B, "replaces the JWT in local storage"),
            Step::message(13, B, S, CART),
            Step::message(14, S, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The refresh token has ended, too",
        steps: &[
            Step::message(15, B, FA, REFRESH),
            Step::message(16, FA, B, "400").published_as("404"),
            Step::action(17, B, "draws the login form, and says why"),
        ],
    },
    PublishedPhase {
        title: "Opening the Forums",
        steps: &[
            Step::message(18, B, F, "GET /"),
            Step::message(19, F, B, "200"),
            Step::action(20, B, "finds no JWT in the Forums’ local storage: it is not shared"),
        ],
    },
    PublishedPhase {
        title: "Signing in at the Forums displaces the Store",
        steps: &[
            Step::action(21, B, "draws the login form"),
            Step::message(22, B, FA, LOGIN),
            Step::message(23, FA, B, "200"),
            Step::action(24, B, "FusionAuth’s cookies are the Forums’ now: the Store’s refresh token is gone"),
            Step::action(25, B, "moves the JWT into the Forums’ local storage"),
            Step::message(26, B, F, POSTS).published_as("GET /api/load-load-posts"),
            Step::message(27, F, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The Store afterwards",
        steps: &[
            Step::note(B, "the Store’s JWT has expired"),
            Step::unnumbered(B, FA, REFRESH),
            Step::unnumbered(FA, B, "200"),
            Step::note(B, "drops the JWT of another application and draws the login form: no loop, and nothing is sent to the Store"),
        ],
    },
    PublishedPhase {
        title: "Signing in at the Forums with cookies per application",
        steps: &[
            Step::unnumbered(B, FA, LOGIN),
            Step::unnumbered(FA, B, "200"),
            Step::note(B, "has FusionAuth’s cookies of both applications"),
            Step::unnumbered(B, F, POSTS),
            Step::unnumbered(F, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The Store afterwards with cookies per application",
        steps: &[
            Step::note(B, "the Store’s JWT has expired"),
            Step::unnumbered(B, FA, REFRESH),
            Step::unnumbered(FA, B, "200"),
            Step::unnumbered(B, S, CART),
            Step::unnumbered(S, B, "200"),
        ],
    },
    PublishedPhase {
        title: "Attack: a stolen refresh token",
        steps: &[
            Step::note(A, "has stolen the shopper’s refresh token"),
            Step::message(28, A, FA, REFRESH),
            Step::message(29, FA, A, "200"),
            Step::message(30, A, S, CART),
            Step::message(31, S, A, "200"),
        ],
    },
    PublishedPhase {
        title: "Attack: a stolen JWT",
        steps: &[
            Step::note(A, "has read the shopper’s JWT in local storage"),
            Step::message(32, A, S, CART),
            Step::message(33, S, A, "200"),
        ],
    },
    PublishedPhase {
        title: "What stops a stolen refresh token: revocation",
        steps: &[
            Step::note(FA, "an administrator revokes the shopper’s refresh tokens"),
            Step::unnumbered(A, FA, REFRESH),
            Step::unnumbered(FA, A, "400"),
        ],
    },
    PublishedPhase {
        title: "What stops a stolen refresh token: one-time use",
        steps: &[
            Step::note(FA, "each refresh token is good for one refresh; using one a second time revokes its session"),
            Step::unnumbered(A, FA, REFRESH),
            Step::unnumbered(FA, A, "200"),
            Step::note(B, "the shopper comes back when the JWT has expired"),
            Step::unnumbered(B, FA, REFRESH),
            Step::unnumbered(FA, B, "400"),
            Step::note(A, "tries the new refresh token"),
            Step::unnumbered(A, FA, REFRESH),
            Step::unnumbered(FA, A, "400"),
        ],
    },
    JWT_EXPIRED,
    JWT_ENDED_BY_A_WEBHOOK,
    PublishedPhase {
        title: "Signing out",
        steps: &[Step::unnumbered(B, FA, "POST /api/logout"), Step::unnumbered(FA, B, "200"), Step::note(B, "wipes local storage")],
    },
];
