//! The state that all forms of one sign-in share.

use super::outcome::{self, Next, SignInError, SignInField, Stage};
use crate::ui::{
    document,
    form::{self, FieldError, FormError, FormErrorSignal},
};
use leptos::prelude::*;
use leptos_fusionauth::{KeepSignedIn, LoginFailure, Session};

/// The state of a sign-in in progress, with all its forms and retries.
#[derive(Clone, Copy)]
pub struct SignInProgress {
    pub(super) stage: RwSignal<Stage>,
    pub(super) error: FormErrorSignal,
    pub(super) busy: RwSignal<bool>,
    /// The email that the user typed, for the next form that needs it. The password is never stored.
    pub(super) username: StoredValue<String>,
    /// Whether the user stays signed in after closing the browser. The steps after the first form use this choice.
    pub(super) keep: StoredValue<KeepSignedIn>,
}

impl SignInProgress {
    /// A sign-in that starts at the first form.
    #[expect(clippy::new_without_default, reason = "it makes signals, which a reader should see at the call")]
    pub fn new() -> Self {
        Self {
            stage: RwSignal::new(Stage::Password),
            error: RwSignal::new(None),
            busy: RwSignal::new(false),
            username: StoredValue::new(String::new()),
            keep: StoredValue::new(KeepSignedIn::Yes),
        }
    }

    /// The session for the next sign-in call, with the user's choice of "Keep me signed in".
    pub(super) fn session(self, session: Session) -> Session {
        session.keep_signed_in(self.keep.get_value())
    }

    /// Shows the step after `answer`. Returns the error if the same form stays on screen.
    pub fn answered(self, answer: Result<(), LoginFailure>) -> Option<SignInError> {
        self.follow(outcome::next(answer))
    }

    /// Shows the next step. Returns the error if the same form stays on screen.
    pub(super) fn follow(self, next: Next) -> Option<SignInError> {
        _ = self.busy.try_set(false);
        match next {
            // The session's state has changed, and `leave_when_signed_in` opens another page.
            Next::Done => None,
            Next::Stay(error) => {
                form::show_error(self.error, outcome::form_error(&error));
                Some(error)
            }
            Next::Go(stage, error) => {
                self.go(stage, error);
                None
            }
        }
    }

    /// Shows an error that does not come from an answer to a sign-in. The same form stays on screen.
    pub(super) fn failed(self, error: FormError) {
        _ = self.busy.try_set(false);
        form::show_error(self.error, error);
    }

    pub(super) fn go(self, stage: Stage, error: Option<SignInError>) {
        if self.stage.try_set(stage).is_some() {
            return; // the user left the page
        }
        match error {
            Some(error) => form::show_error(self.error, outcome::form_error(&error)),
            None => {
                self.error.set(None);
                document::focus_after_render("main h1");
            }
        }
    }

    /// Shows an error at each of these empty fields. Returns whether there are any.
    pub(super) fn show_missing(self, fields: Vec<SignInField>) -> bool {
        let errors: Vec<_> =
            fields.into_iter().map(|it| FieldError { field: outcome::field(it), message: it.missing().to_owned() }).collect();
        let has_missing = !errors.is_empty();
        if has_missing {
            form::show_error(self.error, FormError::Fields(errors));
        }
        has_missing
    }

    /// Marks the form as busy, unless another request is in flight. Returns whether the caller may send its request.
    pub(super) fn begin(self) -> bool {
        let is_free = !self.busy.get_untracked();
        if is_free {
            self.error.set(None);
            self.busy.set(true);
        }
        is_free
    }
}
