//! The steps of "Single-page application native login to backend with JWTs and refresh tokens".

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
            Step::message(6, B, S, LOGIN),
            Step::message(7, S, FA, LOGIN),
            Step::message(8, FA, S, "200"),
            Step::message(9, S, B, "200"),
            Step::message(10, B, S, CART),
            Step::message(11, S, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The JWT has expired",
        steps: &[
            Step::message(12, B, S, CART),
            Step::message(13, S, FA, REFRESH),
            Step::message(14, FA, S, "200"),
            Step::message(15, S, B, "200"),
        ],
    },
    PublishedPhase {
        title: "The refresh token has ended, too",
        steps: &[
            Step::message(16, B, S, CART),
            Step::message(17, S, FA, REFRESH),
            Step::message(18, FA, S, "400").published_as("404"),
            Step::message(19, S, B, "401"),
            Step::unnumbered(B, S, USER),
            Step::unnumbered(S, B, "404"),
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
        title: "Signing in at the Forums",
        steps: &[
            Step::action(25, B, "draws the login form"),
            Step::message(26, B, F, LOGIN),
            Step::message(27, F, FA, LOGIN),
            Step::message(28, FA, F, "200"),
            Step::message(29, F, B, "200"),
            Step::message(30, B, F, POSTS),
            Step::message(31, F, B, "200"),
        ],
    },
    PublishedPhase {
        title: "Attack: a stolen refresh token, as published",
        steps: &[
            Step::note(S, "runs with --refresh-invalid-jwt"),
            Step::note(A, "has stolen the shopper’s refresh token"),
            Step::message(32, A, S, CART),
            Step::message(33, S, FA, REFRESH),
            Step::message(34, FA, S, "200"),
            Step::message(35, S, A, "200"),
        ],
    },
    PublishedPhase {
        title: "Attack: a stolen JWT",
        steps: &[Step::note(A, "has stolen the shopper’s JWT"), Step::message(36, A, S, CART), Step::message(37, S, A, "200")],
    },
    PublishedPhase {
        title: "What stops a stolen refresh token: revocation",
        steps: &[
            Step::note(FA, "an administrator revokes the shopper’s refresh tokens"),
            Step::unnumbered(A, S, CART),
            Step::unnumbered(S, FA, REFRESH),
            Step::unnumbered(FA, S, "400"),
            Step::unnumbered(S, A, "401"),
        ],
    },
    PublishedPhase {
        title: "What stops a stolen refresh token: the backend’s default",
        steps: &[
            Step::note(S, "runs without --refresh-invalid-jwt: it renews a JWT only if nothing but its age is wrong"),
            Step::unnumbered(A, S, CART),
            Step::unnumbered(S, A, "401"),
        ],
    },
    JWT_EXPIRED,
    PublishedPhase {
        title: "What stops a stolen JWT: a webhook",
        steps: &[
            Step::unnumbered(B, S, "POST /api/logout"),
            Step::unnumbered(S, FA, "POST /api/logout"),
            Step::unnumbered(FA, S, "200"),
            Step::unnumbered(FA, S, EVENTS),
            Step::unnumbered(S, FA, "204"),
            Step::note(A, "still has the JWT, before it has expired"),
            Step::unnumbered(A, S, CART),
            Step::unnumbered(S, A, "401"),
        ],
    },
    PublishedPhase {
        title: "Signing out",
        steps: &[
            Step::unnumbered(B, S, "POST /api/logout"),
            Step::unnumbered(S, FA, "POST /api/logout"),
            Step::unnumbered(FA, S, "200"),
            Step::unnumbered(S, B, "200"),
        ],
    },
];
