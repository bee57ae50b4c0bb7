//! Stores unanswered edits of a cart in local storage, so that no edit is lost when the page reloads or the tab or the browser closes. The
//! next page shows the edits as waiting and sends them in their order.
//!
//! Each tab has its own record, and holds a lock with the record's name while the record is not empty. A tab that gets the lock of another
//! tab's record knows that the other tab is gone, and takes over the record's edits. So no two tabs send the same edit. In a browser
//! without locks, two tabs may send the same edit. This is harmless: all attempts of an addition have one idempotency key, and a change
//! from a record contains the version of the line that the shopper had seen.
//!
//! An edit belongs to its user. It waits for the same user while nobody is signed in, and is dropped when another user signs in or the user
//! signs out. A record contains products, quantities and the user's id: no secret and no email.
//!
//! The module belongs to the program's part `store`, which a release build loads two seconds after the first page.
//! `first_edits` stores earlier edits.

use super::{
    additions::{pending_additions, send_addition},
    context::{CartContext, Shopper, use_cart_context},
    edit::{Edit, merge},
    first_edits,
    late_change::LateChanges,
    tab_lock::{TabLock, lock},
};
use crate::{
    core::{Route, storage},
    data::{NoticeKind, PageNotice, new_key},
    ui::read_until_cleanup,
};
use js_sys::{Array, Date, Object, Reflect};
use leptos::{ev, prelude::*};
use leptos_fusionauth::{SessionState, SignOutReason, json};
use std::{cell::Cell, mem, time::Duration};
use storefront_messages::t;
use wasm_bindgen::JsCast;
use wasm_part::part;

/// The prefix of the storage keys of all records. The number is the version of the records' format.
const RECORDS: &str = "storefront.cart-edits.1.";

/// The delay between the end of another tab's lock and reading its record. Changes of local storage reach tabs in other processes a moment
/// late. Without the delay, this tab could read edits that were already answered, and send them again.
const STORAGE_LAG: Duration = Duration::from_secs(1);

/// A lock that the browser grants within this many milliseconds was free.
const AT_ONCE: f64 = 100.0;

thread_local! {
    /// The keeper of the app, once the part `store` has loaded.
    static KEEPER: Cell<Option<Keeper>> = const { Cell::new(None) };
}

/// Stores edits from now on, and sends those that other pages left behind. They are in a part, because few pages need
/// them.
#[part("store")]
pub fn keep_waiting_edits() -> AnyView {
    start()
}

fn start() -> AnyView {
    let cart = use_cart_context();
    let record = Record { left: first_edits::read(), ..Record::default() };
    let keeper = Keeper { cart, late: LateChanges::none(cart), record: StoredValue::new_local(record) };
    KEEPER.set(Some(keeper));
    first_edits::set_keeper(Some(keep));
    cart.state.update(|_| ()); // makes `WaitingEdits` look for the keeper
    on_cleanup(move || keeper.stop());
    keeper.take_over_all();
    // Without locks, the keeper can't tell the record of an open tab from an abandoned one.
    if Reflect::get(&window().navigator(), &"locks".into()).is_ok_and(|locks| locks.is_object()) {
        let written = window_event_listener(ev::storage, move |event| {
            let key = Reflect::get(&event, &"key".into()).ok().and_then(|key| key.as_string());
            _ = key.map(|key| keeper.take_over_later(key, 0.0));
        });
        on_cleanup(move || written.remove());
    }
    Effect::new(move |_| {
        _ = (cart.shopper(), cart.state(), read_until_cleanup(cart.additions), keeper.late.read());
        untrack(|| keeper.settle());
    });
    ().into_any()
}

/// Stores an addition that waits until its user signs in.
fn keep(edit: Edit) {
    if let Some(keeper) = KEEPER.get() {
        keeper.keep(edit);
    }
}

/// The unanswered additions, and the changes of lines that earlier pages left behind. Tracked until the caller is cleaned up. Empty until
/// the keeper has loaded.
pub(super) fn waiting(cart: CartContext) -> (Vec<Edit>, Option<LateChanges>) {
    match KEEPER.get() {
        Some(keeper) => (pending_additions(cart), Some(keeper.late)),
        None => (Vec::new(), None),
    }
}

/// A handle to the record of this tab: it is `Copy`.
#[derive(Clone, Copy)]
struct Keeper {
    cart: CartContext,
    late: LateChanges,
    record: StoredValue<Record, LocalStorage>,
}

