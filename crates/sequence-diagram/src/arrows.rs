//! From exchanges to arrows.

use crate::{ACTORS, Exchange, Label, Names};
use wire_recorder::Actor;

/// A sequence diagram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagram {
    /// From top to bottom.
    pub lines: Vec<Line>,
}

/// One line of a diagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A message.
    Arrow(Arrow),
    /// What somebody does without a message.
    Note(Note),
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Who sends it.
    pub from: Actor,
    /// Who gets it.
    pub to: Actor,
    /// Which half of an exchange it is.
    pub direction: Direction,
    /// What it says.
    pub label: Label,
    /// The step of the published workflow that it is.
    pub step: Option<u32>,
}

/// Which half of an exchange a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Somebody asks.
    Request,
    /// Somebody answers.
    Response,
}

/// What somebody does without a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Who.
    pub over: Actor,
    /// What, in words.
    pub text: String,
    /// The step of the published workflow that it is.
    pub step: Option<u32>,
}

impl Diagram {
    /// Draws exchanges. Names that were given before go on.
    pub fn of(exchanges: &[Exchange], names: &mut Names) -> Self {
        let mut diagram = Self::default();
        for exchange in exchanges {
            diagram.draw(exchange, names);
        }
        diagram
    }

    fn draw(&mut self, exchange: &Exchange, names: &mut Names) {
        let Exchange { from, to, .. } = *exchange;
        let label = Label::of_request(exchange, names);
        self.lines.push(Line::Arrow(Arrow { from, to, direction: Direction::Request, label, step: None }));
        for call in &exchange.calls {
            self.draw(call, names);
        }
        if let Some(response) = &exchange.response {
            let label = Label::of_response(response, from, names);
            self.lines.push(Line::Arrow(Arrow { from: to, to: from, direction: Direction::Response, label, step: None }));
        }
    }

    /// Who takes part, from left to right.
    pub fn actors(&self) -> Vec<Actor> {
        let takes_part = |actor: &Actor| {
            self.lines.iter().any(|line| match line {
                Line::Arrow(arrow) => arrow.from == *actor || arrow.to == *actor,
                Line::Note(note) => note.over == *actor,
            })
        };
        ACTORS.into_iter().filter(takes_part).collect()
    }
}
