//! Reads and writes the diagrams in the files of `docs/workflows`. Each diagram shows one phase, such as "Signing in", and is under the
//! heading of that phase. All other text in these files is written by hand and must not change.

use e2e::Workflow;
use similar::TextDiff;
use std::path::PathBuf;

/// The lines before and after a Mermaid diagram in Markdown.
const OPEN: &str = "```mermaid\n";
const CLOSE: &str = "```\n";

/// A file with diagrams.
pub(crate) struct Document {
    path: PathBuf,
    text: String,
}

impl Document {
    /// The file of one workflow.
    pub(crate) fn of(workflow: Workflow) -> Self {
        Self::named(workflow.slug())
    }

    /// The file `docs/workflows/NAME.md`.
    pub(crate) fn named(name: &str) -> Self {
        let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/workflows")).join(format!("{name}.md"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    /// The diagram under a heading.
    pub(crate) fn diagram(&self, title: &str) -> Option<&str> {
        diagram(&self.text, title)
    }

    /// Compares the new drawings with those in the file. With `DIAGRAMS=write`, replaces the drawings in the file instead. `is_ours` says
    /// which titles belong to this test.
    ///
    /// # Panics
    /// If the drawings differ, or if the file cannot be written.
    pub(crate) fn compare_or_write(&self, drawings: &[(&str, String)], is_ours: impl Fn(&str) -> bool) {
        if std::env::var_os("DIAGRAMS").is_some_and(|it| it == "write") {
            self.write(drawings);
        } else {
            self.compare(drawings, is_ours);
        }
    }

    /// # Panics
    /// If a drawing differs; the message shows the lines that differ.
    fn compare(&self, drawings: &[(&str, String)], is_ours: impl Fn(&str) -> bool) {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(report) = differences(&self.text, drawings, is_ours) {
            panic!(
                "The diagrams in docs/workflows/{name} differ from the messages that the processes exchange.\n\n{report}\n\
                 If the new messages are right, run `cargo xtask diagrams`, check the new diagrams and commit them."
            );
        }
    }

    /// # Panics
    /// If the file cannot be written.
    fn write(&self, drawings: &[(&str, String)]) {
        let text = drawings.iter().fold(self.text.clone(), |text, (title, drawing)| replaced(&text, title, drawing));
        std::fs::write(&self.path, text).unwrap_or_else(|error| panic!("{}: {error}", self.path.display()));
    }
}

/// The differences between the diagrams in `text` and `drawings`, by phase. `None` if there are no differences. Ignores phases with other
/// titles than `is_ours`.
fn differences(text: &str, drawings: &[(&str, String)], is_ours: impl Fn(&str) -> bool) -> Option<String> {
    let mut report = String::new();
    for (title, drawing) in drawings {
        match diagram(text, title) {
            Some(drawn) if drawn == drawing => {}
            Some(drawn) => {
                let difference = TextDiff::from_lines(drawn, drawing).unified_diff().context_radius(2).to_string();
                report += &format!("“{title}”: - in the document, + in the record\n{difference}\n");
            }
            None => report += &format!("“{title}”: the document has no diagram for this phase\n{drawing}\n"),
        }
    }
    let titles = text.lines().filter_map(|line| line.strip_prefix("## ")).filter(|title| diagram(text, title).is_some());
    for title in titles.filter(|title| is_ours(title) && drawings.iter().all(|(drawn, _)| drawn != title)) {
        report += &format!("“{title}”: this phase was not run\n");
    }
    (!report.is_empty()).then_some(report)
}

/// The diagram under a heading.
fn diagram<'a>(text: &'a str, title: &str) -> Option<&'a str> {
    let range = place(text, title)?;
    Some(&text[range])
}

/// The range of the diagram under a heading.
fn place(text: &str, title: &str) -> Option<std::ops::Range<usize>> {
    let heading = format!("\n## {title}\n");
    let section = text.find(&heading)? + heading.len();
    let end = text[section..].find("\n## ").map_or(text.len(), |at| section + at + 1);
    let start = section + text[section..end].find(OPEN)? + OPEN.len();
    let length = text[start..end].find(CLOSE)?;
    Some(start..start + length)
}