#[derive(Default)]
struct Record {
    key: String,
    lock: RecordLock,
    /// The id of the user who made the edits in `own`. Empty: a guest made them.
    user: String,
    /// Edits that other pages left behind, and those that wait for their user to sign in.
    left: Vec<Edit>,
    /// Edits that this page has made or has begun to send.
    own: Vec<Edit>,
    /// The text that is in local storage under `key`.
    text: String,
    /// The keys of other tabs' records whose locks this tab has requested.
    wanted: Vec<String>,
    /// The keys and locks of other tabs' records whose edits this record contains now. Once this record is written, those are deleted.
    taken_over: Vec<(String, TabLock)>,
}

#[derive(Default)]
enum RecordLock {
    /// There is nothing to store.
    #[default]
    None,
    Requested,
    Held(TabLock),
}

impl Record {
    /// Moves the changes of lines from `own` to `left`, because the page shows another user's cart or no cart, and so cannot show these
    /// changes at their lines.
    fn leave_changes(&mut self) {
        let (changes, additions) = mem::take(&mut self.own).into_iter().partition::<Vec<_>, _>(|it| it.change.is_some());
        self.own = additions;
        self.left.extend(changes);
    }
}

impl Keeper {
    fn keep(self, edit: Edit) {
        _ = self.record.try_update_value(|record| record.left.push(edit));
        self.write();
    }

    /// Takes over the edits of other pages: of closed pages now, and of open pages when they close.
    fn take_over_all(self) {
        let Some(storage) = storage::local() else { return };
        for entry in Object::entries(storage.unchecked_ref()) {
            if let Some(key) = entry.unchecked_into::<Array>().get(0).as_string() {
                self.take_over_later(key, Date::now());
            }
        }
    }

    /// Takes over the record of this key as soon as no other tab holds its lock. `found` is the time when this page found the record, in
    /// milliseconds since 1970; 0: another tab has just written it.
    fn take_over_later(self, key: String, found: f64) {
        let is_new = self.record.try_update_value(|record| {
            let is_new = key.starts_with(RECORDS) && key != record.key && !record.wanted.contains(&key);
            if is_new {
                record.wanted.push(key.clone());
            }
            is_new
        });
        if is_new == Some(true) {
            lock(&key.clone(), move |held| {
                if Date::now() - found < AT_ONCE {
                    return self.take_over(key, held);
                }
                // Release the lock for the delay: a browser drops a page from the back/forward cache when another tab requests its lock.
                held.release();
                set_timeout(move || lock(&key.clone(), move |held| self.take_over(key, held)), STORAGE_LAG);
            });
        }
    }

    fn take_over(self, key: String, held: TabLock) {
        if self.record.try_update_value(|record| record.wanted.retain(|it| *it != key)).is_none() {
            return held.release(); // the app has ended
        }
        let Some((storage, text)) = storage::local().and_then(|it| it.get_item(&key).ok().flatten().map(|text| (it, text))) else {
            return held.release();
        };
        let Ok(edits) = json::decode::<Vec<Edit>>(&text) else {
            _ = storage.remove_item(&key);
            held.release();
            return self.notify_lost();
        };
        _ = self.record.try_update_value(|record| {
            record.left.extend(edits);
            match record.lock {
                RecordLock::None => {
                    record.lock = RecordLock::Held(held);
                    (record.key, record.text) = (key, text);
                }
                RecordLock::Requested | RecordLock::Held(_) => record.taken_over.push((key, held)),
            }
        });
        self.settle();
    }

    /// Starts to send the edits that belong to the current shopper, and stores all unanswered edits.
    fn settle(self) {
        let cart = self.cart;
        let Some(session) = cart.mutations.session.state().try_get_untracked() else { return };
        let user = match cart.shopper_in(&session) {
            Shopper::Unknown => return,
            // The stored edits stay stored. `CartContext` sends the additions again when the same user signs in.
            Shopper::Ended(_) => {
                _ = self.record.try_update_value(Record::leave_changes);
                return;
            }
            Shopper::User | Shopper::Visitor => cart.current_user().unwrap_or_default(),
        };
        let is_another = self.record.try_update_value(|record| {
            let is_another = record.user != user;
            if is_another {
                record.leave_changes();
                record.user.clone_from(&user);
            }
            is_another
        });
        if is_another == Some(true) {
            self.late.forget_all();
        }
        let left = self.record.try_update_value(|record| {
            let (ready, others) = mem::take(&mut record.left).into_iter().partition::<Vec<_>, _>(|it| it.belongs_to(&user));
            if !matches!(session, SessionState::SignedIn { .. } | SessionState::SignedOut(Some(SignOutReason::UserRequest))) {
                record.left = others;
            }
            ready
        });
        left.unwrap_or_default().into_iter().for_each(|edit| self.begin(edit));
        self.late.show_refused_at_their_lines();
        let waiting = self.waiting_edits(&user);
        _ = self.record.try_update_value(|record| merge(&mut record.own, waiting));
        self.write();
    }

