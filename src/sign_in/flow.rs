//! One sign-in, from the first form to its last step.

use super::{progress::SignInProgress, static_form, steps::LaterStep};
use crate::{
    core::{Part, Route, page_title},
    ui::{
        components::products_link,
        part::{Lazy, Placeholder},
        use_title,
    },
};
use leptos::prelude::*;
use leptos_fusionauth_forms::{PasswordForm, Stage};
use storefront_messages::t;
use wasm_part::part;

/// The form or page for the current stage of a sign-in.
#[component]
pub fn SignInFlow(
    progress: SignInProgress,
    /// The text above the first form.
    #[prop(default = t!("One account for the Store and the Forums."))]
    lead: &'static str,
    /// The text of a link to the products, after this text.
    #[prop(optional_no_strip)]
    products: Option<&'static str>,
    /// The content below the first form.
    #[prop(optional)]
    children: Option<ChildrenFn>,
) -> impl IntoView {
    let title = use_title();
    Effect::new(move |_| {
        // The other forms and pages set the title themselves, because their texts are in separately loaded parts of the app.
        if progress.stage.get() == Stage::Password {
            title.name(page_title(Route::Login));
        }
        title.error(progress.error.read().is_some());
    });
    move || match progress.stage.get() {
        Stage::Password => view! {
            <PasswordForm progress mounted=static_form::fill below=children.as_ref().map(|children| children())>
                <p class="lead">{lead}{products.map(|text| view! { " " {products_link("", text)} })}</p>
            </PasswordForm>
        }
        .into_any(),
        stage => {
            let placeholder = Placeholder { class: "auth", heading: page_title(Route::Login), shapes: ("card", 1) };
            view! { <Lazy part=Part::SignIn placeholder>{later_step(progress, stage.clone())}</Lazy> }.into_any()
        }
    }
}

#[part("sign_in")]
fn later_step(progress: SignInProgress, stage: Stage) -> AnyView {
    view! { <LaterStep progress stage/> }.into_any()
}
