//! The emails that the storefront itself writes. FusionAuth writes other emails from its own templates.

use crate::t;

/// The subject and text of an email. This type has no `Debug`, because a text may contain a code.
pub struct MailText {
    /// The subject.
    pub subject: String,
    /// The text, in lines.
    pub text: String,
}

impl MailText {
    /// The message with the code that verifies a new email.
    pub fn email_code(code: &str) -> Self {
        Self {
            subject: t!("Confirm your new email").to_owned(),
            text: t!(
                "Enter this code on your account page within ten minutes: {}\n\nIf you didn't request this code, you can ignore this \
                      email.",
                code
            ),
        }
    }

    /// The message to the owner of an email that another user wanted for their account.
    pub fn email_wanted() -> Self {
        Self {
            subject: t!("You already have an account with this email").to_owned(),
            text: t!("Someone, perhaps you, tried to use this email for another account. It already belongs to an account, so we changed \
                      nothing.")
            .to_owned(),
        }
    }

    /// The message to the buyer. It contains no text from the user, because anybody can enter any email and any text. `link` opens a guest's
    /// order.
    pub fn order_confirmation(number: &str, lines: &str, delivery: &str, total: &str, link: Option<&str>) -> Self {
        let text = match link {
            None => t!(
                "Thank you for your order {}.\n\n{}\n{}\nTotal: {}\n\nYou pay by invoice. You'll find it in the parcel. You can cancel the \
                 order under “Your orders” in the Store until we send it.",
                number,
                lines,
                delivery,
                total
            ),
            Some(link) => t!(
                "Thank you for your order {}.\n\n{}\n{}\nTotal: {}\n\nYou pay by invoice. You'll find it in the parcel.\n\nSee or cancel your \
                 order:\n{}\n\nKeep this link to yourself: it opens the order without a password, until 90 days after we send it. If you \
                 didn't place this order, cancel it there.",
                number,
                lines,
                delivery,
                total,
                link
            ),
        };
        Self { subject: t!("Your order {}", number), text }
    }

    /// The message to the previous email after `new` has replaced it.
    pub fn email_changed(new: &str) -> Self {
        Self {
            subject: t!("Your email has changed").to_owned(),
            text: t!("You now sign in to the Store and the Forums with {}.\n\nIf this wasn't you, contact us immediately.", new),
        }
    }
}