    fn begin(self, edit: Edit) {
        let cart = self.cart;
        // The edit may be this page's own, and already in flight.
        if self.waiting_edits("").iter().any(|it| !it.key.is_empty() && it.key == edit.key) {
            return;
        }
        match edit.change {
            None => send_addition(cart, edit),
            Some(change) => {
                let is_superseded = cart.state_untracked().row(&edit.product).is_some_and(|row| row.line.is_pending());
                if !is_superseded {
                    let key = if edit.key.is_empty() { new_key() } else { edit.key };
                    self.late.send(Edit { key, ..edit }, change);
                }
            }
        }
    }

    /// Writes the record, or deletes it if it is empty. The tab requests the lock and writes the record before the browser grants the lock,
    /// so that no edit is lost if the tab closes in between. Another tab that requests the lock gets it only after this tab.
    fn write(self) {
        let wanted = self.record.try_update_value(|record| {
            let edits: Vec<&Edit> = record.left.iter().chain(&record.own).collect();
            match (&record.lock, storage::local()) {
                (_, None) => return None,
                (RecordLock::None, _) if edits.is_empty() => return None,
                (RecordLock::None, _) => {
                    record.key = RECORDS.to_owned() + &new_key();
                    record.lock = RecordLock::Requested;
                    return Some(record.key.clone());
                }
                (RecordLock::Held(_), Some(storage)) if edits.is_empty() => {
                    _ = storage.remove_item(&record.key);
                    record.text.clear();
                    if let RecordLock::Held(lock) = mem::take(&mut record.lock) {
                        record.taken_over.push((mem::take(&mut record.key), lock));
                    }
                }
                (RecordLock::Requested, Some(storage)) if edits.is_empty() => {
                    _ = storage.remove_item(&record.key);
                    record.text.clear();
                    return None;
                }
                (RecordLock::Requested | RecordLock::Held(_), Some(storage)) => {
                    let text = json::encode(&edits);
                    if text != record.text {
                        _ = storage.set_item(&record.key, &text);
                        record.text = text;
                    }
                    if let RecordLock::Requested = record.lock {
                        return None;
                    }
                }
            }
            for (key, lock) in mem::take(&mut record.taken_over) {
                _ = storage::local().map(|storage| storage.remove_item(&key));
                lock.release();
            }
            None
        });
        match wanted.flatten() {
            Some(key) => {
                lock(&key, move |held| self.write_with(held));
                self.write();
            }
            None => first_edits::forget(),
        }
    }

    fn write_with(self, held: TabLock) {
        let mut held = Some(held);
        _ = self.record.try_update_value(|record| record.lock = held.take().map_or(RecordLock::None, RecordLock::Held));
        match held {
            Some(held) => held.release(), // the app has ended
            None => self.write(),
        }
    }

    /// Stops the keeper, and leaves the record to the next page.
    fn stop(self) {
        KEEPER.set(None);
        first_edits::set_keeper(None);
        let record = self.record.try_update_value(mem::take).unwrap_or_default();
        if let RecordLock::Held(lock) = record.lock {
            lock.release();
        }
        record.taken_over.into_iter().for_each(|(_, lock)| lock.release());
    }

    /// The unanswered edits, as edits of `user`.
    fn waiting_edits(self, user: &str) -> Vec<Edit> {
        let late = self.late.read();
        let late = late.iter().filter(|it| it.refused.is_none()).map(|it| it.edit.clone());
        let state = self.cart.state_untracked();
        let changes = state.rows().iter().filter(|row| row.line.is_pending()).map(|row| row.waiting_change(""));
        let edits = pending_additions(self.cart).into_iter().chain(late).chain(changes);
        edits.map(|edit| Edit { user: user.to_owned(), ..edit }).collect()
    }

    fn notify_lost(self) {
        let mutations = self.cart.mutations;
        // The notice links to a page other than the current one.
        let page = if mutations.context.current_route() == Route::Cart { Route::Products } else { Route::Cart };
        let text = t!("We couldn't read the unsent changes to your cart in this browser, so we didn't make them.").to_owned();
        mutations.notify(PageNotice { kind: NoticeKind::Failure, text, page, link: None });
    }
}
