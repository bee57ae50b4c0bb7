//! The announcements of a screen reader: changes of live regions, and the element that gets the focus.

use crate::Browser;
use serde_json::json;

/// Records the announcements of live regions. A region that appears together with its text is announced only if it is an alert, because
/// screen readers announce other regions only when they change.
const KEEP: &str = r"{
    const said = globalThis.announcements = [];
    const text = region => region.innerText.replace(/\s+/g, ' ').trim();
    const elements = node => node instanceof Element ? [node, ...node.querySelectorAll('*')] : [];
    new MutationObserver(records => {
        const added = new Set(records.flatMap(({ addedNodes }) => [...addedNodes].flatMap(elements)));
        const changed = new Set([...added].filter(element => element.matches('[role=alert]')));
        for (const { target } of records) {
            const region = (target.nodeType === 1 ? target : target.parentElement)?.closest('[role=status], [role=alert], [aria-live]');
            if (region && !added.has(region)) changed.add(region);
        }
        for (const region of changed) if (region.checkVisibility() && text(region)) said.push(text(region));
    }).observe(document, { subtree: true, childList: true, characterData: true });
}";

impl Browser {
    /// Records the announcements of every page that the browser opens from now on.
    pub async fn keep_announcements(&self) -> anyhow::Result<()> {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": KEEP})).await.map(drop)
    }

    /// Waits for this many announcements since the page was opened, or since the last call of [`announcements`](Self::announcements). A
    /// region may announce its text a moment after the focus has moved.
    pub async fn wait_for_announcements(&self, number: usize) -> anyhow::Result<()> {
        self.wait_for("announcements", "return announcements.length >= arguments[0]", vec![json!(number)]).await
    }

    /// The announcements since the page was opened, or since the last call.
    pub async fn announcements(&self) -> anyhow::Result<Vec<String>> {
        self.eval("return announcements.splice(0)").await
    }

    /// The text of the element that has the focus. If the element has no text, its name and its description.
    pub async fn text_with_focus(&self) -> anyhow::Result<String> {
        self.eval(
            "const it = document.activeElement;
             const ids = (it.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean);
             const name = [it.computedName, ...ids.map(id => document.getElementById(id).innerText)].join(' ');
             return (it.innerText || name).replace(/\\s+/g, ' ').trim()",
        )
        .await
    }
}
