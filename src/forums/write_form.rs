//! The form for a new thread, a reply, or an edit. What is typed belongs to the context, so it stays when publishing fails, when the page is
//! left, and when the session ends meanwhile.

use super::{
    composition::{Composition, Publication, Purpose, Saving},
    context::{ForumsContext, failure_of},
    draft::{Draft, Problem},
};
use crate::{
    core::use_app_context,
    data::ApiError,
    ui::{Attribute, ErasedSignal, click, components, disabled, document, dynamic, effect, form, none, reactive_text, use_title, when},
};
use leptos::{ev, html, prelude::*};
use storefront_api::forums::MAX_TITLE_CHARS;
use storefront_messages::t;

/// The ids of a form's elements. A page has at most one form of each.
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

/// Those of the form that publishes.
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

/// Those of the form that edits.
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

/// In what the forms differ.
pub struct WriteForm {
    /// What is written.
    pub purpose: Purpose,
    /// Whether there is a title.
    pub has_title: bool,
    /// The ids.
    pub ids: Ids,
    /// The label of the text.
    pub label: &'static str,
    /// The button's text, and that while it waits.
    pub button: (&'static str, &'static str),
}

impl WriteForm {
    /// The form. `cancel` closes it, where that is possible.
    pub fn view(self, forums: ForumsContext, cancel: Option<Box<dyn Fn()>>) -> AnyView {
        let Self { purpose, has_title, ids, label, button: (text, busy_text) } = self;
        let (context, page_title) = (use_app_context(), use_title());
        let problem = ErasedSignal::new(None::<Problem>);
        let (product, title, area) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new(), NodeRef::<html::Textarea>::new());
        let purpose = StoredValue::new(purpose);
        let composition = move || purpose.with_value(|it| forums.composition(it));
        let publication = move || composition().map(|it| it.publication).unwrap_or_default();
        let failure = move || match publication() {
            Publication::Failed(failed) => Some(failed.error),
            Publication::Pending | Publication::None => None,
        };
        let busy = move || publication() == Publication::Pending;
        effect(move || {
            let it = composition();
            let (typed_title, typed) = it.as_ref().map_or(("", ""), |it| (&*it.title, it.text.text()));
            // Setting an equal value would move the caret.
            _ = area.get().filter(|area| area.value() != typed).map(|area| area.set_value(typed));
            _ = title.get().filter(|title| title.value() != typed_title).map(|title| title.set_value(typed_title));
            _ = product.get().map(|checkbox| checkbox.set_checked(it.as_ref().is_some_and(|it| it.product().is_some())));
        });
        effect(move || page_title.error(problem.get().is_some() || failure().is_some()));

