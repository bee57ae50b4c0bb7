//! The elements of one line of the cart: its price and quantity, its removal with "Undo", and the error of a change.
//!
//! Each line is a copy of a template, with its values written into the copy: `early_cart.js` fills the same template before the program has
//! loaded. As a component in a `<For>`, the row would add 6.4 KB to the first wasm and save 110 lines.

use super::{context::quantity_id, state::Row};
use crate::{
    core::Route,
    data::ApiError,
    ui::{components, format::money},
};
use leptos::prelude::document;
use storefront_api::{CartLine, MAX_QUANTITY, problems::ProblemCode};
use storefront_messages::{CartMessage, fill, t};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlTemplateElement};

/// The markup of a removed line, and of a message about a line. A text replaces each `{}`. The markup of a normal line is in `index.html`,
/// because the page shows the cart before the app has started.
const TEMPLATES: &str = r#"<li class="line-gone"><p>{}</p><button type="button" name="undo" class="quiet undo">{}</button></li>
<div><p></p><button type="button" name="retry" class="quiet">{}</button></div>"#;

/// The templates that all rows of a list share.
pub(super) struct Templates {
    line: Element,
    removed: Element,
    message: Element,
}

impl Templates {
    /// Finds the template in the page, and parses the others.
    pub(super) fn new() -> Self {
        let page = document().get_element_by_id("cart-page").map(JsCast::unchecked_into::<HtmlTemplateElement>);
        let line = page.and_then(|page| page.content().query_selector(".line").ok().flatten()).expect("index.html has the template");
        let list = document().create_element("ul").expect("the document can create a list");
        let texts = fill(TEMPLATES, &[&t!("Removed {}.", "<bdi></bdi>"), &t!("Undo"), &t!("Try again")]);
        list.set_inner_html(&texts);
        Self { line, removed: part(&list, "li"), message: part(&list, "div") }
    }
}

fn copy(template: &Element) -> Element {
    template.clone_node_with_deep(true).expect("an element can be cloned").unchecked_into()
}

/// The content of a row. Rows of a product with equal contents look the same.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum RowContent {
    /// The line was removed and can be restored.
    Removed,
    /// The line is in the cart.
    Line(LineContent),
}

/// The content of a line.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct LineContent {
    /// In minor units.
    unit_price: i64,
    /// From 1 to [`MAX_QUANTITY`].
    quantity: i64,
    note: Note,
}

impl LineContent {
    /// Whether the backend has just refused one more item, because it is not in stock.
    fn is_out_of_stock(&self) -> bool {
        matches!(&self.note, Note::Failed(wanted, error) if error.is(ProblemCode::OutOfStock) && *wanted == self.quantity + 1)
    }
}

/// The message of a line.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Note {
    /// There is no message.
    None,
    /// The typed text is not a valid quantity.
    OutOfRange,
    /// The last change, to this quantity, failed.
    Failed(i64, ApiError),
    /// The last change waits for a connection.
    WaitsForConnection,
}

impl RowContent {
    /// The content of `row`.
    pub(super) fn of(row: &Row, is_out_of_range: bool, is_online: bool) -> Self {
        let quantity = row.quantity();
        if quantity == 0 {
            return Self::Removed;
        }
        let note = match row.failure() {
            _ if is_out_of_range => Note::OutOfRange,
            Some((wanted, error)) => Note::Failed(wanted, error.clone()),
            None if row.is_pending() && !is_online => Note::WaitsForConnection,
            None => Note::None,
        };
        Self::Line(LineContent { unit_price: row.item.unit_price, quantity, note })
    }
}

/// A row in the document.
pub(super) struct RowView {
    pub(super) product: String,
    pub(super) element: Element,
    name: String,
    /// The variant with a separator, or nothing.
    variant: String,
    /// The shown content. `None`: the row is new.
    content: Option<RowContent>,
}

impl RowView {
    /// Creates the row of a product, outside of the document.
    pub(super) fn new(templates: &Templates, item: &CartLine, content: RowContent, currency: &str) -> Self {
        let (product, name) = (item.product.clone(), item.name.clone());
        let element = match &content {
            RowContent::Removed => {
                let element = copy(&templates.removed);
                part(&element, "bdi").set_text_content(Some(&name));
                set(&part(&element, "button"), "aria-label", &t!("Undo: put {} back", name));
                element
            }
            RowContent::Line { .. } => {
                let element = copy(&templates.line);
                set(&part(&element, "svg"), "class", &components::tile(&product));
                set(&part(&element, "use"), "href", &components::drawing(&product));
                let link = part(&element, "a");
                link.set_text_content(Some(&name));
                set(&link, "href", &[Route::Product.href(), "/", &product].concat());
                let labelled = element.query_selector_all("[aria-label]").expect("the selector is valid");
                for it in (0..labelled.length()).filter_map(|at| labelled.get(at)?.dyn_into::<Element>().ok()) {
                    set(&it, "aria-label", &fill(&it.get_attribute("aria-label").unwrap_or_default(), &[&name]));
                }
                part(&element, "input").set_id(&quantity_id(&product));
                element
            }
        };
        set(&element, "data-product", &product);
        let variant = match &*item.variant {
            "" => String::new(),
            variant => [variant, " · "].concat(),
        };
        let mut view = Self { product, element, name, variant, content: None };
        view.fill(templates, content, currency);
        view
    }

