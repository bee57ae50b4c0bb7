//! Why a request to the Store fails, and the problem document for each reason.

use crate::database::MayBeConflict;
use crate::http::{
    error::Error as HttpError,
    problem::{ProblemResponse, errors},
    rate_limit::TooOften,
};
use axum::http::StatusCode;
use storefront_api::{MAX_QUANTITY, MemberError, problems::ProblemCode};
use storefront_messages::{AccountError, CartMessage, t};

errors! {
    /// Why a request to the Store fails.
    #[derive(Debug, thiserror::Error)]
    pub enum Error {
        /// 404: the Store does not sell this product.
        #[error("{}", t!("We can't find that product."))]
        ProductUnknown = ProductUnknown,
        /// 422: the quantity is outside 1 to 99.
        #[error("{}", CartMessage::QuantityOutOfRange.text(MAX_QUANTITY))]
        QuantityOutOfRange = QuantityOutOfRange,
        /// 409: the quantity is larger than the stock. The number is the stock.
        #[error("{}", CartMessage::OutOfStock { left: *.0 }.text(MAX_QUANTITY))]
        OutOfStock(i64) = OutOfStock,
        /// 422: the quantity of the line in the cart would exceed 99. The number is its current quantity.
        #[error("{}", t!("Your cart can hold up to {} of one product. It already holds {}.", MAX_QUANTITY, *.0))]
        CartLineFull(i64) = QuantityOutOfRange,
        /// 409: the quantity of the line in the cart would exceed the stock.
        #[error("{} {}", Self::OutOfStock(*.stock), t!("Your cart already holds {}.", *.has))]
        StockInCart {
            /// The Store's stock.
            stock: i64,
            /// The quantity in the cart.
            has: i64,
        } = OutOfStock,
        /// 409: the cart in the guest's cookie was merged into a user's cart, or was deleted because nobody had changed it for 30 days.
        #[error("{}", t!("This browser's cart no longer exists. Try again to start a new one."))]
        GuestCartGone = GuestCartGone,
        /// 412: the line of the cart has changed since the caller read it.
        #[error("{}", t!("This item has since changed in another tab or on another device."))]
        LineChanged = LineChanged,
        /// 400: the precondition is neither the entity tag of a line nor `If-None-Match: *`.
        #[error("Send the version of the line in `If-Match`, such as \"2\", or an asterisk in `If-None-Match`.")]
        PreconditionMalformed,
        /// 422: a parameter of the list of products is unknown or invalid. The text names it.
        #[error("{}", t!("Unknown value for {}. Remove it from the URL and try again.", .0))]
        FilterUnusable(&'static str),
        /// 422: the postal address is invalid. The list has an error for each invalid member.
        #[error("{}", t!("Check what you entered."))]
        AddressUnusable(Vec<MemberError>),
        /// 409: the cart is empty.
        #[error("{}", t!("Your cart is empty, so we didn't place an order."))]
        CartEmpty = CartEmpty,
        /// 409: prices, quantities or the stock differ from what the user has seen.
        #[error("{}", t!("Your cart has changed since you opened this page, so we didn't place your order. Check the cart, then place the \
                          order."))]
        CheckoutChanged = CheckoutChanged,
        /// 404: the user has no order with this id.
        #[error("{}", t!("We can't find that order."))]
        OrderUnknown = OrderUnknown,
        /// 404: the browser has no valid link of an order.
        #[error("{}", t!("We can't find that order. Links end 90 days after we send the order."))]
        LinkEnded = OrderUnknown,
        /// 502: this site can mail no links, so guests cannot order.
        #[error("{}", t!("Your cart is saved. Sign in to order."))]
        GuestsClosed = EmailUnavailable,
        /// 403: nobody has proven that the email of the account is the user's own.
        #[error("{}", AccountError::EmailNotProven.message())]
        EmailNotProven = EmailNotProven,
        /// 409: the order has been shipped.
        #[error("{}", t!("We've already sent this order, so you can't cancel it. You can return it within 30 days."))]
        OrderShipped = OrderShipped,
        /// 429 with `Retry-After`: this user, or this client address, has placed too many orders in a short time.
        #[error("{}", t!("You've placed a lot of orders in a short time, so we didn't place this one. Wait a moment, then try again."))]
        TooManyOrders(#[from] TooOften),
        /// 429: the user has too many open streams of events. 503: this process has too many. The app then polls the cart.
        #[error("{}", t!("This cart is open in too many tabs. Close some of them."))]
        TooManyStreams(StreamLimit),
        /// 500: a value in the database is invalid.
        #[error(transparent)]
        Http(#[from] HttpError),
        /// 503 or 500: the database failed.
        #[error(transparent)]
        Database(#[from] sqlx::Error),
    }

    match error with of_state {
        // The same request would fail again.
        Error::PreconditionMalformed => Self::new(ProblemCode::HeaderMalformed, &error),
        Error::FilterUnusable(_) => Self::new(ProblemCode::FilterUnusable, &error),
        Error::AddressUnusable(ref fields) => Self::invalid(&error, fields.clone()),
        Error::TooManyStreams(StreamLimit::User) => Self::new(ProblemCode::TooManyStreams, &error).with_retry_after(RETRY_STREAM_SECONDS),
        Error::TooManyStreams(StreamLimit::Process) => {
            let problem = Self::new(ProblemCode::TooManyStreams, &error).with_status(StatusCode::SERVICE_UNAVAILABLE);
            problem.with_retry_after(RETRY_STREAM_SECONDS)
        },
        Error::TooManyOrders(too_often) => too_often.problem(ProblemCode::TooManyAttempts, &error),
        Error::Http(error) => error.into(),
        Error::Database(error) => error.into(),
    }
}

/// Carts and stocks change, so the same request may succeed later.
fn of_state(code: ProblemCode, error: &Error) -> ProblemResponse {
    ProblemResponse::new(code, error).because_of_state()
}

/// The limit that a new stream would exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamLimit {
    /// A user's limit.
    User,
    /// The process's limit.
    Process,
}

/// How long a page waits before it tries to open a stream of events again.
const RETRY_STREAM_SECONDS: u32 = 60;

impl MayBeConflict for Error {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_conflict())
    }
}
