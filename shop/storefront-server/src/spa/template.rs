//! `index.html` with its slots: the places that the server fills, each between `<!--slot name-->` and `<!--/slot name-->`. The text in
//! between is for `trunk serve`, which has no server.

/// The text of the page. Its slots stay when they are filled.
#[derive(Clone)]
pub(super) struct Template(pub(super) String);

impl Template {
    /// The text in the slot. `None`: the page lacks it.
    pub(super) fn text(&self, slot: &str) -> Option<&str> {
        let [start, end] = marks(slot);
        Some(self.0.split_once(&start)?.1.split_once(&end)?.0)
    }

    /// The page with this text in the slot.
    pub(super) fn with(self, slot: &str, text: &str) -> Self {
        self.map(slot, |_| text.to_owned())
    }

    /// The page with another text in each slot of this name. `text` gets the present text.
    pub(super) fn map(self, slot: &str, text: impl Fn(&str) -> String) -> Self {
        let [start, end] = marks(slot);
        let mut parts = self.0.split(&start);
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (before, rest) = part.split_once(&end).unwrap_or((part, ""));
            out.extend([&start, &*text(before), &end, rest]);
        }
        Self(out)
    }

    /// The page without the marks of its slots.
    pub(super) fn into_html(self) -> String {
        let mut parts = self.0.split("<!--");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once("-->") {
                Some((mark, rest)) if mark.trim_start_matches('/').starts_with("slot ") => out.push_str(rest),
                _ => out.extend(["<!--", part]),
            }
        }
        out
    }
}

fn marks(slot: &str) -> [String; 2] {
    ["", "/"].map(|end| format!("<!--{end}slot {slot}-->"))
}
