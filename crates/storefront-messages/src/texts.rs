//! The texts, in English: one function for each kind of code. `de.rs` has them in German.

use crate::{
    Message,
    account::AccountError,
    cart::CartMessage,
    field::FieldMessage,
    help::HelpPage,
    order::{DeliveryMessage, OrderMessage},
    passkey::{PasskeyError, PasskeyText},
    password::{PasswordError, PasswordHint},
    post::PostMessage,
    product::ProductMessage,
    second_factor::{CodeChoice, CodeError, CodePlace},
    session::SessionMessage,
    sign_in::{Blocked, CodeSource, Misconfiguration, PasswordChangeReason, SignInError, SignInField},
    t,
    verification::{VerificationError, VerificationStep},
};
#[cfg(not(target_arch = "wasm32"))]
use crate::{mail::MailText, order::AddressMessage};

pub(crate) fn sign_in_error(error: &SignInError) -> Message {
    match error {
        SignInError::Missing(_) => message("", ""),
        SignInError::InvalidCredentials => message(t!("The email or password is not correct."), t!("Check both and try again.")),
        SignInError::InvalidCode => {
            message(t!("That code is not correct."), t!("Codes change every 30 seconds. Enter the one that shows now."))
        }
        SignInError::CodeExpired => message(t!("The code came too late."), t!("Enter your password once more to get another try.")),
        SignInError::Prevented => message(t!("Sign-in is blocked for now."), t!("Wait a few minutes, then try again.")),
        SignInError::TooManyAttempts => message(t!("There were too many attempts."), t!("Wait a minute, then try again.")),
        SignInError::AccountExpired => message(t!("This account has expired."), t!("Contact us to have it opened again.")),
        SignInError::Locked => message(t!("This account is locked."), t!("Contact us to have it unlocked.")),
        SignInError::Misconfigured(cause) => message(t!("Sign-in is not set up correctly on this site."), misconfiguration(*cause)),
        SignInError::SignOutPending => message(
            t!("You have signed out on every device, and the sign-in service has not confirmed that yet."),
            t!("Wait a minute, then try again."),
        ),
        SignInError::Unavailable => {
            message(t!("The sign-in service can't answer right now."), t!("Nothing was lost. Try again in a moment."))
        }
        SignInError::NoAnswer => {
            message(t!("The sign-in service could not be reached."), t!("Nothing was lost. Check your connection and try again."))
        }
    }
}

fn misconfiguration(cause: Misconfiguration) -> &'static str {
    match cause {
        Misconfiguration::ApiKeyRequired => {
            t!("It is not your email or password. For the site's developers: FusionAuth asks for an API key (401); switch off \
             requireAuthentication in the application's login settings.")
        }
        Misconfiguration::Invalid => {
            t!("It is not your email or password. For the site's developers: FusionAuth could not use the request (400); check the \
             application id.")
        }
        Misconfiguration::UnusableToken => {
            t!("It is not your email or password. For the site's developers: the access token is for another application.")
        }
        Misconfiguration::Logged => {
            t!("It is not your email or password. For the site's developers: the server's log says what is missing.")
        }
    }
}

pub(crate) fn blocked_heading(blocked: Blocked) -> &'static str {
    match blocked {
        Blocked::NotRegistered => t!("Not registered here"),
        Blocked::PasswordChangeRequired(_) => t!("Change your password"),
        Blocked::EmailNotVerified => t!("Confirm your email address"),
        Blocked::RegistrationNotVerified => t!("Confirm your registration"),
    }
}

pub(crate) fn blocked(blocked: Blocked) -> Message {
    match blocked {
        Blocked::NotRegistered => message(
            t!("Your email and password are correct, but this account is not registered for this site."),
            t!("Contact us to be added, or use another account."),
        ),
        Blocked::PasswordChangeRequired(reason) => message(
            match reason {
                PasswordChangeReason::Breached => {
                    t!("Your password was found in a known data breach, so it has to be changed before you can sign in.")
                }
                PasswordChangeReason::Expired => t!("Your password is too old, so it has to be changed before you can sign in."),
                PasswordChangeReason::Validation => {
                    t!("Your password no longer meets the rules, so it has to be changed before you can sign in.")
                }
                PasswordChangeReason::Other => t!("Your password has to be changed before you can sign in."),
            },
            t!("Use the link for a new password that we sent you, or contact us for one. Then sign in with the new password."),
        ),
        Blocked::EmailNotVerified => message(
            t!("Your password is correct, but your email address is not confirmed yet."),
            t!("Open the link in the message that we sent you, then sign in again."),
        ),
        Blocked::RegistrationNotVerified => message(
            t!("Your password is correct, but your registration for this site is not confirmed yet."),
            t!("Open the link in the message that we sent you, then sign in again."),
        ),
    }
}

