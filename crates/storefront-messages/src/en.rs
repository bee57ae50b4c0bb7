//! The English texts: one function for each kind of code.

use crate::{
    Message,
    account::AccountError,
    cart::CartMessage,
    field::FieldMessage,
    mail::MailText,
    passkey::{PasskeyError, PasskeyText},
    password::{PasswordError, PasswordHint},
    post::PostMessage,
    product::ProductMessage,
    second_factor::{CodeChoice, CodeError, CodePlace},
    session::SessionMessage,
    sign_in::{Blocked, CodeSource, Misconfiguration, PasswordChangeReason, SignInError, SignInField},
    verification::{VerificationError, VerificationStep},
};

pub(crate) fn sign_in_error(error: &SignInError) -> Message {
    match error {
        SignInError::Missing(_) => message("", ""),
        SignInError::InvalidCredentials => message("The email or password is not correct.", "Check both and try again."),
        SignInError::InvalidCode => message("That code is not correct.", "Codes change every 30 seconds. Enter the one that shows now."),
        SignInError::CodeExpired => message("The code came too late.", "Enter your password once more to get another try."),
        SignInError::Prevented => message("Sign-in is blocked for now.", "Wait a few minutes, then try again."),
        SignInError::TooManyAttempts => message("There were too many attempts.", "Wait a minute, then try again."),
        SignInError::AccountExpired => message("This account has expired.", "Contact us to have it opened again."),
        SignInError::Locked => message("This account is locked.", "Contact us to have it unlocked."),
        SignInError::Misconfigured(cause) => message("Sign-in is not set up correctly on this site.", misconfiguration(*cause)),
        SignInError::SignOutPending => message(
            "You have signed out on every device, and the sign-in service has not confirmed that yet.",
            "Wait a minute, then try again.",
        ),
        SignInError::Unavailable => message("The sign-in service can't answer right now.", "Nothing was lost. Try again in a moment."),
        SignInError::NoAnswer => {
            message("The sign-in service could not be reached.", "Nothing was lost. Check your connection and try again.")
        }
    }
}

fn misconfiguration(cause: Misconfiguration) -> &'static str {
    match cause {
        Misconfiguration::ApiKeyRequired => {
            "It is not your email or password. For the site's developers: FusionAuth asks for an API key (401); switch off \
             requireAuthentication in the application's login settings."
        }
        Misconfiguration::Invalid => {
            "It is not your email or password. For the site's developers: FusionAuth could not use the request (400); check the \
             application id."
        }
        Misconfiguration::UnusableToken => {
            "It is not your email or password. For the site's developers: the access token is for another application."
        }
        Misconfiguration::Logged => "It is not your email or password. For the site's developers: the server's log says what is missing.",
    }
}

pub(crate) fn blocked_heading(blocked: Blocked) -> &'static str {
    match blocked {
        Blocked::NotRegistered => "Not registered here",
        Blocked::PasswordChangeRequired(_) => "Change your password",
        Blocked::EmailNotVerified => "Confirm your email address",
        Blocked::RegistrationNotVerified => "Confirm your registration",
    }
}

pub(crate) fn blocked(blocked: Blocked) -> Message {
    match blocked {
        Blocked::NotRegistered => message(
            "Your email and password are correct, but this account is not registered for this site.",
            "Contact us to be added, or use another account.",
        ),
        Blocked::PasswordChangeRequired(reason) => message(
            match reason {
                PasswordChangeReason::Breached => {
                    "Your password was found in a known data breach, so it has to be changed before you can sign in."
                }
                PasswordChangeReason::Expired => "Your password is too old, so it has to be changed before you can sign in.",
                PasswordChangeReason::Validation => {
                    "Your password no longer meets the rules, so it has to be changed before you can sign in."
                }
                PasswordChangeReason::Other => "Your password has to be changed before you can sign in.",
            },
            "Use the link for a new password that we sent you, or contact us for one. Then sign in with the new password.",
        ),
        Blocked::EmailNotVerified => message(
            "Your password is correct, but your email address is not confirmed yet.",
            "Open the link in the message that we sent you, then sign in again.",
        ),
        Blocked::RegistrationNotVerified => message(
            "Your password is correct, but your registration for this site is not confirmed yet.",
            "Open the link in the message that we sent you, then sign in again.",
        ),
    }
}

