//! The faults: how the simulated network produces and ends each of them.

use super::outcome::{Result, settled, until};
use super::write::{Tab, Write, badge};
use crate::support::{answer, calls, network, sign_out_elsewhere};
use wasm_bindgen_futures::JsFuture;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The browser has no connection before the write is sent.
    Offline,
    /// No answer comes within the app's time limit. Every attempt reaches the backend long afterwards.
    TimeOut,
    /// The backend executes the write, but its answer does not arrive.
    LostAnswer,
    /// The backend answers 409, or 412 to a removal.
    Conflict,
    /// The backend answers 422.
    Unprocessable,
    /// The backend answers 503.
    Unavailable,
    /// The backend answers 401, and FusionAuth rejects the renewal of the session. The same user signs in again.
    ExpiredSession,
    /// Another tab of the same user changes something before the write is done.
    AnotherTab,
}

const REFRESH: &str = "POST /api/jwt/refresh";

/// The app's limit for an answer, in milliseconds.
const TIME_LIMIT: u32 = 15_000;

impl Fault {
    /// Starts the fault, before the write is sent.
    pub(crate) async fn begin(self, write: Write) {
        let request = write.request();
        match (self, write) {
            (Self::Offline, _) => _ = network("offline(true)"),
            (Self::LostAnswer, _) => _ = network(&format!("loseAnswers('{request}', true)")),
            (Self::Conflict, Write::Add) => _ = network("stock('mug', 0)"),
            (Self::Conflict, Write::Change) => _ = network("stock('mug', 1)"),
            (Self::Conflict, Write::Remove) => {
                network("cart({ mug: 7, atlas: 1 })");
                answer(&request, 412, &problem("line-changed", 412, "This item has since changed in another tab or on another device."));
            }
            (Self::Conflict, Write::Order) => _ = network("price('mug', 1590)"),
            (Self::Conflict, Write::Post) => refuse(&request, 409, &problem("busy", 409, "Something else changes it.")),
            (Self::Conflict, Write::Reply) => _ = network("lock(true)"),
            (Self::Unprocessable, Write::Add) => {
                refuse(&request, 422, &problem("quantity-out-of-range", 422, "A cart holds at most 99 of one product."));
            }
            (Self::Unprocessable, Write::Change | Write::Remove) => {
                refuse(&request, 422, &problem("quantity-out-of-range", 422, "The quantity is unusable."));
            }
            // The real backend checks a postal address before it looks up the idempotency key, so it stores no answer for the key.
            (Self::Unprocessable, Write::Order) => {
                let errors = r#"[{"field":"city","code":"invalid","message":"Enter another city."}]"#;
                let invalid = problem("invalid", 422, "Check what you entered.").replace('}', &format!(r#","errors":{errors}}}"#));
                answer(&request, 422, &invalid);
            }
            (Self::Unprocessable, Write::Post | Write::Reply) => {
                refuse(&request, 422, &problem("post-too-many-marks", 422, "One character has too many marks."));
            }
            (Self::Unavailable, _) => answer(&request, 503, &problem("database-unavailable", 503, "Not now.")),
            (Self::ExpiredSession, _) => {
                answer(&request, 401, "");
                answer(REFRESH, 401, "");
            }
            (Self::AnotherTab, Write::Order) => order_in_another_tab().await,
            (Self::TimeOut | Self::AnotherTab, _) => _ = network(&format!("hold('{request}')")),
        }
    }

    /// Continues the fault, after the write was sent.
    pub(crate) async fn continue_after_send(self, write: Write, tab: &Tab) -> Result {
        match self {
            Self::TimeOut => self.let_time_pass(write).await,
            Self::LostAnswer => self.let_time_pass(write).await,
            Self::Unavailable if write == Write::Order => self.let_time_pass(write).await,
            Self::AnotherTab if write != Write::Order => {
                until("request", || sent(write) == 1).await?;
                act_in_another_tab(write, tab).await?;
                network(&format!("release('{}')", write.request()));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Lets time pass until the app gives up.
    async fn let_time_pass(self, write: Write) -> Result {
        for tries in 1..=write.tries(self) {
            // The app retries an order after growing pauses. It retries any other write at once, and once more after a pause. After a
            // timeout there is no second retry.
            until("another try", || {
                let is_sent = sent(write) >= tries;
                let is_time_to_wait = write == Write::Order || self != Self::TimeOut;
                if !is_sent && is_time_to_wait && !network("isBusy()").is_truthy() {
                    network("elapse(1000)");
                }
                is_sent
            })
            .await?;
            settled().await;
            if self == Self::TimeOut {
                network(&format!("elapse({TIME_LIMIT})"));
            }
        }
        Ok(())
    }

    /// Ends the fault.
    pub(crate) fn end(self, write: Write) {
        let request = write.request();
        match (self, write) {
            (Self::Offline, _) => _ = network("offline(false)"),
            (Self::TimeOut, _) => _ = network(&format!("stopHolding('{request}')")),
            (Self::LostAnswer, _) => _ = network(&format!("loseAnswers('{request}', false)")),
            (Self::Conflict, Write::Add | Write::Change) => _ = network("stock('mug', 9)"),
            (Self::Conflict, Write::Reply) => _ = network("lock(false)"),
            _ => {
                network(&format!("forgetAnswer('{request}')"));
                network(&format!("forgetAnswer('{REFRESH}')"));
                network(&format!("refuse('{request}')"));
            }
        }
    }

    /// Lets the requests on which the app has given up reach the backend.
    pub(crate) fn arrive_late(self) {
        if self == Self::TimeOut {
            network("arriveLate()");
        }
    }
}

fn sent(write: Write) -> usize {
    calls(&write.request()).lines().count()
}

fn problem(code: &str, status: u16, detail: &str) -> String {
    format!(r#"{{"type":"/problems/{code}","title":"{code}","status":{status},"detail":"{detail}"}}"#)
}

fn refuse(request: &str, status: u16, body: &str) {
    network(&format!("refuse('{request}', {status}, '{body}')"));
}

/// Acts in another tab while the write of `tab` is in flight.
async fn act_in_another_tab(write: Write, tab: &Tab) -> Result {
    match write {
        Write::Add => {
            tell_cart("{ atlas: 1, mug: 1 }", &tab.user).await?;
            until("the other tab's cart", || badge() == "2 items").await
        }
        Write::Change => tell_cart("{ mug: 5, atlas: 1 }", &tab.user).await,
        Write::Remove => tell_cart("{ atlas: 1 }", &tab.user).await,
        Write::Post => {
            sign_out_elsewhere(tab.id()).await;
            until("sign-in form", || crate::support::find("#login").is_some()).await
        }
        Write::Reply => {
            network("reply('From the other tab')");
            Ok(())
        }
        Write::Order => Ok(()),
    }
}

/// Changes the cart in another tab, which sends the new cart to all tabs. Waits until the message has arrived.
async fn tell_cart(cart: &str, user: &str) -> Result {
    network(&format!("cart({cart})"));
    let cart = network("cartAnswer()").as_string().unwrap();
    network(&format!(r#"sendCartMessage('{{"user":"{user}","cart":{cart}}}')"#));
    until("the other tab's message", || network("hasCartMessageArrived()").is_truthy()).await?;
    settled().await;
    Ok(())
}

/// Orders the cart in another tab, to another postal address.
async fn order_in_another_tab() {
    let order = r#"{ address: { fullName: 'Ada', street: 'S 1', streetExtra: '', postalCode: '1', city: 'Wien', country: 'AT' },
        delivery: 'standard', lines: [{ product: 'mug', quantity: 2, unitPrice: 1490 }], total: 3470 }"#;
    let request =
        format!("fetch('/api/orders', {{ method: 'POST', headers: {{ 'Idempotency-Key': 'order-1' }}, body: JSON.stringify({order}) }})");
    let answer = js_sys::eval(&request).unwrap();
    JsFuture::from(js_sys::Promise::from(answer)).await.unwrap();
}
