//! The state of one cart line, with optimistic updates: the desired quantity shows at once, at most one request is in flight, and the
//! last desired quantity wins. This module neither renders nor sends.

use crate::data::client::ApiError;
use storefront_api::{MAX_QUANTITY, problems::ProblemCode};

/// The quantity of a cart line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineQuantity {
    /// A quantity from 1 to [`MAX_QUANTITY`].
    Quantity(i64),
    /// The line is removed.
    Removed,
}

impl LineQuantity {
    /// The quantity `count`, if that is a valid quantity of a line.
    pub fn from_count(count: i64) -> Option<Self> {
        (1..=MAX_QUANTITY).contains(&count).then_some(Self::Quantity(count))
    }

    /// The quantity that a shopper typed, if it is a valid quantity of a line.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_count(text.trim().parse().ok()?)
    }

    /// The number of items; 0 for a removed line.
    pub fn count(self) -> i64 {
        match self {
            Self::Quantity(quantity) => quantity,
            Self::Removed => 0,
        }
    }
}

/// A cart line: the quantity that is shown, the quantity that the backend has confirmed, and the state of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    desired: LineQuantity,
    confirmed: LineQuantity,
    request: RequestState,
    failure: Option<FailedChange>,
    before_removal: LineQuantity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequestState {
    Idle,
    /// A request waits to be sent. The app will send it with the quantity that the shopper wants at that time.
    Queued,
    InFlight(LineQuantity),
}

/// A change that the backend rejected or did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedChange {
    /// The quantity that the shopper wanted.
    pub desired: LineQuantity,
    /// Why the quantity was not set.
    pub error: ApiError,
}

impl Line {
    /// A line with the quantity that the backend has.
    pub fn new(quantity: i64) -> Self {
        let confirmed = LineQuantity::Quantity(quantity);
        Self { desired: confirmed, confirmed, request: RequestState::Idle, failure: None, before_removal: confirmed }
    }

    /// The quantity to show.
    pub fn desired(&self) -> LineQuantity {
        self.desired
    }

    /// The quantity that the backend last confirmed.
    pub fn confirmed(&self) -> LineQuantity {
        self.confirmed
    }

    /// The quantity that was shown before the line was removed.
    pub fn before_removal(&self) -> LineQuantity {
        self.before_removal
    }

    /// The last change, if it failed.
    pub fn failure(&self) -> Option<&FailedChange> {
        self.failure.as_ref()
    }

    /// Whether a request waits to be sent, or is in flight.
    pub fn is_pending(&self) -> bool {
        self.request != RequestState::Idle
    }

    /// The quantity in the request that is in flight.
    pub fn in_flight(&self) -> Option<LineQuantity> {
        match self.request {
            RequestState::InFlight(sent) => Some(sent),
            RequestState::Idle | RequestState::Queued => None,
        }
    }

    /// Sets the quantity that the shopper wants. Returns whether the caller must queue a request.
    pub fn set_desired(&mut self, desired: LineQuantity) -> bool {
        if desired == LineQuantity::Removed && self.desired != LineQuantity::Removed {
            self.before_removal = self.desired;
        }
        self.desired = desired;
        self.failure = None;
        self.queue_if_needed()
    }

    /// Marks the request as in flight, at the first attempt and at each retry. Returns the quantity to send. A retry sends the same
    /// quantity, even if the shopper wants another one by then, so that the backend can tell a retry from a newer change.
    pub fn start_request(&mut self) -> LineQuantity {
        let sent = self.in_flight().unwrap_or(self.desired);
        self.request = RequestState::InFlight(sent);
        sent
    }

    /// Applies the answer to the request. Returns whether the caller must queue another request.
    pub fn on_response(&mut self, answer: Result<(), ApiError>) -> bool {
        let RequestState::InFlight(sent) = std::mem::replace(&mut self.request, RequestState::Idle) else { return false };
        match answer {
            Ok(()) => self.confirmed = sent,
            // The failure of an older change does not stop a newer one, unless another device has changed the line. The newer quantity is
            // sent even if it equals the confirmed one, because the failed request may have changed the line at the backend.
            Err(ref error) if self.desired != sent && !error.is(ProblemCode::LineChanged) => {
                self.request = RequestState::Queued;
                return true;
            }
            Err(error) => {
                let desired = std::mem::replace(&mut self.desired, self.confirmed);
                self.failure = Some(FailedChange { desired, error });
            }
        }
        self.queue_if_needed()
    }

    /// Sets the quantity in the backend's cart. An unanswered change keeps its quantity.
    pub fn set_confirmed(&mut self, confirmed: LineQuantity) {
        self.confirmed = confirmed;
        if !self.is_pending() {
            self.desired = confirmed;
            // The change that counted as failed has taken effect.
            self.failure.take_if(|it| it.desired == confirmed);
        }
    }

