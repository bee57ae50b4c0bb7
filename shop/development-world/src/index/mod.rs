//! The index page: links to the ten sites (the Store and the Forums of each workflow), a comparison of the five workflows, and the
//! development accounts. The server shows it on every host that is not a site.

use crate::page::{document, file};
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use axum::{Router, http::header, routing::get};
use maud::{Markup, html};
use std::{path::Path, sync::Arc};
use storefront_api::{App, WORKFLOWS, Workflow};
use storefront_server::config::site::Sites;
use storefront_server::http::host::port;

/// The content of the page.
pub(crate) struct Index {
    pub(crate) sites: Arc<Sites>,
    /// Whether the server has demo data. The page then lists the accounts for development.
    pub(crate) has_demo_data: bool,
}

/// The routes of hosts that are not sites. Any other path gets 404. `dist` is the folder of the app's build.
pub(crate) fn router(dist: &Path) -> Router<Arc<Index>> {
    Router::new()
        .route("/", get(index))
        .route("/index.css", get(async || file("text/css; charset=utf-8", include_str!("index.css"))))
        .route("/favicon.svg", get(async || file("image/svg+xml", include_str!("../../../assets/favicon.svg"))))
        .merge(crate::design::router(dist))
}

async fn index(State(about): State<Arc<Index>>, request: Request) -> Response {
    let page = document("Storefront: five ways to sign in", Markup::default(), content(&about, port(request.headers())));
    ([(header::CACHE_CONTROL, "no-cache")], Html(page.into_string())).into_response()
}

fn content(about: &Index, port: Option<u16>) -> Markup {
    html! {
        main {
            h1 { "Storefront" }
            p.lead {
                "One Store and one Forums, five ways to sign in with a form of their own at FusionAuth. They differ in who sees the \
                 password, where the tokens live, and who renews them."
            }
            p { a href="/flows" { "Watch what your browser, the Store and FusionAuth say to each other" } ", while you try them." }
            p { a href="/design" { "See every component of the design" } ", with the stylesheets of the app." }
            ul.workflows { @for workflow in WORKFLOWS { (card(&about.sites, workflow, port)) } }
            (comparison())
            @if about.has_demo_data { (accounts()) }
        }
    }
}

fn card(sites: &Sites, workflow: Workflow, port: Option<u16>) -> Markup {
    let (title, about) = description(workflow);
    let apps = [(App::Store, "Store"), (App::Forums, "Forums")];
    let apps: Vec<_> = apps.into_iter().filter_map(|(app, name)| Some((sites.find(app, workflow)?, name))).collect();
    html! {
        li {
            h2 { (title) }
            p.slug { code { (workflow.slug()) } }
            p { (about) }
            p.links {
                @for (site, name) in &apps { a href={ (site.origin(port)) "/" } { (name) } " " }
            }
            @if let Some((site, _)) = apps.first() { p.auth { "FusionAuth at " code { (site.fusionauth_origin()) } } }
        }
    }
}

fn description(workflow: Workflow) -> (&'static str, &'static str) {
    match workflow {
        Workflow::SpaLocalStorage => (
            "Single-page app, local storage",
            "The form posts to FusionAuth. Script keeps the access token and renews it with a cookie that only FusionAuth gets.",
        ),
        Workflow::SpaBackend => (
            "Single-page app, own backend",
            "The form posts to the app’s backend, which keeps both tokens in cookies no script can read, and renews them unseen.",
        ),
        Workflow::SpaSharedDomain => (
            "Single-page app, shared domain",
            "The form posts to FusionAuth on the same parent domain. Cookies with both tokens reach every host of that domain.",
        ),
        Workflow::WebappJwt => (
            "Server-rendered pages, tokens in cookies",
            "Plain forms and redirects, no script. The server verifies the token in a cookie and renews it during a page load.",
        ),
        Workflow::WebappSession => (
            "Server-rendered pages, session",
            "Plain forms and redirects, no script. The browser holds a session’s number; the token never leaves the server.",
        ),
    }
}

/// A row of the comparison: a question, and the answer for each workflow in the order of [`WORKFLOWS`].
type Row = (&'static str, [&'static str; 5]);