pub(crate) fn missing(field: SignInField) -> &'static str {
    match field {
        SignInField::Username => "Enter your email address",
        SignInField::Password => "Enter your password",
        SignInField::Code => "Enter your code",
    }
}

pub(crate) fn code_hint(source: CodeSource) -> &'static str {
    match source {
        CodeSource::Authenticator => "Open your authenticator app and enter the six digits it shows. A recovery code works as well.",
        CodeSource::Message => "Your account gets its codes by message, which this page can't send. Enter one of your recovery codes.",
    }
}

pub(crate) fn code_place(place: CodePlace<'_>) -> String {
    match place {
        CodePlace::App => "Open your authenticator app and enter the six digits it shows. A recovery code works as well.".to_owned(),
        CodePlace::Sent(to) => {
            format!("We have sent a code to {to}. After 30 seconds you can have another one sent.")
        }
        CodePlace::NotSent => "Choose where we send your code, or enter one of your recovery codes.".to_owned(),
    }
}

pub(crate) fn code_error(error: CodeError) -> Message {
    match error {
        CodeError::SentAMomentAgo => {
            message("A code was sent a moment ago.", "Look for the message. Another one can be sent half a minute after the last one.")
        }
        CodeError::NotSent => message("The code could not be sent.", "Try again in a moment, or get your code in another way."),
        CodeError::BegunAnew => message("The code came too late.", "Enter a new one."),
    }
}

pub(crate) fn code_choice(choice: CodeChoice<'_>) -> String {
    match choice {
        CodeChoice::SendTo(to) => format!("Send a code to {to}"),
        CodeChoice::SendAnother => "Send another code".to_owned(),
        CodeChoice::TrustDevice => "Don't ask for a code on this device again".to_owned(),
    }
}

pub(crate) fn verification_step(step: VerificationStep) -> &'static str {
    match step {
        VerificationStep::FollowLink => "We have sent you a message with a link. Open it, then sign in again.",
        VerificationStep::EnterCode => "We have sent you a message with a code. Enter it here.",
        VerificationStep::Confirm => "One click, and it is done.",
    }
}

pub(crate) fn verification_error(error: VerificationError) -> Message {
    match error {
        VerificationError::Blank => message("Enter the code from the message.", ""),
        VerificationError::WrongCode => message("That code is not correct.", "Enter the code from the newest message."),
        VerificationError::Expired => {
            message("This link or code does not work any more.", "It works once, and only for a while. Have another message sent.")
        }
        VerificationError::SentAMomentAgo => message(
            "A message was sent a moment ago.",
            "Look for it, also among the unwanted mail. Half a minute later you can have another one sent.",
        ),
        VerificationError::TooManyAttempts => message("There were too many attempts.", "Wait a minute, then try again."),
        VerificationError::NotConfigured => message("There is nothing to confirm on this site.", "Sign in with your password."),
        VerificationError::Unavailable => {
            message("The sign-in service can't answer right now.", "Nothing was lost. Try again in a moment.")
        }
    }
}

pub(crate) fn prevented(minutes: Option<i64>) -> String {
    let when = match minutes {
        None => "It lasts until somebody ends it.".to_owned(),
        Some(minutes) if minutes <= 1 => "It ends by itself within a minute.".to_owned(),
        Some(minutes) => format!("It ends by itself after {minutes} minutes."),
    };
    format!("{when} Too many wrong passwords can be the cause. If so, a new password ends it at once: we mail you a link.")
}

pub(crate) fn contact(address: &str) -> String {
    format!("You reach us at {address}.")
}

pub(crate) fn account_error(error: AccountError) -> Message {
    match error {
        AccountError::WrongPassword => message("That is not your current password.", "Enter the password with which you sign in."),
        AccountError::LinkNeeded => message(
            "This account is protected by a second factor, which has to be shown before its password can be changed.",
            "Follow \"Forgot your password?\": the link in the message asks for the code.",
        ),
        AccountError::AddressFixed => message("This site can't send messages.", "Your email stays as it is."),
        AccountError::PasswordNeeded => message("To be sure that it is you, enter your current password.", ""),
        AccountError::SessionNotEnded => message("The session may not have ended yet.", "Try again in a moment."),
        AccountError::Unavailable => message("The sign-in service can't answer right now.", "Nothing was lost. Try again in a moment."),
    }
}

