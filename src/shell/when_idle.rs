//! What the app does on every page, and begins when the first page is there and the browser has nothing else to do.

use crate::{core::use_app_context, sign_in, store};
use leptos::prelude::*;
use storefront_api::App;

/// Starts all of it, for as long as there is the app.
pub(super) fn view() -> AnyView {
    let cart = match use_app_context().app {
        App::Store => store::cart::keep_waiting_edits(),
        App::Forums => ().into_any(),
    };
    view! { {sign_in::caps_lock::watch()}{cart} }.into_any()
}
