//! Whether a finger or a mouse meets the control that it is aimed at.
//!
//! People aim at the middle of a control. If another one lies over it there, a tap does something else, and no check of
//! names, contrast or sizes notices.

use crate::Browser;

/// Each visible control, scrolled into view, must be what lies on top at its middle, or contain that, or be labelled by it.
/// The link past the header waits above the page until it has the focus, so that it has no middle to aim at.
const COVERED_CONTROLS: &str = r"
    const describe = element => `${element.localName} '${(element.computedName || element.getAttribute('class') || '').trim()}'`;
    const covered = [];
    for (const control of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
        if (!control.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
        control.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
        const box = control.getClientRects()[0];
        if (box.bottom <= 0) continue;
        const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        if (!control.contains(top) && top?.closest('label')?.control !== control) {
            covered.push(`${describe(control)} is covered by ${top ? describe(top) : 'the edge of the window'}`);
        }
    }
    scrollTo({top: 0, left: 0, behavior: 'instant'});
    return covered;";

impl Browser {
    /// The visible controls of the page whose middle belongs to something else, and what lies over each.
    pub async fn covered_controls(&self) -> anyhow::Result<Vec<String>> {
        self.eval(COVERED_CONTROLS).await
    }
}
