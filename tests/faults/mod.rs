//! Tests every write of a shopper or an author under every fault: the app must lose no input, execute no write twice, show no wrong total,
//! and leave no screen blank.
//!
//! `TABLE` has a cell for each write under each fault. A cell has the message of the page and the user's next action. `write` describes
//! each write once, `fault` each fault once, and `outcome` has the checks for every cell. The simulated backend of
//! `tests/support/network.js` keeps carts, orders and threads. Like the real backend, it executes a write with a known idempotency key only
//! once, and answers a repeat with the stored answer, even if that was a rejection.

mod fault;
mod leaving;
mod outcome;
mod write;

use fault::Fault::{self, AnotherTab, Conflict, ExpiredSession, LostAnswer, Offline, TimeOut, Unavailable, Unprocessable};
use outcome::{Result, is_whole, press_button, says, settled, until};
use wasm_bindgen_test::wasm_bindgen_test;
use write::Write::{self, Add, Change, Order, Post, Remove, Reply};

/// The user's action after the page has reported the fault and the fault has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Does nothing. The app completes the write without the user.
    Nothing,
    /// Presses "Try again" beside the message.
    TryAgain,
    /// Presses the same button as before.
    SendAgain,
    /// Corrects the input that the message names, and sends it.
    Correct,
    /// Signs in again. The app then completes the write without the user.
    SignIn,
    /// Signs in again, and presses "Try again".
    SignInAndTryAgain,
    /// Signs in again, and presses the same button as before.
    SignInAndSendAgain,
}

use Then::{Correct, Nothing, SendAgain, SignIn, SignInAndSendAgain, SignInAndTryAgain, TryAgain};

const UNREACHABLE: &str = "We couldn't reach the server. Check your connection and try again.";
const UNKNOWN: &str = "We don't know whether your order went through.";
const UNCONFIRMED: &str = "You were signed out before we confirmed your order. Sign in and place it again. We won't place it twice.";
const BROKEN: &str = "Something went wrong on our side. Try again in a minute.";
const ENDED: &str = "Your session has ended. Sign in to pick up where you left off.";