    fn queue_if_needed(&mut self) -> bool {
        let is_needed = self.request == RequestState::Idle && self.desired != self.confirmed;
        if is_needed {
            self.request = RequestState::Queued;
        }
        is_needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LineQuantity::{Quantity, Removed};
    use leptos_fusionauth::FetchError;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn network_error() -> Result<(), ApiError> {
        Err(ApiError::NoAnswer(FetchError::Network))
    }

    #[wasm_bindgen_test]
    fn quick_changes_send_one_request_at_a_time_and_end_on_the_last() {
        let mut line = Line::new(1);
        assert!(line.set_desired(Quantity(2)));
        assert_eq!(line.start_request(), Quantity(2));
        assert!(!line.set_desired(Quantity(3)) && !line.set_desired(Quantity(5)));
        assert!(line.on_response(Ok(())));
        assert_eq!(line.start_request(), Quantity(5));
        assert!(!line.on_response(Ok(())));
        assert_eq!((line.desired(), line.is_pending()), (Quantity(5), false));
    }

    #[wasm_bindgen_test]
    fn a_change_that_waits_is_sent_with_the_last_quantity() {
        let mut line = Line::new(1);
        assert!(line.set_desired(Quantity(2)));
        assert!(!line.set_desired(Quantity(3)));
        assert_eq!(line.start_request(), Quantity(3));
        assert!(!line.on_response(Ok(())));
    }

    #[wasm_bindgen_test]
    fn a_repeat_sends_the_same_quantity_and_the_last_one_follows() {
        let mut line = Line::new(1);
        line.set_desired(Quantity(2));
        assert_eq!(line.start_request(), Quantity(2));
        line.set_desired(Quantity(3));
        assert_eq!(line.start_request(), Quantity(2));
        assert!(line.on_response(Ok(())));
        assert_eq!(line.start_request(), Quantity(3));
    }

    #[wasm_bindgen_test]
    fn a_change_that_is_taken_back_is_undone_even_if_its_answer_was_network_error() {
        for answer in [Ok(()), network_error()] {
            let mut line = Line::new(1);
            line.set_desired(Quantity(2));
            line.start_request();
            assert!(!line.set_desired(Quantity(1)));
            assert!(line.on_response(answer));
            assert_eq!(line.start_request(), Quantity(1));
            assert!(!line.on_response(Ok(())));
        }
    }

    #[wasm_bindgen_test]
    fn a_failure_rolls_back_and_can_be_retried() {
        let mut line = Line::new(2);
        line.set_desired(Quantity(3));
        line.start_request();
        assert!(!line.on_response(network_error()));
        assert_eq!(line.desired(), Quantity(2));
        let failure = line.failure().cloned().unwrap();
        assert_eq!(failure.desired, Quantity(3));
        assert!(line.set_desired(failure.desired));
        assert!(line.failure().is_none());
        line.start_request();
        assert!(!line.on_response(Ok(())));
        assert_eq!(line.desired(), Quantity(3));
    }

    #[wasm_bindgen_test]
    fn a_change_that_was_made_without_an_answer_has_not_failed() {
        let mut line = Line::new(1);
        line.set_desired(Quantity(2));
        line.start_request();
        line.on_response(network_error());
        line.set_confirmed(Quantity(3));
        assert!(line.failure().is_some(), "another quantity does not show that the change took effect");
        line.set_confirmed(Quantity(2));
        assert_eq!((line.desired(), line.failure()), (Quantity(2), None));
    }

    #[wasm_bindgen_test]
    fn a_failed_removal_brings_the_line_back() {
        let mut line = Line::new(4);
        line.set_desired(Removed);
        line.start_request();
        assert_eq!(line.desired().count(), 0);
        line.on_response(network_error());
        assert_eq!((line.desired(), line.before_removal()), (Quantity(4), Quantity(4)));
    }

    #[wasm_bindgen_test]
    fn the_backends_cart_changes_an_idle_line_and_no_pending_one() {
        let mut line = Line::new(4);
        line.set_confirmed(Quantity(6));
        assert_eq!(line.desired(), Quantity(6));
        line.set_desired(Quantity(7));
        line.set_confirmed(Quantity(5));
        assert_eq!(line.desired(), Quantity(7));
        line.start_request();
        line.on_response(Ok(()));
        line.set_confirmed(Quantity(3));
        assert_eq!(line.desired(), Quantity(3));
    }

    #[wasm_bindgen_test]
    fn typed_quantities_are_parsed_and_checked() {
        for text in ["0", "-1", "100", "", "x", "1.5", "1e2", "99999999999999999999"] {
            assert_eq!(LineQuantity::parse(text), None, "{text:?}");
        }
        assert_eq!(LineQuantity::parse(" 99 "), Some(Quantity(99)));
    }
}
