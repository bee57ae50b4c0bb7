//! Draws the phases of a scene as HTML, the latest first, and as Mermaid text.
//!
//! In HTML each phase is a list of messages, which a screen reader reads out. On a wide screen the stylesheet draws the list as a sequence
//! diagram.

use crate::drawing;
use crate::flows::{Scene, View};
use crate::workflow;
use maud::{Markup, html};
use sequence_diagram::{Diagram, Line, Names, Note, Phase, PhaseKind, actor_name};
use storefront_api::App;
use wire_recorder::Actor;

/// The maximum number of phases in a picture.
const MAX_PHASES: usize = 60;

/// How many of the latest phases, besides those in the background, are open at first. The others show only their titles.
const OPEN_PHASES: usize = 2;

/// A phase, drawn.
struct DrawnPhase {
    kind: PhaseKind,
    number: u64,
    title: Markup,
    content: Markup,
}

/// The picture: the element that the page's script keeps up to date.
pub(super) fn picture(view: &View, mut scene: Scene) -> Markup {
    let announcement = scene.phases.last().map(summary).unwrap_or_default();
    // `names` numbers the credentials in the order in which they are drawn, so all phases are drawn before the order is reversed.
    let phases = std::mem::take(&mut scene.phases);
    let drawn: Vec<DrawnPhase> = phases.iter().map(|phase| drawn(view, scene.number(phase), phase, &mut scene.names)).collect();
    let drawn = &drawn[drawn.len().saturating_sub(MAX_PHASES)..];
    let mut closed_ones = drawn.iter().rev().filter(|it| !is_background(it.kind)).skip(OPEN_PHASES);
    let last_closed = closed_ones.next().map(|it| it.number);
    html! {
        div #picture data-seen=(scene.seen) data-announcement=(announcement) {
            @for group in drawn.chunk_by(|one, next| is_background(one.kind) && is_background(next.kind)).rev() {
                @let DrawnPhase { kind, number, title, content } = &group[0];
                @if is_background(*kind) {
                    // The id is that of the oldest phase, so that the group stays the same element while it grows.
                    details id={ "background-" (number) } {
                        summary { "Page views, webhooks and background requests: " (group.len()) }
                        @for phase in group.iter().rev() {
                            section.phase id={ "phase-" (phase.number) } { (phase.title) (phase.content) }
                        }
                    }
                } @else {
                    @let is_new = last_closed.is_none_or(|last| *number > last);
                    details.phase.attack[*kind == PhaseKind::Attack] id={ "fold-" (number) } open[is_new] data-new[is_new] {
                        summary { (title) }
                        // A browser opens the `details` element around the target of a link, and not a target that is one.
                        div id={ "phase-" (number) } { (content) }
                    }
                }
            }
        }
    }
}

/// Whether a phase neither begins, renews nor ends a sign-in, and changes nothing.
fn is_background(kind: PhaseKind) -> bool {
    matches!(kind, PhaseKind::Visit | PhaseKind::PageLoad | PhaseKind::Event)
}

/// The section of the workflow's page that explains such a phase.
fn explained_in(kind: PhaseKind) -> &'static [&'static str] {
    match kind {
        PhaseKind::SignIn => &["Signing in"],
        PhaseKind::Renewal => &["The JWT has expired", "The session has expired"],
        PhaseKind::RenewalRefused => &["The refresh token has ended, too"],
        PhaseKind::Displaced => &["Signing in at the Forums displaces the Store"],
        PhaseKind::SignOut => &["Signing out", "What stops a stolen session id: signing out"],
        PhaseKind::Attack => &["How safe it is"],
        PhaseKind::Visit
        | PhaseKind::PageLoad
        | PhaseKind::SignInUnfinished
        | PhaseKind::RenewalFailed
        | PhaseKind::DeviceProof
        | PhaseKind::Event
        | PhaseKind::Change
        | PhaseKind::Registration => &[],
    }
}

/// One diagram of all phases, each under a note with its name, or of the phase with this number. `None`: there is no such phase.
pub(super) fn diagram(mut scene: Scene, only: Option<u64>) -> Option<Diagram> {
    let phases = std::mem::take(&mut scene.phases);
    let position = only.map(|number| phases.iter().position(|phase| scene.number(phase) == number));
    let mut drawn = phases.iter().map(|phase| {
        let actor = phase.exchanges.first().map_or(Actor::Browser, |exchange| exchange.from);
        let heading = Line::Note(Note { actor, text: summary(phase), step: None });
        // Earlier phases are drawn, too, so that the credentials of this one have the same numbers as on the page.
        [heading].into_iter().chain(with_steps(Diagram::of(&phase.exchanges, &mut scene.names), phase).lines).collect::<Vec<_>>()
    });
    let lines = match position {
        Some(position) => drawn.nth(position?)?,
        None => drawn.flatten().collect(),
    };
    Some(Diagram { lines })
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

fn drawn(view: &View, number: u64, phase: &Phase, names: &mut Names) -> DrawnPhase {
    let diagram = with_steps(Diagram::of(&phase.exchanges, names), phase);
    let id = format!("phase-{number}-title");
    let content = html! {
        (why(phase))
        (drawing::sequence(&diagram, Some(&id)))
        p.own {
            @for (path, name) in [("/flows.mmd", "Mermaid"), ("/flows.svg", "SVG")] {
                a href=(View { phase: Some(number), ..view.clone() }.address(path)) { (name) } " "
            }
            a href={ "#phase-" (number) } { "Link" }
        }
    };
    DrawnPhase { kind: phase.kind, number, title: title(&id, phase), content }
}

/// The phase's title, the request that gives the phase its kind, and the receivers of a password.
fn title(id: &str, phase: &Phase) -> Markup {
    let receivers: Vec<&str> = phase.password_receivers().into_iter().map(actor_name).collect();
    html! {
        h2 id=(id) { (phase.kind.title()) " " span.place { (site_name(phase)) } }
        @if let Some(it) = phase.main_exchange() {
            span.about { " " (actor_name(it.from)) " to " (actor_name(it.to)) ": " code { (it.method) " " (it.path) } }
        }
        @if !receivers.is_empty() { span.about { " Who sees the password: " (receivers.join(", ")) } }
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
