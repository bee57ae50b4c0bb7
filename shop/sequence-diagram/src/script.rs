//! The steps that a phase of a workflow must have. `PublishedPhase::number` finds them in a diagram and writes their numbers on its arrows.

use crate::{Diagram, Direction, Line, Note, actor_name};
use std::fmt;
use wire_recorder::Actor;

/// A phase of a workflow: its title and its steps in their order.
#[derive(Clone, Copy, Debug)]
pub struct PublishedPhase {
    /// The heading of the diagram.
    pub title: &'static str,
    /// The steps that must occur in this order. Other messages may come between them.
    pub steps: &'static [Step],
}

/// A step that must occur.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The number in the published workflow; `None` for a step that is not part of it.
    pub number: Option<u32>,
    /// The message or the action.
    pub kind: StepKind,
    /// The text in the published workflow, if it differs.
    pub published_as: Option<&'static str>,
}

/// The message or the action of a step.
#[derive(Clone, Copy, Debug)]
pub enum StepKind {
    /// A message is sent.
    Message {
        /// The sender.
        from: Actor,
        /// The receiver.
        to: Actor,
        /// A request line or a status.
        text: &'static str,
    },
    /// An actor does something without sending a message. The diagram shows it as a note. No record proves the action, so the code that
    /// runs the phase must make sure that it happens.
    Action {
        /// The actor.
        actor: Actor,
        /// The action, in words.
        text: &'static str,
    },
}

impl Step {
    /// A step that is a message.
    pub(crate) const fn message(number: u32, from: Actor, to: Actor, text: &'static str) -> Self {
        Self { number: Some(number), kind: StepKind::Message { from, to, text }, published_as: None }
    }

    /// A step without a message.
    pub(crate) const fn action(number: u32, actor: Actor, text: &'static str) -> Self {
        Self { number: Some(number), kind: StepKind::Action { actor, text }, published_as: None }
    }

    /// A message that must occur, and is not a step of the published workflow.
    pub(crate) const fn unnumbered(from: Actor, to: Actor, text: &'static str) -> Self {
        Self { number: None, kind: StepKind::Message { from, to, text }, published_as: None }
    }

    /// A note that is not a step of the published workflow.
    pub(crate) const fn note(actor: Actor, text: &'static str) -> Self {
        Self { number: None, kind: StepKind::Action { actor, text }, published_as: None }
    }

    /// The same step with another text in the published workflow.
    pub(crate) const fn published_as(self, other: &'static str) -> Self {
        Self { published_as: Some(other), ..self }
    }
}

/// The error for a missing step: the diagram does not show it anywhere after the preceding step.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{title}: cannot find {step}")]
pub struct MissingStep {
    /// The phase.
    pub title: &'static str,
    /// The step.
    pub step: Step,
}

impl PublishedPhase {
    /// Writes the steps' numbers on a diagram's arrows, and adds a note for each action.
    ///
    /// # Errors
    /// Returns the first step that the diagram does not show anywhere after the preceding step.
    pub fn number(&self, diagram: &mut Diagram) -> Result<(), MissingStep> {
        let mut next = 0;
        for step in self.steps {
            next = place(step, diagram, next).ok_or(MissingStep { title: self.title, step: *step })?;
        }
        Ok(())
    }
}

/// Finds the message of a step at or after the line `start`, or inserts the note of an action there. Returns the index of the next line.
fn place(step: &Step, diagram: &mut Diagram, start: usize) -> Option<usize> {
    match step.kind {
        StepKind::Action { actor, text } => {
            diagram.lines.insert(start, Line::Note(Note { actor, text: text.to_owned(), step: step.number }));
            Some(start + 1)
        }
        StepKind::Message { from, to, text } => {
            for (index, line) in diagram.lines.iter_mut().enumerate().skip(start) {
                if let Line::Arrow(arrow) = line
                    && (arrow.from, arrow.to, arrow.label.text.as_str()) == (from, to, text)
                {
                    arrow.step = step.number;
                    arrow.label.published_as = step.published_as;
                    return Some(index + 1);
                }
            }
            None
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "step {number}, ")?,
            None => f.write_str("the message ")?,
        }
        match self.kind {
            StepKind::Message { from, to, text } => {
                let direction = if text.starts_with(|it: char| it.is_ascii_digit()) { Direction::Response } else { Direction::Request };
                let shaft = if direction == Direction::Response { "-->" } else { "->" };
                write!(f, "{} {shaft} {}: {text}", actor_name(from), actor_name(to))
            }
            StepKind::Action { actor, text } => write!(f, "{}: {text}", actor_name(actor)),
        }
    }
}
