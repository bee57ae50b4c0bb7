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

/// The static form where no cart is asked for.
pub(crate) fn static_form() -> Element {
    let form = static_element("#shell .auth");
    form.query_selector(".only-cart").unwrap().unwrap().remove();
    form
}

/// Inserts an element of `index.html` at the top of the test's page.
pub(crate) fn put(selector: &str) -> Element {
    let element: Element = document().import_node_with_deep(&static_element(selector), true).unwrap().unchecked_into();
    document().body().unwrap().prepend_with_node_1(&element).unwrap();
    element
}

/// Inserts the template of the cart page into the test's page, in the language of the app.
pub(crate) fn put_template() {
    let language = Language::current().tag();
    if let Some(template) = document().get_element_by_id("cart-page") {
        if template.get_attribute("lang").as_deref() == Some(language) {
            return;
        }
        template.remove();
    }
    let template: HtmlTemplateElement = put("#cart-page").unchecked_into();
    template.set_attribute("lang", language).unwrap();
    translate(&template.content().first_element_child().unwrap());
}

/// Shows the texts of the static page in the language of the app, as `boot.js` does.
pub(crate) fn translate(page: &Element) {
    let text_name = format!("data-{}", Language::current().tag());
    let label_name = format!("{text_name}-label");
    let all = page.query_selector_all(&format!("[{text_name}], [{label_name}]")).unwrap();
    for at in 0..all.length() {
        let element: Element = all.item(at).unwrap().unchecked_into();
        if let Some(text) = element.get_attribute(&text_name) {
            element.last_child().unwrap().set_text_content(Some(&text));
        }
        if let Some(label) = element.get_attribute(&label_name) {
            element.set_attribute("aria-label", &label).unwrap();
        }
    }
}

/// The elements of `node` with their texts and attributes, as a text. The attributes are in alphabetical order. The outline leaves out
/// comments, white space between elements, and the attributes with texts in other languages.
pub(crate) fn outline(node: &Node) -> String {
    let Some(element) = node.dyn_ref::<Element>() else {
        return if node.node_type() == Node::TEXT_NODE { node.text_content().unwrap().trim().to_owned() } else { String::new() };
    };
    let mut attributes: Vec<String> = element.get_attribute_names().iter().map(|name| name.as_string().unwrap()).collect();
    let is_text = |name: &str| Language::ALL.iter().any(|it| format!("{name}-").starts_with(&format!("data-{}-", it.tag())));
    attributes.retain(|name| !is_text(name));
    attributes.sort();
    let attributes: String = attributes.iter().map(|name| format!(" {name}={:?}", element.get_attribute(name).unwrap())).collect();
    let children = node.child_nodes();
    let content: String = (0..children.length()).map(|index| outline(&children.item(index).unwrap())).collect();
    format!("<{}{attributes}>{content}\n", element.tag_name().to_lowercase())
}
