//! Diagrams as Mermaid text, which GitHub draws.

use crate::{Arrow, CredentialGroup, CredentialPlace, Diagram, Direction, Label, Line, Note, actor_name};
use std::fmt::Write as _;

impl Diagram {
    /// The text of a Mermaid sequence diagram. The same diagram always gives the same text.
    ///
    /// Credentials in bodies stand in parentheses, those in cookies in brackets, as in the published diagrams.
    pub fn mermaid(&self) -> String {
        let mut text = "sequenceDiagram\n".to_owned();
        for actor in self.actors() {
            // Writing to a String can't fail.
            let _ = writeln!(text, "    participant {}", actor_name(actor));
        }
        for line in &self.lines {
            let _ = match line {
                Line::Arrow(arrow) => writeln!(text, "    {}", arrow_text(arrow)),
                Line::Note(note) => writeln!(text, "    {}", note_text(note)),
            };
        }
        text
    }
}

fn arrow_text(arrow: &Arrow) -> String {
    let line = match arrow.direction {
        Direction::Request => "->>",
        Direction::Response => "-->>",
    };
    format!("{}{line}{}: {}{}", actor_name(arrow.from), actor_name(arrow.to), number(arrow.step), escaped(&label_text(&arrow.label)))
}

fn note_text(note: &Note) -> String {
    format!("Note over {}: {}{}", actor_name(note.over), number(note.step), escaped(&note.text))
}

fn number(step: Option<u32>) -> String {
    step.map(|step| format!("{step}. ")).unwrap_or_default()
}

fn label_text(label: &Label) -> String {
    let mut text = label.what.clone();
    if let Some(other) = label.published_as {
        text += &format!(" (published: {other})");
    }
    for carried in &label.carried {
        text += &carried_text(carried);
    }
    text
}

fn carried_text(carried: &CredentialGroup) -> String {
    let names = carried.names.join(", ");
    match carried.by {
        CredentialPlace::Header => format!("<br/>Authorization: {names}"),
        CredentialPlace::Body => format!("<br/>({names})"),
        CredentialPlace::Cookies => format!("<br/>[{names}]"),
        CredentialPlace::SetCookies => format!("<br/>sets [{names}: {}]", carried.attributes.join(", ")),
        CredentialPlace::DeletedCookies => format!("<br/>deletes [{names}]"),
    }
}

/// What Mermaid would take for the end of a statement or the beginning of an entity.
fn escaped(text: &str) -> String {
    text.replace(';', ",").replace('#', "#35;")
}
