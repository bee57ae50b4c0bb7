//! Writes a diagram as Mermaid text, which GitHub draws.

use crate::{Arrow, CredentialGroup, CredentialPlace, Diagram, Direction, Label, Line, Note, actor_name};
use std::fmt::Write as _;

impl Diagram {
    /// The text of a Mermaid sequence diagram.
    ///
    /// Credentials in bodies are in parentheses and those in cookies in brackets, as in the published diagrams.
    pub fn mermaid(&self) -> String {
        let mut text = "sequenceDiagram\n".to_owned();
        for actor in self.actors() {
            // Writing to a String cannot fail.
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
    let shaft = match arrow.direction {
        Direction::Request => "->>",
        Direction::Response => "-->>",
    };
    format!("{}{shaft}{}: {}{}", actor_name(arrow.from), actor_name(arrow.to), number(arrow.step), escaped(&label_text(&arrow.label)))
}

fn note_text(note: &Note) -> String {
    format!("Note over {}: {}{}", actor_name(note.actor), number(note.step), escaped(&note.text))
}

fn number(step: Option<u32>) -> String {
    step.map(|step| format!("{step}. ")).unwrap_or_default()
}

fn label_text(label: &Label) -> String {
    let mut text = label.text.clone();
    if let Some(other) = &label.published_as {
        text += &format!(" (published: {other})");
    }
    for group in &label.credentials {
        text += &credentials_text(group);
    }
    text
}

fn credentials_text(group: &CredentialGroup) -> String {
    let names = group.names.join(", ");
    match group.place {
        CredentialPlace::Header => format!("<br/>Authorization: {names}"),
        CredentialPlace::Body => format!("<br/>({names})"),
        CredentialPlace::DeviceBoundSession => format!("<br/>device-bound session: {names}"),
        CredentialPlace::Cookies => format!("<br/>[{names}]"),
        CredentialPlace::SetCookies => format!("<br/>sets [{names}: {}]", group.attributes.join(", ")),
        CredentialPlace::DeletedCookies => format!("<br/>deletes [{names}]"),
    }
}

/// Replaces the characters that end a statement or begin an entity in Mermaid.
fn escaped(text: &str) -> String {
    text.replace(';', ",").replace('#', "#35;")
}
