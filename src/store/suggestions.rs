//! Suggestions below the search field of the list of products: categories and products, as ARIA's combobox with a list. The focus stays in
//! the field. Until the field first gets the focus, it is that of a plain form.

use super::{
    api,
    catalogue::{href, name},
    products,
};
use crate::ui::{PageScope, document};
use js_sys::Reflect;
use leptos::prelude::*;
use leptos_fusionauth::pause;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use std::rc::Rc;
use storefront_api::{
    catalogue::{Category, ProductFilter},
    endpoints,
};
use storefront_messages::{counted, t};
use wasm_bindgen::JsCast;
use web_sys::{Event, EventTarget, HtmlInputElement};

/// The minimum length of a text that has suggestions, in characters.
const MIN_CHARS: usize = 2;

/// The maximum number of suggested products.
const MAX_PRODUCTS: usize = 6;

/// The delay between the last keystroke and the request.
const DEBOUNCE_MS: i32 = 200;

/// The element id of the list.
const LIST: &str = "suggestions";

/// The suggestion that the arrow keys have reached.
const ACTIVE: &str = "#suggestions [aria-selected=true]";

#[derive(Clone)]
struct Suggestion {
    href: String,
    name: String,
    /// The kind of page. Empty for a product.
    kind: &'static str,
}

fn field() -> Option<HtmlInputElement> {
    document::element("#q")?.dyn_into().ok()
}

fn option_id(at: usize) -> String {
    format!("{LIST}-{at}")
}

/// The list of the suggestions, and their number for screen readers.
#[component]
pub(super) fn Suggestions() -> impl IntoView {
    let (typed, found, active) = (RwSignal::new(String::new()), RwSignal::new(Vec::<Suggestion>::new()), RwSignal::new(None::<usize>));
    // Each run cancels the request of the previous run.
    Effect::new(move |_| {
        let typed = typed.get();
        PageScope::current().spawn(async move {
            let newest = suggestions_for(typed).await;
            active.set(None);
            found.set(newest);
        });
    });
    let close = move || typed.set(String::new());
    // A field with typed text could fire its `change` event when the page is left, and the form would search for that text.
    let choose = move || {
        close();
        field().into_iter().for_each(|it| it.set_value(""));
    };
    let navigate = use_navigate();
    let press = move |event: &Event| {
        // By name, because each function of `web_sys` that only this part calls would add an import to the first load.
        let member = |name: &str| Reflect::get(event, &name.into()).unwrap_or_default();
        let (count, key) = (found.with_untracked(Vec::len), member("key").as_string().unwrap_or_default());
        if count == 0 || member("isComposing").as_bool() == Some(true) {
            return;
        }
        let reached = match (&*key, active.get_untracked()) {
            ("ArrowDown", at) => Some(at.map_or(0, |at| (at + 1) % count)),
            ("ArrowUp", at) => Some(at.unwrap_or(0).checked_sub(1).unwrap_or(count - 1)),
            ("Escape", _) => {
                close();
                None
            }
            ("Enter", Some(at)) => {
                if let Some(href) = found.with_untracked(|all| all.get(at).map(|it| it.href.clone())) {
                    choose();
                    navigate(&href, NavigateOptions::default());
                }
                None
            }
            ("Enter", None) => return close(), // the form searches for the typed text
            _ => return,
        };
        event.prevent_default();
        if reached.is_some() {
            active.set(reached);
            document::scroll_after_render(ACTIVE);
        }
    };
    let handle = Rc::new(move |kind: &str, event: &Event| {
        let Some(field) = field().filter(|field| event.target().is_some_and(|it| it == *field.unchecked_ref::<EventTarget>())) else {
            return;
        };
        match kind {
            "input" => typed.set(field.value().trim().to_owned()),
            "keydown" => press(event),
            _ => close(),
        }
    });
    let listeners = ["input", "keydown", "focusout"].map(|kind| {
        let handle = Rc::clone(&handle);
        window_event_listener_untyped(kind, move |event| handle(kind, &event))
    });
    on_cleanup(move || listeners.into_iter().for_each(|it| it.remove()));
    Effect::new(move |_| {
        let Some(field) = field() else { return };
        let expanded = if found.with(Vec::is_empty) { "false" } else { "true" };
        let active = active.get().map_or_else(String::new, option_id);
        let attributes = [
            ("role", "combobox"),
            ("aria-autocomplete", "list"),
            ("aria-controls", LIST),
            ("aria-expanded", expanded),
            ("aria-activedescendant", &active),
        ];
        attributes.into_iter().for_each(|(name, value)| _ = field.set_attribute(name, value));
    });
    let option = move |(at, Suggestion { href, name, kind }): (usize, Suggestion)| {
        let is_active = move || (active.get() == Some(at)).to_string();
        view! { <a id=option_id(at) role="option" tabindex="-1" href=href aria-selected=is_active><bdi>{name}</bdi>" "<small>{kind}</small></a> }
    };
    let options = move || found.get().into_iter().enumerate().map(option).collect_view();
    let count = move || match found.with(Vec::len) {
        0 => String::new(),
        count => counted(count as i64, t!("{} suggestion"), t!("{} suggestions")),
    };
    view! {
        // The field keeps the focus at a click, because losing the focus closes the list.
        <div
            id=LIST
            role="listbox"
            aria-label=t!("Suggestions")
            hidden=move || found.with(Vec::is_empty)
            on:mousedown=|event| event.prevent_default()
            on:click=move |_| choose()
        >
            {move || options()}
        </div>
        <p class="hidden" role="status">{move || count()}</p>
    }
}

/// Empty if the text is too short, or if the products cannot be read.
async fn suggestions_for(search: String) -> Vec<Suggestion> {
    if search.chars().count() < MIN_CHARS {
        return Vec::new();
    }
    _ = pause(DEBOUNCE_MS).await;
    let category = |it: Category| {
        let name = name(it);
        let begins = name.get(..search.len()).is_some_and(|it| it.eq_ignore_ascii_case(&search));
        let filter = ProductFilter { category: Some(it), ..ProductFilter::default() };
        begins.then(|| Suggestion { href: href(&filter), name: name.to_owned(), kind: t!("Category") })
    };
    let categories: Vec<_> = Category::ALL.into_iter().filter_map(category).collect();
    let filter = ProductFilter { search, ..ProductFilter::default() };
    let Ok((page, _)) = api::products(endpoints::PRODUCTS.info.path.to_owned() + &filter.to_query()).await else { return Vec::new() };
    let product = |it: storefront_api::Product| Suggestion { href: products::href(&it.id), name: it.name, kind: "" };
    categories.into_iter().chain(page.products.into_iter().take(MAX_PRODUCTS).map(product)).collect()
}
