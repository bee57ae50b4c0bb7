//! The state of one cart line. Pure: the desired quantity shows at once, at most one request is in flight, and the last desired
//! quantity wins.

use crate::data::client::ApiError;
use storefront_api::MAX_QUANTITY;

/// The quantity that a shopper wants of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesiredQuantity {
    /// This many, from 1 to [`MAX_QUANTITY`].
    Quantity(i64),
    /// Gone.
    Removed,
}

impl DesiredQuantity {
    /// This many, if a line may hold that many.
    pub fn quantity(quantity: i64) -> Option<Self> {
        (1..=MAX_QUANTITY).contains(&quantity).then_some(Self::Quantity(quantity))
    }

    /// What somebody typed, if it is a number that a line may hold.
    pub fn typed(text: &str) -> Option<Self> {
        Self::quantity(text.trim().parse().ok()?)
    }

    /// How many that are.
    pub fn count(self) -> i64 {
        match self {
            Self::Quantity(quantity) => quantity,
            Self::Removed => 0,
        }
    }
}

/// A line: what is shown, what the backend has, what is in flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    desired: DesiredQuantity,
    confirmed: DesiredQuantity,
    in_flight: Option<DesiredQuantity>,
    failure: Option<FailedChange>,
    before_removal: DesiredQuantity,
}

/// A desired that was refused or did not get through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedChange {
    /// What the shopper wanted.
    pub desired: DesiredQuantity,
    /// Why it did not come about.
    pub error: ApiError,
}

impl Line {
    /// A line as the backend has it.
    pub fn new(quantity: i64) -> Self {
        let confirmed = DesiredQuantity::Quantity(quantity);
        Self { desired: confirmed, confirmed, in_flight: None, failure: None, before_removal: confirmed }
    }

    /// What to show.
    pub fn desired(&self) -> DesiredQuantity {
        self.desired
    }

    /// What the shopper wanted before the line was removed.
    pub fn before_removal(&self) -> DesiredQuantity {
        self.before_removal
    }

    /// What went wrong last.
    pub fn failure(&self) -> Option<&FailedChange> {
        self.failure.as_ref()
    }

    /// Whether something is in flight.
    pub fn is_busy(&self) -> bool {
        self.in_flight.is_some()
    }

    /// The shopper wants something else. Returns what to send now.
    pub fn want(&mut self, desired: DesiredQuantity) -> Option<DesiredQuantity> {
        if desired == DesiredQuantity::Removed && self.desired != DesiredQuantity::Removed {
            self.before_removal = self.desired;
        }
        self.desired = desired;
        self.failure = None;
        self.send_next()
    }

    /// The request came back. Returns what to send next.
    pub fn answered(&mut self, answer: Result<(), ApiError>) -> Option<DesiredQuantity> {
        let sent = self.in_flight.take()?;
        match answer {
            Ok(()) => self.confirmed = sent,
            // A newer desired is not held up by the failure of an older one. It is sent even if the backend should have it
            // already: the failed request may have got through.
            Err(_) if self.desired != sent => {
                self.in_flight = Some(self.desired);
                return self.in_flight;
            }
            Err(error) => {
                self.desired = self.confirmed;
                self.failure = Some(FailedChange { desired: sent, error });
            }
        }
        self.send_next()
    }

    fn send_next(&mut self) -> Option<DesiredQuantity> {
        if self.in_flight.is_some() || self.desired == self.confirmed {
            return None;
        }
        self.in_flight = Some(self.desired);
        self.in_flight
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DesiredQuantity::{Quantity, Removed};
    use leptos_fusionauth::FetchError;

    fn failure() -> Result<(), ApiError> {
        Err(ApiError::NoAnswer(FetchError::Network))
    }

    #[test]
    fn rapid_desiredes_send_one_request_and_end_on_the_last() {
        let mut line = Line::new(1);
        assert_eq!(line.want(Quantity(2)), Some(Quantity(2)));
        assert_eq!(line.want(Quantity(3)), None);
        assert_eq!(line.want(Quantity(2)), None);
        assert_eq!(line.want(Quantity(5)), None);
        assert_eq!(line.answered(Ok(())), Some(Quantity(5)));
        assert_eq!(line.answered(Ok(())), None);
        assert_eq!((line.desired(), line.is_busy()), (Quantity(5), false));
    }

    #[test]
    fn a_desired_that_is_taken_back_is_undone() {
        let mut line = Line::new(1);
        line.want(Quantity(2));
        assert_eq!(line.want(Quantity(1)), None);
        assert_eq!(line.answered(Ok(())), Some(Quantity(1)));
        assert_eq!(line.answered(Ok(())), None);
    }

    #[test]
    fn failure_rolls_back_and_can_be_retried() {
        let mut line = Line::new(2);
        line.want(Quantity(3));
        assert_eq!(line.answered(failure()), None);
        assert_eq!(line.desired(), Quantity(2));
        let failure = line.failure().cloned().unwrap();
        assert_eq!(failure.desired, Quantity(3));
        assert_eq!(line.want(failure.desired), Some(Quantity(3)));
        assert!(line.failure().is_none());
        assert_eq!(line.answered(Ok(())), None);
        assert_eq!(line.desired(), Quantity(3));
    }

    #[test]
    fn failure_of_an_older_desired_leaves_the_newer() {
        let mut line = Line::new(1);
        line.want(Quantity(2));
        line.want(Quantity(7));
        assert_eq!(line.answered(failure()), Some(Quantity(7)));
        assert_eq!(line.desired(), Quantity(7));
        assert_eq!(line.answered(failure()), None);
        assert_eq!(line.desired(), Quantity(1));
    }

    #[test]
    fn a_desired_that_is_taken_back_is_undone_also_if_the_answer_got_lost() {
        let mut line = Line::new(1);
        line.want(Quantity(2));
        line.want(Quantity(1));
        assert_eq!(line.answered(failure()), Some(Quantity(1)));
    }

    #[test]
    fn a_refused_removal_brings_the_line_back() {
        let mut line = Line::new(4);
        assert_eq!(line.want(Removed), Some(Removed));
        assert_eq!(line.desired().count(), 0);
        line.answered(failure());
        assert_eq!(line.desired(), Quantity(4));
    }

    #[test]
    fn undo_while_the_removal_is_in_flight() {
        let mut line = Line::new(4);
        line.want(Removed);
        assert_eq!(line.before_removal(), Quantity(4));
        assert_eq!(line.want(line.before_removal()), None);
        assert_eq!(line.answered(Ok(())), Some(Quantity(4)));
        assert_eq!(line.answered(Ok(())), None);
    }

    #[test]
    fn what_may_be_typed() {
        for text in ["0", "-1", "100", "", "x", "1.5", "1e2", "99999999999999999999"] {
            assert_eq!(DesiredQuantity::typed(text), None, "{text:?}");
        }
        assert_eq!(DesiredQuantity::typed(" 99 "), Some(Quantity(99)));
    }
}
