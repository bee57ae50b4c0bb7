//! Says on the sign-in form why the backend refuses a sign-in that is bound to a device. The session library knows only that the session has
//! ended. This code is in a separately loaded part of the app, because few users need it.

use crate::data::call;
use crate::{
    core::use_app_context,
    ui::{document, spawn_for_app},
};
use leptos::prelude::*;
use leptos_fusionauth::{SessionState, SignOutReason, use_session};
use storefront_api::{endpoints, problems::ProblemCode};

/// Asks the backend for the reason each time a session expires, until the app ends. The server marks the page of a site that binds sign-ins
/// with `data-device-binding`. On other sites this function does nothing.
pub fn watch() {
    if document::element("script[data-device-binding]").is_none() {
        return;
    }
    let (context, session) = (use_app_context(), use_session().state());
    let is_expired = |state: SessionState| state == SessionState::SignedOut(Some(SignOutReason::Expired));
    Effect::new(move |_| {
        if !is_expired(session.get()) {
            return;
        }
        spawn_for_app(async move {
            let Err(why) = call(endpoints::USER, &[]).send(None).await else { return };
            if (why.is(ProblemCode::NotThisDevice) || why.is(ProblemCode::DeviceKeyRequired))
                && is_expired(session.get_untracked())
                && let Some(reason) = document::element(".reason")
            {
                // Leptos owns the text of the first reason, so this one gets an element of its own.
                if document::element(".reason + .reason").is_none() {
                    _ = reason.insert_adjacent_html("afterend", "<p class=reason></p>");
                }
                document::element(".reason + .reason").inspect(|own| own.set_text_content(Some(&why.to_string())));
                context.announce(why.to_string());
            }
        });
    });
}