pub(crate) fn missing(field: SignInField) -> &'static str {
    match field {
        SignInField::Username => t!("Enter your email address"),
        SignInField::Password => t!("Enter your password"),
        SignInField::Code => t!("Enter your code"),
    }
}

pub(crate) fn code_hint(source: CodeSource) -> &'static str {
    match source {
        CodeSource::Authenticator => t!("Open your authenticator app and enter the six digits it shows. A recovery code works as well."),
        CodeSource::Message => t!("Your account gets its codes by message, which this page can't send. Enter one of your recovery codes."),
    }
}

pub(crate) fn code_place(place: CodePlace<'_>) -> String {
    match place {
        CodePlace::App => t!("Open your authenticator app and enter the six digits it shows. A recovery code works as well.").to_owned(),
        CodePlace::Sent(to) => {
            t!("We have sent a code to {}. After 30 seconds you can have another one sent.", to)
        }
        CodePlace::NotSent => t!("Choose where we send your code, or enter one of your recovery codes.").to_owned(),
    }
}

pub(crate) fn code_error(error: CodeError) -> Message {
    match error {
        CodeError::SentAMomentAgo => message(
            t!("A code was sent a moment ago."),
            t!("Look for the message. Another one can be sent half a minute after the last one."),
        ),
        CodeError::NotSent => message(t!("The code could not be sent."), t!("Try again in a moment, or get your code in another way.")),
        CodeError::BegunAnew => message(t!("The code came too late."), t!("Enter a new one.")),
    }
}

pub(crate) fn code_choice(choice: CodeChoice<'_>) -> String {
    match choice {
        CodeChoice::SendTo(to) => t!("Send a code to {}", to),
        CodeChoice::SendAnother => t!("Send another code").to_owned(),
        CodeChoice::TrustDevice => t!("Don't ask for a code on this device again").to_owned(),
    }
}

pub(crate) fn verification_step(step: VerificationStep) -> &'static str {
    match step {
        VerificationStep::FollowLink => t!("We have sent you a message with a link. Open it, then sign in again."),
        VerificationStep::EnterCode => t!("We have sent you a message with a code. Enter it here."),
        VerificationStep::Confirm => t!("One click, and it is done."),
    }
}

pub(crate) fn verification_error(error: VerificationError) -> Message {
    match error {
        VerificationError::Blank => message(t!("Enter the code from the message."), ""),
        VerificationError::WrongCode => message(t!("That code is not correct."), t!("Enter the code from the newest message.")),
        VerificationError::Expired => {
            message(t!("This link or code does not work any more."), t!("It works once, and only for a while. Have another message sent."))
        }
        VerificationError::SentAMomentAgo => message(
            t!("A message was sent a moment ago."),
            t!("Look for it, also among the unwanted mail. Half a minute later you can have another one sent."),
        ),
        VerificationError::TooManyAttempts => message(t!("There were too many attempts."), t!("Wait a minute, then try again.")),
        VerificationError::NotConfigured => message(t!("There is nothing to confirm on this site."), t!("Sign in with your password.")),
        VerificationError::Unavailable => {
            message(t!("The sign-in service can't answer right now."), t!("Nothing was lost. Try again in a moment."))
        }
    }
}

pub(crate) fn prevented(minutes: Option<i64>) -> String {
    let when = match minutes {
        None => t!("It lasts until somebody ends it.").to_owned(),
        Some(minutes) if minutes <= 1 => t!("It ends by itself within a minute.").to_owned(),
        Some(minutes) => t!("It ends by itself after {} minutes.", minutes),
    };
    t!("{} Too many wrong passwords can be the cause. If so, a new password ends it at once: we mail you a link.", when)
}

pub(crate) fn contact(address: &str) -> String {
    t!("You reach us at {}.", address)
}

pub(crate) fn help_title(page: HelpPage) -> &'static str {
    match page {
        HelpPage::Delivery => t!("Delivery"),
        HelpPage::Returns => t!("Returns"),
        HelpPage::Privacy => t!("Privacy"),
        HelpPage::Contact => t!("Contact"),
    }
}