        let typed = move || {
            let title = title.get_untracked().map(|it| it.value()).unwrap_or_default();
            let text = area.get_untracked().map(|it| it.value()).unwrap_or_default();
            let is_ticked = product.get_untracked().is_some_and(|it| it.checked());
            purpose.with_value(|it| forums.type_text(it, title, text, is_ticked));
        };
        // One for all fields, because each handler's code would be compiled anew.
        let on_input = move |_: ev::Event| typed();
        let publish = move || {
            let found = purpose.with_value(|it| forums.composition_untracked(it)).map_or(Some(Problem::Empty), |it| problem_of(&it));
            problem.set(found);
            match found {
                Some(Problem::TitleTooLong) => document::focus(ids.title_selector),
                Some(_) => document::focus(ids.text_selector),
                None => purpose.with_value(|it| forums.publish(it)),
            }
        };
        let retry = move || {
            publish();
            document::focus(ids.text_selector);
        };
        let is_of_title = move || problem.get() == Some(Problem::TitleTooLong);
        let is_of_text = move || problem.get().is_some() && !is_of_title();
        let failed = dynamic(move || match failure() {
            None => none(),
            Some(error) => {
                let button = error.may_be_done().then(|| components::retry_button(retry));
                let text = match error {
                    // The form is shown again after the next sign-in.
                    ApiError::SignedOut => t!("You were signed out before an answer came. Try again: nothing is done twice.").to_owned(),
                    error => purpose.with_value(|it| format!("{} {error}", failure_of(it))),
                };
                components::write_failure(text, button)
            }
        });
        let left = move || composition().unwrap_or_else(|| Composition::new(Purpose::Thread)).text.left();
        let described: Attribute = Box::new(move || Some(if is_of_text() { ids.error_and_left } else { ids.left }));
        let title_field = has_title.then(|| {
            view! {
                <label for=ids.title>{t!("Title (optional)")}</label>
                {field_error(problem, is_of_title, ids.title_error)}
                <input
                    id=ids.title
                    name="title"
                    type="text"
                    dir="auto"
                    autocomplete="off"
                    aria-invalid=when(is_of_title, "true")
                    aria-describedby=when(is_of_title, ids.title_error)
                    node_ref=title
                    on:input=on_input
                />
            }
            .into_any()
        });
        // The box stays in the page while there is no product: one that is made anew at each keystroke would lose the focus.
        let about = has_title.then(|| {
            let name = move || composition().and_then(|it| it.about).map(|it| it.name).unwrap_or_default();
            view! {
                <label class="check" hidden=when(move || composition().is_none_or(|it| it.about.is_none()), "")>
                    <input type="checkbox" name="product" node_ref=product on:input=on_input />
                    <span>{t!("About:")}" "<strong dir="auto">{dynamic(move || name().into_any())}</strong></span>
                </label>
            }
            .into_any()
        });
        let cancel =
            cancel.map(|cancel| view! { <button type="button" class="quiet" on:click=click(cancel)>{t!("Cancel")}</button> }.into_any());
        view! {
            <form class="card write" novalidate="" method="post" on:submit=form::submit(publish)>
                {about}
                {title_field}
                <label for=ids.text>{label}</label>
                {field_error(problem, is_of_text, ids.error)}
                <textarea
                    id=ids.text
                    name="body"
                    rows="3"
                    dir="auto"
                    aria-describedby=described
                    aria-invalid=when(is_of_text, "true")
                    node_ref=area
                    on:input=on_input
                ></textarea>
                {failed}
                {dynamic(move || replaced_draft(composition()))}
                <div class="write-end">
                    <p id=ids.left class="left" data-over=when(move || left() < 0, "") aria-live=when(move || left() <= 50, "polite")>
                        {dynamic(move || Draft::left_text(left()).into_any())}
                    </p>
                    <p class="left">{reactive_text(move || composition().filter(is_saved).map_or("", |_| t!("Draft saved")))}</p>
                    {cancel}
                    <button type="submit" class="primary" aria-disabled=disabled(busy)>
                        {reactive_text(move || match (busy(), context.is_online()) {
                            (false, _) => text,
                            (true, true) => busy_text,
                            (true, false) => t!("Waits until you are online"),
                        })}
                    </button>
                </div>
            </form>
        }
        .into_any()
    }
}

fn field_error(problem: ErasedSignal<Option<Problem>>, is_here: impl Fn() -> bool + Send + 'static, id: &'static str) -> AnyView {
    dynamic(move || match problem.get().filter(|_| is_here()) {
        Some(problem) => view! { <p class="field-error" id=id role="alert">{problem.text()}</p> }.into_any(),
        None => none(),
    })
}

fn problem_of(it: &Composition) -> Option<Problem> {
    if it.title.trim().chars().count() > MAX_TITLE_CHARS { Some(Problem::TitleTooLong) } else { it.text.problem() }
}

fn is_saved(it: &Composition) -> bool {
    it.draft.saved_at > 0 && it.draft.saving == Saving::Done && it.has_text()
}

/// The text of another device that this one has replaced.
fn replaced_draft(composition: Option<Composition>) -> AnyView {
    match composition.and_then(|it| it.draft.replaced) {
        None => none(),
        Some(text) => view! {
            <div class="newer" role="status">
                <p>{t!("Another device had saved this draft in the meantime. What stands here has replaced it; the other text was:")}</p>
                <p class="body" dir="auto">{text}</p>
            </div>
        }
        .into_any(),
    }
}