/// A write, the fault under which it is tested, a part of the page's message, and the user's action.
type Cell = (Write, Fault, &'static str, Then);

const TABLE: [Cell; 48] = [
    (Add, Offline, "Will be sent when you're back online.", Nothing),
    (Add, TimeOut, UNREACHABLE, SendAgain),
    (Add, LostAnswer, UNREACHABLE, SendAgain),
    (Add, Conflict, "Only 0 left in stock.", SendAgain),
    (Add, Unprocessable, "A cart holds at most 99 of one product.", SendAgain),
    (Add, Unavailable, BROKEN, SendAgain),
    (Add, ExpiredSession, "You are signed out. Sign in to continue.", SignIn),
    // The other tab adds the same product, too. The cart then has two of it.
    (Add, AnotherTab, "Added.", Nothing),
    (Change, Offline, "Will be sent when you're back online.", Nothing),
    (Change, TimeOut, UNREACHABLE, TryAgain),
    // The app reads the cart, and finds that the change was made.
    (Change, LostAnswer, "", Nothing),
    (Change, Conflict, "We couldn't change the quantity of Enamel mug to 2. Only 1 left in stock.", SendAgain),
    (Change, Unprocessable, "We couldn't change the quantity of Enamel mug to 2. The quantity is unusable.", SendAgain),
    (Change, Unavailable, BROKEN, TryAgain),
    (Change, ExpiredSession, ENDED, SignIn),
    // The other tab sets another quantity while this tab's change is in flight. This tab's change wins.
    (Change, AnotherTab, "", Nothing),
    (Remove, Offline, "You're offline. We'll send your changes when you're back online.", Nothing),
    (Remove, TimeOut, UNREACHABLE, TryAgain),
    (Remove, LostAnswer, "Removed Enamel mug.", Nothing),
    // A removal never gets 409. Its conflict is 412: the line has changed since the page showed it.
    (Remove, Conflict, "We couldn't remove Enamel mug. This item has since changed in another tab or on another device.", TryAgain),
    // The backend never answers a removal with 422, but a proxy may.
    (Remove, Unprocessable, "We couldn't remove Enamel mug. The quantity is unusable.", SendAgain),
    (Remove, Unavailable, BROKEN, TryAgain),
    (Remove, ExpiredSession, ENDED, SignIn),
    // The other tab removes the same line.
    (Remove, AnotherTab, "Removed Enamel mug.", Nothing),
    (Order, Offline, "You're offline, so we didn't place your order. You can place it when you're back online.", SendAgain),
    (Order, TimeOut, UNKNOWN, TryAgain),
    (Order, LostAnswer, UNKNOWN, TryAgain),
    // The price of a product has changed since the page was opened.
    (
        Order,
        Conflict,
        "Your cart has changed since you opened this page, so we didn't place your order. Check the cart, then place the order.",
        SendAgain,
    ),
    (Order, Unprocessable, "Enter another city.", Correct),
    (Order, Unavailable, UNKNOWN, TryAgain),
    (Order, ExpiredSession, UNCONFIRMED, SignInAndSendAgain),
    // The other tab orders the same cart to another postal address.
    (Order, AnotherTab, "We've received your order 0000-0001.", Nothing),
    (Post, Offline, "Waiting for a connection…", Nothing),
    (Post, TimeOut, UNREACHABLE, TryAgain),
    (Post, LostAnswer, UNREACHABLE, TryAgain),
    // The backend never answers a new thread with 409, but a proxy may.
    (Post, Conflict, "We couldn't publish your post. Something else changes it.", SendAgain),
    (Post, Unprocessable, "We couldn't publish your post. One character has too many marks.", Correct),
    (Post, Unavailable, BROKEN, TryAgain),
    (Post, ExpiredSession, ENDED, SignInAndTryAgain),
    // The user signs out in the other tab while the post is in flight, and the backend publishes it.
    (Post, AnotherTab, "You are signed out.", SignIn),
    (Reply, Offline, "Waiting for a connection…", Nothing),
    (Reply, TimeOut, UNREACHABLE, TryAgain),
    (Reply, LostAnswer, UNREACHABLE, TryAgain),
    // A moderator closes the thread, and later opens it again.
    (Reply, Conflict, "We couldn't publish your reply. This thread is closed.", TryAgain),
    (Reply, Unprocessable, "We couldn't publish your reply. One character has too many marks.", Correct),
    (Reply, Unavailable, BROKEN, TryAgain),
    (Reply, ExpiredSession, ENDED, SignInAndTryAgain),
    // The other tab publishes another reply.
    (Reply, AnotherTab, "My text", Nothing),
];

#[wasm_bindgen_test]
fn the_table_of_faults_is_complete() {
    for write in [Add, Change, Remove, Order, Post, Reply] {
        for fault in [Offline, TimeOut, LostAnswer, Conflict, Unprocessable, Unavailable, ExpiredSession, AnotherTab] {
            assert_eq!(TABLE.iter().filter(|it| (it.0, it.1) == (write, fault)).count(), 1, "{write:?} × {fault:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn an_addition_meets_all_faults() {
    meets_all_faults(Add).await;
}

#[wasm_bindgen_test]
async fn a_change_of_a_line_meets_all_faults() {
    meets_all_faults(Change).await;
}

#[wasm_bindgen_test]
async fn a_removal_meets_all_faults() {
    meets_all_faults(Remove).await;
}

#[wasm_bindgen_test]
async fn an_order_meets_all_faults() {
    meets_all_faults(Order).await;
}

#[wasm_bindgen_test]
async fn a_post_meets_all_faults() {
    meets_all_faults(Post).await;
}

#[wasm_bindgen_test]
async fn a_reply_meets_all_faults() {
    meets_all_faults(Reply).await;
}

async fn meets_all_faults(write: Write) {
    let mut failed = Vec::new();
    for cell in TABLE.iter().filter(|it| it.0 == write) {
        if let Err(why) = meets(*cell).await {
            failed.push(format!("{write:?} × {:?}: {why}", cell.1));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

async fn meets((write, fault, expected, then): Cell) -> Result {
    let tab = write.open().await?;
    fault.begin(write).await;
    write.fill_in()?;
    write.send()?;
    fault.continue_after_send(write, &tab).await?;
    until(&format!("“{expected}”"), || says(expected)).await?;
    is_whole()?;
    let has_failed = !matches!(then, Nothing | SignIn | SignInAndTryAgain | SignInAndSendAgain);
    if has_failed {
        until("idle page", outcome::is_idle).await?;
        until("kept input", || write.is_kept()).await?;
    }
    fault.end(write);
    let is_corrected = then == Correct;
    match then {
        Nothing => {}
        TryAgain => press_button("Try again")?,
        SendAgain => write.send()?,
        Correct => {
            write.correct()?;
            write.send()?;
        }
        SignIn => tab.sign_in().await?,
        SignInAndTryAgain | SignInAndSendAgain => {
            tab.sign_in().await?;
            until("kept input after the sign-in", || write.is_kept()).await?;
            if then == SignInAndTryAgain { press_button("Try again")? } else { write.send()? }
        }
    }
    until("success on the page and at the backend", || {
        write.is_done(fault, is_corrected) && write.is_done_once(fault, is_corrected).is_ok()
    })
    .await
    .map_err(|why| write.is_done_once(fault, is_corrected).err().unwrap_or(why))?;
    until("page without a failure", || outcome::no_failure_is_left().is_ok()).await?;
    fault.arrive_late();
    settled().await;
    write.is_done_once(fault, is_corrected)?;
    is_whole()?;
    outcome::no_failure_is_left()?;
    until("idle page", outcome::is_idle).await?;
    write.figures_are_the_backends(fault).await
}
