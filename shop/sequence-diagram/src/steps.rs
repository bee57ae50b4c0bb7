//! Reads a drawing back, and takes its steps over into a new diagram. The documents in `docs/workflows` number the steps of the published
//! workflows; the numbers are those of FusionAuth's articles "Login & Auth Workflows", and the words are our own.

use crate::mermaid::read_credentials;
use crate::{ACTORS, Arrow, Diagram, Direction, Label, Line, Note, actor_name};
use wire_recorder::Actor;

impl Diagram {
    /// Reads the arrows and notes of a text by [`Diagram::mermaid`].
    pub fn read(mermaid: &str) -> Self {
        Self { lines: mermaid.lines().filter_map(|line| read_line(line.trim())).collect() }
    }

    /// Takes over the notes and the steps' numbers of an earlier drawing. Returns the arrows of that drawing that this diagram does not
    /// have anywhere after the preceding one.
    pub fn take_steps_of(&mut self, earlier: &Self) -> Vec<Arrow> {
        let (mut next, mut missing) = (0, Vec::new());
        for line in &earlier.lines {
            match line {
                Line::Note(_) => {
                    self.lines.insert(next, line.clone());
                    next += 1;
                }
                Line::Arrow(step) => match self.lines.iter().skip(next).position(|it| it.is_message_of(step)) {
                    Some(distance) => {
                        next += distance + 1;
                        if let Line::Arrow(arrow) = &mut self.lines[next - 1] {
                            arrow.step = step.step;
                            arrow.label.published_as.clone_from(&step.label.published_as);
                        }
                    }
                    None => missing.push(step.clone()),
                },
            }
        }
        missing
    }
}

impl Line {
    fn is_message_of(&self, step: &Arrow) -> bool {
        matches!(self, Self::Arrow(it) if (it.from, it.to, &it.label.text) == (step.from, step.to, &step.label.text))
    }
}

fn read_line(line: &str) -> Option<Line> {
    let line = line.replace("#35;", "#");
    let (place, text) = line.split_once(": ")?;
    let (step, text) = match text.split_once(". ").map(|(number, rest)| (number.parse().ok(), rest)) {
        Some((Some(number), rest)) => (Some(number), rest),
        _ => (None, text),
    };
    if let Some(name) = place.strip_prefix("Note over ") {
        return Some(Line::Note(Note { actor: actor(name)?, text: text.to_owned(), step }));
    }
    let (shaft, direction) = if place.contains("-->>") { ("-->>", Direction::Response) } else { ("->>", Direction::Request) };
    let (from, to) = place.split_once(shaft)?;
    let mut parts = text.split("<br/>");
    let text = parts.next().unwrap_or_default();
    let (text, published_as) = match text.split_once(" (published: ") {
        Some((text, other)) => (text, Some(other.trim_end_matches(')').to_owned())),
        None => (text, None),
    };
    let label = Label { text: text.to_owned(), published_as, credentials: parts.filter_map(read_credentials).collect() };
    Some(Line::Arrow(Arrow { from: actor(from)?, to: actor(to)?, direction, label, step }))
}

fn actor(name: &str) -> Option<Actor> {
    ACTORS.into_iter().find(|it| actor_name(*it) == name)
}
