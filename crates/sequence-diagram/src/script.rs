//! What must happen in a phase, step by step, and where it happened in a diagram.

use crate::{Diagram, Direction, Line, Note, actor_name};
use std::fmt;
use wire_recorder::Actor;

/// A phase of a workflow: its title and its steps in their order.
#[derive(Clone, Copy, Debug)]
pub struct PublishedPhase {
    /// The heading of the diagram.
    pub title: &'static str,
    /// What must happen. Other messages may come between.
    pub steps: &'static [Step],
}

/// Something that must happen.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its number in the published workflow, if it has one.
    pub number: Option<u32>,
    /// What happens.
    pub kind: StepKind,
    /// What the published workflow says in place of it, if that is something else.
    pub published_as: Option<&'static str>,
}

/// What happens in a step.
#[derive(Clone, Copy, Debug)]
pub enum StepKind {
    /// A message is sent.
    Message {
        /// By whom.
        from: Actor,
        /// To whom.
        to: Actor,
        /// A request line or a status.
        says: &'static str,
    },
    /// Somebody does something by themselves: a note in the diagram. The run has to see to it that it is true.
    Action {
        /// Who.
        who: Actor,
        /// What, in words.
        text: &'static str,
    },
}

impl Step {
    /// A step that is a message.
    pub(crate) const fn message(number: u32, from: Actor, to: Actor, says: &'static str) -> Self {
        Self { number: Some(number), kind: StepKind::Message { from, to, says }, published_as: None }
    }

    /// A step without a message.
    pub(crate) const fn action(number: u32, who: Actor, text: &'static str) -> Self {
        Self { number: Some(number), kind: StepKind::Action { who, text }, published_as: None }
    }

    /// A message that must come here and is in no published workflow.
    pub(crate) const fn also(from: Actor, to: Actor, says: &'static str) -> Self {
        Self { number: None, kind: StepKind::Message { from, to, says }, published_as: None }
    }

    /// A remark.
    pub(crate) const fn remark(who: Actor, text: &'static str) -> Self {
        Self { number: None, kind: StepKind::Action { who, text }, published_as: None }
    }

    /// The same step, of which the published workflow says something else.
    pub(crate) const fn published_as(self, other: &'static str) -> Self {
        Self { published_as: Some(other), ..self }
    }
}

/// A step that did not happen, or not in its place.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{title}: missing is {step}")]
pub struct MissingStep {
    /// The phase.
    pub title: &'static str,
    /// The step.
    pub step: Step,
}

impl PublishedPhase {
    /// Writes the steps' numbers on a diagram's arrows and adds what happens without a message.
    ///
    /// # Errors
    /// The first step that the diagram does not show after the steps before it.
    pub fn number(&self, diagram: &mut Diagram) -> Result<(), MissingStep> {
        let mut next = 0;
        for step in self.steps {
            next = place(step, diagram, next).ok_or(MissingStep { title: self.title, step: *step })?;
        }
        Ok(())
    }
}

/// Where the lines after the step begin.
fn place(step: &Step, diagram: &mut Diagram, from_here: usize) -> Option<usize> {
    match step.kind {
        StepKind::Action { who, text } => {
            diagram.lines.insert(from_here, Line::Note(Note { over: who, text: text.to_owned(), step: step.number }));
            Some(from_here + 1)
        }
        StepKind::Message { from, to, says } => {
            for (at, line) in diagram.lines.iter_mut().enumerate().skip(from_here) {
                if let Line::Arrow(arrow) = line
                    && (arrow.from, arrow.to, arrow.label.what.as_str()) == (from, to, says)
                {
                    arrow.step = step.number;
                    arrow.label.published_as = step.published_as;
                    return Some(at + 1);
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
            StepKind::Message { from, to, says } => {
                let arrow = if says.starts_with(|it: char| it.is_ascii_digit()) { Direction::Response } else { Direction::Request };
                let line = if arrow == Direction::Response { "-->" } else { "->" };
                write!(f, "{} {line} {}: {says}", actor_name(from), actor_name(to))
            }
            StepKind::Action { who, text } => write!(f, "{}: {text}", actor_name(who)),
        }
    }
}
