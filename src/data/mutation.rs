//! Writes to the backend, which belong to the app and not to the page where they began.
//!
//! A mutation outlives its page: leaving the page neither aborts nor repeats it. Mutations go out one at a time and in their order, so
//! the last intent wins and every answer is newer than the one before. While the browser is offline they wait. A mutation belongs to
//! whoever is signed in when it is enqueued: it is never sent after a sign-out or on behalf of another user. That of a visitor has no
//! credential of a sign-in and goes out all the same. A mutation whose answer was lost is sent once more; where a repeat would do harm, its
//! `send` gives one idempotency key ([`new_key`]) to all tries.
//!
//! The feature that makes a mutation keeps its state and applies its answer. The mutation's own page shows a failure; while another page
//! is open, a [`PageNotice`] does.

use super::client::ApiError;
use crate::{
    core::{AppContext, Route, use_app_context},
    ui::{ErasedSignal, effect},
};
use leptos::prelude::*;
use leptos_fusionauth::{Session, SessionState, use_session};
use std::{future::Future, pin::Pin};
use wasm_bindgen::prelude::*;

/// One write.
pub struct Mutation {
    /// The page that shows the result.
    pub page: Route,
    /// The first sentence of a failure, such as "Your post was not published."
    pub failure: String,
    /// Sends the request. Called again for each try.
    pub send: SendRequest,
    /// Called once if the write fails or is dropped.
    pub on_failure: Box<dyn FnOnce(ApiError)>,
}

/// Sends a request, and returns how to apply the answer.
pub type SendRequest = Box<dyn Fn(Session) -> Pin<Box<dyn Future<Output = Result<ApplyAnswer, ApiError>>>>>;

/// Applies an answer. Called only while the user who has made the write is signed in.
pub type ApplyAnswer = Box<dyn FnOnce()>;

/// What a page would show, while another page is open: a failure of its mutation, or what has become of an account.
#[derive(Clone, PartialEq, Eq)]
pub struct PageNotice {
    /// How it looks, and how urgently it is announced.
    pub kind: NoticeKind,
    /// What has happened.
    pub text: String,
    /// The way to the page.
    pub page: Route,
}

/// Whether a notice asks for something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// What the user wanted is done.
    Success,
    /// The user has to know it before going on.
    Failure,
}

/// A handle to the app's mutations: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct Mutations {
    queue: StoredValue<Queue<OwnedMutation>, LocalStorage>,
    waiting: ErasedSignal<usize>,
    notice: ErasedSignal<Option<PageNotice>>,
    /// The session on whose behalf the mutations are sent. Features watch it to see whose state they hold.
    pub session: Session,
    /// The app around the mutations, in which features announce what a mutation has changed.
    pub context: AppContext,
}

struct OwnedMutation {
    /// The id of the user who was signed in when the mutation was enqueued. `None`: a visitor's.
    owner: Option<String>,
    mutation: Mutation,
}

