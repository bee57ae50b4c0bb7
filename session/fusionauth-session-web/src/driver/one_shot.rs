//! A channel for one value within one thread.

use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

/// The sending end. The channels of the `futures` crate take six times the code, because they support threads and the loss
/// of either end.
pub(super) struct OneShot<T>(Rc<Inner<T>>);

/// The receiving end: a future that resolves to the value given to [`OneShot::send`].
pub(crate) struct Receiver<T>(Rc<Inner<T>>);

struct Inner<T> {
    value: Cell<Option<T>>,
    waiting: Cell<Option<Waker>>,
}

impl<T> OneShot<T> {
    pub(super) fn new() -> (Self, Receiver<T>) {
        let inner = Rc::new(Inner { value: Cell::new(None), waiting: Cell::new(None) });
        (Self(inner.clone()), Receiver(inner))
    }

    pub(super) fn send(self, value: T) {
        self.0.value.set(Some(value));
        if let Some(waker) = self.0.waiting.take() {
            waker.wake();
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match self.0.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                self.0.waiting.set(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}
