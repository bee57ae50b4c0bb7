//! Draws phases from the messages that the processes record while a test runs the phases. A phase is one diagram, such as "Signing in".
//! [`WorkflowRecording`] has the phases of a workflow that FusionAuth publishes, and [`OwnRecording`] has all other phases.

use crate::document::Document;
use anyhow::{Context, ensure};
use e2e::{Application, Deployment, Workflow, is_sent_when_idle, poll};
use sequence_diagram::{Applications, Arrow, Diagram, Exchange, Names, RecordExtent, conversation};
use wire_recorder::{Actor, Message};

/// The title of the phase with sign-ins that are bound to devices. It needs https, so a test of its own draws it.
pub(crate) const DEVICE_BOUND_ENDING: &str = "What stops stolen cookies: a key that stays on the device";

/// The drawings of one workflow's phases. The diagrams in the workflow's document name the phases and their steps.
pub(crate) struct WorkflowRecording {
    document: Document,
    /// Whether this test draws [`DEVICE_BOUND_ENDING`], or all other phases.
    is_ending: bool,
    select: Selection,
    drawings: Vec<(&'static str, String)>,
}

/// Leaves out the exchanges of a phase that its diagram does not show.
type Selection = fn(Vec<Exchange>) -> Vec<Exchange>;

/// A phase that is being run.
pub(crate) struct PhaseRecording {
    title: &'static str,
    /// The diagram in the document.
    steps: Diagram,
    select: Selection,
    /// The number of messages before the phase.
    start: usize,
}

impl WorkflowRecording {
    pub(crate) fn of(workflow: Workflow) -> Self {
        Self { document: Document::of(workflow), is_ending: false, select: |all| all, drawings: Vec::new() }
    }

    /// The drawings of the ending with device-bound sign-ins.
    pub(crate) fn with_device_binding(workflow: Workflow) -> Self {
        Self { is_ending: true, select: without_reads_before_the_theft, ..Self::of(workflow) }
    }

    /// Begins the phase with this title. All messages until [`Self::end`] belong to it.
    pub(crate) fn begin(&self, deployment: &Deployment, title: &'static str) -> anyhow::Result<PhaseRecording> {
        let steps = Diagram::read(self.document.diagram(title).with_context(|| format!("the document has no diagram {title:?}"))?);
        let messages = messages(deployment)?;
        let unanswered = unanswered(&messages);
        ensure!(unanswered.is_none(), "{title}: a request of the previous phase has no response: {unanswered:?}");
        Ok(PhaseRecording { title, steps, select: self.select, start: messages.len() })
    }

    /// Waits until every step of the phase is recorded, and draws the phase.
    ///
    /// # Errors
    /// Returns an error if a step with a number is missing. The drawing shows if another message is missing.
    pub(crate) async fn end(&mut self, deployment: &Deployment, phase: PhaseRecording) -> anyhow::Result<()> {
        let complete = poll(async || Ok(draw(deployment, &phase).ok().filter(|(_, missing)| missing.is_empty()))).await?;
        let (drawing, missing) = match complete {
            Some(drawn) => drawn,
            None => draw(deployment, &phase)?,
        };
        let missing: Vec<&Arrow> = missing.iter().filter(|it| it.step.is_some()).collect();
        ensure!(missing.is_empty(), "{}: missing steps {missing:?} in\n{drawing}", phase.title);
        self.drawings.push((phase.title, drawing));
        Ok(())
    }

    /// Compares the drawings with those in the workflow's document, or with `DIAGRAMS=write` writes them into the document.
    ///
    /// # Panics
    /// If the drawings differ, or if a phase was not run.
    pub(crate) fn compare(self) {
        self.document.compare_or_write(&self.drawings, |title| (title == DEVICE_BOUND_ENDING) == self.is_ending);
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
        Document::named(name).compare_or_write(&self.drawings, |_| true);
    }
}

/// The drawing of a phase, and the messages of its document that are missing.
fn draw(deployment: &Deployment, phase: &PhaseRecording) -> anyhow::Result<(String, Vec<Arrow>)> {
    let mut diagram = diagram(deployment, phase.start, phase.select)?;
    let missing = diagram.take_steps_of(&phase.steps);
    Ok((diagram.mermaid(), missing))
}

/// Paths that the diagrams of [`OwnRecording`] leave out: those of concurrent requests, whose order differs in each run, and the emulator's
/// mailbox.
const NOT_DRAWN: [&str; 3] = ["/api/account", "/api/tenant/password-validation-rules", "/emulator/mail"];

fn without_reads(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    // The server sends messages about changes in the background.
    exchanges.retain(|it| !NOT_DRAWN.contains(&it.path.as_str()) && !it.path.starts_with("/api/email/send/"));
    for exchange in &mut exchanges {
        exchange.calls = without_reads(std::mem::take(&mut exchange.calls));
    }
    exchanges
}

/// The diagram of the messages from index `start` on.
fn diagram(deployment: &Deployment, start: usize, select: Selection) -> anyhow::Result<Diagram> {
    let messages = messages(deployment)?;
    let exchanges = select(exchanges(&messages[start..]));
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

/// All exchanges but those of idle pages.
fn exchanges(messages: &[Message]) -> Vec<Exchange> {
    let mut exchanges = conversation(messages);
    exchanges.retain(|exchange| !is_sent_when_idle(&exchange.path));
    exchanges
}

fn unanswered(messages: &[Message]) -> Option<Exchange> {
    exchanges(messages).into_iter().find(|exchange| exchange.response.is_none())
}

/// All messages so far, without a last line that has no line break, because a process may still be writing that line.
fn messages(deployment: &Deployment) -> anyhow::Result<Vec<Message>> {
    let text = std::fs::read_to_string(deployment.record.file())?;
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole.map(|line| serde_json::from_str(line).with_context(|| format!("a record line can't be read: {line}"))).collect()
}
