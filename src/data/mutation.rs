//! Writes to the backend, which belong to the app and not to the page where they began.
//!
//! A mutation outlives its page: leaving the page neither aborts nor repeats it. Mutations go out one at a time and in their order, so
//! the last intent wins and every answer is newer than the one before. While the browser is offline they wait. A mutation belongs to one
//! user: it is never sent after a sign-out or on behalf of somebody else. A mutation whose answer was lost is sent once more; where a
//! repeat would do harm, its `send` closes over one idempotency key ([`new_key`]) for all tries.
//!
//! The feature that makes a mutation keeps its state and applies its answer. A failure is told on the mutation's own page, or in a notice
//! above whichever page is shown by then.

use crate::{
    core::{
        app_context::{AppContext, use_app_context},
        route::Route,
    },
    data::client::ApiError,
    ui::{erased_signal::ErasedSignal, erased_view::effect},
};
use leptos::prelude::*;
use leptos_fusionauth::{Session, SessionState, use_session};
use std::{future::Future, pin::Pin};
use wasm_bindgen::prelude::*;

/// One write.
pub struct Mutation {
    /// The id of the user to whom the write belongs.
    pub owner: String,
    /// The page that shows the result.
    pub page: Route,
    /// The first sentence of a failure, such as "Your post was not published."
    pub failure: String,
    /// Sends the request. Called again for each try.
    pub send: Send,
    /// Called once if the write fails or is dropped.
    pub failed: Box<dyn FnOnce(ApiError)>,
}

/// Sends a request, and returns how to apply the answer.
pub type Send = Box<dyn Fn(Session) -> Pin<Box<dyn Future<Output = Result<Applied, ApiError>>>>>;

/// Applies an answer. Called only while the owner is signed in.
pub type Applied = Box<dyn FnOnce()>;

/// A failure that the page of its mutation does not show, because another page is open.
#[derive(Clone, PartialEq, Eq)]
pub struct FailureNotice {
    /// What failed, and why.
    pub text: String,
    /// The way back.
    pub page: Route,
}

/// A handle to the app's mutations: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct Mutations {
    queue: StoredValue<Queue<Mutation>, LocalStorage>,
    waiting: ErasedSignal<usize>,
    notice: ErasedSignal<Option<FailureNotice>>,
    session: Session,
    context: AppContext,
}

/// The mutations of the app around the caller.
pub fn use_mutations() -> Mutations {
    use_context().expect("provided by the shell")
}

/// The id of whoever is signed in. Not tracked. `None` as well once the app is gone.
pub fn current_user(session: Session) -> Option<String> {
    session
        .state()
        .try_with_untracked(|view| match view {
            SessionState::SignedIn { user, .. } => Some(user.id.clone()),
            SessionState::SignedOut(_) | SessionState::Loading => None,
        })
        .flatten()
}

/// A random key, by which the backend recognises a repeated request.
pub fn new_key() -> String {
    // `randomUUID` is missing where the page is not a secure context. Whole numbers, because Rust's text of a float costs 8 KB.
    random_uuid().unwrap_or_else(|_| format!("{}-{}", js_sys::Date::now() as u64, (js_sys::Math::random() * 1e15) as u64))
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> Result<String, JsValue>;
}

impl Mutations {
    /// Provides an empty queue to everything below the caller.
    pub fn provide() {
        let (session, context) = (use_session(), use_app_context());
        let queue = StoredValue::new_local(Queue::default());
        let mutations = Self { queue, waiting: ErasedSignal::new(0), notice: ErasedSignal::new(None), session, context };
        provide_context(mutations);
        effect(move || {
            if session.state().get() != SessionState::Loading {
                mutations.drop_foreign();
            }
            if context.is_online() {
                mutations.send_next();
            }
        });
    }

    /// Sends `mutation` as soon as those before it are done and the browser is online.
    pub fn enqueue(self, mutation: Mutation) {
        self.change(|queue| queue.push(mutation));
        self.send_next();
    }

    /// How many mutations wait or are being sent. Tracked.
    pub fn pending(self) -> usize {
        self.waiting.get()
    }

    /// The last failure that no page has shown. Tracked.
    pub fn notice(self) -> Option<FailureNotice> {
        self.notice.get()
    }

    /// Removes the notice.
    pub fn dismiss_notice(self) {
        self.notice.set(None);
    }

    fn drop_foreign(self) {
        let user = current_user(self.session);
        let foreign = self.change(|queue| queue.remove(|mutation| Some(&mutation.owner) != user.as_ref()));
        for mutation in foreign.unwrap_or_default() {
            (mutation.failed)(ApiError::SignedOut);
        }
    }

