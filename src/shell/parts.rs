//! The pages that are in parts of the program. The release build moves the code that only one part calls into that part.
//!
//! Each page needs a line here, even if its part has other pages, because each line is an entry point of the part.

use super::{help::HelpPage, when_idle};
use crate::{account, forums, sign_in, store};
use leptos::prelude::*;
use wasm_part::part_function;

part_function! { "account", pub(super) fn account() -> AnyView { account::page() } }
part_function! { "checkout", pub(super) fn checkout() -> AnyView { store::checkout::page() } }
part_function! { "orders", pub(super) fn orders() -> AnyView { store::checkout::orders_page() } }
part_function! { "forums", pub(super) fn posts() -> AnyView { forums::page() } }
part_function! { "products", pub(super) fn products() -> AnyView { store::public_page() } }
part_function! { "sign_in_steps", pub(super) fn change_password() -> AnyView { sign_in::change_password::page() } }
part_function! { "sign_in", pub(super) fn help() -> AnyView { view! { <HelpPage/> }.into_any() } }
part_function! { "verification", pub(super) fn verification() -> AnyView { sign_in::verification::link_page() } }
part_function! { "sign_in", pub(super) fn when_idle() -> AnyView { when_idle::view() } }
part_function! { "sign_in", pub(super) fn account_access() -> AnyView { sign_in::registration_or_forgotten_password_page() } }
part_function! { "passkeys", pub(super) fn passkey_after_sign_in() -> AnyView { account::create_after_sign_in() } }
