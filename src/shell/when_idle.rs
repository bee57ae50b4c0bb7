//! What the app does on every page, and begins when the first page is there and the browser has nothing else to do.

use super::typed;
use crate::{core::use_app_context, sign_in, store::cart::KeepWaitingEdits};
use leptos::prelude::*;
use storefront_api::App;

/// Starts all of it, until the app ends.
pub(super) fn view() -> AnyView {
    sign_in::caps_lock::watch();
    sign_in::slow::watch();
    typed::watch();
    match use_app_context().app {
        App::Store => view! { <KeepWaitingEdits/> }.into_any(),
        App::Forums => ().into_any(),
    }
}