    fn send_next(self) {
        if !window().navigator().on_line() {
            return;
        }
        let Some(mutation) = self.change(Queue::start).flatten() else { return };
        // Not scoped to a page, so the task outlives it.
        leptos::task::spawn_local(async move {
            let answer = self.send(&mutation).await;
            let is_lost = matches!(answer, Err(ApiError::NoAnswer(_)));
            if is_lost && !window().navigator().on_line() {
                self.change(|queue| queue.put_back(mutation));
            } else {
                self.change(Queue::done);
                self.settle(mutation, answer);
            }
            self.send_next();
        });
    }

    async fn send(self, mutation: &Mutation) -> Result<Applied, ApiError> {
        let mut answer = Err(ApiError::SignedOut);
        for _ in 0..2 {
            // Checked before each try, in the same task as the sending, so nobody else's session can send it.
            if current_user(self.session).as_ref() != Some(&mutation.owner) {
                return Err(ApiError::SignedOut);
            }
            answer = (mutation.send)(self.session).await;
            if !matches!(answer, Err(ApiError::NoAnswer(_))) || !window().navigator().on_line() {
                break;
            }
        }
        answer
    }

    fn settle(self, mutation: Mutation, answer: Result<Applied, ApiError>) {
        let is_current = current_user(self.session).as_ref() == Some(&mutation.owner);
        match answer {
            Ok(applied) if is_current => applied(),
            Ok(_) => (mutation.failed)(ApiError::SignedOut),
            Err(error) => {
                if is_current && error != ApiError::SignedOut && self.context.current_route() != mutation.page {
                    self.notice.set(Some(FailureNotice { text: format!("{} {error}", mutation.failure), page: mutation.page }));
                }
                (mutation.failed)(error);
            }
        }
    }

    /// `None` once the app is gone, as it may be in a test.
    fn change<T>(self, change: impl FnOnce(&mut Queue<Mutation>) -> T) -> Option<T> {
        let (mut change, mut result) = (Some(change), None);
        self.change_erased(&mut |queue| result = change.take().map(|change| change(queue)));
        result
    }

    /// One function for all changes: a copy for each closure would cost bytes.
    fn change_erased(self, change: &mut dyn FnMut(&mut Queue<Mutation>)) {
        let len = self.queue.try_update_value(|queue| {
            change(queue);
            queue.len()
        });
        _ = len.map(|len| self.waiting.try_set(len));
    }
}

/// Mutations in their order, at most one of which is being sent.
struct Queue<M> {
    waiting: Vec<M>,
    in_flight: bool,
}

impl<M> Default for Queue<M> {
    fn default() -> Self {
        Self { waiting: Vec::new(), in_flight: false }
    }
}

impl<M> Queue<M> {
    fn push(&mut self, mutation: M) {
        self.waiting.push(mutation);
    }

    /// The next one to send, unless one is being sent.
    fn start(&mut self) -> Option<M> {
        if self.in_flight {
            return None;
        }
        let next = (!self.waiting.is_empty()).then(|| self.waiting.remove(0));
        self.in_flight = next.is_some();
        next
    }

    /// The one that was being sent has its answer.
    fn done(&mut self) {
        self.in_flight = false;
    }

    /// The one that was being sent has to be sent again, before all others.
    fn put_back(&mut self, mutation: M) {
        self.waiting.insert(0, mutation);
        self.in_flight = false;
    }

    fn remove(&mut self, is_removed: impl Fn(&M) -> bool) -> Vec<M> {
        let (removed, kept) = std::mem::take(&mut self.waiting).into_iter().partition(|it| is_removed(it));
        self.waiting = kept;
        removed
    }

    fn len(&self) -> usize {
        self.waiting.len() + usize::from(self.in_flight)
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;

    fn queue(mutations: [u8; 3]) -> Queue<u8> {
        let mut queue = Queue::default();
        mutations.into_iter().for_each(|it| queue.push(it));
        queue
    }

    #[test]
    fn one_goes_out_at_a_time_and_in_order() {
        let mut queue = queue([1, 2, 3]);
        assert_eq!((queue.start(), queue.start()), (Some(1), None));
        assert_eq!(queue.len(), 3);
        queue.done();
        assert_eq!((queue.start(), queue.len()), (Some(2), 2));
    }

    #[test]
    fn one_that_is_put_back_goes_out_first() {
        let mut queue = queue([1, 2, 3]);
        let first = queue.start().unwrap();
        queue.put_back(first);
        assert_eq!(queue.start(), Some(1));
    }

    #[test]
    fn removed_ones_are_returned_and_the_rest_keeps_its_order() {
        let mut queue = queue([1, 2, 3]);
        assert_eq!(queue.remove(|it| *it == 2), [2]);
        assert_eq!(queue.start(), Some(1));
        queue.done();
        assert_eq!(queue.start(), Some(3));
    }
}
