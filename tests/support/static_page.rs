//! What tests need of the static page in `index.html`.

use wasm_bindgen::JsCast;
use web_sys::{DomParser, Element, Node, SupportedType};

pub(crate) const INDEX: &str = include_str!("../../index.html");

/// An element of `index.html`.
pub(crate) fn static_element(selector: &str) -> Element {
    let page = DomParser::new().unwrap().parse_from_string(INDEX, SupportedType::TextHtml).unwrap();
    page.query_selector(selector).unwrap().unwrap_or_else(|| panic!("index.html has no {selector}"))
}

/// Elements, attributes in alphabetical order, and text; comments and white space between elements make no difference, and neither does the
/// German of the static page, which is in attributes.
pub(crate) fn outline(node: &Node) -> String {
    let Some(element) = node.dyn_ref::<Element>() else {
        return if node.node_type() == Node::TEXT_NODE { node.text_content().unwrap().trim().to_owned() } else { String::new() };
    };
    let mut attributes: Vec<String> = element.get_attribute_names().iter().map(|name| name.as_string().unwrap()).collect();
    attributes.retain(|name| !name.starts_with("data-de"));
    attributes.sort();
    let attributes: String = attributes.iter().map(|name| format!(" {name}={:?}", element.get_attribute(name).unwrap())).collect();
    let children = node.child_nodes();
    let content: String = (0..children.length()).map(|index| outline(&children.item(index).unwrap())).collect();
    format!("<{}{attributes}>{content}\n", element.tag_name().to_lowercase())
}
