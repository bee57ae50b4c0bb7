//! Draws the phases of a scene as HTML, the latest first, and as Mermaid text.
//!
//! In HTML each phase is a list of messages, which a screen reader reads out. On a wide screen the stylesheet draws the list as a sequence
//! diagram.

use crate::drawing::{Row, note, row};
use crate::flows::Scene;
use crate::workflow;
use maud::{Markup, html};
use sequence_diagram::{
    Arrow, CredentialGroup, CredentialPlace, Diagram, Direction, Label, Line, Names, Note, Phase, PhaseKind, actor_name,
};
use storefront_api::App;
use wire_recorder::Actor;

/// The maximum number of phases in a picture.
const MAX_PHASES: usize = 60;

/// The picture: the element that the page's script keeps up to date.
pub(super) fn picture(scene: Scene) -> Markup {
    let Scene { phases, mut names, seen } = scene;
    let announcement = phases.last().map(summary).unwrap_or_default();
    // `names` numbers the credentials in the order in which they are drawn, so all phases are drawn before the order is reversed.
    let drawn: Vec<(bool, Markup)> =
        phases.iter().enumerate().map(|(number, phase)| (is_background(phase), section(number, phase, &mut names))).collect();
    let first = drawn.len().saturating_sub(MAX_PHASES);
    let mut end = drawn.len();
    html! {
        div #picture data-seen=(seen) data-announcement=(announcement) {
            @for group in drawn[first..].chunk_by(|one, next| one.0 && next.0).rev() {
                @let begin = end - group.len();
                @if group[0].0 {
                    // The id is that of the oldest phase, so that the group stays the same element while it grows.
                    details id={ "background-" (begin) } {
                        summary { "Page views and background requests: " (group.len()) }
                        @for (_, section) in group.iter().rev() { (section) }
                    }
                } @else { @for (_, section) in group { (section) } }
                ({ end = begin; "" })
            }
        }
    }
}

/// Whether a phase neither begins, renews nor ends a sign-in, and changes nothing.
fn is_background(phase: &Phase) -> bool {
    matches!(phase.kind, PhaseKind::Visit | PhaseKind::PageLoad)
}

/// The section of the workflow's page that explains such a phase.
fn explained_in(kind: PhaseKind) -> &'static [&'static str] {
    match kind {
        PhaseKind::SignIn => &["Signing in"],
        PhaseKind::Renewal => &["The JWT has expired", "The session has expired"],
        PhaseKind::RenewalRefused => &["The refresh token has ended, too"],
        PhaseKind::Displaced => &["Signing in at the Forums displaces the Store"],
        PhaseKind::SignOut => &["Signing out"],
        PhaseKind::Attack => &["How safe it is"],
        PhaseKind::Visit
        | PhaseKind::PageLoad
        | PhaseKind::SignInUnfinished
        | PhaseKind::RenewalFailed
        | PhaseKind::DeviceProof
        | PhaseKind::Change
        | PhaseKind::Registration => &[],
    }
}

/// All phases in one Mermaid diagram, each under a note with its name.
pub(super) fn mermaid(scene: Scene) -> String {
    let Scene { phases, mut names, .. } = scene;
    let mut whole = Diagram::default();
    for phase in &phases {
        let actor = phase.exchanges.first().map_or(Actor::Browser, |exchange| exchange.from);
        whole.lines.push(Line::Note(Note { actor, text: summary(phase), step: None }));
        whole.lines.extend(Diagram::of(&phase.exchanges, &mut names).lines);
    }
    whole.mermaid()
}

/// A phase in one line, such as `Signing in: Store, webapp-jwt`.
fn summary(phase: &Phase) -> String {
    let site = site_name(phase);
    if site.is_empty() { phase.kind.title().to_owned() } else { format!("{}: {site}", phase.kind.title()) }
}

fn site_name(phase: &Phase) -> String {
    let app = phase.app.map(|app| match app {
        App::Store => "Store",
        App::Forums => "Forums",
    });
    app.into_iter().chain(phase.workflow.map(|workflow| workflow.slug())).collect::<Vec<_>>().join(", ")
}

fn section(number: usize, phase: &Phase, names: &mut Names) -> Markup {
    let diagram = with_steps(Diagram::of(&phase.exchanges, names), phase);
    let actors = diagram.actors();
    let title = format!("phase-{number}-title");
    let own = format!("phase-{number}");
    html! {
        section.phase.attack[phase.kind == PhaseKind::Attack] id=(own) {
            a.own href={ "#" (own) } aria-label="Link to this phase" { "#" }
            h2 id=(title) { (phase.kind.title()) " " span.place { (site_name(phase)) } }
            (why(phase))
            div class={ "sequence columns-" (actors.len()) } {
                div.actors aria-hidden="true" { @for actor in &actors { span { (actor_name(*actor)) } } }
                ol aria-labelledby=(title) {
                    @for line in &diagram.lines {
                        @match line {
                            Line::Arrow(arrow) => (message(arrow, &actors)),
                            Line::Note(Note { actor, text, step }) => (note(actor_name(*actor), &numbered(*step, text))),
                        }
                    }
                 }
            }
        }
    }
}

/// What the workflow's page says about such a phase, and a link there.
fn why(phase: &Phase) -> Markup {
    let explained =
        phase.workflow.and_then(|it| Some((it, explained_in(phase.kind).iter().find_map(|title| workflow::section(it, title))?)));
    html! {
        @if let Some((workflow, (id, text))) = explained {
            p.why { (workflow::inline(text)) " " a href={ (workflow::path(workflow)) "#" (id) } { "The published steps" } }
        }
    }
}

/// The diagram with the numbers and the notes of the published steps, if it shows all of them.
fn with_steps(diagram: Diagram, phase: &Phase) -> Diagram {
    let drawn = |workflow| explained_in(phase.kind).iter().find_map(|title| workflow::diagram(workflow, title));
    let mut with_steps = diagram.clone();
    match phase.workflow.and_then(drawn).map(|drawn| with_steps.take_steps_of(&drawn)) {
        Some(missing) if missing.is_empty() => with_steps,
        Some(_) | None => diagram,
    }
}

fn numbered(step: Option<u32>, text: &str) -> String {
    step.map_or_else(|| text.to_owned(), |step| format!("{step}. {text}"))
}

fn message(arrow: &Arrow, actors: &[Actor]) -> Markup {
    let end = |actor: Actor| (actor_name(actor), actors.iter().position(|it| *it == actor).unwrap_or_default() + 1);
    let is_response = arrow.direction == Direction::Response;
    row(&Row {
        from: end(arrow.from),
        to: end(arrow.to),
        is_response,
        what: &numbered(arrow.step, &arrow.label.text),
        carried: credentials(&arrow.label),
    })
}

fn credentials(label: &Label) -> Markup {
    html! {
        @for group in &label.credentials {
            p.carried {
                (place_name(group)) " "
                @for name in &group.names { span.token { (name) } " " }
                @if !group.attributes.is_empty() { span.attributes { (group.attributes.join(", ")) } }
            }
        }
    }
}

fn place_name(group: &CredentialGroup) -> &'static str {
    match group.place {
        CredentialPlace::Header => "Header",
        CredentialPlace::Body => "Body",
        CredentialPlace::DeviceBoundSession => "Device-bound session",
        CredentialPlace::Cookies => "Cookies",
        CredentialPlace::SetCookies => "Sets",
        CredentialPlace::DeletedCookies => "Deletes",
    }
}
