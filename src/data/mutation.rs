//! Writes to the backend, which belong to the app and not to the page where they began.
//!
//! A mutation outlives its page: leaving the page neither aborts nor repeats it. Mutations are sent one at a time and in order, so the
//! user's last change wins, and each answer is newer than the previous answer. While the browser is offline they wait. A mutation belongs
//! to the user who is signed in when it is enqueued: it is never sent after a sign-out or on behalf of another user. A guest's mutation is
//! sent without a credential. If its answer was lost, a mutation is retried, at once and after a pause. If a repeat would do harm, the
//! mutation has one idempotency key ([`new_key`]) for all attempts.
//!
//! The feature that makes a mutation keeps its state and applies its answer. If the mutation fails, its page shows the failure. If another
//! page is open by then, a [`PageNotice`] shows it.

use super::{client::ApiError, sign_out::SignOut};
use crate::{
    core::{AppContext, Route, use_app_context},
    ui::{PageScope, set_timeout, spawn_for_app, tasks::user_id},
};
use leptos::prelude::*;
use leptos_fusionauth::{FetchError, Session, SessionState, SignOutReason, use_session};
use std::{future::Future, pin::Pin, time::Duration};
use wasm_bindgen::prelude::*;

/// The pauses before the first and the second retry of a mutation whose answer was lost. The second retry waits, because a connection that
/// was just restored may still fail although the browser reports that it is online.
const PAUSES: [Duration; 2] = [Duration::ZERO, Duration::from_secs(2)];

/// A request that changes data at the backend, what its outcome changes, and where its failure is shown.
pub struct Mutation<S, D> {
    /// The page that shows the result. On every other page, a notice shows a failure and links to this page.
    pub page: Route,
    /// A page of one item that also shows a failure of this mutation, in more detail. No notice appears there, and a notice elsewhere links
    /// to it in place of `page`.
    pub also_at: Option<PageLink>,
    /// The first sentence of a failure, such as "We couldn't publish your post."
    pub failure: String,
    /// Sends the request. Called once for each attempt.
    pub send: S,
    /// Applies the answer, or the error of a mutation that has failed or was dropped. Called with an answer only while the mutation's user is
    /// signed in, and with an error only while no other user is signed in.
    pub done: D,
}

/// The functions of a [`Mutation`], whose types the queue does not know.
trait Write {
    fn send(&mut self, session: Session) -> Pin<Box<dyn Future<Output = Result<(), ApiError>> + '_>>;
    fn done(self: Box<Self>, outcome: Result<(), ApiError>);
}

struct Answered<S, D, Answer> {
    send: S,
    done: D,
    answer: Option<Answer>,
}

impl<S, Sent, D, Answer> Write for Answered<S, D, Answer>
where
    S: FnMut(Session) -> Sent,
    Sent: Future<Output = Result<Answer, ApiError>>,
    D: FnOnce(Result<Answer, ApiError>),
{
    fn send(&mut self, session: Session) -> Pin<Box<dyn Future<Output = Result<(), ApiError>> + '_>> {
        Box::pin(async move {
            self.answer = Some((self.send)(session).await?);
            Ok(())
        })
    }

    fn done(self: Box<Self>, outcome: Result<(), ApiError>) {
        let Self { done, answer, .. } = *self;
        done(outcome.and_then(|()| answer.ok_or(ApiError::SignedOut)));
    }
}

/// A message that belongs to one page and is shown above other pages, for example that a mutation failed or that the account was deleted.
#[derive(Clone, PartialEq, Eq)]
pub struct PageNotice {
    /// Whether the notice reports a success or a failure. This decides its style, and how urgently screen readers announce it.
    pub kind: NoticeKind,
    /// The text.
    pub text: String,
    /// The page that the notice links to.
    pub page: Route,
    /// A page for one item, such as a product. If present, the notice links to this page instead of `page`.
    pub link: Option<PageLink>,
}

