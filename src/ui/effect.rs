//! `Effect::new` for the first load.

use leptos::prelude::*;

/// As Leptos' `Effect::new`, which compiles its task anew for each closure: those of the first load would cost 3 KB. Lazy parts use Leptos' own.
pub fn effect(run: impl FnMut() + 'static) {
    let mut run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(move |_| run());
}
