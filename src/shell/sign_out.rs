//! Signs out on the user's request. Writes that wait or are under way would be dropped by a sign-out, so that is put off until they are
//! done, while a banner asks whether to sign out without them.

use crate::{
    data::{Mutations, use_mutations},
    ui::{ErasedSignal, click, components, document, dynamic, effect, none},
};
use leptos::prelude::*;
use leptos_fusionauth::SessionState;
use storefront_messages::t;

/// A handle to the request to sign out: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub(super) struct SignOut {
    is_requested: ErasedSignal<bool>,
    mutations: Mutations,
}

impl SignOut {
    /// No request yet.
    pub(super) fn unrequested() -> Self {
        let sign_out = Self { is_requested: ErasedSignal::new(false), mutations: use_mutations() };
        effect(move || {
            if sign_out.is_waiting() && sign_out.mutations.pending() == 0 {
                sign_out.at_once();
            }
        });
        sign_out
    }

    /// Signs out now, or once no write waits.
    pub(super) fn request(self) {
        if self.mutations.pending_untracked() == 0 {
            return self.at_once();
        }
        self.is_requested.set(true);
        document::focus_after_render("#stay");
    }

    /// Asks whether to sign out without the writes, while they put off the sign-out.
    pub(super) fn question(self) -> AnyView {
        let stay = move || {
            self.is_requested.set(false);
            document::focus_heading(); // the button that has the focus is about to be removed
        };
        dynamic(move || {
            let text = match (self.is_waiting(), self.mutations.context.is_online()) {
                (false, _) => return none(),
                (true, false) => t!("Your changes wait for a connection. If you sign out now, they are lost."),
                (true, true) => t!("Your changes are being sent. You are signed out after that."),
            };
            view! {
                <div class="banner">
                    {components::icon("cloud")}
                    <p>{text}</p>
                    <button type="button" class="quiet" on:click=click(move || self.at_once())>{t!("Sign out now")}</button>
                    <button type="button" class="quiet" id="stay" on:click=click(stay)>{t!("Stay signed in")}</button>
                </div>
            }
            .into_any()
        })
    }

    fn at_once(self) {
        self.is_requested.set(false);
        self.mutations.session.sign_out();
        document::focus_after_render("main h1"); // the button that has the focus is about to be removed
    }

    /// Whether the user has asked to be signed out and is still signed in. Tracked.
    fn is_waiting(self) -> bool {
        let is_signed_in = self.mutations.session.state().with(|state| matches!(state, SessionState::SignedIn { .. }));
        self.is_requested.get() && is_signed_in
    }
}
