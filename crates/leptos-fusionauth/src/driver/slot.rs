use std::{
    cell::Cell,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

/// A value that is filled in once, and that one future waits for. The channels of the futures crate are made for threads,
/// and for either end to go: six times the code.
pub(super) struct Slot<T>(Rc<Inner<T>>);

struct Inner<T> {
    value: Cell<Option<T>>,
    waiting: Cell<Option<Waker>>,
}

impl<T> Slot<T> {
    pub(super) fn new() -> Self {
        Self(Rc::new(Inner { value: Cell::new(None), waiting: Cell::new(None) }))
    }

    pub(super) fn fill(self, value: T) {
        self.0.value.set(Some(value));
        if let Some(waker) = self.0.waiting.take() {
            waker.wake();
        }
    }

    /// What [`Slot::fill`] was given, or will be.
    pub(super) fn filled(&self) -> impl Future<Output = T> + use<T> {
        let inner = self.0.clone();
        poll_fn(move |context| match inner.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                inner.waiting.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
    }
}