/// A page for one item, such as a product.
#[derive(Clone, PartialEq, Eq)]
pub struct PageLink {
    /// The page's URL.
    pub path: String,
    /// The name of the item.
    pub title: String,
}

/// The kind of a notice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// The user's request has succeeded.
    Success,
    /// A request has failed, or its result is not what the user asked for. Screen readers announce the notice at once.
    Failure,
}

/// A `Copy` handle to the app's mutations.
#[derive(Clone, Copy)]
pub struct Mutations {
    queue: StoredValue<Queue<OwnedMutation>, LocalStorage>,
    waiting: RwSignal<usize>,
    /// The notice, and the id of the user who was signed in when it was set.
    notice: RwSignal<Option<(Option<String>, PageNotice)>>,
    pub(super) sign_out: SignOut,
    /// The session with which the mutations are sent. Features watch it to know which user their state belongs to.
    pub session: Session,
    /// The app's context. Features announce the results of mutations with it.
    pub context: AppContext,
    /// The scope of the app. A part of the program that loads later creates here what must outlive its page.
    pub scope: PageScope,
}

struct OwnedMutation {
    /// The id of the user who was signed in when the mutation was enqueued. `None` if a guest enqueued it.
    owner: Option<String>,
    page: Route,
    also_at: Option<PageLink>,
    failure: String,
    write: Box<dyn Write>,
    /// The number of attempts without an answer since the browser was last offline.
    lost: usize,
}

impl OwnedMutation {
    /// The pause before the next retry, after an attempt without an answer. `None` if no further retry follows.
    fn pause_after(&mut self, error: FetchError) -> Option<Duration> {
        if !window().navigator().on_line() {
            self.lost = 0;
            return Some(Duration::ZERO); // the queue waits for the connection
        }
        self.lost += 1;
        // No second retry follows an attempt that took the whole time limit.
        PAUSES.get(self.lost - 1).copied().filter(|pause| pause.is_zero() || error != FetchError::Timeout)
    }
}

/// The mutations of the app around the caller.
pub fn use_mutations() -> Mutations {
    use_context().expect("provided by the shell")
}