pub(crate) fn address_code(code: &str) -> MailText {
    MailText {
        subject: "Your code for your new email".to_owned(),
        text: format!(
            "Enter this code on your account page, within ten minutes: {code}\n\nYou did not ask for it? Then you can ignore it."
        ),
    }
}

pub(crate) fn address_wanted() -> MailText {
    MailText {
        subject: "You have an account with this email".to_owned(),
        text: "Somebody, perhaps you, wanted to use this email for another account. It belongs to an account already, so nothing was \
               changed."
            .to_owned(),
    }
}

pub(crate) fn address_changed(new: &str) -> MailText {
    MailText {
        subject: "Your email was changed".to_owned(),
        text: format!("You now sign in to the Store and the Forums with {new}.\n\nThis was not you? Then contact us at once."),
    }
}

pub(crate) fn passkey_error(error: PasskeyError) -> Message {
    match error {
        PasskeyError::Name => message("Enter a name of at most 60 characters.", ""),
        PasskeyError::NotMade => message(
            "No passkey was made.",
            "You may have cancelled, or taken too long, or this device has no screen lock or security key that can hold one.",
        ),
        PasskeyError::AlreadyThere => message("This device has a passkey of this account already.", "Use that one, or remove it first."),
        PasskeyError::NotUsed => message("No passkey was used.", "Try again, or sign in with your password."),
        PasskeyError::NotAccepted => message(
            "This passkey does not sign you in here any more.",
            "Sign in with your password. You can add a passkey on your account page.",
        ),
        PasskeyError::Refused => {
            message("The passkey could not be saved.", "Try again. Delete it on your device if it appears twice there.")
        }
    }
}

pub(crate) fn passkey_text(text: PasskeyText) -> &'static str {
    match text {
        PasskeyText::Heading => "Passkeys",
        PasskeyText::About => {
            "With a passkey you sign in as you unlock your device: with a fingerprint, your face or a PIN, and without a password."
        }
        PasskeyText::Unsupported => "This browser can't make passkeys.",
        PasskeyText::Add => "Add a passkey",
        PasskeyText::Name => "Name of the passkey",
        PasskeyText::NameHint => "So that you know it again in this list. It can't be changed later.",
        PasskeyText::DefaultName => "My passkey",
        PasskeyText::Make => "Continue",
        PasskeyText::Making => "Waiting for your device…",
        PasskeyText::Made => "The passkey is saved.",
        PasskeyText::Remove => "Remove",
        PasskeyText::AboutRemoval => "It stops working here at once. Your device may go on showing it until you delete it there as well.",
        PasskeyText::ConfirmRemoval => "Remove the passkey",
        PasskeyText::Removing => "Removing the passkey…",
        PasskeyText::Removed => "The passkey is removed.",
        PasskeyText::MadeAt => "Made",
        PasskeyText::LastUsedAt => "Last used",
        PasskeyText::Site => "For",
        PasskeyText::SignIn => "Sign in with a passkey",
    }
}

pub(crate) fn session(state: SessionMessage) -> &'static str {
    match state {
        SessionMessage::SignedOut => "You are signed out.",
        SessionMessage::SignedOutEverywhere => "You are signed out, here and on every other device.",
        SessionMessage::SignedOutHereOnly => {
            "You are signed out here. Other devices follow as soon as the sign-in service answers: it is asked until then."
        }
        SessionMessage::Expired => "Your session has ended. Sign in to continue where you were.",
        SessionMessage::Displaced => "You were signed out because of another sign-in in this browser. Sign in to continue where you were.",
        SessionMessage::SignInFirst => "Sign in to continue.",
    }
}

