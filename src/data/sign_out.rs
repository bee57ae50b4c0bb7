//! Signs out on the user's request. A sign-out would drop writes that wait or are in flight. So it waits until they are done, and a banner
//! asks whether to sign out without them. Typed text is saved first; if that fails, the banner asks whether to discard the text.
//!
//! The features hold typed text. A feature registers one function ([`Mutations::register_typed_text`]), which saves its text, and drops it
//! when the user has signed out, here or in another tab.

use super::mutation::Mutations;
use crate::ui::document;
use leptos::prelude::*;
use leptos_fusionauth::{SessionState, SignOutReason};

/// The state of a sign-out: the part of [`Mutations`] that belongs to this module.
#[derive(Clone, Copy)]
pub(super) struct SignOut {
    progress: RwSignal<SignOutProgress>,
    functions: StoredValue<Functions>,
}

#[derive(Default)]
struct Functions {
    typed_text: Option<TypedTextFunction>,
    /// Signs out, as the user has requested it last.
    sign_out: Option<Box<dyn FnOnce() + Send + Sync>>,
}

/// The progress of the sign-out that the user has requested.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SignOutProgress {
    /// The user has not requested a sign-out.
    None,
    /// The sign-out waits for the writes.
    Waiting,
    /// The typed text could not be saved.
    NotSaved,
}

/// What the function of a feature does with the typed text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TypedText {
    /// Saves the text now.
    Save,
    /// Does nothing.
    Check,
    /// Drops the text, because its user has signed out or another user has signed in.
    Drop,
}

/// Saves or drops the typed text. Returns whether any text is still unsaved.
pub type TypedTextFunction = Box<dyn Fn(TypedText) -> bool + Send + Sync>;

impl SignOut {
    /// The state before a request.
    pub(super) fn unrequested() -> Self {
        Self { progress: RwSignal::new(SignOutProgress::None), functions: StoredValue::new(Functions::default()) }
    }
}

impl Mutations {
    /// Continues a requested sign-out when the writes are done.
    pub(super) fn follow_sign_out(self) {
        Effect::new(move |_| {
            if self.sign_out_progress() == SignOutProgress::Waiting && self.pending() == 0 {
                match self.typed_text(TypedText::Check) {
                    true => self.sign_out.progress.set(SignOutProgress::NotSaved),
                    false => self.sign_out_now(),
                }
            }
        });
    }

    /// Registers the function for the text that the user types. Call it for text that is saved with a delay.
    pub fn register_typed_text(self, function: TypedTextFunction) {
        self.sign_out.functions.update_value(|functions| functions.typed_text = Some(function));
    }

    /// Calls the registered function. Returns `false` if none is registered.
    pub fn typed_text(self, action: TypedText) -> bool {
        self.sign_out.functions.with_value(|functions| functions.typed_text.as_ref().is_some_and(|run| run(action)))
    }

    /// Calls `sign_out` now, or as soon as no write waits or is in flight. Saves typed text first.
    pub fn request_sign_out(self, sign_out: Box<dyn FnOnce() + Send + Sync>) {
        self.sign_out.functions.update_value(|functions| functions.sign_out = Some(sign_out));
        self.typed_text(TypedText::Save);
        if self.pending_untracked() == 0 {
            return self.run_sign_out();
        }
        self.sign_out.progress.set(SignOutProgress::Waiting);
    }

    /// Signs out without waiting any longer.
    pub fn sign_out_now(self) {
        self.sign_out.progress.set(SignOutProgress::None);
        document::focus_after_render("main h1"); // the banner's button, which may have the focus, is about to be removed
        self.run_sign_out();
    }

    fn run_sign_out(self) {
        if let Some(sign_out) = self.sign_out.functions.try_update_value(|functions| functions.sign_out.take()).flatten() {
            sign_out();
        }
    }

    /// Drops the request.
    pub fn stay_signed_in(self) {
        self.sign_out.progress.set(SignOutProgress::None);
        document::focus_heading(); // the button that has the focus is about to be removed
    }

    /// The progress, or [`SignOutProgress::None`] if nobody is signed in. Tracked.
    pub fn sign_out_progress(self) -> SignOutProgress {
        let is_signed_in = self.session.state().with(|state| matches!(state, SessionState::SignedIn { .. }));
        if is_signed_in { self.sign_out.progress.get() } else { SignOutProgress::None }
    }
}

/// Whether the session ended without the user's request.
pub fn ended_without_request(cause: Option<SignOutReason>) -> bool {
    matches!(cause, Some(SignOutReason::Expired | SignOutReason::Replaced))
}
