//! The comparison of the five workflows: five rows that decide, and a longer table for readers who have decided.

use maud::{Markup, html};
use storefront_api::WORKFLOWS;

/// A row: a question, and the answer for each workflow in the order of [`WORKFLOWS`].
type Row = (&'static str, [&'static str; 5]);

#[rustfmt::skip] // a table reads better in rows
const DECISIVE: [Row; 5] = [
    ("Who sees the password at a sign-in?", ["FusionAuth alone", "your backend, then FusionAuth", "FusionAuth alone", "your backend, then FusionAuth", "your backend, then FusionAuth"]),
    ("What can a hostile script take?", ["the access token: the account for five minutes anywhere, and longer while the page is open", "no token; it can act while the page is open", "no token; it can act while the page is open", "no token; the pages need no script", "no token; the pages need no script"]),
    ("What is a stolen cookie good for?", ["new access tokens at FusionAuth, until the refresh token is revoked", "the account, until the refresh token is revoked; nothing with a key on the device", "the accounts of all apps on the domain, until the refresh token is revoked", "the account, until the refresh token is revoked; nothing with a key on the device", "the account, until the server ends the session; nothing with a key on the device"]),
    ("Does it work without script?", ["no", "no", "no", "yes", "yes"]),
    ("What does a second application do?", ["signs in for itself; tokens have its audience", "signs in for itself, with cookies of its own host", "gets the first one’s cookies, too, and must check the audience", "signs in for itself, with cookies of its own host", "signs in for itself, with cookies of its own host"]),
];

#[rustfmt::skip]
const DETAILS: [Row; 11] = [
    ("The access token is in", ["local storage, per origin", "an HttpOnly cookie", "an HttpOnly cookie", "an HttpOnly cookie", "the server only"]),
    ("The cookies belong to", ["FusionAuth’s host", "each app’s host", "the parent domain", "each app’s host", "each app’s host"]),
    ("Who sets them", ["FusionAuth", "the backend", "FusionAuth, through the proxy", "the backend", "the backend"]),
    ("The refresh token travels to", ["FusionAuth alone", "the backend with each request", "every host of the domain", "the backend with each request", "the backend with each request"]),
    ("A request is checked by", ["the token’s signature", "the token’s signature", "the token’s signature", "the token’s signature", "a query of the database"]),
    ("Who notices that it expired", ["the browser, beforehand", "the backend", "the backend: 401", "the backend", "the backend"]),
    ("Who renews", ["the browser", "the backend", "the browser", "the backend", "the backend"]),
    ("What a renewal gives", ["a new token in storage", "new cookies", "new cookies", "new cookies", "a new session id"]),
    ("As published, a sign-in at the Forums", ["ends the Store’s when its token expires", "leaves the Store signed in", "ends the Store’s at once", "leaves the Store signed in", "leaves the Store signed in"]),
    ("First sign of “not signed in”", ["nothing in storage", "404 from /api/user", "404 from /api/user", "a sign-in link", "a sign-in link"]),
    ("How it ends", ["FusionAuth refuses a refresh", "401", "401, then a refused refresh", "redirect to /login", "redirect to /login"]),
];

/// Both tables. The longer one is folded.
pub(super) fn tables() -> Markup {
    html! {
        section {
            h2 #comparison { "Side by side" }
            (table(&DECISIVE, "comparison"))
            details { summary #details { "More differences" } (table(&DETAILS, "details")) }
        }
    }
}

fn table(rows: &[Row], label: &str) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-labelledby=(label) {
            table {
                thead { tr { td {} @for workflow in WORKFLOWS { th scope="col" { code { (workflow.slug()) } } } } }
                tbody {
                    @for (what, answers) in rows { tr { th scope="row" { (what) } @for answer in answers { td { (answer) } } } }
                }
            }
        }
    }
}
