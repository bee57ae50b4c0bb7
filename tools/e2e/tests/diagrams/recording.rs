//! Draws phases from the messages that the processes record while a test runs the phases. A phase is one diagram, such as "Signing in".
//! [`WorkflowRecording`] has the phases of a workflow that FusionAuth publishes, and [`OwnRecording`] has all other phases.

use crate::document::Document;
use anyhow::{Context, ensure};
use e2e::{Application, Deployment, Workflow, poll};
use sequence_diagram::{
    Applications, Diagram, Exchange, Names, PublishedPhase, RecordExtent, conversation, device_bound_ending, published,
};
use std::collections::BTreeMap;
use wire_recorder::{Actor, Message};

/// The drawings of one workflow's phases.
pub(crate) struct WorkflowRecording {
    workflow: Workflow,
    phases: &'static [PublishedPhase],
    /// Phases in the workflow's document that another test draws.
    other_phases: &'static [PublishedPhase],
    select: Selection,
    drawings: BTreeMap<&'static str, String>,
}

/// Leaves out the exchanges of a phase that its diagram does not show.
type Selection = fn(Vec<Exchange>) -> Vec<Exchange>;

/// A phase that is being run.
pub(crate) struct PhaseRecording {
    published_phase: &'static PublishedPhase,
    select: Selection,
    /// The number of messages before the phase.
    start: usize,
}

impl WorkflowRecording {
    pub(crate) fn of(workflow: Workflow) -> Self {
        let (phases, other_phases) = (published(workflow), device_bound_ending(workflow));
        Self { workflow, phases, other_phases, select: |all| all, drawings: BTreeMap::new() }
    }

    /// The drawings of the ending with device-bound sign-ins.
    pub(crate) fn with_device_binding(workflow: Workflow) -> Self {
        let (phases, other_phases) = (device_bound_ending(workflow), published(workflow));
        Self { workflow, phases, other_phases, select: without_reads_before_the_theft, drawings: BTreeMap::new() }
    }

    /// Begins the phase with this title. All messages until [`Self::end`] belong to it.
    pub(crate) fn begin(&self, deployment: &Deployment, title: &str) -> anyhow::Result<PhaseRecording> {
        let published_phase = self.phases.iter().find(|it| it.title == title).with_context(|| format!("no phase {title:?}"))?;
        let messages = messages(deployment)?;
        let unanswered = unanswered(&messages);
        ensure!(unanswered.is_none(), "{title}: a request of the previous phase has no response: {unanswered:?}");
        Ok(PhaseRecording { published_phase, select: self.select, start: messages.len() })
    }

    /// Waits until every step of the phase is recorded, and draws the phase.
    pub(crate) async fn end(&mut self, deployment: &Deployment, phase: PhaseRecording) -> anyhow::Result<()> {
        let drawing = match poll(async || Ok(draw(deployment, &phase).ok())).await? {
            Some(drawing) => drawing,
            None => draw(deployment, &phase)?, // fails again, and returns the error
        };
        self.drawings.insert(phase.published_phase.title, drawing);
        Ok(())
    }

    /// Compares the drawings with those in the workflow's document, or with `DIAGRAMS=write` writes them into the document.
    ///
    /// # Panics
    /// If the drawings differ, or if a phase was not run.
    pub(crate) fn compare(self) {
        let drawings: Vec<(&str, String)> = self
            .phases
            .iter()
            .map(|published_phase| {
                let drawing = self.drawings.get(published_phase.title).unwrap_or_else(|| panic!("{:?} was not run", published_phase.title));
                (published_phase.title, drawing.clone())
            })
            .collect();
        let elsewhere: Vec<&str> = self.other_phases.iter().map(|it| it.title).collect();
        Document::of(self.workflow).compare_or_write(&drawings, &elsewhere);
    }
}

/// Leaves out the pages and data that the browser reads before the first attack. It reads them while it registers its key, in any order.
/// Also leaves out the check of the user and of the refresh token at FusionAuth, because the response does not wait for it.
fn without_reads_before_the_theft(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    let is_check =
        |it: &Exchange| it.to == Actor::FusionAuth && it.method == "GET" && ["/api/user/{id}", "/api/jwt/refresh"].contains(&&*it.path);
    exchanges.retain(|it| !is_check(it));
    exchanges.iter_mut().for_each(|it| it.calls.retain(|call| !is_check(call)));
    let theft = exchanges.iter().position(|it| it.from == Actor::Attacker).unwrap_or(exchanges.len());
    let after = exchanges.split_off(theft);
    exchanges.retain(|it| it.method != "GET");
    exchanges.into_iter().chain(after).collect()
}

