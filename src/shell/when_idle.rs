//! The tasks that run on every page. They start soon after the first page is shown, or earlier if there is typed text to restore.

use super::typed;
use crate::{
    account, sign_in,
    ui::{components, document},
};
use leptos::prelude::*;
use leptos_fusionauth::AfterSignIn;
use std::time::Duration;

/// Starts all tasks. They run until the app ends.
pub(super) fn view() -> AnyView {
    sign_in::caps_lock::watch();
    sign_in::refused_device::watch();
    sign_in::slow::watch();
    typed::restore_kept();
    _ = set_interval_with_handle(components::update_times, Duration::from_secs(60));
    let was_signed_out = document::element("html[data-first=form]").is_some();
    view! { <AfterSignIn was_signed_out>{account::create_after_sign_in()}</AfterSignIn> }.into_any()
}
