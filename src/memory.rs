//! What outlives a page while the tab is open: what is kept for somebody who has to sign in first, and what the header shows.
//! In memory only; gone when somebody else signs in.

use crate::{cart::line::Wish, takeover::Typed};
use leptos::prelude::*;
use storefront_api::{App, Cart, Workflow};

/// A handle to the memory: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct Memory {
    /// Which application this is.
    pub app: App,
    /// How its sign-in works.
    pub workflow: Workflow,
    /// How many items are in the cart, once that is known.
    pub cart_count: RwSignal<Option<i64>>,
    /// What the one polite live region says.
    pub said: RwSignal<String>,
    kept: StoredValue<Kept>,
}

/// A change of the cart that did not get through because the session had ended.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// The product's id.
    pub product: String,
    /// What the shopper wanted.
    pub wish: Wish,
}

#[derive(Default)]
struct Kept {
    typed: Option<Typed>,
    add: Option<String>,
    edit: Option<Owned<Edit>>,
    draft: Option<Owned<String>>,
}

/// Something that belongs to one user.
struct Owned<T> {
    user: String,
    value: T,
}

/// The memory of the app around the caller.
pub fn use_memory() -> Memory {
    expect_context()
}

impl Memory {
    /// Provides an empty memory, but for what was typed into the static form.
    pub fn provide(app: App, workflow: Workflow, typed: Option<Typed>) -> Self {
        let kept = StoredValue::new(Kept { typed, ..Kept::default() });
        let memory = Self { app, workflow, cart_count: RwSignal::new(None), said: RwSignal::new(String::new()), kept };
        provide_context(memory);
        memory
    }

    /// Has a screen reader say `text` when it is done with what it is saying.
    pub fn say(self, text: impl Into<String>) {
        self.said.set(text.into());
    }

    /// Shows the cart's number of items in the header.
    pub fn count(self, cart: &Cart) {
        self.cart_count.set(Some(cart.lines.iter().map(|line| line.quantity).sum()));
    }

    /// What was typed into the static form. It is there once.
    pub fn take_typed(self) -> Option<Typed> {
        self.kept.try_update_value(|kept| kept.typed.take()).flatten()
    }

    /// Keeps a product that a visitor wants to add and has to sign in for.
    pub fn keep_add(self, product: String) {
        self.kept.update_value(|kept| kept.add = Some(product));
    }

    /// The product that was kept. It is there once.
    pub fn take_add(self) -> Option<String> {
        self.kept.try_update_value(|kept| kept.add.take()).flatten()
    }

    /// Keeps a change of `user`'s cart.
    pub fn keep_edit(self, user: String, value: Edit) {
        self.kept.update_value(|kept| kept.edit = Some(Owned { user, value }));
    }

    /// The change that was kept for `user`. It is there once, and for nobody else.
    pub fn take_edit(self, user: &str) -> Option<Edit> {
        self.kept.try_update_value(|kept| for_user(kept.edit.take(), user)).flatten()
    }

    /// Keeps what `user` has typed into a post.
    pub fn keep_draft(self, user: String, value: String) {
        self.kept.update_value(|kept| kept.draft = (!value.is_empty()).then_some(Owned { user, value }));
    }

    /// The draft that was kept for `user`. It is there once, and for nobody else.
    pub fn take_draft(self, user: &str) -> Option<String> {
        self.kept.try_update_value(|kept| for_user(kept.draft.take(), user)).flatten()
    }
}

fn for_user<T>(owned: Option<Owned<T>>, user: &str) -> Option<T> {
    owned.filter(|owned| owned.user == user).map(|owned| owned.value)
}
