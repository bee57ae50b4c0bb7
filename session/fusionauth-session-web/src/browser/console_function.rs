//! Adds a function to `window` for the developer console, and removes it when dropped.

use js_sys::Reflect;
use wasm_bindgen::{JsValue, closure::Closure};

/// A function of `window`, for the developer console. Dropping it removes the function.
pub(crate) struct ConsoleFunction {
    name: &'static str,
    function: Closure<dyn Fn() -> String>,
}

impl ConsoleFunction {
    pub(crate) fn install(name: &'static str, run: impl Fn() -> String + 'static) -> Self {
        let hook = Self { name, function: Closure::new(run) };
        let _ = Reflect::set(&js_sys::global(), &name.into(), hook.function.as_ref());
        hook
    }
}

impl Drop for ConsoleFunction {
    fn drop(&mut self) {
        let name = JsValue::from(self.name);
        // A session that was started later may have put its own function under this name.
        if Reflect::get(&js_sys::global(), &name).is_ok_and(|it| it == *self.function.as_ref()) {
            let _ = Reflect::delete_property(&js_sys::global(), &name);
        }
    }
}
