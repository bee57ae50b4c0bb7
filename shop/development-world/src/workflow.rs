//! What a developer decides by about each workflow, and `/workflows/{slug}`: the workflow's page of `docs/workflows`, with its diagrams drawn.

use crate::drawing;
use crate::page::document;
use axum::extract::Path;
use axum::response::Html;
use axum::{Router, routing::get};
use maud::{Markup, html};
use sequence_diagram::Diagram;
use storefront_api::Workflow;

/// The routes.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/workflows/{workflow}", get(async |Path(workflow): Path<Workflow>| Html(page(workflow).into_string())))
}

/// The path of the page of a workflow.
pub(crate) fn path(workflow: Workflow) -> String {
    format!("/workflows/{}", workflow.slug())
}

/// The attacks on a workflow: the id and the title of each one's diagram.
pub(crate) fn attacks(workflow: Workflow) -> impl Iterator<Item = (String, &'static str)> {
    text(workflow).lines().filter_map(|line| line.strip_prefix("## ")).filter(|title| is_attack(title)).map(|title| (id(title), title))
}

/// The id of a section of the workflow's page, and its first paragraph.
pub(crate) fn section(workflow: Workflow, title: &str) -> Option<(String, &'static str)> {
    let first = content(workflow, title)?.split("\n\n").next().filter(|it| !it.starts_with("```"))?;
    Some((id(title), first.lines().next()?.trim_start_matches("- ")))
}

/// The diagram in a section of the workflow's page.
pub(crate) fn diagram(workflow: Workflow, title: &str) -> Option<Diagram> {
    let (_, drawing) = content(workflow, title)?.split_once("```mermaid\n")?;
    Some(Diagram::read(drawing.split_once("```")?.0))
}

fn content(workflow: Workflow, title: &str) -> Option<&'static str> {
    text(workflow).split("\n## ").find_map(|section| section.strip_prefix(title)?.strip_prefix("\n\n"))
}

pub(crate) fn title(workflow: Workflow) -> &'static str {
    match workflow {
        Workflow::SpaLocalStorage => "Single-page app, local storage",
        Workflow::SpaBackend => "Single-page app, own backend",
        Workflow::SpaSharedDomain => "Single-page app, shared domain",
        Workflow::WebappJwt => "Server-rendered pages, tokens in cookies",
        Workflow::WebappSession => "Server-rendered pages, session",
    }
}

/// The end of a sentence that begins with "Choose it if".
pub(crate) fn choose_if(workflow: Workflow) -> &'static str {
    match workflow {
        Workflow::SpaLocalStorage => "you have no backend of your own, and the page runs no third-party script.",
        Workflow::SpaBackend => "you have a backend of your own. It is the safest choice for a single-page app.",
        Workflow::SpaSharedDomain => {
            "several apps and APIs share one parent domain, and none of them may see a password. Users sign in at each app."
        }
        Workflow::WebappJwt => "the server renders the pages, and its backends share no database.",
        Workflow::WebappSession => "the server renders the pages, and you want to end a session at once.",
    }
}

/// The end of a sentence that begins with "Not if".
pub(crate) fn not_if(workflow: Workflow) -> &'static str {
    match workflow {
        Workflow::SpaLocalStorage => "a stolen account costs money, or others add scripts to the page.",
        Workflow::SpaBackend => "no server of yours may see a password.",
        Workflow::SpaSharedDomain => "somebody else runs a host of the domain, or a forgotten one is left.",
        Workflow::WebappJwt => "a sign-out must end a copied token at once, without webhooks.",
        Workflow::WebappSession => "a request must not wait for the database.",
    }
}

/// What the workflow costs, in one sentence or two.
pub(crate) fn price(workflow: Workflow) -> &'static str {
    match workflow {
        Workflow::SpaLocalStorage => {
            "A script that gets into the page can read the access token. RFC 10017 (BCP 212) and OWASP advise against this design."
        }
        Workflow::SpaBackend => "Your backend sees each password, and keeps an API key of FusionAuth.",
        Workflow::SpaSharedDomain => {
            "Every host of the domain gets both tokens with each request, and a proxy stands in front of FusionAuth."
        }
        Workflow::WebappJwt => "A stolen access token works for five minutes, also after a sign-out. Your backend sees each password.",
        Workflow::WebappSession => "Each request costs a query of the database. Your backend sees each password.",
    }
}

