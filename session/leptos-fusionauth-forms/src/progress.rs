//! The state that all forms of one sign-in share.

use crate::{
    error::{FieldError, FormError, FormErrorSignal, show_error},
    field::Field,
    focus,
    keep_signed_in::{KEEP, choice},
    outcome::{self, Next, Stage},
};
use fusionauth_forms::{Design, SignInError, SignInField};
use leptos::prelude::*;
use leptos_fusionauth::{KeepSignedIn, LoginFailure, Session};
use std::time::Duration;

/// The state of a sign-in in progress, with all its forms and retries.
#[derive(Clone, Copy)]
pub struct SignInProgress<D> {
    /// The current form or page.
    pub stage: RwSignal<Stage>,
    /// The error of the current form.
    pub error: FormErrorSignal<D>,
    /// Whether a request is in flight.
    pub busy: RwSignal<bool>,
    /// The email that the user typed, for the next form that needs it. The password is never stored.
    pub username: StoredValue<String>,
    /// Whether the user stays signed in after closing the browser. The steps after the first form use this choice.
    pub keep: StoredValue<KeepSignedIn>,
}

impl<D: Design> SignInProgress<D> {
    /// A sign-in that starts at the first form.
    #[expect(clippy::new_without_default, reason = "it makes signals, which a reader should see at the call")]
    pub fn new() -> Self {
        Self {
            stage: RwSignal::new(Stage::Password),
            error: FormErrorSignal::new(None),
            busy: RwSignal::new(false),
            username: StoredValue::new(String::new()),
            keep: StoredValue::new(KeepSignedIn::Yes),
        }
    }

    /// The session for the next sign-in call, with the user's choice of "Keep me signed in".
    pub fn session(self, session: Session) -> Session {
        session.keep_signed_in(self.keep.get_value())
    }

    /// Keeps the email and the choice of "Keep me signed in" from the form for email and password, before another form takes its place.
    pub fn keep_typed(self) {
        if let (Some(username), Some(keep)) = (focus::input(SignInField::Username.id()), focus::input(KEEP)) {
            self.username.set_value(username.value());
            self.keep.set_value(choice(&keep));
        }
    }

    /// Shows the step after `answer`. Returns the error if the same form stays on screen.
    pub fn answered(self, answer: Result<(), LoginFailure>) -> Option<SignInError> {
        self.follow(outcome::next(answer))
    }

    /// Shows the next step. Returns the error if the same form stays on screen.
    pub fn follow(self, next: Next) -> Option<SignInError> {
        let free = move || _ = self.busy.try_set(false);
        match next {
            Next::Done => {
                // The session's state has changed, so the application shows another page. Until then the form stays busy.
                let free: Box<dyn FnOnce()> = Box::new(free);
                set_timeout(free, Duration::ZERO);
                None
            }
            Next::Stay(error) => {
                free();
                show_error(self.error, outcome::form_error::<D>(&error));
                Some(error)
            }
            Next::Go(stage, error) => {
                free();
                self.go(stage, error);
                None
            }
        }
    }

    /// Shows an error that does not come from an answer to a sign-in. The same form stays on screen.
    pub fn failed(self, error: FormError) {
        _ = self.busy.try_set(false);
        show_error(self.error, error);
    }

    /// Shows the form or page of another stage, with this error if there is one.
    pub fn go(self, stage: Stage, error: Option<SignInError>) {
        if self.stage.try_set(stage).is_some() {
            return; // the user left the page
        }
        match error {
            Some(error) => show_error(self.error, outcome::form_error::<D>(&error)),
            None => {
                self.error.set(None);
                focus::focus_after_render(focus::HEADING);
            }
        }
    }

    /// Shows an error at each of these empty fields. Returns whether there are any.
    pub fn show_missing(self, fields: Vec<SignInField>) -> bool {
        let errors: Vec<_> =
            fields.into_iter().map(|it| FieldError { field: Field::of(it), message: it.missing::<D>().to_owned() }).collect();
        let has_missing = !errors.is_empty();
        if has_missing {
            show_error(self.error, FormError::Fields(errors));
        }
        has_missing
    }

    /// Marks the form as busy, unless another request is in flight. Returns whether the caller may send its request.
    pub fn begin(self) -> bool {
        let is_free = !self.busy.get_untracked();
        if is_free {
            self.error.set(None);
            self.busy.set(true);
        }
        is_free
    }
}
