//! One type each for what Leptos would otherwise compile anew for every closure. It saves about a tenth of the wasm.

use leptos::{prelude::*, reactive::owner::WeakOwner, task::spawn_local_scoped_with_cancellation};
use std::{future::Future, pin::Pin};

/// A part of a page that is made anew whenever a signal that it reads changes.
pub fn dynamic(view: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let view: Box<dyn Fn() -> AnyView + Send> = Box::new(view);
    view.into_any()
}

/// Nothing.
pub fn none() -> AnyView {
    ().into_any()
}

/// An attribute that is there or not.
pub type Attribute = Box<dyn Fn() -> Option<&'static str> + Send>;

/// `attribute="value"` while `is` holds.
pub fn when(is: impl Fn() -> bool + Send + 'static, value: &'static str) -> Attribute {
    Box::new(move || is().then_some(value))
}

/// `aria-disabled="true"` while `is` holds. The control keeps the focus, as `disabled` would not.
pub fn disabled(is: impl Fn() -> bool + Send + 'static) -> Attribute {
    when(is, "true")
}

/// Something for the world outside of Leptos, whenever a signal that it reads changes.
pub fn effect(run: impl FnMut() + 'static) {
    let mut run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(move |_| run());
}

/// A page or a part of it, as the owner of what is started for it. It does not keep the page alive.
#[derive(Clone, Copy)]
pub struct Place(StoredValue<WeakOwner>);

impl Place {
    /// Where the caller stands.
    pub fn here() -> Self {
        Self(StoredValue::new(Owner::current().unwrap_or_default().downgrade()))
    }

    /// Starts a task that ends with the place.
    pub fn spawn(self, task: impl Future<Output = ()> + 'static) {
        let task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(task);
        if let Some(owner) = self.0.try_get_value().and_then(|owner| owner.upgrade()) {
            owner.with(|| spawn_local_scoped_with_cancellation(task));
        }
    }
}

/// What a click does.
pub fn click(run: impl FnMut() + 'static) -> Box<dyn FnMut(leptos::ev::MouseEvent)> {
    let mut run: Box<dyn FnMut()> = Box::new(run);
    Box::new(move |_| run())
}
