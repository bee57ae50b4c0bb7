//! Finds controls that another element covers in the middle.
//!
//! People tap and click the middle of a control. If another control covers the middle, the tap activates the other control. No check of
//! names, contrast or sizes notices this.

use crate::Browser;

/// Scrolls each visible control into view. The topmost element at its middle must be the control, a part of it, or its label. The script
/// leaves out a control above the page, such as the skip link without focus, because nobody can tap the control.
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
    /// A description of each visible control that is covered in the middle, and of the element that covers it.
    pub async fn covered_controls(&self) -> anyhow::Result<Vec<String>> {
        self.eval(COVERED_CONTROLS).await
    }
}