/// Replaces the diagram under a heading. If the text has no such heading, or no diagram under it, adds both at the end of the text.
fn replaced(text: &str, title: &str, drawing: &str) -> String {
    match place(text, title) {
        Some(range) => format!("{}{drawing}{}", &text[..range.start], &text[range.end..]),
        None => format!("{}\n\n## {title}\n\n{OPEN}{drawing}{CLOSE}", text.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, differences, replaced};
    use storefront_api::Workflow;

    const SIGNING_IN: &str = "sequenceDiagram\n    Browser->>Store: 5. POST /login<br/>(password)\n    Store-->>Browser: 8. 302\n";

    fn text() -> String {
        let text = replaced("# Title\n\nProse.\n", "Signing in", SIGNING_IN);
        replaced(&text, "Signing out", "sequenceDiagram\n")
    }

    #[test]
    fn a_changed_message_is_shown_with_its_phase_before_and_after() {
        let changed = SIGNING_IN.replace("302", "200");
        let report = differences(&text(), &[("Signing in", changed), ("Signing out", "sequenceDiagram\n".to_owned())], |_| true);
        let expected = "\
“Signing in”: - in the document, + in the record
@@ -1,3 +1,3 @@
 sequenceDiagram
     Browser->>Store: 5. POST /login<br/>(password)
-    Store-->>Browser: 8. 302
+    Store-->>Browser: 8. 200

";
        assert_eq!(report.as_deref(), Some(expected));
    }

    #[test]
    fn an_equal_drawing_is_no_difference_and_a_missing_or_additional_phase_is_one() {
        let drawings = [("Signing in", SIGNING_IN.to_owned()), ("Signing out", "sequenceDiagram\n".to_owned())];
        assert_eq!(differences(&text(), &drawings, |_| true), None);
        assert_eq!(differences(&text(), &drawings[..1], |title| title != "Signing out"), None);
        assert_eq!(differences(&text(), &drawings[..1], |_| true).as_deref(), Some("“Signing out”: this phase was not run\n"));
        let more = [drawings.as_slice(), &[("Attack", "x\n".to_owned())]].concat();
        assert_eq!(differences(&text(), &more, |_| true).as_deref(), Some("“Attack”: the document has no diagram for this phase\nx\n\n"));
    }

    #[test]
    fn prose_stays_when_a_diagram_is_redrawn() {
        let prose = text().replace("## Signing out", "Afterwards.\n\n## Signing out");
        let drawn = replaced(&prose, "Signing in", "sequenceDiagram\n    other\n");
        assert_eq!(drawn, prose.replace(SIGNING_IN, "sequenceDiagram\n    other\n"));
        assert!(drawn.starts_with("# Title\n\nProse.\n") && drawn.contains("```\n\nAfterwards.\n"));
    }

    #[test]
    fn the_documents_show_every_published_step_and_list_where_ours_differs() {
        for (workflow, last_step) in [
            (Workflow::SpaBackend, 37),
            (Workflow::SpaSharedDomain, 36),
            (Workflow::SpaLocalStorage, 33),
            (Workflow::WebappJwt, 35),
            (Workflow::WebappSession, 42),
        ] {
            let document = Document::of(workflow);
            let numbers = document.text.lines().filter_map(number_of).collect::<Vec<u32>>();
            let name = workflow.slug();
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (1..=last_step).collect::<Vec<_>>(), "{name}");
            for line in document.text.lines().filter(|line| line.contains(" (published: ")) {
                let mention = format!("**Step {}**", number_of(line).unwrap_or_default());
                assert!(document.text.contains(&mention), "{name} does not say why this step is not as published: {line}");
            }
        }
    }

    /// The number of the step in a line of a diagram.
    fn number_of(line: &str) -> Option<u32> {
        let (from, text) = line.trim_start().split_once(": ")?;
        let is_drawn = from.contains(">>") || from.starts_with("Note over ");
        text.split_once(". ").filter(|_| is_drawn)?.0.parse().ok()
    }
}