pub(crate) fn field(field: FieldMessage) -> &'static str {
    match field {
        FieldMessage::EmailBlank => "Enter your email address.",
        FieldMessage::EmailNotAddress => "Enter an email address, such as name@example.com.",
        FieldMessage::EmailUnchanged => "This is your address already.",
        FieldMessage::PasswordBlank => "Enter a password.",
        FieldMessage::PasswordTooShort => "Choose a longer password.",
        FieldMessage::PasswordTooLong => "Choose a shorter password.",
        FieldMessage::PasswordNeedsMixedCase => "Use both capital and small letters.",
        FieldMessage::PasswordNeedsSymbol => "Use at least one character that is neither a letter nor a digit.",
        FieldMessage::PasswordNeedsDigit => "Use at least one digit.",
        FieldMessage::PasswordUsedBefore => "Choose a password that you have not used here before.",
        FieldMessage::PasswordChangedRecently => "Your password was changed a moment ago. Wait a minute, then try again.",
        FieldMessage::PasswordContainsLogin => "Choose a password without your email address or name in it.",
        FieldMessage::PasswordBreached => "This password is known from a data breach. Choose another one.",
        FieldMessage::DisplayNameBlank => "Enter a display name.",
        FieldMessage::DisplayNameTooLong => "Choose a display name of at most 40 characters.",
        FieldMessage::DisplayNameInvalid => "Choose a display name of plain letters, digits and spaces.",
        FieldMessage::DisplayNameTaken => "Somebody has this display name. Choose another one.",
        FieldMessage::Unusable => "This cannot be used. Enter something else.",
    }
}

pub(crate) fn password_error(error: PasswordError) -> Message {
    match error {
        PasswordError::LinkExpired => {
            message("This link does not work any more.", "A link works once, and only for a few minutes. Ask for a new one.")
        }
        PasswordError::SecondFactorRequired => message(
            "This account is protected by a second factor, so the link alone cannot change its password.",
            "Sign in with your password and a code, or with a recovery code.",
        ),
        PasswordError::NotConfigured => message("This site can't send links for new passwords.", "Sign in with your password."),
        PasswordError::TooManyAttempts => message("There were too many attempts.", "Wait a minute, then try again."),
        PasswordError::Unavailable => message("The sign-in service can't answer right now.", "Nothing was lost. Try again in a moment."),
    }
}

pub(crate) fn password_hint(hint: PasswordHint) -> String {
    match hint {
        PasswordHint::MinLength(characters) => format!("At least {characters} characters"),
        PasswordHint::MixedCase => "Both capital and small letters".to_owned(),
        PasswordHint::Digit => "At least one digit".to_owned(),
        PasswordHint::Symbol => "At least one character that is neither a letter nor a digit".to_owned(),
    }
}

pub(crate) fn post(post: PostMessage, max_chars: usize) -> String {
    match post {
        PostMessage::Empty => "Write something first.".to_owned(),
        PostMessage::TooLong => format!("A post has at most {max_chars} characters."),
        PostMessage::ControlCharacter => "A post holds text, line breaks and tabs; this one has other control characters.".to_owned(),
        PostMessage::TooManyMarks => "A letter of this post carries too many accents. Remove some of them.".to_owned(),
    }
}

pub(crate) fn cart(cart: CartMessage, max_quantity: i64) -> String {
    match cart {
        CartMessage::QuantityOutOfRange => format!("The quantity must be a whole number from 1 to {max_quantity}."),
        CartMessage::OutOfStock { left: 0 } => "This product is sold out.".to_owned(),
        CartMessage::OutOfStock { left: 1 } => "Only 1 is in stock.".to_owned(),
        CartMessage::OutOfStock { left } => format!("Only {left} are in stock."),
    }
}

pub(crate) fn product(message: ProductMessage) -> String {
    match message {
        ProductMessage::Stock { left: 0 } => "Sold out.".to_owned(),
        ProductMessage::Stock { left: 1 } => "The last one in stock.".to_owned(),
        ProductMessage::Stock { left } => format!("{left} in stock."),
        ProductMessage::Delivery => "Delivered in 2 to 4 working days. You can return it within 30 days.".to_owned(),
    }
}

fn message(what: &'static str, next: &'static str) -> Message {
    Message { what, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stock_is_told_in_words() {
        let text = |left| cart(CartMessage::OutOfStock { left }, 99);
        assert_eq!(text(0), "This product is sold out.");
        assert_eq!(text(1), "Only 1 is in stock.");
        assert_eq!(text(7), "Only 7 are in stock.");
    }
}
