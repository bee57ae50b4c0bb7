//! Emails to a user about changes that a thief would make. This server sends them itself, because FusionAuth has such messages only with an
//! Enterprise licence. In `spa-local-storage` and `spa-shared-domain`, the browser itself gives FusionAuth the new password of a mailed link, so
//! that no email follows. A change has been made when its email is sent. So no response waits for the email, and a failure only goes to the log.

use crate::http::language::in_current_language;
use crate::mail::Mail;
use crate::{state::Backend, user_request::UserRequest};
use std::sync::Arc;
use storefront_messages::{Language, t};

/// A change of which the user gets an email.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    NewPassword,
    SecondFactorAdded,
    SecondFactorRemoved,
    PasskeyAdded,
    PasskeyRemoved,
    NewRecoveryCodes,
}

/// Sends the user of this request an email about the change, in the background.
pub(crate) fn announce(UserRequest { backend, origin, user, .. }: &UserRequest, change: Change) {
    if let Some(email) = user.email.clone() {
        send(backend, email, change.mail(origin));
    }
}

/// Sends this email in the background, if the server can send any.
pub(crate) fn send(backend: &Backend, email: String, mail: Mail) {
    let (fusionauth, attempts) = (Arc::clone(&backend.fusionauth), Arc::clone(&backend.attempts));
    let sending = async move { attempts.notice(&fusionauth, Language::current(), &email, &mail).await };
    backend.background.spawn(in_current_language(sending));
}

impl Change {
    /// The email about this change, with links to the site with this origin.
    pub(crate) fn mail(self, origin: &str) -> Mail {
        let (subject, text) = match self {
            Self::NewPassword => (t!("Your password has changed"), t!("Your account has a new password.")),
            Self::SecondFactorAdded => {
                (t!("A second factor was added to your account"), t!("A sign-in with your password now asks for a code, too."))
            }
            Self::SecondFactorRemoved => (t!("A second factor was removed from your account"), t!("It no longer protects your sign-ins.")),
            Self::PasskeyAdded => (t!("A passkey was added to your account"), t!("It can sign in without your password.")),
            Self::PasskeyRemoved => (t!("A passkey was removed from your account"), t!("It can no longer sign in.")),
            Self::NewRecoveryCodes => (t!("Your account has new recovery codes"), t!("The earlier codes no longer work.")),
        };
        let mail = Mail::new(subject).text(text);
        match self {
            // A thief's new password keeps the owner out of the account page.
            Self::NewPassword | Self::SecondFactorAdded | Self::SecondFactorRemoved => {
                let mail = mail.text(t!("If this wasn't you, choose a new password, and contact us."));
                mail.link(t!("Choose a new password"), format!("{origin}/forgot-password"))
            }
            Self::PasskeyAdded | Self::PasskeyRemoved | Self::NewRecoveryCodes => {
                let mail = mail.link(t!("Your account"), format!("{origin}/account"));
                mail.text(t!("If this wasn't you, undo it on your account page, choose a new password, and contact us."))
            }
        }
    }
}

/// The message after the deletion of an account.
pub(crate) fn account_deleted() -> Mail {
    let text = t!("We deleted your account for the Store and the Forums, and cancelled the orders that we hadn't sent yet.");
    Mail::new(t!("Your account is deleted")).text(text).text(t!("If this wasn't you, contact us immediately."))
}
