//! The HTML page `/flows`, which shows recorded HTTP messages as sequence diagrams. This module renders the menu of workflows, the links
//! "Clear" and "Export", and the instructions for an empty or missing record. `picture` renders the diagrams.

use crate::flows::{Browsers, Scene, View, picture};
use crate::page::document;
use maud::{Markup, html};
use storefront_api::{WORKFLOWS, Workflow};

/// Renders the page. `scene` is `None` if the server does not record messages; the page then explains `--record`.
pub(super) fn page(view: &View, scene: Option<Scene>, stores: &[(Workflow, String)]) -> Markup {
    let head = html! {
        link rel="stylesheet" href="/flows.css";
        @if scene.is_some() { script src="/flows.js" type="module" {} }
    };
    let main = html! {
        main.flows {
            p.back { a href="/" { "Storefront" } }
            h1 { @if view.browsers == Browsers::This { "What your browser just did" } @else { "What every browser just did" } }
            p.lead {
                "Every message between this browser, the Store, the Forums and FusionAuth, drawn as it happens. Tokens have names here, \
                 never values."
            }
            @match scene {
                Some(scene) => (tools_and_picture(view, scene, stores)),
                None => (no_record()),
            }
        }
    };
    document("Flows – Storefront", head, main)
}

fn tools_and_picture(view: &View, scene: Scene, stores: &[(Workflow, String)]) -> Markup {
    let is_empty = scene.phases.is_empty();
    html! {
        div.tools {
            nav aria-label="Workflow" {
                ul {
                    @for workflow in [None].into_iter().chain(WORKFLOWS.map(Some)) {
                        li {
                            a href=(View { workflow, ..view.clone() }.address("/flows"))
                                aria-current=[(view.workflow == workflow).then_some("true")] { (workflow.map_or("All", Workflow::slug)) }
                        }
                    }
                }
            }
            nav aria-label="Browsers" {
                ul {
                    @for (browsers, name) in [(Browsers::This, "This browser"), (Browsers::All, "Every browser")] {
                        li {
                            a href=(View { browsers, ..view.clone() }.address("/flows"))
                                aria-current=[(view.browsers == browsers).then_some("true")] { (name) }
                        }
                    }
                }
            }
            p.actions {
                a #clear href=(View { after: scene.seen, ..view.clone() }.address("/flows")) { "Clear" }
                a #export href=(view.address("/flows.mmd")) download="flows.mmd" { "Export as Mermaid" }
                @if view.after > 0 { a href=(View { after: 0, ..view.clone() }.address("/flows")) { "Show everything" } }
            }
        }
        @if let Some((workflow, _)) = stores.iter().find(|(workflow, origin)| view.workflow == Some(*workflow) && origin.starts_with("http:")) {
            form.script method="post" action=(view.address("/flows/script")) {
                button.button { "Let a script sign in" } " "
                "It signs the shopper in at the Store of " (workflow.slug()) ", comes back "
                // A session lives longer than the access token of its sign-in.
                @if *workflow == Workflow::WebappSession { "to its session" } @else { "when the token has expired" }
                ", is robbed, and signs out."
            }
        }
        p #announcement role="status" { noscript { "Without a script, reload the page to see what is new." } }
        section #empty-state hidden[!is_empty] aria-labelledby="empty-state-title" { (empty_state(view.after > 0, stores)) }
        (picture::picture(view, scene))
    }
}

fn empty_state(is_cleared: bool, stores: &[(Workflow, String)]) -> Markup {
    html! {
        h2 #empty-state-title { @if is_cleared { "Nothing has happened since you cleared the page" } @else { "Nothing has happened yet" } }
        p {
            "Open a Store in another window and sign in as " code { "shopper@example.com" } " with the password " code { "correct-horse-battery" }
            ". Then look here again."
        }
        p.links {
            @for (workflow, origin) in stores {
                a href={ (origin) "/" } target="_blank" rel="noopener" { (workflow.slug()) } " "
            }
        }
        p { "A client is drawn as the attacker if its " code { "User-Agent" } " begins with " code { "attacker" } "." }
    }
}

fn no_record() -> Markup {
    html! {
        section {
            h2 { "Nothing is recorded" }
            p {
                code { "cargo xtask serve" } " records the messages that this page draws. If you start " code { "storefront-server" }
                " and the emulator yourself, give both the flag " code { "--record FILE" } " with the same file."
            }
        }
    }
}
