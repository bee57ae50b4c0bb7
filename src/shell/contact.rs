//! The contact form, with which anybody writes to the shop. It is in the help pages' part of the program, which loads later.

use crate::{
    core::Route,
    data::{NoticeKind, PageNotice, call_with, use_mutations},
    ui::{
        ApplyToPage, Page, PageScope, document,
        form::{self, ErrorSummary, Field, FieldErrorMessage, FormErrorSignal, SubmitButton, TextField, TextInput, typed},
        page_query, use_title,
    },
};
use leptos::{html, prelude::*};
use leptos_fusionauth::SessionState;
use std::cell::RefCell;
use storefront_api::pages::HelpPage;
use storefront_api::{contact::ContactMessage, endpoints};
use storefront_messages::{Storefront, Text, t};

const NAME: TextField = TextField::new(Field { id: "full-name", error_id: "full-name-error" }, Text::new("Your name"), "fullName", "name");
const ORDER: TextField = TextField {
    required: None,
    ..TextField::new(Field { id: "order", error_id: "order-error" }, Text::new("Order number (optional)"), "order", "off")
};
const BODY: TextField = TextField::new(Field { id: "body", error_id: "body-error" }, Text::new("Message"), "body", "off");
const FIELDS: [TextField; 4] = [NAME, TextField::EMAIL, ORDER, BODY];

thread_local! {
    /// The id of the user, or `None` for a visitor, and the message that the shop has not confirmed.
    static UNSENT: RefCell<Option<(Option<String>, ContactMessage)>> = const { RefCell::new(None) };
}

/// The form. The confirmation replaces it. A message that was not sent is in the form again when its sender comes back to this page.
#[component]
pub(super) fn ContactForm() -> impl IntoView {
    let (mutations, title, scope, query) = (use_mutations(), use_title(), PageScope::current(), page_query().get_untracked());
    let (error, busy, is_sent) = (FormErrorSignal::new(None), RwSignal::new(false), RwSignal::new(false));
    let (inputs, area) = ([(); 3].map(|()| NodeRef::<html::Input>::new()), NodeRef::<html::Textarea>::new());
    Effect::new(move |_| title.error(error.with(Option::is_some)));
    Effect::new(move |_| {
        let (user, message) = UNSENT.with_borrow(|unsent| unsent.clone().unwrap_or_default());
        let is_own = user == mutations.current_user();
        let ContactMessage { full_name, email, order, body } = if is_own { message } else { ContactMessage::default() };
        let order = query.strip_prefix("?order=").unwrap_or(&order);
        let email = match mutations.session.state().get_untracked() {
            SessionState::SignedIn { user, .. } if email.is_empty() => user.email.unwrap_or_default(),
            SessionState::SignedIn { .. } | SessionState::SignedOut(_) | SessionState::Loading => email,
        };
        for (input, value) in inputs.iter().zip([&*full_name, &email, order]) {
            _ = input.get().map(|input| input.set_value(value));
        }
        _ = area.get().map(|area| area.set_value(&body));
    });
    let send = move || {
        if busy.get_untracked() {
            return;
        }
        let [full_name, _, order] = inputs.map(|input| input.get_untracked().map(|input| input.value()).unwrap_or_default());
        let body = area.get_untracked().map(|area| area.value()).unwrap_or_default();
        let message = ContactMessage { full_name, email: typed::email(inputs[1]), order, body };
        UNSENT.set(Some((mutations.current_user(), message.clone())));
        error.set(None);
        busy.set(true);
        scope.finish(mutations.session, async move {
            let answer = call_with(endpoints::SEND_MESSAGE, &[], &message).send(None).await;
            if answer.is_ok() {
                UNSENT.set(None);
            }
            Box::new(move |visited| match (answer, visited) {
                (Ok(_), Page::Open) => {
                    is_sent.set(true);
                    document::focus_heading(); // the button that has the focus is removed
                }
                (Err(why), Page::Open) => {
                    busy.set(false);
                    form::show_error(error, why.in_form(&FIELDS));
                }
                (answer, Page::Left) => {
                    let kind = if answer.is_ok() { NoticeKind::Success } else { NoticeKind::Failure };
                    let text = answer.map_or_else(|why| why.to_string(), |_| sent().to_owned());
                    mutations.notify(PageNotice { kind, text, page: Route::Help(HelpPage::Contact), link: None });
                }
            }) as ApplyToPage
        });
    };
    let form = move || {
        let inputs = FIELDS.into_iter().zip(inputs).map(|(field, input)| view! { <TextInput field error input/> });
        view! {
            <form class="card" method="post" novalidate="" on:submit=form::submit(send)>
                <ErrorSummary error retry=send/>
                <h2>{t!("Write to us")}</h2>
                <p>{t!("You'll hear from us by email within two working days.")}</p>
                {inputs.collect_view()}
                <div class="field">
                    <label for=BODY.field.id>{BODY.label.get()}</label>
                    <FieldErrorMessage error field=BODY.field/>
                    <textarea
                        id=BODY.field.id
                        rows="6"
                        dir="auto"
                        aria-required="true"
                        aria-invalid=move || form::invalid(error, BODY.field)
                        aria-describedby=move || form::described_by(error, BODY.field)
                        node_ref=area
                    ></textarea>
                </div>
                <SubmitButton design=Storefront busy text=t!("Send message") busy_text=t!("Sending…")/>
            </form>
        }
    };
    view! { <Show when=move || !is_sent.get() fallback=|| view! { <p class="card" role="status">{sent()}</p> }>{form()}</Show> }
}

fn sent() -> &'static str {
    t!("We sent your message to our team. You'll hear from us by email within two working days.")
}
