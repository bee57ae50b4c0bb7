//! The state of one cart line, which neither renders nor sends. The desired quantity shows at once, at most one request is in flight,
//! and the last desired quantity wins.

use crate::data::client::ApiError;
use storefront_api::MAX_QUANTITY;

/// The quantity that a shopper wants of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesiredQuantity {
    /// This many, from 1 to [`MAX_QUANTITY`].
    Quantity(i64),
    /// None: the line is removed.
    Removed,
}

impl DesiredQuantity {
    /// This many, if a line may hold that many.
    pub fn quantity(quantity: i64) -> Option<Self> {
        (1..=MAX_QUANTITY).contains(&quantity).then_some(Self::Quantity(quantity))
    }

    /// The number that a shopper typed, if a line may hold that many.
    pub fn typed(text: &str) -> Option<Self> {
        Self::quantity(text.trim().parse().ok()?)
    }

    /// The number of items; 0 for a removed line.
    pub fn count(self) -> i64 {
        match self {
            Self::Quantity(quantity) => quantity,
            Self::Removed => 0,
        }
    }
}

/// A line: the quantity that is shown, and how far the backend has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    desired: DesiredQuantity,
    confirmed: DesiredQuantity,
    sending: Sending,
    failure: Option<FailedChange>,
    before_removal: DesiredQuantity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    Idle,
    /// A request is to be sent, with the quantity that is desired by then.
    Queued,
    InFlight(DesiredQuantity),
}

/// A desired quantity that was refused or did not get through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedChange {
    /// The quantity that the shopper wanted.
    pub desired: DesiredQuantity,
    /// Why the line does not have it.
    pub error: ApiError,
}

impl Line {
    /// A line as the backend has it.
    pub fn new(quantity: i64) -> Self {
        let confirmed = DesiredQuantity::Quantity(quantity);
        Self { desired: confirmed, confirmed, sending: Sending::Idle, failure: None, before_removal: confirmed }
    }

    /// The quantity to show.
    pub fn desired(&self) -> DesiredQuantity {
        self.desired
    }

    /// The quantity that was shown before the line was removed.
    pub fn before_removal(&self) -> DesiredQuantity {
        self.before_removal
    }

    /// The last change, if it failed.
    pub fn failure(&self) -> Option<&FailedChange> {
        self.failure.as_ref()
    }

    /// Whether a request waits or is in flight.
    pub fn is_pending(&self) -> bool {
        self.sending != Sending::Idle
    }

    /// The shopper wants another quantity. Returns whether a request has to be queued.
    pub fn want(&mut self, desired: DesiredQuantity) -> bool {
        if desired == DesiredQuantity::Removed && self.desired != DesiredQuantity::Removed {
            self.before_removal = self.desired;
        }
        self.desired = desired;
        self.failure = None;
        self.queue_if_needed()
    }

    /// The request is about to be sent, for the first time or once more. Returns the quantity to send.
    pub fn start(&mut self) -> DesiredQuantity {
        self.sending = Sending::InFlight(self.desired);
        self.desired
    }

    /// The request has its answer. Returns whether another request has to be queued.
    pub fn answered(&mut self, answer: Result<(), ApiError>) -> bool {
        let Sending::InFlight(sent) = std::mem::replace(&mut self.sending, Sending::Idle) else { return false };
        match answer {
            Ok(()) => self.confirmed = sent,
            // The failure of an older change does not hold up a newer one. That one is sent even if it is what the backend had
            // before, because the failed request may have got through.
            Err(_) if self.desired != sent => {
                self.sending = Sending::Queued;
                return true;
            }
            Err(error) => {
                self.desired = self.confirmed;
                self.failure = Some(FailedChange { desired: sent, error });
            }
        }
        self.queue_if_needed()
    }

    /// The backend's cart holds this quantity. A change that is not answered yet stays as it is.
    pub fn confirm(&mut self, confirmed: DesiredQuantity) {
        self.confirmed = confirmed;
        if !self.is_pending() {
            self.desired = confirmed;
        }
    }

    fn queue_if_needed(&mut self) -> bool {
        let is_needed = self.sending == Sending::Idle && self.desired != self.confirmed;
        if is_needed {
            self.sending = Sending::Queued;
        }
        is_needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DesiredQuantity::{Quantity, Removed};
    use leptos_fusionauth::FetchError;

    fn lost() -> Result<(), ApiError> {
        Err(ApiError::NoAnswer(FetchError::Network))
    }

    #[test]
    fn quick_changes_send_one_request_at_a_time_and_end_on_the_last() {
        let mut line = Line::new(1);
        assert!(line.want(Quantity(2)));
        assert_eq!(line.start(), Quantity(2));
        assert!(!line.want(Quantity(3)) && !line.want(Quantity(5)));
        assert!(line.answered(Ok(())));
        assert_eq!(line.start(), Quantity(5));
        assert!(!line.answered(Ok(())));
        assert_eq!((line.desired(), line.is_pending()), (Quantity(5), false));
    }

    #[test]
    fn a_change_that_waits_is_sent_with_the_last_quantity() {
        let mut line = Line::new(1);
        assert!(line.want(Quantity(2)));
        assert!(!line.want(Quantity(3)));
        assert_eq!(line.start(), Quantity(3));
        assert!(!line.answered(Ok(())));
    }

    #[test]
    fn a_change_that_is_taken_back_is_undone_even_if_its_answer_was_lost() {
        for answer in [Ok(()), lost()] {
            let mut line = Line::new(1);
            line.want(Quantity(2));
            line.start();
            assert!(!line.want(Quantity(1)));
            assert!(line.answered(answer));
            assert_eq!(line.start(), Quantity(1));
            assert!(!line.answered(Ok(())));
        }
    }

    #[test]
    fn a_failure_rolls_back_and_can_be_retried() {
        let mut line = Line::new(2);
        line.want(Quantity(3));
        line.start();
        assert!(!line.answered(lost()));
        assert_eq!(line.desired(), Quantity(2));
        let failure = line.failure().cloned().unwrap();
        assert_eq!(failure.desired, Quantity(3));
        assert!(line.want(failure.desired));
        assert!(line.failure().is_none());
        line.start();
        assert!(!line.answered(Ok(())));
        assert_eq!(line.desired(), Quantity(3));
    }

    #[test]
    fn a_refused_removal_brings_the_line_back() {
        let mut line = Line::new(4);
        line.want(Removed);
        line.start();
        assert_eq!(line.desired().count(), 0);
        line.answered(lost());
        assert_eq!((line.desired(), line.before_removal()), (Quantity(4), Quantity(4)));
    }

    #[test]
    fn the_backends_cart_changes_an_idle_line_and_no_pending_one() {
        let mut line = Line::new(4);
        line.confirm(Quantity(6));
        assert_eq!(line.desired(), Quantity(6));
        line.want(Quantity(7));
        line.confirm(Quantity(5));
        assert_eq!(line.desired(), Quantity(7));
        line.start();
        line.answered(Ok(()));
        line.confirm(Quantity(3));
        assert_eq!(line.desired(), Quantity(3));
    }

    #[test]
    fn what_may_be_typed() {
        for text in ["0", "-1", "100", "", "x", "1.5", "1e2", "99999999999999999999"] {
            assert_eq!(DesiredQuantity::typed(text), None, "{text:?}");
        }
        assert_eq!(DesiredQuantity::typed(" 99 "), Some(Quantity(99)));
    }
}