    /// Updates the elements that differ from `content`. If the line was removed or restored, replaces the whole element.
    pub(super) fn show(&mut self, templates: &Templates, item: &CartLine, content: RowContent, currency: &str) {
        if self.content.as_ref() == Some(&content) {
            return;
        }
        let was_removed = self.content == Some(RowContent::Removed);
        if was_removed == (content == RowContent::Removed) {
            return self.fill(templates, content, currency);
        }
        let view = Self::new(templates, item, content, currency);
        _ = self.element.replace_with_with_node_1(&view.element);
        *self = view;
    }

    fn fill(&mut self, templates: &Templates, content: RowContent, currency: &str) {
        let before = match self.content.replace(content) {
            Some(RowContent::Line(before)) => Some(before),
            Some(RowContent::Removed) | None => None,
        };
        let Some(RowContent::Line(line)) = &self.content else { return };
        let input = part(&self.element, "input");
        if before.as_ref().is_none_or(|it| it.unit_price != line.unit_price) {
            let each = t!("{} each", money(line.unit_price, currency));
            part(&self.element, ".line-about p").set_text_content(Some(&[&*self.variant, &each].concat()));
        }
        if before.as_ref().is_none_or(|it| it.quantity != line.quantity) {
            input.unchecked_ref::<HtmlInputElement>().set_value(&line.quantity.to_string());
            set_if(&part(&self.element, "[name=decrease]"), "aria-disabled", (line.quantity <= 1).then_some("true"));
        }
        if before.as_ref() != Some(line) {
            let (increase, is_out_of_stock) = (part(&self.element, "[name=increase]"), line.is_out_of_stock());
            set_if(&increase, "aria-disabled", (line.quantity >= MAX_QUANTITY || is_out_of_stock).then_some("true"));
            set_if(&increase, "aria-describedby", is_out_of_stock.then_some(&error_id(&input)));
        }
        part(&self.element, ".line-total").set_text_content(Some(&money(line.unit_price.saturating_mul(line.quantity), currency)));
        if before.map_or(Note::None, |it| it.note) != line.note {
            let error_id = error_id(&input);
            let is_out_of_range = line.note == Note::OutOfRange;
            set_if(&input, "aria-invalid", is_out_of_range.then_some("true"));
            set_if(&input, "aria-describedby", is_out_of_range.then_some(&error_id));
            _ = part(&self.element, ".remove").next_element_sibling().map(|message| message.remove());
            if let Some(message) = self.message(templates, &line.note, &error_id) {
                _ = self.element.append_child(&message);
            }
        }
    }

    /// A new element for the note.
    fn message(&self, templates: &Templates, note: &Note, id: &str) -> Option<Element> {
        let (class, text, is_retryable) = match note {
            Note::None => return None,
            Note::WaitsForConnection => ("line-waiting", t!("Will be sent when you're back online.").to_owned(), false),
            Note::OutOfRange => ("line-error", CartMessage::QuantityOutOfRange.text(MAX_QUANTITY), false),
            Note::Failed(wanted, error) => {
                let text = match wanted {
                    0 => t!("We couldn't remove {}. {}", self.name, error),
                    wanted => t!("We couldn't change the quantity of {} to {}. {}", self.name, wanted, error),
                };
                ("line-error", text, error.is_retryable())
            }
        };
        let message = copy(&templates.message);
        part(&message, "p").set_text_content(Some(&text));
        message.set_class_name(class);
        message.set_id(id);
        set_if(&message, "role", (*note != Note::WaitsForConnection).then_some("alert"));
        if !is_retryable {
            part(&message, "button").remove();
        }
        Some(message)
    }
}

/// The id of a line's message.
fn error_id(input: &Element) -> String {
    input.id() + "-error"
}

/// The first element of a row, or of a message, that matches `selector`.
fn part(element: &Element, selector: &str) -> Element {
    element.query_selector(selector).ok().flatten().expect("the template has this element")
}

fn set(element: &Element, attribute: &str, value: &str) {
    _ = element.set_attribute(attribute, value);
}

fn set_if(element: &Element, attribute: &str, value: Option<&str>) {
    _ = value.map_or_else(|| element.remove_attribute(attribute), |value| element.set_attribute(attribute, value));
}
