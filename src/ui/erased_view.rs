//! Views, attributes and handlers with one type for all closures. Leptos compiles its rendering anew for every type of closure that it
//! gets; boxing the closures saves about a tenth of the wasm.

use leptos::prelude::*;

/// A part of a page that is rendered anew whenever a signal that it reads changes.
pub fn dynamic(view: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let view: Box<dyn Fn() -> AnyView + Send> = Box::new(view);
    view.into_any()
}

/// A text that is replaced whenever a signal that it reads changes.
pub fn reactive_text(text: impl Fn() -> &'static str + Send + 'static) -> AnyView {
    dynamic(move || text().into_any())
}

/// An empty view.
pub fn none() -> AnyView {
    ().into_any()
}

/// An attribute that is present or absent.
pub type Attribute = Box<dyn Fn() -> Option<&'static str> + Send>;

/// `attribute="value"`, where the value changes whenever a signal that it reads does.
pub fn attribute(value: impl Fn() -> &'static str + Send + 'static) -> Attribute {
    Box::new(move || Some(value()))
}

/// `attribute="value"` while `condition` holds.
pub fn when(condition: impl Fn() -> bool + Send + 'static, value: &'static str) -> Attribute {
    Box::new(move || condition().then_some(value))
}

/// `aria-disabled="true"` while `condition` holds. Unlike `disabled`, it leaves the focus on the control.
pub fn disabled(condition: impl Fn() -> bool + Send + 'static) -> Attribute {
    when(condition, "true")
}

/// Runs `run` now and whenever a signal that it reads changes.
pub fn effect(run: impl FnMut() + 'static) {
    let mut run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(move |_| run());
}

/// A handler for `on:click` that needs nothing of the event.
pub fn click(run: impl FnMut() + 'static) -> Box<dyn FnMut(leptos::ev::MouseEvent)> {
    let mut run: Box<dyn FnMut()> = Box::new(run);
    Box::new(move |_| run())
}
