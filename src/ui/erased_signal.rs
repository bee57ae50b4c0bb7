//! Signals and memos that hold a value of any type behind one pointer.
//!
//! Leptos compiles its signals and memos anew for every type that they hold, which costs about half a kilobyte of the compressed wasm
//! for each type. Here the reactive part is compiled once, and only the conversion to the type at the end is the type's own.

use crate::ui::page_scope::read_until_cleanup;
use leptos::prelude::*;
use std::{any::Any, marker::PhantomData, sync::Arc};

type Value = Arc<dyn Any + Send + Sync>;

/// As Leptos' `RwSignal`.
pub struct ErasedSignal<T>(RwSignal<Value>, PhantomData<fn() -> T>);

/// As Leptos' `Memo`.
pub struct ErasedMemo<T>(Memo<Value>, PhantomData<fn() -> T>);

impl<T> Clone for ErasedSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ErasedSignal<T> {}

impl<T> Clone for ErasedMemo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ErasedMemo<T> {}

impl<T: Clone + Send + Sync + 'static> ErasedSignal<T> {
    /// A signal that ends with the caller's owner.
    pub fn new(value: T) -> Self {
        Self(new_signal(Arc::new(value)), PhantomData)
    }

    /// The value, shared instead of cloned. Tracked.
    pub fn read(self) -> Arc<T> {
        of_type(get(self.0))
    }

    /// The value, shared instead of cloned. Not tracked.
    pub fn read_untracked(self) -> Arc<T> {
        of_type(get_untracked(self.0))
    }

    /// The value, shared instead of cloned. Tracked until the caller is cleaned up, for a signal that outlives the caller.
    pub fn read_until_cleanup(self) -> Arc<T> {
        of_type(get_until_cleanup(self.0))
    }

    /// The value. Tracked.
    pub fn get(self) -> T {
        (*self.read()).clone()
    }

    /// The value. Not tracked.
    pub fn get_untracked(self) -> T {
        (*self.read_untracked()).clone()
    }

    /// Replaces the value. Returns whether the signal still exists.
    pub fn try_set(self, value: T) -> bool {
        set(self.0, Arc::new(value))
    }

    /// Replaces the value, if the signal still exists.
    pub fn set(self, value: T) {
        _ = self.try_set(value);
    }

    /// Changes the value. `None` if the signal no longer exists.
    pub fn try_update<R>(self, update: impl FnOnce(&mut T) -> R) -> Option<R> {
        let (mut update, mut result) = (Some(update), None);
        change(self.0, &mut |value| {
            // A caller up the stack may be reading the value. It keeps what it reads, and the change is made to a copy.
            if Arc::get_mut(value).is_none() {
                *value = Arc::new(of_type::<T>(Arc::clone(value)).as_ref().clone());
            }
            let value = Arc::get_mut(value).and_then(|value| value.downcast_mut());
            result = value.zip(update.take()).map(|(value, update)| update(value));
        });
        result
    }

    /// Changes the value, if the signal still exists.
    pub fn update(self, update: impl FnOnce(&mut T)) {
        _ = self.try_update(update);
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> ErasedMemo<T> {
    /// A memo that ends with the caller's owner.
    pub fn new(compute: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self(new_memo(Box::new(move || Arc::new(compute())), differs::<T>), PhantomData)
    }

    /// The value. Tracked.
    pub fn get(self) -> T {
        (*of_type::<T>(get_memo(self.0))).clone()
    }

    /// The value. Not tracked.
    pub fn get_untracked(self) -> T {
        untrack(|| self.get())
    }
}

fn of_type<T: Send + Sync + 'static>(value: Value) -> Arc<T> {
    value.downcast().expect("a signal holds one type from its beginning")
}

fn differs<T: PartialEq + 'static>(before: Option<&Value>, after: Option<&Value>) -> bool {
    before.and_then(|value| value.downcast_ref::<T>()) != after.and_then(|value| value.downcast_ref::<T>())
}

// The functions below are compiled once for all types, because they are neither generic nor inlined.

#[inline(never)]
fn new_signal(value: Value) -> RwSignal<Value> {
    RwSignal::new(value)
}

#[inline(never)]
fn get(signal: RwSignal<Value>) -> Value {
    signal.get()
}

#[inline(never)]
fn get_untracked(signal: RwSignal<Value>) -> Value {
    signal.get_untracked()
}

#[inline(never)]
fn get_until_cleanup(signal: RwSignal<Value>) -> Value {
    read_until_cleanup(signal)
}

#[inline(never)]
fn set(signal: RwSignal<Value>, value: Value) -> bool {
    signal.try_set(value).is_none()
}

#[inline(never)]
fn change(signal: RwSignal<Value>, change: &mut dyn FnMut(&mut Value)) {
    _ = signal.try_update(change);
}

#[inline(never)]
fn new_memo(compute: Box<dyn Fn() -> Value + Send + Sync>, differs: fn(Option<&Value>, Option<&Value>) -> bool) -> Memo<Value> {
    Memo::new_with_compare(move |_| compute(), differs)
}

#[inline(never)]
fn get_memo(memo: Memo<Value>) -> Value {
    memo.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_during_a_reading_is_kept_and_the_reader_keeps_what_it_reads() {
        let owner = Owner::new();
        owner.set();
        let signal = ErasedSignal::new(vec![1]);
        let before = signal.read_untracked();
        assert_eq!(signal.try_update(|all| all.push(2)), Some(()));
        assert_eq!(*before, [1]);
        assert_eq!(signal.get_untracked(), [1, 2]);
    }

    #[test]
    fn a_signal_without_an_owner_is_neither_changed_nor_a_panic() {
        let owner = Owner::new();
        owner.set();
        let signal = ErasedSignal::new(1);
        owner.cleanup();
        assert_eq!((signal.try_set(2), signal.try_update(|value| *value = 2)), (false, None));
    }
}
