//! Draws a sequence diagram as a list of messages, for `/flows` and for the pages of the workflows. A screen reader reads the list out. On a
//! wide screen the stylesheet draws it with one lifeline for each actor.

use maud::{Markup, html};
use sequence_diagram::{Arrow, CredentialGroup, CredentialPlace, Diagram, Direction, Line, actor_name};
use wire_recorder::Actor;

/// Draws the diagram. `heading` is the id of the element that names it.
pub(crate) fn sequence(diagram: &Diagram, heading: Option<&str>) -> Markup {
    let actors = diagram.actors();
    html! {
        div class={ "sequence columns-" (actors.len()) } {
            div.actors aria-hidden="true" { @for actor in &actors { span { (actor_name(*actor)) } } }
            ol aria-labelledby=[heading] {
                @for line in &diagram.lines {
                    @match line {
                        Line::Arrow(arrow) => (message(arrow, &actors)),
                        Line::Note(note) => li.note {
                            p { @if let Some(step) = note.step { (step) ". " } strong { (actor_name(note.actor)) } " " (note.text) }
                        },
                    }
                }
            }
        }
    }
}

fn message(arrow: &Arrow, actors: &[Actor]) -> Markup {
    let column = |actor: Actor| actors.iter().position(|it| *it == actor).unwrap_or_default() + 1;
    let (from, to) = (column(arrow.from), column(arrow.to));
    let towards = if from < to { "right" } else { "left" };
    let kind = if arrow.direction == Direction::Response { "response" } else { "request" };
    html! {
        li class={ "arrow " (kind) " " (towards) " first-" (from.min(to)) " span-" (from.abs_diff(to) + 1) } {
            p.who { (actor_name(arrow.from)) " to " (actor_name(arrow.to)) }
            p.what { code { (arrow.text().swap_remove(0)) } }
            @for group in &arrow.label.credentials { (carried(group)) }
        }
    }
}

fn carried(group: &CredentialGroup) -> Markup {
    html! {
        p.carried {
            (place_name(group.place)) " "
            @for name in &group.names { span.token { (name) } " " }
            @if !group.attributes.is_empty() { span.attributes { (group.attributes.join(", ")) } }
        }
    }
}

fn place_name(place: CredentialPlace) -> &'static str {
    match place {
        CredentialPlace::Header => "Header",
        CredentialPlace::Body => "Body",
        CredentialPlace::DeviceBoundSession => "Device-bound session",
        CredentialPlace::Cookies => "Cookies",
        CredentialPlace::SetCookies => "Sets",
        CredentialPlace::DeletedCookies => "Deletes",
    }
}
