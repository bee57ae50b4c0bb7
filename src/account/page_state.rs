//! The state of the account page, which its sections and forms share.

use crate::{
    core::{AppContext, Route, use_app_context},
    data::{ApiError, Mutations, NoticeKind, PageNotice, call, use_mutations},
    ui::{
        PageScope,
        document::{self, Title},
        form::{FormError, FormErrorSignal},
        use_title,
    },
};
use leptos::prelude::*;
use leptos_fusionauth::{Session, use_session};
use std::sync::Arc;
use storefront_api::{App, User, account::Account, endpoints};

/// A form that a button opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Change the email.
    Email,
    /// Change the password.
    Password,
    /// Add an authenticator app.
    AddAuthenticator,
    /// Remove the authenticator app.
    RemoveAuthenticator,
    /// Create new recovery codes.
    RecoveryCodes,
    AddPasskey,
    RemovePasskey,
    /// Delete the account.
    Delete,
}

impl Form {
    /// The id of the section around the form.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Email => "own-email",
            Self::Password => "own-password",
            Self::AddAuthenticator => "add-authenticator",
            Self::RemoveAuthenticator => "remove-authenticator",
            Self::RecoveryCodes => "recovery-codes",
            Self::AddPasskey => "add-passkey",
            Self::RemovePasskey => "remove-passkey",
            Self::Delete => "delete-account",
        }
    }

    /// Shows the error in the summary of the form, and moves the focus there.
    pub(super) fn show_error(self, signal: FormErrorSignal, error: FormError) {
        _ = self.try_show_error(signal, error);
    }

    /// Does the same as [`show_error`](Self::show_error). Returns whether the form is still on the page.
    pub(super) fn try_show_error(self, signal: FormErrorSignal, error: FormError) -> bool {
        let is_there = signal.try_set(Some(error)).is_none();
        if is_there {
            document::focus_after_render(format!("#{} .summary", self.id()));
        }
        is_there
    }
}

/// The state of data from the backend.
#[derive(Clone)]
pub(super) enum Loaded<T> {
    Loading,
    Ready(Arc<T>),
    Failed(ApiError),
}

/// The state of the page. All copies share it.
#[derive(Clone, Copy)]
pub(super) struct PageState {
    pub(super) user: RwSignal<User>,
    pub(super) account: RwSignal<Loaded<Account>>,
    pub(super) open: RwSignal<Option<Form>>,
    /// The form that succeeded last, and the result that its section shows.
    pub(super) done: RwSignal<Option<(Form, &'static str)>>,
    /// The new email, until the user has entered its code.
    pub(super) pending_email: RwSignal<Option<String>>,
    /// New recovery codes, which the page shows once.
    pub(super) recovery_codes: RwSignal<Option<Vec<String>>>,
    /// Set to true whenever the user has added or removed a passkey.
    pub(super) passkeys_changed: RwSignal<bool>,
    /// The id of the passkey whose button "Remove" the user pressed last.
    pub(super) removed_passkey: RwSignal<String>,
    pub(super) session: Session,
    pub(super) context: AppContext,
    pub(super) mutations: Mutations,
    pub(super) title: Title,
    pub(super) scope: PageScope,
}

impl PageState {
    /// The state of a page for this user, before the account has loaded.
    pub(super) fn new(user: RwSignal<User>) -> Self {
        Self {
            user,
            account: RwSignal::new(Loaded::Loading),
            open: RwSignal::new(None),
            done: RwSignal::new(None),
            pending_email: RwSignal::new(None),
            recovery_codes: RwSignal::new(None),
            passkeys_changed: RwSignal::new(false),
            removed_passkey: RwSignal::new(String::new()),
            session: use_session(),
            context: use_app_context(),
            mutations: use_mutations(),
            title: use_title(),
            scope: PageScope::current(),
        }
    }

    /// Loads the account, and shows the answer.
    pub(super) fn load(self) {
        self.scope.spawn(async move {
            self.account.set(match call(endpoints::ACCOUNT, &[]).send(self.session).await {
                Ok(account) => Loaded::Ready(Arc::new(account)),
                Err(error) => Loaded::Failed(error),
            });
        });
    }

    /// Loads the account, and keeps the shown data if that fails. If new data replaces the focused element, `selector` gets the focus.
    pub(super) fn reload(self, selector: &'static str) {
        self.scope.spawn(async move {
            if let Ok(account) = call(endpoints::ACCOUNT, &[]).send(self.session).await {
                self.account.set(Loaded::Ready(Arc::new(account)));
                document::restore_focus_after_render(selector.to_owned());
            }
        });
    }

    /// Opens a form. If another form is open, closes it.
    pub(super) fn open_form(self, form: Form) {
        self.done.set(None);
        self.title.error(false);
        self.open.set(Some(form));
        let first = if form == Form::AddAuthenticator { "h3" } else { "input:not([hidden]), [type=submit]" };
        document::focus_after_render(format!("#{} :is({first})", form.id()));
    }

    pub(super) fn close(self, form: Form) {
        self.open.set(None);
        self.title.error(false);
        document::focus_after_render(format!("#{} > button", form.id()));
    }

    /// Closes the form, and shows its result. If the user has left the page, shows the result in a notice above the next page.
    pub(super) fn succeeded(self, form: Form, text: &'static str) {
        if self.done.try_set(Some((form, text))).is_none() {
            self.context.announce(text);
            self.close(form);
        } else {
            self.mutations.notify(PageNotice { kind: NoticeKind::Success, text: text.to_owned(), page: Route::Account, link: None });
        }
    }

    /// Shows in the form why the change failed. If the form is closed, shows the reason in a notice above the current page. The notice
    /// begins with the heading of the form's section.
    pub(super) fn refused(self, (form, heading): (Form, &str), error: FormErrorSignal, why: FormError) {
        let text = why.text();
        if !form.try_show_error(error, why) {
            self.notify_failure(heading, &text);
        }
    }

    /// Shows a failure in a notice above the current page, because the form or section that would show it is no longer on the screen.
    pub(super) fn notify_failure(self, heading: &str, why: &str) {
        let text = heading.to_owned() + ": " + why;
        self.mutations.notify(PageNotice { kind: NoticeKind::Failure, text, page: Route::Account, link: None });
    }

    /// Signs this browser out, and shows `text` in a notice above the next page.
    pub(super) fn sign_out(self, text: &str) {
        let page = match self.context.app {
            App::Store => Route::Products,
            App::Forums => Route::Posts,
        };
        self.session.sign_out();
        self.mutations.notify(PageNotice { kind: NoticeKind::Success, text: text.to_owned(), page, link: None });
    }
}
