//! A sequence diagram as data: arrows between actors, and notes. `Diagram::of` creates it from exchanges. `mermaid.rs` draws it as text,
//! and `development-world` as HTML.

use crate::{ACTORS, Exchange, Label, Names};
use wire_recorder::Actor;

/// A sequence diagram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagram {
    /// The lines, from top to bottom.
    pub lines: Vec<Line>,
}

/// One line of a diagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A message.
    Arrow(Arrow),
    /// An action of an actor that sends no message.
    Note(Note),
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// The sender.
    pub from: Actor,
    /// The receiver.
    pub to: Actor,
    /// Whether the message is the request or the response of its exchange.
    pub direction: Direction,
    /// Its text, and the credentials in it.
    pub label: Label,
    /// The number of its step in the published workflow.
    pub step: Option<u32>,
}

/// Which half of an exchange a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The first half.
    Request,
    /// The second half.
    Response,
}

/// An action of an actor that sends no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The note is drawn above this actor's line.
    pub actor: Actor,
    /// The action, in words.
    pub text: String,
    /// The number of its step in the published workflow.
    pub step: Option<u32>,
}

impl Diagram {
    /// Draws exchanges. Credentials that `names` already knows keep their numbers.
    pub fn of(exchanges: &[Exchange], names: &mut Names) -> Self {
        let mut diagram = Self::default();
        for exchange in exchanges {
            diagram.push(exchange, names);
        }
        diagram
    }

    fn push(&mut self, exchange: &Exchange, names: &mut Names) {
        let Exchange { from, to, .. } = *exchange;
        let label = Label::of_request(exchange, names);
        self.lines.push(Line::Arrow(Arrow { from, to, direction: Direction::Request, label, step: None }));
        for call in &exchange.calls {
            self.push(call, names);
        }
        if let Some(response) = &exchange.response {
            let label = Label::of_response(response, from, names);
            self.lines.push(Line::Arrow(Arrow { from: to, to: from, direction: Direction::Response, label, step: None }));
        }
    }

    /// The actors that send or receive a message or have a note, from left to right.
    pub fn actors(&self) -> Vec<Actor> {
        let occurs = |actor: &Actor| {
            self.lines.iter().any(|line| match line {
                Line::Arrow(arrow) => arrow.from == *actor || arrow.to == *actor,
                Line::Note(note) => note.actor == *actor,
            })
        };
        ACTORS.into_iter().filter(occurs).collect()
    }
}
