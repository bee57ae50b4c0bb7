//! Signals and memos that hold a value of any type behind one pointer.
//!
//! Leptos compiles its signals and memos anew for every type that they hold, which costs about half a kilobyte of the compressed wasm
//! for each. Here the reactive part is compiled once, and only the conversion to the type at the end is the type's own.

use crate::ui::page_scope::with_until_cleanup;
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

impl<T: Send + Sync + 'static> ErasedSignal<T> {
    /// A signal that ends with the caller's owner.
    pub fn new(value: T) -> Self {
        Self(new_signal(Arc::new(value)), PhantomData)
    }

    /// Reads the value. Tracked.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(of_type(&*get(self.0)))
    }

    /// Reads the value. Not tracked.
    pub fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(of_type(&*get_untracked(self.0)))
    }

    /// Reads the value. Tracked until the caller is cleaned up, for a signal that outlives the caller.
    pub fn with_until_cleanup<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(of_type(&*get_until_cleanup(self.0)))
    }

    /// Replaces the value.
    pub fn set(self, value: T) {
        _ = self.try_set(value);
    }

    /// Replaces the value. Returns whether the signal still exists.
    pub fn try_set(self, value: T) -> bool {
        set(self.0, Arc::new(value))
    }

    /// Changes the value in place. `None` if the signal is gone, or if it is called while the value is being read.
    pub fn try_update<R>(self, update: impl FnOnce(&mut T) -> R) -> Option<R> {
        let (mut update, mut result) = (Some(update), None);
        change(self.0, &mut |value| result = value.downcast_mut().zip(update.take()).map(|(value, update)| update(value)));
        result
    }

    /// Changes the value in place, if it is still there.
    pub fn update(self, update: impl FnOnce(&mut T)) {
        _ = self.try_update(update);
    }
}

impl<T: Clone + Send + Sync + 'static> ErasedSignal<T> {
    /// The value. Tracked.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// The value. Not tracked.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> ErasedMemo<T> {
    /// A memo that ends with the caller's owner.
    pub fn new(compute: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self(new_memo(Box::new(move || Arc::new(compute())), differs::<T>), PhantomData)
    }

    /// The value. Tracked.
    pub fn get(self) -> T {
        of_type::<T>(&*get_memo(self.0)).clone()
    }

    /// The value. Not tracked.
    pub fn get_untracked(self) -> T {
        untrack(|| self.get())
    }
}

fn of_type<T: 'static>(value: &dyn Any) -> &T {
    value.downcast_ref().expect("the type that was put in")
}

fn differs<T: PartialEq + 'static>(before: Option<&Value>, after: Option<&Value>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => of_type::<T>(&**before) != of_type::<T>(&**after),
        _ => true,
    }
}

// Not generic, and not inlined: each is compiled once for all types.

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
    with_until_cleanup(signal, Value::clone)
}

#[inline(never)]
fn set(signal: RwSignal<Value>, value: Value) -> bool {
    signal.try_set(value).is_none()
}

#[inline(never)]
fn change(signal: RwSignal<Value>, change: &mut dyn FnMut(&mut (dyn Any + Send + Sync))) {
    _ = signal.try_update(|value| Arc::get_mut(value).map(change));
}

#[inline(never)]
fn new_memo(compute: Box<dyn Fn() -> Value + Send + Sync>, differs: fn(Option<&Value>, Option<&Value>) -> bool) -> Memo<Value> {
    Memo::new_with_compare(move |_| compute(), differs)
}

#[inline(never)]
fn get_memo(memo: Memo<Value>) -> Value {
    memo.get()
}
