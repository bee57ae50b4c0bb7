//! The accessibility tree of a part of a page as text, like Playwright's ARIA snapshots. Chromium gives this tree to assistive technology.

use crate::{Browser, waits::poll};
use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// A node of DevTools' `Accessibility.getFullAXTree`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    node_id: String,
    #[serde(default)]
    ignored: bool,
    #[serde(default)]
    role: Text,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    description: Text,
    #[serde(default)]
    properties: Vec<Property>,
    #[serde(default)]
    child_ids: Vec<String>,
    #[serde(rename = "backendDOMNodeId")]
    element: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Text {
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
struct Property {
    name: String,
    value: Text,
}

impl Text {
    fn text(&self) -> &str {
        self.value.as_str().unwrap_or_default().trim()
    }
}

/// Roles without a meaning. The text shows their children instead.
const TRANSPARENT: [&str; 4] = ["generic", "none", "InlineTextBox", "Section"];
/// Roles that get their name from their content. The text omits their children, because these would repeat the name.
const NAMED_BY_CONTENT: [&str; 4] = ["button", "heading", "link", "term"];
/// Roles that the text omits: a label repeats the name of its input, and a marker adds nothing to its list.
const SKIPPED: [&str; 2] = ["LabelText", "ListMarker"];
/// The states that the text lists. It omits a state that is `false`, because an element without the attribute has the same state.
const STATES: [&str; 8] = ["checked", "disabled", "expanded", "hasPopup", "invalid", "level", "readonly", "required"];

impl Browser {
    /// The accessibility tree of the first element that `selector` finds. Waits until there is one. Each line has the role, the name, the
    /// states that are set, and the description, such as that of `aria-describedby`.
    pub async fn accessibility_tree(&self, selector: &str) -> anyhow::Result<String> {
        poll(async || self.accessibility_tree_now(selector).await)
            .await?
            .with_context(|| format!("no {selector} in the accessibility tree"))
    }

    /// `None` if there is no such element, or if the page replaces it meanwhile, as the app replaces the static page.
    async fn accessibility_tree_now(&self, selector: &str) -> anyhow::Result<Option<String>> {
        // Finds the element by its JavaScript object, because the ids of DOM nodes become invalid when the page has loaded.
        let expression = format!("document.querySelector({})", json!(selector));
        let found = self.devtools("Runtime.evaluate", json!({"expression": expression})).await?;
        let Some(object) = found["result"]["objectId"].as_str() else { return Ok(None) };
        let element = self.devtools("DOM.describeNode", json!({"objectId": object})).await?;
        let element = element["node"]["backendNodeId"].as_u64();
        let mut answer = self.devtools("Accessibility.getFullAXTree", json!({})).await?;
        let nodes: Vec<Node> = serde_json::from_value(answer["nodes"].take())?;
        let by_id = nodes.iter().map(|it| (it.node_id.as_str(), it)).collect();
        Ok(nodes.iter().find(|it| it.element == element).map(|start| {
            let mut text = String::new();
            write(start, &by_id, 0, &mut text);
            text
        }))
    }
}

fn write(node: &Node, nodes: &HashMap<&str, &Node>, depth: usize, to: &mut String) {
    let role = node.role.text();
    let children = || node.child_ids.iter().filter_map(|it| nodes.get(it.as_str()));
    // A form without a name has no role (HTML-AAM). Some versions of Chromium report the role nevertheless.
    let is_unnamed_form = role == "form" && node.name.text().is_empty();
    if node.ignored || is_unnamed_form || TRANSPARENT.contains(&role) {
        return children().for_each(|it| write(it, nodes, depth, to));
    }
    if SKIPPED.contains(&role) {
        return;
    }
    if role == "StaticText" {
        return write_text(node.name.text(), depth, to);
    }
    let name = node.name.text();
    let name = if name.is_empty() { String::new() } else { format!(" {name:?}") };
    let is_told = |it: &&Property| STATES.contains(&it.name.as_str()) && (it.name != "level" || role == "heading");
    let states = node.properties.iter().filter(is_told).filter_map(|it| match &it.value.value {
        Value::Bool(false) | Value::Null => None,
        Value::String(text) if text == "false" || text.is_empty() => None,
        Value::Bool(true) => Some(format!(" [{}]", it.name)),
        Value::String(text) if text == "true" => Some(format!(" [{}]", it.name)),
        value => Some(format!(" [{}={}]", it.name, value)),
    });
    let description = Some(node.description.text()).filter(|it| !it.is_empty()).map(|it| format!(" [description={it:?}]"));
    let attributes: String = states.chain(description).collect();
    *to += &format!("{}{role}{name}{attributes}\n", "  ".repeat(depth));
    if !NAMED_BY_CONTENT.contains(&role) {
        children().for_each(|it| write(it, nodes, depth + 1, to));
    }
}

/// Writes a text. Texts beside each other become one line, because a page may split a sentence into several text nodes.
fn write_text(text: &str, depth: usize, to: &mut String) {
    if text.is_empty() {
        return;
    }
    let (start, text) = (format!("{}text \"", "  ".repeat(depth)), format!("{text:?}\n"));
    let last_line = to.trim_end().rfind('\n').map_or(0, |end| end + 1);
    if to[last_line..].starts_with(&start) {
        to.truncate(to.len() - "\"\n".len());
        *to += &format!(" {}", &text[1..]);
    } else {
        *to += &format!("{start}{}", &text[1..]);
    }
}
