//! Writes a diagram as Mermaid text, which GitHub draws.

use crate::{Arrow, CredentialGroup, CredentialPlace, Diagram, Direction, Line, Note, actor_name};
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
    format!("{}{shaft}{}: {}", actor_name(arrow.from), actor_name(arrow.to), escaped(&arrow.text().join("<br/>")))
}

fn note_text(note: &Note) -> String {
    format!("Note over {}: {}", actor_name(note.actor), escaped(&note.text()))
}

impl Arrow {
    /// The lines of the message: what it is, with the number of its step, and one line for each place with credentials.
    pub fn text(&self) -> Vec<String> {
        let published = self.label.published_as.as_ref().map(|other| format!(" (published: {other})")).unwrap_or_default();
        let what = format!("{}{}{published}", number(self.step), self.label.text);
        [what].into_iter().chain(self.label.credentials.iter().map(credentials_text)).collect()
    }
}

impl Note {
    /// The action, with the number of its step.
    pub fn text(&self) -> String {
        format!("{}{}", number(self.step), self.text)
    }
}

fn number(step: Option<u32>) -> String {
    step.map(|step| format!("{step}. ")).unwrap_or_default()
}

/// What stands before and after the credentials of each place.
const PLACES: [(CredentialPlace, &str, &str); 6] = [
    (CredentialPlace::Header, "Authorization: ", ""),
    (CredentialPlace::Body, "(", ")"),
    (CredentialPlace::DeviceBoundSession, "device-bound session: ", ""),
    (CredentialPlace::Cookies, "[", "]"),
    (CredentialPlace::SetCookies, "sets [", "]"),
    (CredentialPlace::DeletedCookies, "deletes [", "]"),
];

fn credentials_text(group: &CredentialGroup) -> String {
    let (_, before, after) = PLACES.into_iter().find(|it| it.0 == group.place).unwrap_or(PLACES[0]);
    let attributes = if group.attributes.is_empty() { String::new() } else { format!(": {}", group.attributes.join(", ")) };
    format!("{before}{}{attributes}{after}", group.names.join(", "))
}

/// Reads a line of [`credentials_text`].
pub(crate) fn read_credentials(text: &str) -> Option<CredentialGroup> {
    let (place, inner) =
        PLACES.into_iter().find_map(|(place, before, after)| Some((place, text.strip_prefix(before)?.strip_suffix(after)?)))?;
    let (names, attributes) = inner.split_once(": ").unwrap_or((inner, ""));
    let list = |text: &str| text.split(", ").filter(|it| !it.is_empty()).map(str::to_owned).collect();
    Some(CredentialGroup { place, names: list(names), attributes: list(attributes) })
}

/// Replaces the characters that end a statement or begin an entity in Mermaid.
fn escaped(text: &str) -> String {
    text.replace(';', ",").replace('#', "#35;")
}
