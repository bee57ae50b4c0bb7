//! Helpers for tests of the static page in `index.html`.

use leptos::prelude::document;
use storefront_messages::Language;
use wasm_bindgen::JsCast;
use web_sys::{DomParser, Element, HtmlTemplateElement, Node, SupportedType};

pub(crate) const INDEX: &str = include_str!("../../index.html");

/// An element of `index.html`.
pub(crate) fn static_element(selector: &str) -> Element {
    let page = DomParser::new().unwrap().parse_from_string(INDEX, SupportedType::TextHtml).unwrap();
    page.query_selector(selector).unwrap().unwrap_or_else(|| panic!("index.html has no {selector}"))
}

/// Inserts an element of `index.html` at the top of the test's page.
pub(crate) fn put(selector: &str) -> Element {
    let element: Element = document().import_node_with_deep(&static_element(selector), true).unwrap().unchecked_into();
    document().body().unwrap().prepend_with_node_1(&element).unwrap();
    element
}

/// Inserts the template of the cart page into the test's page, in the language of the app.
pub(crate) fn put_template() {
    if document().get_element_by_id("cart-page").is_some() {
        return;
    }
    let template: HtmlTemplateElement = put("#cart-page").unchecked_into();
    if Language::current() == Language::German {
        translate(&template.content().first_element_child().unwrap());
    }
}

/// Shows the German texts of the static page, as `boot.js` does.
pub(crate) fn translate(page: &Element) {
    let all = page.query_selector_all("[data-de], [data-de-label]").unwrap();
    for at in 0..all.length() {
        let element: Element = all.item(at).unwrap().unchecked_into();
        if let Some(text) = element.get_attribute("data-de") {
            element.last_child().unwrap().set_text_content(Some(&text));
        }
        if let Some(label) = element.get_attribute("data-de-label") {
            element.set_attribute("aria-label", &label).unwrap();
        }
    }
}

/// The elements of `node` with their texts and attributes, as a text. The attributes are in alphabetical order. The outline leaves out
/// comments, white space between elements, and the attributes with the German texts.
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
