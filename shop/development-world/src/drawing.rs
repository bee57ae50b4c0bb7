//! The rows of a sequence diagram as items of a list, for `/flows` and for the pages of the workflows.

use maud::{Markup, html};

/// A message of a diagram.
pub(crate) struct Row<'a> {
    /// The name of the sender, and the number of its column.
    pub(crate) from: (&'a str, usize),
    /// The name of the receiver, and the number of its column.
    pub(crate) to: (&'a str, usize),
    pub(crate) is_response: bool,
    pub(crate) what: &'a str,
    /// The credentials in the message.
    pub(crate) carried: Markup,
}

/// The list item of a message.
pub(crate) fn row(Row { from, to, is_response, what, carried }: &Row<'_>) -> Markup {
    let (first, last) = (from.1.min(to.1), from.1.max(to.1));
    let towards = if from.1 < to.1 { "right" } else { "left" };
    let kind = if *is_response { "response" } else { "request" };
    html! {
        li class={ "arrow " (kind) " " (towards) " first-" (first) " span-" (last - first + 1) } {
            p.who { (from.0) " to " (to.0) }
            p.what { code { (what) } }
            (carried)
        }
    }
}

/// An action of an actor that sends no message. The text may begin with the number of its step.
pub(crate) fn note(actor: &str, text: &str) -> Markup {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (number, text) = text.split_once(". ").filter(|it| is_number(it.0)).map_or(("", text), |(number, text)| (number, text));
    html! { li.note { p { @if !number.is_empty() { (number) ". " } strong { (actor) } " " (text) } } }
}
