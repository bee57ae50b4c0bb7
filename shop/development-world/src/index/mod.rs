//! The front page: three questions that lead to a workflow (`choice`), the five workflows with their Store and Forums, tables that compare
//! them (`comparison`), the development accounts, and the way to all other pages for developers. The server shows it on every host that is
//! not a site.

mod choice;
mod comparison;

use crate::page::{document, file};
use crate::workflow;
use axum::extract::{Query, Request, State};
use axum::response::{Html, IntoResponse, Response};
use axum::{Router, http::header, routing::get};
use choice::{Answers, choice};
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
        .route("/favicon.svg", get(async || file("image/svg+xml", include_str!("../../../../assets/favicon.svg"))))
        .merge(workflow::router())
        .merge(crate::design::router(dist))
}

async fn index(State(about): State<Arc<Index>>, Query(answers): Query<Answers>, request: Request) -> Response {
    let page = document("Storefront: five ways to sign in", Markup::default(), content(&about, answers, port(request.headers())));
    ([(header::CACHE_CONTROL, "no-cache")], Html(page.into_string())).into_response()
}

fn content(about: &Index, answers: Answers, port: Option<u16>) -> Markup {
    let links = |workflow| site_links(about, workflow, port);
    let recommended = |workflow| {
        html! {
            p { strong { "Not if " } (workflow::not_if(workflow)) }
            p { strong { "Its price: " } (workflow::price(workflow)) }
            (links(workflow))
        }
    };
    let emulator = about.sites.applications.first().map(|site| site.fusionauth_origin());
    let emulator = emulator.and_then(|origin| Some(format!("{}://localhost:{}", origin.split_once("://")?.0, origin.rsplit_once(':')?.1)));
    html! {
        main {
            h1 { "Five ways to sign in with FusionAuth" }
            p.lead {
                "One Store and one Forums, with a sign-in form of their own. The workflows differ in who sees the password, where the \
                 tokens are, and who renews them."
            }
            (choice(answers, recommended))
            section {
                h2 { "All five" }
                ul.workflows { @for workflow in WORKFLOWS { li.warned[workflow == Workflow::SpaLocalStorage] { (card(workflow, links(workflow))) } } }
            }
            (comparison::tables())
            @if about.has_demo_data { (accounts(&about.sites, answers.workflow().unwrap_or(Workflow::SpaBackend), port)) }
            section {
                h2 { "Look inside" }
                ul.ways {
                    li { a href="/flows" { "Messages of your sign-in" } " between browser, apps and FusionAuth, drawn live" }
                    @if let Some(emulator) = emulator {
                        li { a href={ (emulator) "/emulator/mail" } { "Mails" } " that FusionAuth has sent: codes, reset links, orders" }
                        li { a href={ (emulator) "/" } { "FusionAuth’s emulator" } ": users, settings, faults" }
                    }
                    li { a href="/design" { "Design" } ": every component in each of its states" }
                    li { "The guide for your own app: " code { "docs/guide/src/begin.md" } }
                    li { "A project to begin with: " code { "session/template" } }
                }
            }
        }
    }
}

fn card(workflow: Workflow, links: Markup) -> Markup {
    html! {
        h3 { (workflow::title(workflow)) }
        p.quiet { code { (workflow.slug()) } }
        p { strong { "Choose it if " } (workflow::choose_if(workflow)) }
        p { strong { "Not if " } (workflow::not_if(workflow)) }
        p { strong { "Its price: " } (workflow::price(workflow)) }
        ul.attacks {
            @for (id, title) in workflow::attacks(workflow) { li { a href={ (workflow::path(workflow)) "#" (id) } { (title) } } }
        }
        (links)
    }
}

/// The links to the sites of a workflow, and to its diagrams.
fn site_links(about: &Index, workflow: Workflow, port: Option<u16>) -> Markup {
    html! {
        p.links {
            @for (app, name) in [(App::Store, "Store"), (App::Forums, "Forums")] {
                @if let Some(site) = about.sites.find(app, workflow) { a.button href={ (site.origin(port)) "/" } { (name) } " " }
            }
            @if let Some(store) = about.sites.find(App::Store, workflow).filter(|_| about.has_demo_data) {
                a href={ (store.origin(port)) "/login?as=shopper" } target="_blank" rel="noopener" { "Sign in as shopper" } " "
            }
            a href=(workflow::path(workflow)) { "Diagrams" }
        }
    }
}

/// The accounts for development, with links to the sign-in form of this workflow's Store.
fn accounts(sites: &Sites, workflow: Workflow, port: Option<u16>) -> Markup {
    let store = sites.find(App::Store, workflow).map(|site| site.origin(port)).unwrap_or_default();
    html! {
        section {
            h2 { "Accounts" }
            p { "All have the password " code { (PASSWORD) } ". The links open a filled form of the Store in " code { (workflow.slug()) } "." }
            ul.accounts {
                @for (name, about) in ACCOUNTS {
                    li {
                        code { (name) "@example.com" } " " (about) " "
                        a href={ (store) "/login?as=" (name) } target="_blank" rel="noopener" { "Sign in as " (name) }
                    }
                }
            }
        }
    }
}

/// The password of all accounts, which is public.
pub(crate) const PASSWORD: &str = "correct-horse-battery";

/// The accounts that `kickstart.json` creates at FusionAuth, for development only: the part of the email before `@example.com`.
pub(crate) const ACCOUNTS: [(&str, &str); 8] = [
    ("shopper", "has three products in the cart."),
    ("second", "has an empty cart."),
    ("unregistered", "is registered for neither Store nor Forums."),
    ("change", "must change the password first."),
    ("unverified", "has not verified the email."),
    ("twofactor", "needs a code of an authenticator app with the secret JBSWY3DPEHPK3PXP."),
    ("locked", "is locked."),
    ("moderator", "can hide posts and close threads in the Forums."),
];
