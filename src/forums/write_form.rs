//! The form for a new thread, a reply, or an edit. The Forums' context holds the text, so that the text survives a failed publication, the
//! user leaving the page, and the end of the session.

use super::{
    composition::{Composition, Publication, Purpose, Saving, TextProblem, left_text},
    context::{failure_of, use_forums_context},
};
use crate::{
    core::use_app_context,
    data::ApiError,
    ui::{
        components::{InlineFailure, RetryButton},
        document, form, read_until_cleanup, use_title,
    },
};
use leptos::{ev, html, prelude::*};
use storefront_api::problems::ProblemCode;
use storefront_messages::{Text, t};

/// The ids of a form's elements. A page has at most one form with the same ids.
#[derive(Clone, Copy)]
pub struct Ids {
    text: &'static str,
    text_selector: &'static str,
    error: &'static str,
    left: &'static str,
    error_and_left: &'static str,
    title: &'static str,
    title_selector: &'static str,
    title_error: &'static str,
}

/// The ids of the form that publishes a thread or a reply.
pub const PUBLISH: Ids = Ids {
    text: "post",
    text_selector: "#post",
    error: "post-error",
    left: "post-left",
    error_and_left: "post-error post-left",
    title: "title",
    title_selector: "#title",
    title_error: "title-error",
};

/// The ids of the form that edits a post.
pub const EDIT: Ids = Ids {
    text: "edit",
    text_selector: "#edit",
    error: "edit-error",
    left: "edit-left",
    error_and_left: "edit-error edit-left",
    title: "edit-title",
    title_selector: "#edit-title",
    title_error: "edit-title-error",
};

/// The selector of the message that a publication failed.
const FAILURE: &str = ".write > .line-error";

/// The selector of the button in that message.
const RETRY: &str = ".write > .line-error button";

/// The message that a thread is closed.
pub(super) const CLOSED: Text = Text::new("This thread is closed. You can't reply to it.");

