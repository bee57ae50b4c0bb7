//! Draws the phases of a scene as HTML, the latest first, and as Mermaid text.
//!
//! In HTML each phase is a list of messages, which a screen reader reads out. On a wide screen the stylesheet draws the list as a sequence
//! diagram.

use crate::flows::Scene;
use maud::{Markup, html};
use sequence_diagram::{Arrow, CredentialGroup, CredentialPlace, Diagram, Direction, Label, Line, Names, Note, Phase, actor_name};
use storefront_api::App;
use wire_recorder::Actor;

/// The maximum number of phases in a picture.
const MAX_PHASES: usize = 60;

/// The picture: the element that the page's script keeps up to date.
pub(super) fn picture(scene: Scene) -> Markup {
    let Scene { phases, mut names, seen } = scene;
    let announcement = phases.last().map(summary).unwrap_or_default();
    // `names` numbers the credentials in the order in which they are drawn, so all phases are drawn before the order is reversed.
    let drawn: Vec<Markup> = phases.iter().enumerate().map(|(number, phase)| section(number, phase, &mut names)).collect();
    html! {
        div #picture data-seen=(seen) data-announcement=(announcement) { @for section in drawn.into_iter().rev().take(MAX_PHASES) { (section) } }
    }
}

/// All phases in one Mermaid diagram, each under a note with its name.
pub(super) fn mermaid(scene: Scene) -> String {
    let Scene { phases, mut names, .. } = scene;
    let mut whole = Diagram::default();
    for phase in &phases {
        let actor = phase.exchanges.first().map_or(Actor::Browser, |exchange| exchange.from);
        whole.lines.push(Line::Note(Note { actor, text: summary(phase), step: None }));
        whole.lines.extend(Diagram::of(&phase.exchanges, &mut names).lines);
    }
    whole.mermaid()
}

/// A phase in one line, such as `Signing in: Store, webapp-jwt`.
fn summary(phase: &Phase) -> String {
    let site = site_name(phase);
    if site.is_empty() { phase.kind.title().to_owned() } else { format!("{}: {site}", phase.kind.title()) }
}

fn site_name(phase: &Phase) -> String {
    let app = phase.app.map(|app| match app {
        App::Store => "Store",
        App::Forums => "Forums",
    });
    app.into_iter().chain(phase.workflow.map(|workflow| workflow.slug())).collect::<Vec<_>>().join(", ")
}

fn section(number: usize, phase: &Phase, names: &mut Names) -> Markup {
    let diagram = Diagram::of(&phase.exchanges, names);
    let actors = diagram.actors();
    let title = format!("phase-{number}-title");
    html! {
        section.phase.attack[phase.kind == sequence_diagram::PhaseKind::Attack] id={ "phase-" (number) } {
            h2 id=(title) { (phase.kind.title()) " " span.place { (site_name(phase)) } }
            div class={ "sequence columns-" (actors.len()) } {
                div.actors aria-hidden="true" { @for actor in &actors { span { (actor_name(*actor)) } } }
                ol aria-labelledby=(title) { @for line in &diagram.lines { @if let Line::Arrow(arrow) = line { (message(arrow, &actors)) } } }
            }
        }
    }
}

fn message(arrow: &Arrow, actors: &[Actor]) -> Markup {
    let column = |actor: Actor| actors.iter().position(|it| *it == actor).unwrap_or_default() + 1;
    let (from, to) = (column(arrow.from), column(arrow.to));
    let (first, last) = (from.min(to), from.max(to));
    let towards = if from < to { "right" } else { "left" };
    let kind = match arrow.direction {
        Direction::Request => "request",
        Direction::Response => "response",
    };
    html! {
        li class={ "arrow " (kind) " " (towards) " first-" (first) " span-" (last - first + 1) } {
            p.who { (actor_name(arrow.from)) " to " (actor_name(arrow.to)) }
            p.what { code { (arrow.label.text) } }
            (credentials(&arrow.label))
        }
    }
}

fn credentials(label: &Label) -> Markup {
    html! {
        @for group in &label.credentials {
            p.carried {
                (place_name(group)) " "
                @for name in &group.names { span.token { (name) } " " }
                @if !group.attributes.is_empty() { span.attributes { (group.attributes.join(", ")) } }
            }
        }
    }
}

fn place_name(group: &CredentialGroup) -> &'static str {
    match group.place {
        CredentialPlace::Header => "Header",
        CredentialPlace::Body => "Body",
        CredentialPlace::DeviceBoundSession => "Device-bound session",
        CredentialPlace::Cookies => "Cookies",
        CredentialPlace::SetCookies => "Sets",
        CredentialPlace::DeletedCookies => "Deletes",
    }
}
