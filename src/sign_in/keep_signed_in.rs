//! The checkbox "Keep me signed in" of the app's own forms.

use super::static_form;
use leptos::{html, prelude::*};
use leptos_fusionauth::KeepSignedIn;
use storefront_messages::t;

/// The checkbox "Keep me signed in", which is ticked at first.
#[component]
pub(super) fn KeepSignedInBox(input: NodeRef<html::Input>) -> impl IntoView {
    view! {
        <label class="check">
            <input id=static_form::KEEP name="keep" type="checkbox" checked="" node_ref=input />
            {t!("Keep me signed in")}
        </label>
    }
}

/// The state of the checkbox "Keep me signed in". Until the checkbox is rendered, it counts as ticked.
pub(super) fn kept(node_ref: NodeRef<html::Input>) -> KeepSignedIn {
    node_ref.get_untracked().map_or(KeepSignedIn::Yes, |input| static_form::choice(&input))
}
