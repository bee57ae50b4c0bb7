//! Compares the sign-in form in `index.html` with the one that the app renders.

use crate::support::{find, mount_part, pause};
use storefront::sign_in::{Attempt, view};
use storefront_api::App;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{DomParser, Element, Node, SupportedType};

pub(crate) const INDEX: &str = include_str!("../../index.html");

/// An element of `index.html`.
pub(crate) fn static_element(selector: &str) -> Element {
    let page = DomParser::new().unwrap().parse_from_string(INDEX, SupportedType::TextHtml).unwrap();
    page.query_selector(selector).unwrap().unwrap_or_else(|| panic!("index.html has no {selector}"))
}

#[wasm_bindgen_test]
async fn the_static_form_equals_the_apps() {
    let _page = mount_part(App::Store, None, || view(Attempt::new()));
    pause().await;
    assert_eq!(outline(&static_element("#shell .auth")), outline(&find(".auth").unwrap()));
}

#[wasm_bindgen_test]
fn password_managers_and_keyboards_know_the_form() {
    let form = static_element("#login");
    assert_eq!((form.get_attribute("method").as_deref(), form.has_attribute("novalidate")), (Some("post"), true));
    assert!(form.get_attribute("autocomplete").is_none());
    for (selector, expected) in [
        ("#username", [("name", "username"), ("autocomplete", "username"), ("type", "text"), ("inputmode", "email")].as_slice()),
        ("#current-password", &[("name", "password"), ("autocomplete", "current-password"), ("type", "password")]),
    ] {
        let input = static_element(selector);
        for (name, value) in [("autocapitalize", "none"), ("spellcheck", "false"), ("aria-required", "true")].iter().chain(expected) {
            assert_eq!(input.get_attribute(name).as_deref(), Some(*value), "{selector} {name}");
        }
        for name in ["required", "maxlength", "placeholder", "onpaste", "data-1p-ignore", "data-lpignore", "autofocus"] {
            assert!(!input.has_attribute(name), "{selector} {name}");
        }
        static_element(&format!("label[for='{}']", &selector[1..]));
    }
    static_element("#login button[type=submit]");
    let buttons = form.query_selector_all("button:not([type=button], [type=submit])").unwrap();
    assert_eq!(buttons.length(), 0, "each button has its type");
}

#[wasm_bindgen_test]
fn the_static_page_has_one_main_and_no_inline_code() {
    let page = DomParser::new().unwrap().parse_from_string(INDEX, SupportedType::TextHtml).unwrap();
    assert_eq!(page.query_selector_all("main").unwrap().length(), 1);
    assert_eq!(page.query_selector_all("[style], style, script:not([type='application/json'])").unwrap().length(), 0);
}

/// Elements, attributes in alphabetical order, and text; comments and white space between elements make no difference.
fn outline(node: &Node) -> String {
    let Some(element) = node.dyn_ref::<Element>() else {
        return if node.node_type() == Node::TEXT_NODE { node.text_content().unwrap().trim().to_owned() } else { String::new() };
    };
    let mut attributes: Vec<String> = element.get_attribute_names().iter().map(|name| name.as_string().unwrap()).collect();
    attributes.sort();
    let attributes: String = attributes.iter().map(|name| format!(" {name}={:?}", element.get_attribute(name).unwrap())).collect();
    let children = node.child_nodes();
    let content: String = (0..children.length()).map(|index| outline(&children.item(index).unwrap())).collect();
    format!("<{}{attributes}>{content}\n", element.tag_name().to_lowercase())
}
