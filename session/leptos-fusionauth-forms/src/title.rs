//! What each form after the sign-in form does when it is opened: it shows its title, and its only field may take the focus.

use crate::{error::FormErrorSignal, focus};
use leptos::prelude::*;

/// Shows the title of the current form, and whether the form has an error. If an application provides this context, each form that follows
/// the sign-in form calls the function, so that the application can set the document's title.
#[derive(Clone, Copy)]
pub struct FormTitle(pub fn(title: &'static str, has_error: bool));

/// Shows the title that `text` returns, for as long as the calling form is on screen. If the form is part of the page's first load, so that
/// no element has the focus, its only field gets the focus.
pub(crate) fn open_form<D: 'static>(error: FormErrorSignal<D>, text: impl Fn() -> &'static str + 'static) {
    Effect::new(|_| focus::focus_only_field());
    show(text, move || error.read().is_some());
}

fn show(text: impl Fn() -> &'static str + 'static, has_error: impl Fn() -> bool + 'static) {
    let Some(FormTitle(show)) = use_context() else { return };
    Effect::new(move |_| show(text(), has_error()));
}
