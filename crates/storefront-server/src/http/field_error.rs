//! What is wrong with one member of a request, as the API says it.

use storefront_api::FieldError;
use storefront_messages::FieldMessage;

/// `message` about the member `field`.
pub fn field_error(field: &str, message: FieldMessage) -> FieldError {
    FieldError { field: field.to_owned(), code: message.code().to_owned(), message: message.text().to_owned() }
}
