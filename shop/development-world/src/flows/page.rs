//! The HTML page `/flows`, which shows recorded HTTP messages as sequence diagrams. This module renders the menu of workflows, the links
//! "Clear" and "Export", and the instructions for an empty or missing record. `picture` renders the diagrams.

use crate::flows::{Scene, View, address, picture};
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
            h1 { "What your browser just did" }
            p.lead {
                "Every message between the browsers of this machine, the Store, the Forums and FusionAuth, drawn as it happens. \
                 Tokens have names here, never values."
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
                    li { a href=(address("/flows", None, view.after)) aria-current=[view.workflow.is_none().then_some("true")] { "All" } }
                    @for workflow in WORKFLOWS {
                        li {
                            a href=(address("/flows", Some(workflow), view.after))
                                aria-current=[(view.workflow == Some(workflow)).then_some("true")] { (workflow.slug()) }
                        }
                    }
                }
            }
            p.actions {
                a #clear href=(address("/flows", view.workflow, scene.seen)) { "Clear" }
                a #export href=(address("/flows.mmd", view.workflow, view.after)) download="flows.mmd" { "Export as Mermaid" }
                @if view.after > 0 { a href=(address("/flows", view.workflow, 0)) { "Show everything" } }
            }
        }
        p #announcement role="status" { noscript { "Without a script, reload the page to see what is new." } }
        section #empty-state hidden[!is_empty] aria-labelledby="empty-state-title" { (empty_state(stores)) }
        (picture::picture(scene))
    }
}

fn empty_state(stores: &[(Workflow, String)]) -> Markup {
    html! {
        h2 #empty-state-title { "Nothing has happened yet" }
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