/// The form. Its fields show the text that the context holds, and store typed text in the context.
#[component]
pub fn WriteForm(
    /// The purpose of the text.
    purpose: Purpose,
    /// Whether the form has a title field.
    #[prop(optional)]
    has_title: bool,
    /// The ids of the form's elements.
    ids: Ids,
    /// The label of the text.
    label: &'static str,
    /// The button's text.
    text: &'static str,
    /// The button's text during a request.
    busy_text: &'static str,
    /// Closes the form. `None`: the form cannot be closed.
    #[prop(optional, into)]
    cancel: Option<Callback<()>>,
    /// Whether the thread is closed. The form then only shows the text that was typed before.
    #[prop(optional)]
    is_thread_closed: bool,
) -> impl IntoView {
    let (context, forums, page_title) = (use_app_context(), use_forums_context(), use_title());
    let problem = RwSignal::new(None::<TextProblem>);
    let (product, title, area) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new(), NodeRef::<html::Textarea>::new());
    let purpose = StoredValue::new(purpose);
    let composition = move || purpose.with_value(|it| forums.composition(it));
    let publication = move || composition().map(|it| it.publication).unwrap_or_default();
    let failure = move || match publication() {
        Publication::Failed(failed) => Some(failed.error),
        Publication::Pending | Publication::None => None,
    };
    let busy = move || publication() == Publication::Pending;
    let is_refused = Memo::new(move |_| failure().is_some_and(|error| is_closed_error(&error)));
    let is_closed = move || is_thread_closed || is_refused.get();
    Effect::new(move |_| {
        let it = composition();
        let (typed_title, typed) = it.as_ref().map_or(("", ""), |it| (&*it.title, &*it.text));
        // Setting an equal value would move the caret.
        _ = area.get().filter(|area| area.value() != typed).map(|area| area.set_value(typed));
        _ = title.get().filter(|title| title.value() != typed_title).map(|title| title.set_value(typed_title));
        _ = product.get().map(|checkbox| checkbox.set_checked(it.as_ref().is_some_and(|it| it.product().is_some())));
    });
    Effect::new(move |_| page_title.error(problem.get().is_some() || failure().is_some()));
    Effect::new(move |had_failed| {
        let has_failed = failure().is_some();
        if had_failed == Some(false) && has_failed {
            // The message is at the end of the form, which may be below the visible part of the page.
            document::scroll_after_render(FAILURE);
            if is_refused.get_untracked() {
                document::focus_after_render(RETRY); // the button that has the focus is about to be hidden
            }
        }
        has_failed
    });

    let typed = move || {
        let title = title.get_untracked().map(|it| it.value()).unwrap_or_default();
        let text = area.get_untracked().map(|it| it.value()).unwrap_or_default();
        let is_ticked = product.get_untracked().is_some_and(|it| it.checked());
        purpose.with_value(|it| forums.type_text(it, title, text, is_ticked));
    };
    // One handler for all fields, because each handler's code would be compiled separately.
    let on_input = move |_: ev::Event| typed();
    let publish = move || {
        let found = purpose.with_value(|it| forums.composition_untracked(it)).map_or(Some(TextProblem::Empty), |it| it.problem());
        problem.set(found);
        match found {
            Some(TextProblem::TitleTooLong) => document::focus(ids.title_selector),
            Some(_) => document::focus(ids.text_selector),
            None => purpose.with_value(|it| forums.publish(it)),
        }
    };
    let retry = move || {
        publish();
        document::focus(ids.text_selector);
    };
    let title_problem = move || problem.get().filter(|it| *it == TextProblem::TitleTooLong);
    let text_problem = move || problem.get().filter(|it| *it != TextProblem::TitleTooLong);
    let failed = move || {
        failure().map(|error| {
            // A moderator may open the thread again.
            let is_retryable = error.may_be_done() || is_closed_error(&error);
            let text = match error {
                // The user sees this message after the next sign-in, when the form is shown again.
                ApiError::SignedOut => {
                    t!("You were signed out before we got a response. It's safe to try again: we won't publish it twice.").to_owned()
                }
                error => purpose.with_value(|it| format!("{} {error}", failure_of(it))),
            };
            view! { <InlineFailure text>{is_retryable.then(|| view! { <RetryButton retry/> })}</InlineFailure> }
        })
    };
    let left = move || composition().unwrap_or_else(|| Composition::new(Purpose::Thread)).left();
    let title_field = has_title.then(|| {
        view! {
            <label for=ids.title>{t!("Title (optional)")}</label>
            <FieldError id=ids.title_error problem=title_problem/>
            <input
                id=ids.title
                name="title"
                type="text"
                dir="auto"
                autocomplete="off"
                aria-invalid=move || title_problem().map(|_| "true")
                aria-describedby=move || title_problem().map(|_| ids.title_error)
                node_ref=title
                on:input=on_input
            />
        }
    });
    // The checkbox stays in the page even without a product, because it would lose the focus if each keystroke rebuilt it.
    let about = has_title.then(|| {
        let name = move || composition().and_then(|it| it.about).map(|it| it.name).unwrap_or_default();
        view! {
            <label class="check" hidden=move || (composition().is_none_or(|it| it.about.is_none())).then_some("")>
                <input type="checkbox" name="product" node_ref=product on:input=on_input />
                <span>{t!("About:")}" "<strong dir="auto">{move || name()}</strong></span>
            </label>
        }
    });
    let cancel =
        cancel.map(|cancel| view! { <button type="button" class="quiet" on:click=move |_| cancel.run(())>{t!("Cancel")}</button> });
    view! {
        <form class="card write" novalidate="" method="post" on:submit=form::submit(publish)>
            {about}
            {title_field}
            {is_thread_closed.then(|| view! { <p class="closed">{CLOSED.get()}</p> })}
            <label for=ids.text>{label}</label>
            <FieldError id=ids.error problem=text_problem/>
            <textarea
                id=ids.text
                name="body"
                rows="3"
                dir="auto"
                readonly=move || is_closed().then_some("")
                aria-describedby=move || if text_problem().is_some() { ids.error_and_left } else { ids.left }
                aria-invalid=move || text_problem().map(|_| "true")
                node_ref=area
                on:input=on_input
            ></textarea>
            {move || composition().and_then(|it| it.draft.replaced).map(|text| view! { <ReplacedDraft text/> })}
            <div class="write-end" hidden=move || is_closed().then_some("")>
                <p id=ids.left class="left" data-over=move || (left() < 0).then_some("") aria-live=move || (left() <= 50).then_some("polite")>
                    {move || left_text(left())}
                </p>
                <p class="left">{move || composition().filter(is_saved).map_or("", |_| t!("Draft saved"))}</p>
                {cancel}
                <button type="submit" class="primary" aria-disabled=move || busy().then_some("true")>
                    {move || match (busy(), read_until_cleanup(context.online())) {
                        (false, _) => text,
                        (true, true) => busy_text,
                        (true, false) => t!("Waiting for a connection…"),
                    }}
                </button>
            </div>
            {move || failed()}
        </form>
    }
}

#[component]
fn FieldError(id: &'static str, #[prop(into)] problem: Signal<Option<TextProblem>>) -> impl IntoView {
    view! { {move || problem.get().map(|problem| view! { <p class="field-error" id=id role="alert">{problem.text()}</p> })} }
}

/// Whether the backend has refused a reply because its thread is closed.
fn is_closed_error(error: &ApiError) -> bool {
    error.is(ProblemCode::ThreadClosed)
}

fn is_saved(it: &Composition) -> bool {
    it.draft.saved_at > 0 && it.draft.saving == Saving::Done && it.has_text()
}

/// The text from another device that this page's draft has replaced.
#[component]
fn ReplacedDraft(text: String) -> impl IntoView {
    view! {
        <div class="newer" role="status">
            <p>{t!("Another device saved a different version of this draft. Your text here replaced it. The other version was:")}</p>
            <p class="body" dir="auto">{text}</p>
        </div>
    }
}
