//! Why a cart cannot be what a shopper wants it to be.

use crate::http::problem::ProblemResponse;
use axum::http::StatusCode;
use storefront_api::MAX_QUANTITY;
use storefront_messages::CartMessage;

/// Why a request to the Store fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 404: the Store does not sell it.
    #[error("There is no such product.")]
    ProductUnknown,
    /// 422: outside 1 to 99.
    #[error("{}", CartMessage::QuantityOutOfRange.text(MAX_QUANTITY))]
    QuantityOutOfRange,
    /// 409: more than there are. The number is how many can be ordered.
    #[error("{}", CartMessage::OutOfStock { left: *.0 }.text(MAX_QUANTITY))]
    OutOfStock(i64),
    /// 422: the cart's line would hold more than 99. The number is how many it holds.
    #[error("A cart holds at most {MAX_QUANTITY} of one product, and yours holds {0}.")]
    CartLineFull(i64),
    /// 409: the cart's line would hold more than there are.
    #[error("{} Your cart holds {has} already.", Self::OutOfStock(*.stock))]
    StockInCart {
        /// How many can be ordered.
        stock: i64,
        /// How many the cart holds.
        has: i64,
    },
    /// 503 or 500: the database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// The HTTP status, where the error is shown on a page with a form.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::ProductUnknown => StatusCode::NOT_FOUND,
            Self::QuantityOutOfRange | Self::CartLineFull(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::OutOfStock(_) | Self::StockInCart { .. } => StatusCode::CONFLICT,
            Self::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<Error> for ProblemResponse {
    fn from(error: Error) -> Self {
        let (slug, title) = match error {
            Error::ProductUnknown => ("product-unknown", "Unknown product"),
            Error::QuantityOutOfRange | Error::CartLineFull(_) => ("quantity-out-of-range", "Quantity out of range"),
            Error::OutOfStock(_) | Error::StockInCart { .. } => ("out-of-stock", "Not enough in stock"),
            Error::Database(error) => return error.into(),
        };
        Self::new(error.status(), slug, title, &error)
    }
}
