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

/// An ending: the sign-in and its answer, the read of the cart, the refusal, and the steps of a renewal within the owner's read.
macro_rules! ending {
    ($sign_in:expr, $signed_in:expr, $read:expr, $refused:expr, [$($renewal:expr),*]) => {
        PublishedPhase {
            title: TITLE,
            steps: &[
                OFFER,
                Step::unnumbered(B, S, $sign_in),
                Step::unnumbered(S, B, $signed_in),
                KEY,
                Step::unnumbered(B, S, REGISTRATION),
                Step::unnumbered(S, B, "200"),
                THEFT,
                Step::unnumbered(A, S, $read),
                Step::unnumbered(S, A, $refused),
                OWNER,
                Step::unnumbered(B, S, PROOF),
                Step::unnumbered(S, B, "200"),
                Step::unnumbered(B, S, $read),
                $($renewal,)*
                Step::unnumbered(S, B, "200"),
                AGAIN,
                Step::unnumbered(A, S, $read),
                Step::unnumbered(S, A, $refused),
            ],
        }
    };
}

const RENEWAL: Step = Step::unnumbered(S, FA, REFRESH);
const RENEWED: Step = Step::unnumbered(FA, S, "200");

pub(super) const SPA_BACKEND: PublishedPhase = ending!("POST /api/login", "200", CART, "401", [RENEWAL, RENEWED]);
pub(super) const WEBAPP_JWT: PublishedPhase = ending!("POST /login", "302", PAGE, "302", [RENEWAL, RENEWED]);
pub(super) const WEBAPP_SESSION: PublishedPhase = ending!("POST /login", "302", PAGE, "302", []);