/// A random key, by which the backend recognises a repeated request.
pub fn new_key() -> String {
    // `randomUUID` is missing if the page is not a secure context. The fallback uses whole numbers, because formatting a float costs 8 KB.
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
        let queue = StoredValue::new_local(Queue { waiting: Vec::new(), sender: Sender::Free });
        let (waiting, notice) = (RwSignal::new(0), RwSignal::new(None));
        let mutations = Self { queue, waiting, notice, sign_out: SignOut::unrequested(), session, context, scope: PageScope::current() };
        provide_context(mutations);
        let mut was_known = false;
        Effect::new(move |_| {
            let state = session.state().get();
            if state != SessionState::Loading {
                mutations.drop_foreign();
            }
            // A notice about one user's writes is not shown to anybody else.
            let is_over = |user: &Option<String>| match &state {
                SessionState::SignedIn { user: now, .. } => was_known && user.as_ref() != Some(&now.id),
                SessionState::SignedOut(Some(SignOutReason::UserRequest | SignOutReason::Replaced)) => user.is_some(),
                SessionState::SignedOut(_) | SessionState::Loading => false,
            };
            if (*notice.read_untracked()).as_ref().is_some_and(|(user, _)| is_over(user)) {
                mutations.dismiss_notice();
            }
            was_known = state != SessionState::Loading;
            if context.is_online() {
                mutations.send_next();
            }
        });
        mutations.follow_sign_out();
    }

    /// The id of the signed-in user. Not tracked. Also `None` after the app was unmounted.
    pub fn current_user(self) -> Option<String> {
        user_id(self.session)
    }

    /// Sends `mutation` as soon as earlier mutations are done and the browser is online. If nobody is signed in, `mutation` fails at once.
    pub fn enqueue<Sent: Future<Output = Result<Answer, ApiError>> + 'static, Answer: 'static>(
        self,
        mutation: Mutation<impl FnMut(Session) -> Sent + 'static, impl FnOnce(Result<Answer, ApiError>) + 'static>,
    ) {
        match self.current_user() {
            None => (mutation.done)(Err(ApiError::SignedOut)),
            Some(_) => self.enqueue_for_shopper(mutation),
        }
    }

    /// Like [`enqueue`](Self::enqueue), but if nobody is signed in, sends `mutation` as a guest's, even if the guest signs in before that.
    /// Its `send` must not use the session.
    pub fn enqueue_for_shopper<Sent: Future<Output = Result<Answer, ApiError>> + 'static, Answer: 'static>(
        self,
        mutation: Mutation<impl FnMut(Session) -> Sent + 'static, impl FnOnce(Result<Answer, ApiError>) + 'static>,
    ) {
        let Mutation { page, also_at, failure, send, done } = mutation;
        let write = Box::new(Answered { send, done, answer: None });
        self.push(OwnedMutation { owner: self.current_user(), page, also_at, failure, write, lost: 0 });
    }

    fn push(self, mutation: OwnedMutation) {
        let mut mutation = Some(mutation);
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

    /// The current notice. Tracked.
    pub fn notice(self) -> Option<PageNotice> {
        self.notice.get().map(|(_, notice)| notice)
    }

    /// Shows a notice above every page, until another user signs in. A failure ends when its page is opened, and a success with the second
    /// page that the user opens.
    pub fn notify(self, notice: PageNotice) {
        self.notice.set(Some((self.current_user(), notice)));
    }

    /// Removes the notice.
    pub fn dismiss_notice(self) {
        self.notice.set(None);
    }

    fn drop_foreign(self) {
        let user = self.current_user();
        let mut foreign = Vec::new();
        self.change(&mut |queue| foreign = queue.remove(|it| it.owner.is_some() && it.owner != user));
        foreign.into_iter().for_each(|it| self.fail(it, ApiError::SignedOut));
    }

    fn send_next(self) {
        if !window().navigator().on_line() {
            return;
        }
        let mut next = None;
        self.change(&mut |queue| next = queue.start());
        let Some(mut next) = next else { return };
        spawn_for_app(async move {
            let answer = self.send(&mut next).await;
            let pause = match answer {
                Err(ApiError::NoAnswer(error)) => next.pause_after(error),
                _ => None,
            };
            match pause {
                Some(pause) => {
                    let mut next = Some(next);
                    self.change(&mut |queue| queue.put_back(next.take()));
                    self.drop_foreign(); // the session may have ended while the request was in flight
                    let send_again = move || {
                        self.change(&mut Queue::open);
                        self.send_next();
                    };
                    set_timeout(send_again, pause);
                }
                None => {
                    self.change(&mut Queue::open);
                    self.settle(next, answer);
                    self.send_next();
                }
            }
        });
    }

    async fn send(self, next: &mut OwnedMutation) -> Result<(), ApiError> {
        // No other user can sign in between this check and the call of `send`, because there is no await between them.
        if next.owner.is_some() && self.current_user() != next.owner {
            return Err(ApiError::SignedOut);
        }
        next.write.send(self.session).await
    }

    /// Reports a failure to the feature, unless another user is signed in: by then the feature holds that user's state.
    fn fail(self, OwnedMutation { owner, write, .. }: OwnedMutation, error: ApiError) {
        if owner.is_none() || self.current_user().is_none_or(|user| owner == Some(user)) {
            write.done(Err(error));
        }
    }

    fn settle(self, sent: OwnedMutation, answer: Result<(), ApiError>) {
        // Only tests end an app before its page. Nobody sees the outcome then.
        if cfg!(debug_assertions) && self.context.has_ended() {
            return;
        }
        let is_current = sent.owner.is_none() || self.current_user() == sent.owner;
        match answer {
            Ok(()) if is_current => sent.write.done(Ok(())),
            Ok(()) => self.fail(sent, ApiError::SignedOut),
            Err(error) => {
                let is_shown =
                    self.context.current_route() == sent.page || sent.also_at.as_ref().is_some_and(|it| self.context.is_at(&it.path));
                if is_current && error != ApiError::SignedOut && !is_shown {
                    let text = format!("{} {error}", sent.failure);
                    self.notify(PageNotice { kind: NoticeKind::Failure, text, page: sent.page, link: sent.also_at.clone() });
                }
                self.fail(sent, error);
            }
        }
    }

    /// Changes the queue. Does nothing if the app was unmounted, which can happen in a test.
    fn change(self, change: &mut dyn FnMut(&mut Queue<OwnedMutation>)) {
        let len = self.queue.try_update_value(|queue| {
            change(queue);
            queue.len()
        });
        _ = len.map(|len| self.waiting.try_set(len));
    }
}

