//! The user's own data: the download of all data in one file, and the form that deletes the account.

use super::{
    current_password::{self, CurrentPassword, CurrentPasswordInput},
    page_state::{Form, Loaded, PageState},
    section::FormSection,
    sensitive_form::SensitiveChange,
};
use crate::data::{call, call_with};
use crate::ui::{
    components::InlineFailure,
    document,
    form::{self, AccountName, ErrorSummary, FieldError, FormError, SubmitButton, TextField, TextInput, typed},
    set_timeout,
};
use leptos::{html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use std::{sync::Arc, time::Duration};
use storefront_api::{account::DeleteAccount, endpoints};
use storefront_messages::{SignInField, Storefront, t};

/// The section for the file, and the section for the deletion.
#[component]
pub(super) fn OwnData(page: PageState) -> impl IntoView {
    view! {
        <DataExport page/>
        <FormSection
            page
            form=Form::Delete
            heading=t!("Delete your account")
            text=t!("This deletes your account for the Store and the Forums, your display name, your cart and your drafts, and signs you \
                     out everywhere. Your posts stay, without your name. You can't undo this.")
            button=t!("Delete my account…")
        >
            <DeleteAccountForm page/>
        </FormSection>
    }
}

/// The section that fetches the file and offers it for download, as a data URL. A link to the backend would not work in the workflow
/// `spa-local-storage`, because the browser would not send the access token.
#[component]
fn DataExport(page: PageState) -> impl IntoView {
    let state = RwSignal::new(None::<Loaded<String>>);
    let load = move || {
        if matches!(state.get_untracked(), Some(Loaded::Loading)) {
            return;
        }
        state.set(Some(Loaded::Loading));
        page.scope.spawn(async move {
            match call(endpoints::EXPORT, &[]).send_for_text(page.session).await {
                Ok(text) => {
                    let encoded = String::from(js_sys::encode_uri_component(&text));
                    state.set(Some(Loaded::Ready(Arc::new(format!("data:application/json,{encoded}")))));
                    page.context.announce(t!("Your file is ready."));
                    document::focus_after_render("#export a");
                }
                Err(error) => state.set(Some(Loaded::Failed(error))),
            }
        });
    };
    let is_loading = move || state.with(|state| matches!(state, Some(Loaded::Loading)));
    let outcome = move || match state.get() {
        Some(Loaded::Ready(url)) => {
            Some(view! { <p><a href=url.to_string() download="account.json">{t!("Download account.json")}</a></p> }.into_any())
        }
        Some(Loaded::Failed(error)) => Some(view! { <InlineFailure text=error.to_string()/> }.into_any()),
        Some(Loaded::Loading) | None => None,
    };
    view! {
        <section class="about" id="export">
            <h3>{t!("Download your data")}</h3>
            <p>{t!("Everything we store about you, in one file.")}</p>
            {move || outcome()}
            <button type="button" class="quiet" aria-disabled=move || is_loading().then_some("true") on:click=move |_| load()>
                {move || if is_loading() { t!("Getting your data…") } else { t!("Get your data") }}
            </button>
        </section>
    }
}

#[component]
fn DeleteAccountForm(page: PageState) -> impl IntoView {
    let change = SensitiveChange::new(page, (Form::Delete, t!("Delete your account")), TextField::CODE);
    let SensitiveChange { error, busy, .. } = change;
    let (current, code) = (CurrentPassword::new(), NodeRef::<html::Input>::new());
    let navigate = use_navigate();
    let go_home = Callback::new(move |()| navigate("/", NavigateOptions { replace: true, ..Default::default() }));
    let needs_code = matches!(&*page.account.read_untracked(), Loaded::Ready(account) if !account.authenticators.is_empty());
    let send = move || {
        let password = current.take();
        let code = code.get_untracked().map(|input| typed::second_factor_code(&input.value()));
        if password.is_empty() {
            return change.show_error(FormError::Fields(vec![current_password::missing()]));
        }
        if code.as_ref().is_some_and(String::is_empty) {
            let missing = FieldError { field: TextField::CODE.field, message: SignInField::Code.missing::<Storefront>().to_owned() };
            return change.show_error(FormError::Fields(vec![missing]));
        }
        let wanted = DeleteAccount { current_password: password, code: code.unwrap_or_default() };
        change.send(call_with(endpoints::DELETE_ACCOUNT, &[], &wanted).send(page.session), move |_, _| {
            _ = go_home.try_run(()); // `None`: the user has left the page
            // Later, because the navigation dismisses the notices that belong to the new page.
            set_timeout(move || page.sign_out(t!("Account deleted.")), Duration::ZERO);
        });
    };
    view! {
        <p>{t!("We cancel orders that we haven't sent yet. For all others, we keep a record of the items, without your name and \
                postal address.")}</p>
        <form class="write danger" method="post" novalidate="" on:submit=form::submit(send)>
            <ErrorSummary error retry=send/>
            <AccountName name=page.user.with_untracked(|user| user.email.clone()).unwrap_or_default()/>
            <CurrentPasswordInput current error/>
            {needs_code.then(|| view! {
                <p>{t!("Enter a code from the app or one of your recovery codes.")}</p>
                <TextInput field=TextField::CODE error input=code/>
            })}
            <SubmitButton design=Storefront busy text=t!("Delete my account") busy_text=t!("Deleting your account…")/>
            <button type="button" class="quiet wide" on:click=move |_| page.close(Form::Delete)>{t!("Keep my account")}</button>
        </form>
    }
}
