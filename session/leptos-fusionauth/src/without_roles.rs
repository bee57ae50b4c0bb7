//! The property `role` of the components without the feature `roles`: it takes no value, so the components contain no code for it.

use leptos::prelude::*;

/// A role, which nobody can name without the feature `roles`.
#[derive(Clone, Copy)]
pub enum Role {}

/// The children unchanged, because without the feature no role can be required.
pub(crate) fn with_role(_: Option<Role>, _: Option<ViewFn>, children: ChildrenFn) -> ChildrenFn {
    children
}