/// Mutations in their order. At most one of them is being sent.
struct Queue<M> {
    waiting: Vec<M>,
    sender: Sender,
}

/// The state of a queue's sender.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    Free,
    Sending,
    /// The sender will retry the first mutation of the queue after a pause. Until then it sends no other, and no click shortens the pause.
    Pausing,
}

impl<M> Queue<M> {
    /// The next mutation to send, unless the sender is busy or pauses.
    fn start(&mut self) -> Option<M> {
        if self.sender != Sender::Free || self.waiting.is_empty() {
            return None;
        }
        self.sender = Sender::Sending;
        Some(self.waiting.remove(0))
    }

    /// Frees the sender, after an answer or a pause.
    fn open(&mut self) {
        self.sender = Sender::Free;
    }

    /// Puts the mutation that was being sent back to the front, for a retry after a pause.
    fn put_back(&mut self, mutation: Option<M>) {
        self.waiting.splice(0..0, mutation);
        self.sender = Sender::Pausing;
    }

    fn remove(&mut self, is_removed: impl Fn(&M) -> bool) -> Vec<M> {
        let (removed, kept) = std::mem::take(&mut self.waiting).into_iter().partition(|it| is_removed(it));
        self.waiting = kept;
        removed
    }

    fn len(&self) -> usize {
        self.waiting.len() + usize::from(self.sender == Sender::Sending)
    }
}

#[cfg(test)]
mod tests {
    use super::{Queue, Sender};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn queue(mutations: [u8; 3]) -> Queue<u8> {
        Queue { waiting: mutations.to_vec(), sender: Sender::Free }
    }

    #[wasm_bindgen_test]
    fn one_goes_out_at_a_time_and_in_order() {
        let mut queue = queue([1, 2, 3]);
        assert_eq!((queue.start(), queue.start()), (Some(1), None));
        assert_eq!(queue.len(), 3);
        queue.open();
        assert_eq!((queue.start(), queue.len()), (Some(2), 2));
    }

    #[wasm_bindgen_test]
    fn one_that_is_put_back_goes_out_first_and_after_its_pause() {
        let mut queue = queue([1, 2, 3]);
        let first = queue.start();
        queue.put_back(first);
        assert_eq!((queue.start(), queue.len()), (None, 3));
        queue.open();
        assert_eq!((queue.start(), queue.len()), (Some(1), 3));
    }

    #[wasm_bindgen_test]
    fn one_can_be_removed_while_it_pauses() {
        let mut queue = queue([1, 2, 3]);
        let first = queue.start();
        queue.put_back(first);
        assert_eq!(queue.remove(|it| *it == 1), [1]);
        queue.open();
        assert_eq!((queue.start(), queue.len()), (Some(2), 2));
    }

    #[wasm_bindgen_test]
    fn removed_ones_are_returned_and_the_rest_keeps_its_order() {
        let mut queue = queue([1, 2, 3]);
        assert_eq!(queue.remove(|it| *it == 2), [2]);
        assert_eq!(queue.start(), Some(1));
        queue.open();
        assert_eq!(queue.start(), Some(3));
    }
}
