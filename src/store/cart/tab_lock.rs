//! A lock that only one tab of this origin holds at a time (Web Locks). The browser releases it when the tab closes or crashes.

use crate::ui::spawn_for_app;
use js_sys::{Function, Object, Promise, Reflect};
use leptos_fusionauth::future_of;
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::prelude::*;

/// A lock that this tab holds until it calls `release`.
pub(super) struct TabLock {
    /// The function that releases the lock. `None`: the browser has no locks, or has rejected the request.
    resolve: Option<Function>,
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn request(name: &str, granted: &JsValue) -> Result<Promise, JsValue>;
}

/// Calls `run` as soon as no other tab holds the lock of this name, or at once if the browser has no locks.
pub(super) fn lock(name: &str, run: impl FnOnce(TabLock) + 'static) {
    let run: WhenGranted = Rc::new(Cell::new(Some(Box::new(run))));
    let granted = Rc::clone(&run);
    let Some(granted) = returning_thenable(move |resolve| call(&granted, resolve)) else { return };
    match request(name, &granted) {
        // The promise settles when this tab releases the lock, or when the browser rejects the request.
        Ok(settled) => spawn_for_app(async move {
            if future_of(settled).await.is_err() {
                call(&run, None);
            }
        }),
        Err(_) => call(&run, None),
    }
}

/// A callback that is called once.
type WhenGranted = Rc<Cell<Option<Box<dyn FnOnce(TabLock)>>>>;

fn call(run: &WhenGranted, resolve: Option<Function>) {
    if let Some(run) = run.take() {
        run(TabLock { resolve });
    }
}

/// Creates a JavaScript function that returns an object with the method `then`. The browser holds a lock until the promise from the lock's
/// callback settles. It treats the object as this promise, and calls `then` with the function that settles it. A Rust function that returns
/// a promise would add a kilobyte to the scripts.
fn returning_thenable(then: impl Fn(Option<Function>) + 'static) -> Option<JsValue> {
    let then = Closure::<dyn FnMut(JsValue)>::new(move |resolve: JsValue| then(resolve.dyn_into().ok()));
    let thenable = Object::new();
    Reflect::set(&thenable, &"then".into(), &then.into_js_value()).ok()?;
    let itself = Reflect::get(&thenable, &"valueOf".into()).ok()?;
    let bind: Function = Reflect::get(&itself, &"bind".into()).ok()?.unchecked_into();
    bind.call1(&itself, &thenable).ok()
}

impl TabLock {
    /// Releases the lock, so that another tab can get it.
    pub(super) fn release(self) {
        _ = self.resolve.map(|resolve| resolve.call1(&JsValue::UNDEFINED, &JsValue::UNDEFINED));
    }
}
