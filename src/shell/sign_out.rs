//! Signs out on the user's request. A sign-out would drop writes that wait or are in flight. So it waits until they are done, and a banner
//! asks whether to sign out without them. Unsaved text is saved first; if that fails, the banner asks whether to discard the text.

use crate::{
    data::{Mutations, use_mutations},
    ui::{components::Icon, document},
};
use leptos::prelude::*;
use leptos_fusionauth::SessionState;
use storefront_messages::t;

/// A `Copy` handle to the sign-out that the user has requested.
#[derive(Clone, Copy)]
pub(super) struct SignOut {
    progress: RwSignal<Progress>,
    mutations: Mutations,
}

/// The state of the sign-out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// The user has not requested a sign-out.
    None,
    /// The sign-out waits for the writes.
    Waiting,
    /// The typed text could not be saved.
    NotSaved,
}

impl SignOut {
    /// Creates the handle. The user has not requested a sign-out yet.
    pub(super) fn unrequested() -> Self {
        let sign_out = Self { progress: RwSignal::new(Progress::None), mutations: use_mutations() };
        Effect::new(move |_| {
            if sign_out.shown_progress() == Progress::Waiting && sign_out.mutations.pending() == 0 {
                match sign_out.mutations.save_typed(false) {
                    true => sign_out.progress.set(Progress::NotSaved),
                    false => sign_out.at_once(),
                }
            }
        });
        sign_out
    }

    /// Signs out now, or as soon as no write waits or is in flight.
    pub(super) fn request(self) {
        self.mutations.save_typed(true);
        if self.mutations.pending_untracked() == 0 {
            return self.at_once();
        }
        self.progress.set(Progress::Waiting);
        document::focus_after_render("#stay");
    }

    fn at_once(self) {
        self.progress.set(Progress::None);
        self.mutations.session.sign_out();
        document::focus_after_render("main h1"); // the button that has the focus is about to be removed
    }

    /// The progress, or [`Progress::None`] if nobody is signed in. Tracked.
    fn shown_progress(self) -> Progress {
        let is_signed_in = self.mutations.session.state().with(|state| matches!(state, SessionState::SignedIn { .. }));
        if is_signed_in { self.progress.get() } else { Progress::None }
    }
}

/// Asks whether to sign out without the writes, while they delay the sign-out.
#[component]
pub(super) fn SignOutQuestion(
    /// The request to sign out.
    sign_out: SignOut,
) -> impl IntoView {
    let stay = move |_| {
        sign_out.progress.set(Progress::None);
        document::focus_heading(); // the button that has the focus is about to be removed
    };
    move || {
        let text = match (sign_out.shown_progress(), sign_out.mutations.context.is_online()) {
            (Progress::None, _) => None,
            (Progress::NotSaved, _) => Some(t!("We couldn't save your entries. If you sign out now, you'll lose them.")),
            (Progress::Waiting, false) => {
                Some(t!("We haven't sent your changes because you're offline. If you sign out now, you'll lose them."))
            }
            (Progress::Waiting, true) => Some(t!("We're sending your changes. We'll sign you out after that.")),
        };
        text.map(|text| {
            view! {
                <div class="banner">
                    <Icon name="cloud"/>
                    <p>{text}</p>
                    <button type="button" class="quiet" on:click=move |_| sign_out.at_once()>{t!("Sign out now")}</button>
                    <button type="button" class="quiet" id="stay" on:click=stay>{t!("Stay signed in")}</button>
                </div>
            }
        })
    }
}