fn text(workflow: Workflow) -> &'static str {
    match workflow {
        Workflow::SpaLocalStorage => include_str!("../../../docs/workflows/spa-local-storage.md"),
        Workflow::SpaBackend => include_str!("../../../docs/workflows/spa-backend.md"),
        Workflow::SpaSharedDomain => include_str!("../../../docs/workflows/spa-shared-domain.md"),
        Workflow::WebappJwt => include_str!("../../../docs/workflows/webapp-jwt.md"),
        Workflow::WebappSession => include_str!("../../../docs/workflows/webapp-session.md"),
    }
}

fn is_attack(title: &str) -> bool {
    title.starts_with("Attack: ")
}

/// The id of a heading, made as GitHub makes it.
pub(crate) fn id(title: &str) -> String {
    let kept = title.to_lowercase().replace(' ', "-");
    kept.chars().filter(|it| it.is_alphanumeric() || *it == '-').collect()
}

fn page(workflow: Workflow) -> Markup {
    let text = text(workflow);
    let mut sections = text.split("\n## ");
    let begin = sections.next().unwrap_or_default().split_once('\n').unwrap_or_default();
    let sections: Vec<(&str, &str)> = sections.filter_map(|section| section.split_once('\n')).collect();
    let main = html! {
        main.flows.documented {
            p.back { a href="/" { "Storefront" } }
            h1 { (begin.0.trim_start_matches("# ")) }
            (blocks(begin.1))
            nav aria-label="Sections" { ul { @for (title, _) in &sections { li { a href={ "#" (id(title)) } { (title) } } } } }
            @for (title, content) in sections {
                section.phase.attack[is_attack(title)] id=(id(title)) { h2 { (title) } (blocks(content)) }
            }
        }
    };
    document(workflow.slug(), html! { link rel="stylesheet" href="/flows.css"; }, main)
}

/// The few kinds of Markdown in these pages: paragraphs, lists and Mermaid diagrams.
fn blocks(text: &str) -> Markup {
    html! {
        @for block in text.split("\n\n").map(str::trim).filter(|it| !it.is_empty()) {
            @if let Some(diagram) = block.strip_prefix("```mermaid\n") {
                (drawing::sequence(&Diagram::read(diagram), None))
            } @else if block.starts_with("- ") {
                ul { @for item in block.lines() { li { (inline(item.trim_start_matches("- "))) } } }
            } @else {
                p { (inline(&block.replace('\n', " "))) }
            }
        }
    }
}

/// A paragraph's text with `code` and links to other hosts. Other links lead to files of the repository, and keep their text only.
pub(crate) fn inline(text: &str) -> Markup {
    html! {
        @for (at, piece) in text.replace("**", "").split('[').enumerate() {
            @match piece.split_once("](").and_then(|(label, rest)| Some((label, rest.split_once(')')?))).filter(|_| at > 0) {
                Some((label, (url, rest))) => {
                    @if url.starts_with("https:") { a href=(url) { (code(label)) } } @else { (code(label)) }
                    (code(rest))
                },
                None => { @if at > 0 { "[" } (code(piece)) },
            }
        }
    }
}

fn code(text: &str) -> Markup {
    html! { @for (at, part) in text.split('`').enumerate() { @if at % 2 == 1 { code { (part) } } @else { (part) } } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storefront_api::WORKFLOWS;

    #[test]
    fn every_attack_has_a_diagram_that_its_link_opens() {
        for workflow in WORKFLOWS {
            let (page, attacks) = (page(workflow).into_string(), attacks(workflow).collect::<Vec<_>>());
            assert_eq!(attacks.len(), 2, "{}", workflow.slug());
            for (id, title) in attacks {
                let section = page.split_once(&format!("<section class=\"phase attack\" id=\"{id}\"><h2>{title}</h2>")).unwrap().1;
                assert!(section.split("</section>").next().unwrap().contains("<p class=\"who\">Attacker to "), "{id}");
            }
            for left in ["`", "](", "->>", "<br/>", "Note over", "**"] {
                assert!(!page.contains(left) && !page.contains(&maud::html! { (left) }.into_string()), "{left} in {}", workflow.slug());
            }
        }
    }
}
