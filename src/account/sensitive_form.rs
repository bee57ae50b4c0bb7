//! The common part of the forms for sensitive changes: they show an error, send one request at a time, and ask for the current password if
//! the backend requires it.

use super::{
    current_password::{CURRENT_PASSWORD, Confirmed, ConfirmedInput},
    page_state::{Form, PageState},
};
use crate::{
    data::ApiError,
    ui::{
        ApplyToPage,
        form::{self, ErrorSummary, FormError, FormErrorSignal, SubmitButton, TextField},
    },
};
use leptos::prelude::*;
use std::future::Future;
use storefront_messages::{Storefront, t};

/// The state of a form for a sensitive change. All copies share it.
#[derive(Clone, Copy)]
pub(super) struct SensitiveChange {
    pub(super) page: PageState,
    pub(super) error: FormErrorSignal,
    /// The form, and the heading of its section.
    form: (Form, &'static str),
    /// The form's own field. The current password is a second field if the backend requires it.
    field: TextField,
    pub(super) busy: RwSignal<bool>,
    password: Confirmed,
}

impl SensitiveChange {
    pub(super) fn new(page: PageState, form: (Form, &'static str), field: TextField) -> Self {
        let error = FormErrorSignal::new(None);
        Effect::new(move |_| page.title.error(error.read().is_some()));
        Self { page, error, form, field, busy: RwSignal::new(false), password: Confirmed::new() }
    }

    /// The current password, if the form asks for it.
    pub(super) fn password(self) -> Option<String> {
        self.password.take()
    }

    /// Shows the error, and moves the focus there.
    pub(super) fn show_error(self, error: FormError) {
        self.form.0.show_error(self.error, error);
    }

    /// Does the same as [`PageState::refused`], for this form.
    pub(super) fn refused(self, why: FormError) {
        self.page.refused(self.form, self.error, why);
    }

    /// Sends `request`, unless another one is in flight. If it succeeds, calls `done` with the answer, even if the user has left the page.
    pub(super) fn send<T: 'static>(
        self,
        request: impl Future<Output = Result<T, ApiError>> + 'static,
        done: impl FnOnce(Self, T) + 'static,
    ) {
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
                    Err(why) if self.password.show_if_required(self.page, &why) => {}
                    Err(why) => self.refused(why.in_form(&[self.field, CURRENT_PASSWORD])),
                }
            }) as ApplyToPage
        });
    }
}

/// The form for a sensitive change. `children` are the fields that the current password follows.
#[component]
pub(super) fn SensitiveForm(
    change: SensitiveChange,
    /// Sends the request.
    #[prop(into)]
    send: Callback<()>,
    /// The button's text.
    text: &'static str,
    /// The button's text during a request.
    busy_text: &'static str,
    children: Children,
) -> impl IntoView {
    let SensitiveChange { page, error, form, busy, password, .. } = change;
    view! {
        <form class="write" method="post" novalidate="" on:submit=form::submit(move || send.run(()))>
            <ErrorSummary error retry=send/>
            {children()}
            <ConfirmedInput page confirmed=password error/>
            <SubmitButton design=Storefront busy text busy_text/>
            <button type="button" class="quiet wide" on:click=move |_| page.close(form.0)>{t!("Cancel")}</button>
        </form>
    }
}
