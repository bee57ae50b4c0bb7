//! Draws a diagram as an SVG image, for documents in which Mermaid text is not drawn. The image has its own background, so that it is legible
//! on every page.

use maud::{Markup, PreEscaped, html};
use sequence_diagram::{Diagram, Direction, Line, actor_name};
use wire_recorder::Actor;

/// The width of a character and the height of a line, in the image's units.
const CHARACTER: usize = 7;
const LINE: usize = 18;
/// The least distance between two lifelines.
const COLUMN: usize = 160;
const HEAD: usize = 40;

/// A row of the image: the columns of its ends, which are the same for a note, and its text.
struct Row {
    from: usize,
    to: usize,
    direction: Option<Direction>,
    text: Vec<String>,
}

impl Row {
    fn width(&self) -> usize {
        self.text.iter().map(|it| it.chars().count()).max().unwrap_or_default() * CHARACTER + 2 * LINE
    }

    fn height(&self) -> usize {
        (self.text.len() + 1) * LINE
    }
}

/// Draws the diagram.
pub(super) fn svg(diagram: &Diagram) -> Markup {
    let actors = diagram.actors();
    let column_of = |actor: Actor| actors.iter().position(|it| *it == actor).unwrap_or_default();
    let rows: Vec<Row> = diagram.lines.iter().map(|line| row(line, column_of)).collect();
    let column = rows.iter().map(|row| row.width() / row.from.abs_diff(row.to).max(1)).max().unwrap_or_default().max(COLUMN);
    let x = |index: usize| index * column + column / 2;
    let (width, height) = (actors.len() * column, HEAD + rows.iter().map(Row::height).sum::<usize>() + LINE);
    let mut y = HEAD;
    html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"))
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) }
            font-family="ui-sans-serif, system-ui, sans-serif" font-size="13" text-anchor="middle" {
            marker id="head" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="8" markerHeight="8" orient="auto" {
                path d="M0 0L10 5L0 10z" {}
            }
            rect width="100%" height="100%" fill="#fff" {}
            @for (index, actor) in actors.iter().enumerate() {
                line x1=(x(index)) x2=(x(index)) y1=(HEAD) y2=(height) stroke="#999" {}
                text x=(x(index)) y=(LINE) font-weight="bold" { (actor_name(*actor)) }
            }
            @for row in &rows {
                (drawn(row, y, x))
                ({ y += row.height(); "" })
            }
        }
    }
}

fn row(line: &Line, column_of: impl Fn(Actor) -> usize) -> Row {
    match line {
        Line::Arrow(arrow) => {
            let (from, to) = (column_of(arrow.from), column_of(arrow.to));
            Row { from, to, direction: Some(arrow.direction), text: arrow.text() }
        }
        Line::Note(note) => {
            let column = column_of(note.actor);
            Row { from: column, to: column, direction: None, text: vec![note.text()] }
        }
    }
}

fn drawn(row: &Row, top: usize, x: impl Fn(usize) -> usize) -> Markup {
    let (from, to, bottom) = (x(row.from), x(row.to), top + row.height() - LINE / 3);
    let middle = usize::midpoint(from, to);
    let dashes = (row.direction == Some(Direction::Response)).then_some("5 4");
    html! {
        @if row.direction.is_some() {
            line x1=(from) x2=(to) y1=(bottom) y2=(bottom) stroke="#000" stroke-dasharray=[dashes] marker-end="url(#head)" {}
        } @else {
            rect x=(from.saturating_sub(row.width() / 2)) y=(top + LINE / 3) width=(row.width()) height=(LINE + LINE / 2) fill="#ffd" stroke="#999" {}
        }
        @for (index, text) in row.text.iter().enumerate() {
            text x=(middle) y=(top + LINE * (index + 1) + if row.direction.is_none() { LINE / 4 } else { 0 }) stroke="#fff" stroke-width="4" paint-order="stroke" { (text) }
        }
    }
}