pub(crate) fn help(page: HelpPage, address: Option<&str>) -> Vec<(&'static str, String)> {
    let sections: &[(&'static str, &'static str)] = match page {
        HelpPage::Delivery => &[
            (t!("When it comes"), t!("What is in stock is delivered in 2 to 4 working days.")),
            (t!("What it costs"), t!("All prices include tax. What delivery adds to them is shown before an order is placed.")),
            (
                t!("If something is wrong"),
                t!("A parcel that is late, or that arrives broken, is our matter: tell us, and we replace what is in it."),
            ),
        ],
        HelpPage::Returns => &[
            (t!("30 days"), t!("Everything can go back within 30 days of its delivery, unused and without a reason.")),
            (t!("How it goes back"), t!("Tell us what comes back and from which order, then send it in any box that keeps it whole.")),
            (t!("The money"), t!("It goes back the way it came, within 14 days of your message.")),
        ],
        HelpPage::Privacy => &[
            (
                t!("What is kept"),
                t!(
                    "Your email, your display name, and what is in your cart, your orders and your posts. The sign-in service alone has your password, as a hash."
                ),
            ),
            (
                t!("In this browser"),
                t!(
                    "Your sign-in, your language, and the cart of a visitor, for 30 days. There are no cookies for anything else: no advertising, and nobody who follows you."
                ),
            ),
            (t!("What others see"), t!("Your display name beside your posts. Nobody sees your email or what you buy.")),
            (t!("What is yours"), t!("Your account page has a file with all that is kept about you, and a button that deletes it.")),
        ],
        HelpPage::Contact => {
            let by_mail = match address {
                Some(address) => contact(address),
                None => t!("Those who run this site have given it no address yet.").to_owned(),
            };
            return vec![
                (t!("By email"), by_mail),
                (t!("About an order"), t!("Have its number at hand, then we need not ask for it.").to_owned()),
                (t!("About the things themselves"), t!("Ask in the Forums: there are people who have used them for years.").to_owned()),
            ];
        }
    };
    sections.iter().map(|(heading, text)| (*heading, (*text).to_owned())).collect()
}