/// The mutations of the app around the caller.
pub fn use_mutations() -> Mutations {
    use_context().expect("provided by the shell")
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
        let queue = StoredValue::new_local(Queue { waiting: Vec::new(), in_flight: false });
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

    /// The id of whoever is signed in. Not tracked. `None` as well once the app is gone.
    pub fn current_user(self) -> Option<String> {
        let user = self.session.state().try_with_untracked(|state| match state {
            SessionState::SignedIn { user, .. } => Some(user.id.clone()),
            SessionState::SignedOut(_) | SessionState::Loading => None,
        });
        user.flatten()
    }

    /// Sends `mutation` as soon as those before it are done and the browser is online. If nobody is signed in, it fails at once.
    pub fn enqueue(self, mutation: Mutation) {
        match self.current_user() {
            None => (mutation.on_failure)(ApiError::SignedOut),
            owner => self.enqueue_as(owner, mutation),
        }
    }

    /// Sends the mutation of a visitor as soon as those before it are done and the browser is online, also if the visitor signs in
    /// meanwhile. Its `send` must not use the session.
    pub fn enqueue_for_visitor(self, mutation: Mutation) {
        self.enqueue_as(None, mutation);
    }

    fn enqueue_as(self, owner: Option<String>, mutation: Mutation) {
        let mut mutation = Some(OwnedMutation { owner, mutation });
        self.change(&mut |queue| queue.waiting.extend(mutation.take()));
        self.send_next();
    }

    /// How many mutations wait or are being sent. Tracked.
    pub fn pending(self) -> usize {
        self.waiting.get()
    }

    /// How many mutations wait or are being sent. Not tracked.
    pub fn pending_untracked(self) -> usize {
        self.waiting.get_untracked()
    }

    /// The last notice that no page has shown. Tracked.
    pub fn notice(self) -> Option<PageNotice> {
        self.notice.get()
    }

    /// Shows a notice above every page, until its own is opened.
    pub fn notify(self, notice: PageNotice) {
        self.notice.set(Some(notice));
    }

    /// Removes the notice.
    pub fn dismiss_notice(self) {
        self.notice.set(None);
    }

    fn drop_foreign(self) {
        let user = self.current_user();
        let mut foreign = Vec::new();
        self.change(&mut |queue| foreign = queue.remove(|it| it.owner.is_some() && it.owner != user));
        for it in foreign {
            (it.mutation.on_failure)(ApiError::SignedOut);
        }
    }

    fn send_next(self) {
        if !window().navigator().on_line() {
            return;
        }
        let mut next = None;
        self.change(&mut |queue| next = queue.start());
        let Some(next) = next else { return };
        // Not scoped to a page, so the task outlives the page.
        leptos::task::spawn_local(async move {
            let answer = self.send(&next).await;
            let is_lost = matches!(answer, Err(ApiError::NoAnswer(_)));
            if is_lost && !window().navigator().on_line() {
                let mut next = Some(next);
                self.change(&mut |queue| queue.put_back(next.take()));
            } else {
                self.change(&mut Queue::done);
                self.settle(next, answer);
            }
            self.send_next();
        });
    }

    async fn send(self, next: &OwnedMutation) -> Result<ApplyAnswer, ApiError> {
        let mut answer = Err(ApiError::SignedOut);
        for _ in 0..2 {
            // Checked before each try, in the same task as the sending, so that no other user's session can send the request.
            if next.owner.is_some() && self.current_user() != next.owner {
                return Err(ApiError::SignedOut);
            }
            answer = (next.mutation.send)(self.session).await;
            if !matches!(answer, Err(ApiError::NoAnswer(_))) || !window().navigator().on_line() {
                break;
            }
        }
        answer
    }

    fn settle(self, OwnedMutation { owner, mutation }: OwnedMutation, answer: Result<ApplyAnswer, ApiError>) {
        let is_current = owner.is_none() || self.current_user() == owner;
        match answer {
            Ok(apply) if is_current => apply(),
            Ok(_) => (mutation.on_failure)(ApiError::SignedOut),
            Err(error) => {
                if is_current && error != ApiError::SignedOut && self.context.current_route() != mutation.page {
                    let text = format!("{} {error}", mutation.failure);
                    self.notify(PageNotice { kind: NoticeKind::Failure, text, page: mutation.page });
                }
                (mutation.on_failure)(error);
            }
        }
    }

    /// Changes the queue, unless the app is gone, as it may be in a test.
    fn change(self, change: &mut dyn FnMut(&mut Queue<OwnedMutation>)) {
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

impl<M> Queue<M> {
    /// The next mutation to send, unless another one is being sent.
    fn start(&mut self) -> Option<M> {
        if self.in_flight {
            return None;
        }
        let next = (!self.waiting.is_empty()).then(|| self.waiting.remove(0));
        self.in_flight = next.is_some();
        next
    }

    /// The mutation that was being sent has its answer.
    fn done(&mut self) {
        self.in_flight = false;
    }

    /// The mutation that was being sent has to be sent again, before all others.
    fn put_back(&mut self, mutation: Option<M>) {
        self.waiting.splice(0..0, mutation);
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
        Queue { waiting: mutations.to_vec(), in_flight: false }
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
        let first = queue.start();
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
