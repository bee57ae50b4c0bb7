//! One line of the cart, without a screen: the shopper's wish shows at once, at most one request is on its way, and the last
//! wish wins.

use crate::api::ApiError;
use storefront_api::MAX_QUANTITY;

/// What a line should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// This many, from 1 to [`MAX_QUANTITY`].
    Quantity(i64),
    /// Gone.
    Removed,
}

impl Wish {
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

/// A line: what is shown, what the backend has, what is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    wish: Wish,
    confirmed: Wish,
    on_its_way: Option<Wish>,
    fault: Option<Fault>,
    before_removal: Wish,
}

/// A wish that was refused or did not get through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What the shopper wanted.
    pub wish: Wish,
    /// Why it did not come about.
    pub error: ApiError,
}

impl Line {
    /// A line as the backend has it.
    pub fn new(quantity: i64) -> Self {
        let confirmed = Wish::Quantity(quantity);
        Self { wish: confirmed, confirmed, on_its_way: None, fault: None, before_removal: confirmed }
    }

    /// What to show.
    pub fn wish(&self) -> Wish {
        self.wish
    }

    /// What the shopper wanted before the line was removed.
    pub fn before_removal(&self) -> Wish {
        self.before_removal
    }

    /// What went wrong last.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Whether something is on its way.
    pub fn is_busy(&self) -> bool {
        self.on_its_way.is_some()
    }

    /// The shopper wants something else. Returns what to send now.
    pub fn want(&mut self, wish: Wish) -> Option<Wish> {
        if wish == Wish::Removed && self.wish != Wish::Removed {
            self.before_removal = self.wish;
        }
        self.wish = wish;
        self.fault = None;
        self.send_next()
    }

    /// The request came back. Returns what to send next.
    pub fn answered(&mut self, answer: Result<(), ApiError>) -> Option<Wish> {
        let sent = self.on_its_way.take()?;
        match answer {
            Ok(()) => self.confirmed = sent,
            // A newer wish is not held up by the failure of an older one. It is sent even if the backend should have it
            // already: the failed request may have got through.
            Err(_) if self.wish != sent => {
                self.on_its_way = Some(self.wish);
                return self.on_its_way;
            }
            Err(error) => {
                self.wish = self.confirmed;
                self.fault = Some(Fault { wish: sent, error });
            }
        }
        self.send_next()
    }

    fn send_next(&mut self) -> Option<Wish> {
        if self.on_its_way.is_some() || self.wish == self.confirmed {
            return None;
        }
        self.on_its_way = Some(self.wish);
        self.on_its_way
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Wish::{Quantity, Removed};
    use leptos_fusionauth::FetchError;

    fn failure() -> Result<(), ApiError> {
        Err(ApiError::NoAnswer(FetchError::Network))
    }

    #[test]
    fn rapid_wishes_send_one_request_and_end_on_the_last() {
        let mut line = Line::new(1);
        assert_eq!(line.want(Quantity(2)), Some(Quantity(2)));
        assert_eq!(line.want(Quantity(3)), None);
        assert_eq!(line.want(Quantity(2)), None);
        assert_eq!(line.want(Quantity(5)), None);
        assert_eq!(line.answered(Ok(())), Some(Quantity(5)));
        assert_eq!(line.answered(Ok(())), None);
        assert_eq!((line.wish(), line.is_busy()), (Quantity(5), false));
    }

    #[test]
    fn a_wish_that_is_taken_back_is_undone() {
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
        assert_eq!(line.wish(), Quantity(2));
        let fault = line.fault().cloned().unwrap();
        assert_eq!(fault.wish, Quantity(3));
        assert_eq!(line.want(fault.wish), Some(Quantity(3)));
        assert!(line.fault().is_none());
        assert_eq!(line.answered(Ok(())), None);
        assert_eq!(line.wish(), Quantity(3));
    }

    #[test]
    fn failure_of_an_older_wish_leaves_the_newer() {
        let mut line = Line::new(1);
        line.want(Quantity(2));
        line.want(Quantity(7));
        assert_eq!(line.answered(failure()), Some(Quantity(7)));
        assert_eq!(line.wish(), Quantity(7));
        assert_eq!(line.answered(failure()), None);
        assert_eq!(line.wish(), Quantity(1));
    }

    #[test]
    fn a_wish_that_is_taken_back_is_undone_also_if_the_answer_got_lost() {
        let mut line = Line::new(1);
        line.want(Quantity(2));
        line.want(Quantity(1));
        assert_eq!(line.answered(failure()), Some(Quantity(1)));
    }

    #[test]
    fn a_refused_removal_brings_the_line_back() {
        let mut line = Line::new(4);
        assert_eq!(line.want(Removed), Some(Removed));
        assert_eq!(line.wish().count(), 0);
        line.answered(failure());
        assert_eq!(line.wish(), Quantity(4));
    }

    #[test]
    fn undo_while_the_removal_is_on_its_way() {
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
            assert_eq!(Wish::typed(text), None, "{text:?}");
        }
        assert_eq!(Wish::typed(" 99 "), Some(Quantity(99)));
    }
}