pub(crate) fn account_error(error: AccountError) -> Message {
    match error {
        AccountError::WrongPassword => message(t!("That is not your current password."), t!("Enter the password with which you sign in.")),
        AccountError::LinkNeeded => message(
            t!("This account is protected by a second factor, which has to be shown before its password can be changed."),
            t!("Follow \"Forgot your password?\": the link in the message asks for the code."),
        ),
        AccountError::AddressFixed => message(t!("This site can't send messages."), t!("Your email stays as it is.")),
        AccountError::PasswordNeeded => message(t!("To be sure that it is you, enter your current password."), ""),
        AccountError::SessionNotEnded => message(t!("The session may not have ended yet."), t!("Try again in a moment.")),
        AccountError::Unavailable => {
            message(t!("The sign-in service can't answer right now."), t!("Nothing was lost. Try again in a moment."))
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn address_code(code: &str) -> MailText {
    MailText {
        subject: t!("Your code for your new email").to_owned(),
        text: t!("Enter this code on your account page, within ten minutes: {}\n\nYou did not ask for it? Then you can ignore it.", code),
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn address_wanted() -> MailText {
    MailText {
        subject: t!("You have an account with this email").to_owned(),
        text: t!("Somebody, perhaps you, wanted to use this email for another account. It belongs to an account already, so nothing was \
               changed.")
        .to_owned(),
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn address_changed(new: &str) -> MailText {
    MailText {
        subject: t!("Your email was changed").to_owned(),
        text: t!("You now sign in to the Store and the Forums with {}.\n\nThis was not you? Then contact us at once.", new),
    }
}

pub(crate) fn passkey_error(error: PasskeyError) -> Message {
    match error {
        PasskeyError::Name => message(t!("Enter a name of at most 60 characters."), ""),
        PasskeyError::NotMade => message(
            t!("No passkey was made."),
            t!("You may have cancelled, or taken too long, or this device has no screen lock or security key that can hold one."),
        ),
        PasskeyError::AlreadyThere => {
            message(t!("This device has a passkey of this account already."), t!("Use that one, or remove it first."))
        }
        PasskeyError::NotUsed => message(t!("No passkey was used."), t!("Try again, or sign in with your password.")),
        PasskeyError::NotAccepted => message(
            t!("This passkey does not sign you in here any more."),
            t!("Sign in with your password. You can add a passkey on your account page."),
        ),
        PasskeyError::Refused => {
            message(t!("The passkey could not be saved."), t!("Try again. Delete it on your device if it appears twice there."))
        }
    }
}

pub(crate) fn passkey_text(text: PasskeyText) -> &'static str {
    match text {
        PasskeyText::Heading => t!("Passkeys"),
        PasskeyText::About => {
            t!("With a passkey you sign in as you unlock your device: with a fingerprint, your face or a PIN, and without a password.")
        }
        PasskeyText::Unsupported => t!("This browser can't make passkeys."),
        PasskeyText::Add => t!("Add a passkey"),
        PasskeyText::Name => t!("Name of the passkey"),
        PasskeyText::NameHint => t!("So that you know it again in this list. It can't be changed later."),
        PasskeyText::DefaultName => t!("My passkey"),
        PasskeyText::Make => t!("Continue"),
        PasskeyText::Making => t!("Waiting for your device…"),
        PasskeyText::Made => t!("The passkey is saved."),
        PasskeyText::Remove => t!("Remove"),
        PasskeyText::AboutRemoval => {
            t!("It stops working here at once. Your device may go on showing it until you delete it there as well.")
        }
        PasskeyText::ConfirmRemoval => t!("Remove the passkey"),
        PasskeyText::Removing => t!("Removing the passkey…"),
        PasskeyText::Removed => t!("The passkey is removed."),
        PasskeyText::MadeAt => t!("Made"),
        PasskeyText::LastUsedAt => t!("Last used"),
        PasskeyText::Site => t!("For"),
        PasskeyText::SignIn => t!("Sign in with a passkey"),
    }
}

pub(crate) fn session(state: SessionMessage) -> &'static str {
    match state {
        SessionMessage::SignedOut => t!("You are signed out."),
        SessionMessage::SignedOutEverywhere => t!("You are signed out, here and on every other device."),
        SessionMessage::SignedOutHereOnly => {
            t!("You are signed out here. Other devices follow as soon as the sign-in service answers: it is asked until then.")
        }
        SessionMessage::Expired => t!("Your session has ended. Sign in to continue where you were."),
        SessionMessage::Displaced => {
            t!("You were signed out because of another sign-in in this browser. Sign in to continue where you were.")
        }
        SessionMessage::SignInFirst => t!("Sign in to continue."),
    }
}

pub(crate) fn field(field: FieldMessage) -> &'static str {
    match field {
        FieldMessage::EmailBlank => t!("Enter your email address."),
        FieldMessage::EmailNotAddress => t!("Enter an email address, such as name@example.com."),
        FieldMessage::EmailUnchanged => t!("This is your address already."),
        FieldMessage::PasswordBlank => t!("Enter a password."),
        FieldMessage::PasswordTooShort => t!("Choose a longer password."),
        FieldMessage::PasswordTooLong => t!("Choose a shorter password."),
        FieldMessage::PasswordNeedsMixedCase => t!("Use both capital and small letters."),
        FieldMessage::PasswordNeedsSymbol => t!("Use at least one character that is neither a letter nor a digit."),
        FieldMessage::PasswordNeedsDigit => t!("Use at least one digit."),
        FieldMessage::PasswordUsedBefore => t!("Choose a password that you have not used here before."),
        FieldMessage::PasswordChangedRecently => t!("Your password was changed a moment ago. Wait a minute, then try again."),
        FieldMessage::PasswordContainsLogin => t!("Choose a password without your email address or name in it."),
        FieldMessage::PasswordBreached => t!("This password is known from a data breach. Choose another one."),
        FieldMessage::DisplayNameBlank => t!("Enter a display name."),
        FieldMessage::DisplayNameTooLong => t!("Choose a display name of at most 40 characters."),
        FieldMessage::DisplayNameInvalid => t!("Choose a display name of plain letters, digits and spaces."),
        FieldMessage::DisplayNameTaken => t!("Somebody has this display name. Choose another one."),
        FieldMessage::Unusable => t!("This cannot be used. Enter something else."),
    }
}

pub(crate) fn password_error(error: PasswordError) -> Message {
    match error {
        PasswordError::LinkExpired => {
            message(t!("This link does not work any more."), t!("A link works once, and only for a few minutes. Ask for a new one."))
        }
        PasswordError::SecondFactorRequired => message(
            t!("This account is protected by a second factor, so the link alone cannot change its password."),
            t!("Sign in with your password and a code, or with a recovery code."),
        ),
        PasswordError::NotConfigured => message(t!("This site can't send links for new passwords."), t!("Sign in with your password.")),
        PasswordError::TooManyAttempts => message(t!("There were too many attempts."), t!("Wait a minute, then try again.")),
        PasswordError::Unavailable => {
            message(t!("The sign-in service can't answer right now."), t!("Nothing was lost. Try again in a moment."))
        }
    }
}

pub(crate) fn password_hint(hint: PasswordHint) -> String {
    match hint {
        PasswordHint::MinLength(characters) => t!("At least {} characters", characters),
        PasswordHint::MixedCase => t!("Both capital and small letters").to_owned(),
        PasswordHint::Digit => t!("At least one digit").to_owned(),
        PasswordHint::Symbol => t!("At least one character that is neither a letter nor a digit").to_owned(),
    }
}

pub(crate) fn post(post: PostMessage, max_chars: usize) -> String {
    match post {
        PostMessage::Empty => t!("Write something first.").to_owned(),
        PostMessage::TooLong => t!("A post has at most {} characters.", max_chars),
        PostMessage::ControlCharacter => t!("A post holds text, line breaks and tabs; this one has other control characters.").to_owned(),
        PostMessage::TooManyMarks => t!("A letter of this post carries too many accents. Remove some of them.").to_owned(),
    }
}

pub(crate) fn cart(cart: CartMessage, max_quantity: i64) -> String {
    match cart {
        CartMessage::QuantityOutOfRange => t!("The quantity must be a whole number from 1 to {}.", max_quantity),
        CartMessage::OutOfStock { left: 0 } => t!("This product is sold out.").to_owned(),
        CartMessage::OutOfStock { left: 1 } => t!("Only 1 is in stock.").to_owned(),
        CartMessage::OutOfStock { left } => t!("Only {} are in stock.", left),
    }
}

pub(crate) fn product(message: ProductMessage) -> String {
    match message {
        ProductMessage::Stock { left: 0 } => t!("Sold out.").to_owned(),
        ProductMessage::Stock { left: 1 } => t!("The last one in stock.").to_owned(),
        ProductMessage::Stock { left } => t!("{} in stock.", left),
        ProductMessage::Delivery => t!("Delivered in 2 to 4 working days. You can return it within 30 days.").to_owned(),
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn address(message: AddressMessage) -> String {
    match message {
        AddressMessage::NameBlank => t!("Enter the name of whoever receives the goods.").to_owned(),
        AddressMessage::StreetBlank => t!("Enter the street and the number.").to_owned(),
        AddressMessage::PostalCodeBlank => t!("Enter the postal code.").to_owned(),
        AddressMessage::PostalCodeUnfit(example) => t!("Enter a postal code of this country, such as {}.", example),
        AddressMessage::CityBlank => t!("Enter the city.").to_owned(),
        AddressMessage::CountryUnknown => t!("Choose a country of the list.").to_owned(),
        AddressMessage::TooLong => t!("Shorten this to 100 characters.").to_owned(),
        AddressMessage::Unusable => t!("This has characters that no parcel label can show. Remove them.").to_owned(),
    }
}

pub(crate) fn order_label(message: OrderMessage) -> &'static str {
    match message {
        OrderMessage::Placed => t!("Being packed"),
        OrderMessage::Shipped => t!("On its way"),
        OrderMessage::Cancelled => t!("Cancelled"),
    }
}

pub(crate) fn order_next(message: OrderMessage) -> &'static str {
    match message {
        OrderMessage::Placed => {
            t!("We are packing your order. Until it leaves, you can cancel it. You pay by invoice, which is in the parcel.")
        }
        OrderMessage::Shipped => t!("Your order has left our house. You can return it within 30 days."),
        OrderMessage::Cancelled => t!("This order is cancelled. Nothing will be sent, and you have nothing to pay."),
    }
}

pub(crate) fn delivery(delivery: DeliveryMessage) -> &'static str {
    match delivery {
        DeliveryMessage::Standard => t!("Standard, 2 to 4 working days"),
        DeliveryMessage::Express => t!("Express, next working day"),
    }
}

pub(crate) fn country(code: &str) -> &'static str {
    match code {
        "AT" => t!("Austria"),
        "BE" => t!("Belgium"),
        "DE" => t!("Germany"),
        "FR" => t!("France"),
        "LU" => t!("Luxembourg"),
        "NL" => t!("Netherlands"),
        _ => "",
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn order_confirmation(number: &str, lines: &str, delivery: &str, total: &str) -> MailText {
    MailText {
        subject: t!("Your order {}", number),
        text: t!(
            "Thank you for your order {}.\n\n{}\n{}\nTotal: {}\n\nYou pay by invoice, which is in the parcel. Until the parcel leaves, \
             you can cancel the order under “Your orders” in the Store.",
            number,
            lines,
            delivery,
            total
        ),
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