#[rustfmt::skip] // a table reads better in rows
const COMPARISON: [Row; 18] = [
    ("The form posts to", ["FusionAuth", "the app’s backend", "FusionAuth", "the app’s backend", "the app’s backend"]),
    ("The backend sees the password at sign-in", ["no", "yes", "no", "yes", "yes"]),
    ("The access token lives in", ["local storage, per origin", "an HttpOnly cookie", "an HttpOnly cookie", "an HttpOnly cookie", "nowhere in the browser"]),
    ("The refresh token lives in", ["an HttpOnly cookie", "an HttpOnly cookie", "an HttpOnly cookie", "an HttpOnly cookie", "an HttpOnly cookie"]),
    ("The cookies belong to", ["FusionAuth’s host", "each app’s host", "the parent domain", "each app’s host", "each app’s host"]),
    ("Who sets them", ["FusionAuth", "the backend", "FusionAuth, through the proxy", "the backend", "the backend"]),
    ("The refresh token travels to", ["FusionAuth alone", "the backend with each request", "every host of the domain", "the backend with each request", "the backend with each request"]),
    ("A request is checked by", ["the token’s signature", "the token’s signature", "the token’s signature", "the token’s signature", "a look into the database"]),
    ("Who notices that it expired", ["the browser, beforehand", "the backend", "the backend: 401", "the backend", "the backend"]),
    ("Who renews", ["the browser", "the backend", "the browser", "the backend", "the backend"]),
    ("What a renewal gives", ["a new token in storage", "new cookies", "new cookies", "new cookies", "a new session number"]),
    ("Signed in at the Forums, too?", ["no", "no", "no", "no", "no"]),
    ("A sign-in at the Forums signs the Store out", ["no; as published, when its token expires", "no", "no; as published, at once", "no", "no"]),
    ("Foreign script on the page could take", ["the access token", "no token", "no token", "no token", "no token"]),
    ("First sign of “not signed in”", ["nothing in storage", "404 from /api/user", "404 from /api/user", "a login link", "a login link"]),
    ("How it ends", ["FusionAuth refuses a refresh", "401", "401, then a refused refresh", "redirect to /login", "redirect to /login"]),
    ("A stolen refresh token is of use at", ["FusionAuth", "FusionAuth; here with the expired token", "FusionAuth", "FusionAuth; here with the expired token", "FusionAuth; here with its session number"]),
    ("A stolen short-lived secret works", ["until it expires", "until it expires", "until it expires", "until it expires", "while it is used, up to the maximum"]),
];

fn comparison() -> Markup {
    html! {
        section {
            h2 #comparison { "Side by side" }
            div.wide tabindex="0" role="region" aria-labelledby="comparison" {
                table {
                    thead { tr { td {} @for workflow in WORKFLOWS { th scope="col" { code { (workflow.slug()) } } } } }
                    tbody {
                        @for (what, answers) in COMPARISON {
                            tr { th scope="row" { (what) } @for answer in answers { td { (answer) } } }
                        }
                    }
                }
            }
        }
    }
}

/// The section with the accounts for development. Their passwords are public.
fn accounts() -> Markup {
    html! {
        section {
            h2 { "Accounts" }
            p { "All have the password " code { "correct-horse-battery" } ". A Store’s login page leads to a form for new ones." }
            table {
                thead { tr { th scope="col" { "Email" } th scope="col" { "What it is for" } } }
                tbody { @for (login, about) in ACCOUNTS { tr { td { code { (login) } } td { (about) } } } }
            }
        }
    }
}

/// The accounts that `kickstart.json` creates at FusionAuth, for development only.
const ACCOUNTS: [(&str, &str); 8] = [
    ("shopper@example.com", "registered for Store and Forums; a cart with three lines"),
    ("second@example.com", "another person; an empty cart"),
    ("unregistered@example.com", "not registered for Store or Forums"),
    ("change@example.com", "must change the password"),
    ("unverified@example.com", "email address not verified"),
    ("twofactor@example.com", "second factor: authenticator app, secret JBSWY3DPEHPK3PXP"),
    ("locked@example.com", "locked"),
    ("moderator@example.com", "moderates the Forums: hides posts, closes threads"),
];
