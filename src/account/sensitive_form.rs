//! What the forms of sensitive changes have in common: an error, one request at a time, and the present password where the backend asks for
//! it.

use super::{
    AccountPage, Form,
    current_password::{CURRENT_PASSWORD, Confirmed},
};
use crate::{
    data::ApiError,
    ui::{
        ApplyToPage, ErasedSignal, click, effect,
        form::{self, FormError, FormErrorSignal, TextField},
    },
};
use leptos::prelude::*;
use std::{future::Future, pin::Pin};
use storefront_messages::t;

/// A form of a sensitive change. A handle: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub(super) struct SensitiveForm {
    pub(super) page: AccountPage,
    pub(super) error: FormErrorSignal,
    /// The form, and the heading of its section.
    form: (Form, &'static str),
    /// The form's own field.
    field: TextField,
    busy: ErasedSignal<bool>,
    password: Confirmed,
}

/// A request, whatever is done for its answer.
pub(super) type Request<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

impl SensitiveForm {
    /// A form with this field beside the password's.
    pub(super) fn new(page: AccountPage, form: (Form, &'static str), field: TextField) -> Self {
        let error: FormErrorSignal = ErasedSignal::new(None);
        effect(move || page.title.error(error.read().is_some()));
        Self { page, error, form, field, busy: ErasedSignal::new(false), password: Confirmed::new() }
    }

    /// The present password, if it is asked for.
    pub(super) fn password(self) -> Option<String> {
        self.password.take()
    }

    /// Shows the error, and moves the focus there.
    pub(super) fn show_error(self, error: FormError) {
        self.form.0.show_error(self.error, error);
    }

    /// As [`AccountPage::refused`].
    pub(super) fn refused(self, why: FormError) {
        self.page.refused(self.form, self.error, why);
    }

    /// Sends one request at a time. `done` is called with its answer.
    pub(super) fn send<T: 'static>(self, request: Request<T>, done: fn(Self, T)) {
        if self.busy.get_untracked() {
            return;
        }
        self.error.set(None);
        self.busy.set(true);
        self.page.scope.finish(self.page.session, async move {
            let answer = request.await;
            Box::new(move |_| {
                self.busy.set(false);
                match answer {
                    Ok(answer) => done(self, answer),
                    Err(why) if self.password.is_wanted(self.page, &why) => {}
                    Err(why) => self.refused(why.in_form(&[self.field, CURRENT_PASSWORD])),
                }
            }) as ApplyToPage
        });
    }

    /// The form around its content. `texts` are the button's, before and during a request.
    pub(super) fn view(
        self,
        content: AnyView,
        send: impl Fn() + Copy + Send + Sync + 'static,
        texts: (&'static str, &'static str),
    ) -> AnyView {
        view! {
            <form class="write" method="post" novalidate="" on:submit=form::submit(send)>
                {form::summary(self.error, send)}
                {content}
                {self.password.view(self.page, self.error)}
                {form::submit_button(self.busy, texts.0, texts.1)}
                <button type="button" class="quiet wide" on:click=click(move || self.page.close(self.form.0))>{t!("Cancel")}</button>
            </form>
        }
        .into_any()
    }
}
