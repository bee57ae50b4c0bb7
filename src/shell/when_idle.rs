//! The tasks that run on every page. They start soon after the first page is shown, or earlier if there is typed text to restore.

use super::typed;
use crate::{core::use_app_context, sign_in, store::cart::KeepWaitingEdits};
use leptos::prelude::*;
use storefront_api::App;

/// Starts all tasks. They run until the app ends.
pub(super) fn view() -> AnyView {
    sign_in::caps_lock::watch();
    sign_in::refused_device::watch();
    sign_in::slow::watch();
    typed::watch();
    match use_app_context().app {
        App::Store => view! { <KeepWaitingEdits/> }.into_any(),
        App::Forums => ().into_any(),
    }
}
