//! The pages that are in parts of the program. The release build moves the code that only one part calls into that part.
//!
//! Each page needs a function here, even if its part has other pages, because each function is an entry point of the part.

use super::{help::HelpPage, when_idle};
use crate::{account, forums, sign_in, store};
use leptos::prelude::*;
use wasm_part::part;

#[part("account")]
pub(super) fn account() -> AnyView {
    account::page()
}

#[part("store")]
pub(super) fn checkout() -> AnyView {
    store::checkout::page()
}

#[part("store")]
pub(super) fn orders() -> AnyView {
    store::checkout::orders_page()
}

#[part("store")]
pub(super) fn products() -> AnyView {
    store::public_page()
}

#[part("forums")]
pub(super) fn posts() -> AnyView {
    forums::page()
}

#[part("sign_in")]
pub(super) fn account_access() -> AnyView {
    sign_in::registration_or_forgotten_password_page()
}

#[part("sign_in")]
pub(super) fn change_password() -> AnyView {
    sign_in::change_password::page()
}

#[part("sign_in")]
pub(super) fn verification() -> AnyView {
    sign_in::verification::link_page()
}

#[part("sign_in")]
pub(super) fn help() -> AnyView {
    view! { <HelpPage/> }.into_any()
}

#[part("sign_in")]
pub(super) fn when_idle() -> AnyView {
    when_idle::view()
}