/// The drawings of phases that are not part of a published workflow, in the order in which they are run.
#[derive(Default)]
pub(crate) struct OwnRecording {
    drawings: Vec<(&'static str, String)>,
}

impl OwnRecording {
    /// Runs a phase, waits until the drawing ends with the answer to `last` (such as `GET /api/user`), and keeps the drawing.
    pub(crate) async fn phase(
        &mut self,
        deployment: &Deployment,
        (title, last): (&'static str, &str),
        run: impl AsyncFnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let start = after_all_answers(deployment).await.context(title)?;
        run().await.context(title)?;
        let mut shown = String::new();
        let ends = |drawing: &str| drawing.lines().rfind(|line| line.contains("Browser->>")).is_some_and(|it| it.contains(last));
        let is_over = poll(async || {
            let drawing = diagram(deployment, start, without_reads).map(|it| it.mermaid());
            let is_over = drawing.as_deref().is_ok_and(ends);
            shown = drawing.unwrap_or_else(|error| error.to_string());
            Ok(is_over.then_some(()))
        });
        let is_over = is_over.await?.is_some();
        ensure!(is_over, "{title} does not end with {last}: {shown}");
        self.drawings.push((title, shown));
        Ok(())
    }

    /// Compares the drawings with those in `docs/workflows/NAME.md`, or with `DIAGRAMS=write` writes them into that file.
    ///
    /// # Panics
    /// If the drawings differ.
    pub(crate) fn compare(self, name: &str) {
        Document::named(name).compare_or_write(&self.drawings, &[]);
    }
}

fn draw(deployment: &Deployment, phase: &PhaseRecording) -> anyhow::Result<String> {
    let mut diagram = diagram(deployment, phase.start, phase.select)?;
    let all = diagram.mermaid();
    phase.published_phase.number(&mut diagram).with_context(|| format!("in\n{all}"))?;
    Ok(diagram.mermaid())
}

/// Paths that the diagrams of [`OwnRecording`] leave out: those of concurrent requests, whose order differs in each run, and the emulator's
/// mailbox.
const NOT_DRAWN: [&str; 3] = ["/api/account", "/api/tenant/password-validation-rules", "/emulator/mail"];

fn without_reads(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    exchanges.retain(|it| !NOT_DRAWN.contains(&it.path.as_str()));
    for exchange in &mut exchanges {
        exchange.calls = without_reads(std::mem::take(&mut exchange.calls));
    }
    exchanges
}

/// The diagram of the messages from index `start` on.
fn diagram(deployment: &Deployment, start: usize, select: Selection) -> anyhow::Result<Diagram> {
    let messages = messages(deployment)?;
    let exchanges = select(conversation(&messages[start..]));
    ensure!(exchanges.iter().all(|exchange| exchange.response.is_some()), "some requests have no response: {exchanges:#?}");
    let applications = Applications { store: Application::Store.id().to_owned(), forums: Application::Forums.id().to_owned() };
    Ok(Diagram::of(&exchanges, &mut Names::new(&messages, RecordExtent::Whole, applications)))
}

/// Waits until every request has its response, and returns the number of messages. Without this wait, the next drawing could contain calls
/// to FusionAuth that belong to an earlier request.
async fn after_all_answers(deployment: &Deployment) -> anyhow::Result<usize> {
    let answered = poll(async || {
        let messages = messages(deployment)?;
        Ok(unanswered(&messages).is_none().then_some(messages.len()))
    });
    let answered = answered.await?;
    answered.with_context(|| format!("no answer: {:?}", messages(deployment).map(|it| unanswered(&it))))
}

fn unanswered(messages: &[Message]) -> Option<Exchange> {
    conversation(messages).into_iter().find(|exchange| exchange.response.is_none())
}

/// All messages so far, without a last line that has no line break, because a process may still be writing that line.
fn messages(deployment: &Deployment) -> anyhow::Result<Vec<Message>> {
    let text = std::fs::read_to_string(deployment.record.file())?;
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole.map(|line| serde_json::from_str(line).with_context(|| format!("a record line can't be read: {line}"))).collect()
}
