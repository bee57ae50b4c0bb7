//! The emails that the storefront itself writes. FusionAuth's own come from its templates.

use crate::texts;

/// Subject and text of a message. This type has no `Debug`, because a text may hold a code.
pub struct MailText {
    /// The subject.
    pub subject: String,
    /// The text, in lines.
    pub text: String,
}

impl MailText {
    /// The message with the code that verifies a new email.
    pub fn email_code(code: &str) -> Self {
        texts::email_code(code)
    }

    /// The message to the owner of an email that another user has requested.
    pub fn email_wanted() -> Self {
        texts::email_wanted()
    }

    /// The message to the buyer. It contains nothing that the user typed, because anybody may enter any email and any text.
    pub fn order_confirmation(number: &str, lines: &str, delivery: &str, total: &str) -> Self {
        texts::order_confirmation(number, lines, delivery, total)
    }

    /// The message to the previous email, once `new` has replaced it.
    pub fn email_changed(new: &str) -> Self {
        texts::email_changed(new)
    }
}
