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
        SignInError::InvalidCode => message(t!("That code is not correct."), t!("Codes change every 30 seconds. Enter the current one.")),
        SignInError::CodeExpired => message(t!("You ran out of time to enter the code."), t!("Enter your password again to start over.")),
        SignInError::Prevented => message(t!("Sign-in is blocked for now."), t!("Wait a few minutes, then try again.")),
        SignInError::TooManyAttempts => message(t!("Too many attempts."), t!("Wait a minute, then try again.")),
        SignInError::AccountExpired => message(t!("This account has expired."), t!("Only our team can reopen it.")),
        SignInError::Locked => message(t!("This account is locked."), t!("Only our team can unlock it.")),
        SignInError::Misconfigured(cause) => message(t!("Sign-in is not set up correctly on this site."), misconfiguration(*cause)),
        SignInError::SignOutPending => message(
            t!("You signed out on every device, but the sign-in service hasn't confirmed it yet."),
            t!("Wait a minute, then try again."),
        ),
        SignInError::Unavailable => {
            message(t!("The sign-in service isn't responding right now."), t!("Nothing was lost. Try again in a moment."))
        }
        SignInError::NoAnswer => {
            message(t!("We couldn't reach the sign-in service."), t!("Nothing was lost. Check your connection and try again."))
        }
    }
}

fn misconfiguration(cause: Misconfiguration) -> &'static str {
    match cause {
        Misconfiguration::ApiKeyRequired => {
            t!("Your email and password are not the problem. For the site's developers: FusionAuth asks for an API key (401). Turn off \
                requireAuthentication in the application's login settings.")
        }
        Misconfiguration::Invalid => {
            t!("Your email and password are not the problem. For the site's developers: FusionAuth rejected the request (400). Check the \
                application ID.")
        }
        Misconfiguration::UnusableToken => {
            t!("Your email and password are not the problem. For the site's developers: the access token is for another application.")
        }
        Misconfiguration::Logged => {
            t!("Your email and password are not the problem. For the site's developers: see the server's log for the cause.")
        }
    }
}

pub(crate) fn blocked_heading(blocked: Blocked) -> &'static str {
    match blocked {
        Blocked::NotRegistered => t!("Not registered yet"),
        Blocked::PasswordChangeRequired(_) => t!("Change your password"),
        Blocked::EmailNotVerified => t!("Confirm your email address"),
        Blocked::RegistrationNotVerified => t!("Confirm your registration"),
    }
}

pub(crate) fn blocked(blocked: Blocked) -> Message {
    match blocked {
        Blocked::NotRegistered => message(
            t!("Your email and password are correct, but this account is not registered for this site."),
            t!("Only our team can give you access. You can also use another account."),
        ),
        Blocked::PasswordChangeRequired(reason) => message(
            match reason {
                PasswordChangeReason::Breached => {
                    t!("Your password appeared in a data breach. Change it before you sign in.")
                }
                PasswordChangeReason::Expired => t!("Your password has expired. Change it before you sign in."),
                PasswordChangeReason::Validation => {
                    t!("Your password no longer meets our rules. Change it before you sign in.")
                }
                PasswordChangeReason::Other => t!("You need to change your password before you sign in."),
            },
            t!("Use the reset link we sent you, or request a new one with “Forgot your password?”. Then sign in with your new password."),
        ),
        Blocked::EmailNotVerified => message(
            t!("Your password is correct, but you haven't confirmed your email address yet."),
            t!("Open the link in the email we sent you, then sign in again."),
        ),
        Blocked::RegistrationNotVerified => message(
            t!("Your password is correct, but you haven't confirmed your registration for this site yet."),
            t!("Open the link in the email we sent you, then sign in again."),
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
        CodeSource::Authenticator => t!("Enter the six-digit code from your authenticator app. You can also use a recovery code."),
        CodeSource::Message => {
            t!("You get your codes by email or text message, and this page can't send them. Enter one of your recovery \
                                   codes.")
        }
    }
}

pub(crate) fn code_place(place: CodePlace<'_>) -> String {
    match place {
        CodePlace::App => t!("Enter the six-digit code from your authenticator app. You can also use a recovery code.").to_owned(),
        CodePlace::Sent(to) => {
            t!("We sent a code to {}. You can request another one after 30 seconds.", to)
        }
        CodePlace::NotSent => t!("Choose where to send your code, or enter one of your recovery codes.").to_owned(),
    }
}

pub(crate) fn code_error(error: CodeError) -> Message {
    match error {
        CodeError::SentAMomentAgo => {
            message(t!("We sent you a code a moment ago."), t!("Check your messages. You can request another code after 30 seconds."))
        }
        CodeError::NotSent => message(t!("We couldn't send the code."), t!("Try again in a moment, or get your code another way.")),
        CodeError::StartedOver => message(t!("You ran out of time to enter the code."), t!("Enter a new code.")),
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
        VerificationStep::FollowLink => t!("We sent you an email with a link. Open the link, then sign in again."),
        VerificationStep::EnterCode => t!("We sent you an email with a code. Enter the code here."),
        VerificationStep::Confirm => t!("Click the button to confirm."),
    }
}

pub(crate) fn verification_error(error: VerificationError) -> Message {
    match error {
        VerificationError::Blank => message(t!("Enter the code from the email."), ""),
        VerificationError::WrongCode => message(t!("That code is not correct."), t!("Enter the code from the latest email.")),
        VerificationError::Expired => {
            message(t!("This link or code is no longer valid."), t!("Links and codes work once and then expire. Request another email."))
        }
        VerificationError::SentAMomentAgo => message(
            t!("We sent you an email a moment ago."),
            t!("Check your inbox and your spam folder. You can request another email after 30 seconds."),
        ),
        VerificationError::TooManyAttempts => message(t!("Too many attempts."), t!("Wait a minute, then try again.")),
        VerificationError::NotConfigured => {
            message(t!("You don't need to confirm anything on this site."), t!("Sign in with your password."))
        }
        VerificationError::Unavailable => {
            message(t!("The sign-in service isn't responding right now."), t!("Nothing was lost. Try again in a moment."))
        }
    }
}

pub(crate) fn prevented(minutes: Option<i64>) -> String {
    let when = match minutes {
        None => t!("The block stays until we lift it.").to_owned(),
        Some(minutes) if minutes <= 1 => t!("The block ends within a minute.").to_owned(),
        Some(minutes) => t!("The block ends after {} minutes.", minutes),
    };
    t!("{} If you entered a wrong password too many times, reset your password to sign in right away. We'll email you a link.", when)
}

pub(crate) fn contact(address: &str) -> String {
    t!("You can reach us at {}.", address)
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
            (t!("Delivery time"), t!("We deliver everything in stock in 2 to 4 working days.")),
            (t!("Delivery cost"), t!("All prices include tax. You'll see the delivery cost before you place your order.")),
            (t!("If something goes wrong"), t!("If your parcel is late or arrives damaged, tell us and we'll replace the contents.")),
        ],
        HelpPage::Returns => &[
            (t!("30 days"), t!("You can return anything unused within 30 days of delivery. You don't need a reason.")),
            (t!("How to return something"), t!("Tell us what you're returning and from which order, then send it back in any sturdy box.")),
            (t!("Your refund"), t!("We refund you the way you paid, within 14 days of hearing from you.")),
        ],
        HelpPage::Privacy => &[
            (
                t!("What we store"),
                t!("Your email, display name, cart, orders and posts. Only the sign-in service has your password, as a hash."),
            ),
            (
                t!("In this browser"),
                t!(
                    "Your sign-in, your language and, for 30 days, a guest's cart. We set no cookies for anything else: no advertising and no tracking."
                ),
            ),
            (t!("What others see"), t!("Others see your display name next to your posts. Nobody sees your email or what you buy.")),
            (t!("Your rights"), t!("On your account page, you can download everything we store about you or delete your account.")),
        ],
        HelpPage::Contact => {
            let by_mail = match address {
                Some(address) => contact(address),
                None => t!("This site has no contact email yet.").to_owned(),
            };
            return vec![
                (t!("By email"), by_mail),
                (t!("About an order"), t!("Include your order number so we don't have to ask for it.").to_owned()),
                (t!("About a product"), t!("Ask in the Forums. Many people there have used our products for years.").to_owned()),
            ];
        }
    };
    sections.iter().map(|(heading, text)| (*heading, (*text).to_owned())).collect()
}

pub(crate) fn account_error(error: AccountError) -> Message {
    match error {
        AccountError::WrongPassword => message(t!("That is not your current password."), t!("Enter the password you sign in with.")),
        AccountError::LinkNeeded => message(
            t!("Two-factor authentication protects this account, so you need a code to change its password."),
            t!("Use “Forgot your password?” on the sign-in page. The page behind the link asks for the code."),
        ),
        AccountError::EmailUnavailable => message(t!("This site can't send emails."), t!("Your email has not changed.")),
        AccountError::PasswordNeeded => message(t!("To confirm it's you, enter your current password."), ""),
        AccountError::SessionNotEnded => message(t!("That session may still be active."), t!("Try again in a moment.")),
        AccountError::Unavailable => {
            message(t!("The sign-in service isn't responding right now."), t!("Nothing was lost. Try again in a moment."))
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn email_code(code: &str) -> MailText {
    MailText {
        subject: t!("Confirm your new email").to_owned(),
        text: t!(
            "Enter this code on your account page within ten minutes: {}\n\nIf you didn't request this code, you can ignore this \
                  email.",
            code
        ),
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn email_wanted() -> MailText {
    MailText {
        subject: t!("You already have an account with this email").to_owned(),
        text: t!("Someone, perhaps you, tried to use this email for another account. It already belongs to an account, so we changed \
                  nothing.")
        .to_owned(),
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn email_changed(new: &str) -> MailText {
    MailText {
        subject: t!("Your email has changed").to_owned(),
        text: t!("You now sign in to the Store and the Forums with {}.\n\nIf this wasn't you, contact us immediately.", new),
    }
}

pub(crate) fn passkey_error(error: PasskeyError) -> Message {
    match error {
        PasskeyError::Name => message(t!("Enter a name of up to 60 characters."), ""),
        PasskeyError::NotMade => message(
            t!("We couldn't create a passkey."),
            t!("You may have cancelled or run out of time, or this device has no screen lock or security key."),
        ),
        PasskeyError::AlreadyThere => message(t!("This device already has a passkey for this account."), t!("Use it, or remove it first.")),
        PasskeyError::NotUsed => message(t!("We couldn't sign you in with a passkey."), t!("Try again, or sign in with your password.")),
        PasskeyError::NotAccepted => {
            message(t!("This passkey no longer works here."), t!("Sign in with your password. You can add a passkey on your account page."))
        }
        PasskeyError::Refused => {
            message(t!("We couldn't save the passkey."), t!("Try again. If your device shows the passkey twice, delete one of them."))
        }
    }
}

pub(crate) fn passkey_text(text: PasskeyText) -> &'static str {
    match text {
        PasskeyText::Heading => t!("Passkeys"),
        PasskeyText::About => {
            t!("With a passkey, you sign in the way you unlock your device: with your fingerprint, face or PIN. You don't need a password.")
        }
        PasskeyText::Unsupported => t!("This browser can't create passkeys."),
        PasskeyText::Add => t!("Add a passkey"),
        PasskeyText::Name => t!("Passkey name"),
        PasskeyText::NameHint => t!("Choose a name you'll recognise in this list. You can't change it later."),
        PasskeyText::DefaultName => t!("My passkey"),
        PasskeyText::Make => t!("Continue"),
        PasskeyText::Making => t!("Waiting for your device…"),
        PasskeyText::Made => t!("Passkey saved."),
        PasskeyText::Remove => t!("Remove"),
        PasskeyText::AboutRemoval => {
            t!("It stops working here immediately. Your device may still show it until you delete it there too.")
        }
        PasskeyText::ConfirmRemoval => t!("Remove the passkey"),
        PasskeyText::Removing => t!("Removing the passkey…"),
        PasskeyText::Removed => t!("Passkey removed."),
        PasskeyText::MadeAt => t!("Added"),
        PasskeyText::LastUsedAt => t!("Last used"),
        PasskeyText::Site => t!("Works on"),
        PasskeyText::SignIn => t!("Sign in with a passkey"),
    }
}

pub(crate) fn session(state: SessionMessage) -> &'static str {
    match state {
        SessionMessage::SignedOut => t!("You are signed out."),
        SessionMessage::SignedOutEverywhere => t!("You are signed out on every device."),
        SessionMessage::SignedOutHereOnly => {
            t!("You are signed out here. We'll sign out your other devices as soon as the sign-in service responds.")
        }
        SessionMessage::Expired => t!("Your session has ended. Sign in to pick up where you left off."),
        SessionMessage::Displaced => {
            t!("Another sign-in in this browser signed you out. Sign in to pick up where you left off.")
        }
        SessionMessage::SignInFirst => t!("Sign in to continue."),
    }
}

pub(crate) fn field(field: FieldMessage) -> &'static str {
    match field {
        FieldMessage::EmailBlank => t!("Enter your email address."),
        FieldMessage::EmailNotAddress => t!("Enter an email address, such as name@example.com."),
        FieldMessage::EmailUnchanged => t!("This is already your email."),
        FieldMessage::PasswordBlank => t!("Enter a password."),
        FieldMessage::PasswordTooShort => t!("Choose a longer password."),
        FieldMessage::PasswordTooLong => t!("Choose a shorter password."),
        FieldMessage::PasswordNeedsMixedCase => t!("Use both uppercase and lowercase letters."),
        FieldMessage::PasswordNeedsSymbol => t!("Use at least one symbol, such as ! or #."),
        FieldMessage::PasswordNeedsDigit => t!("Use at least one digit."),
        FieldMessage::PasswordUsedBefore => t!("Choose a password you haven't used here before."),
        FieldMessage::PasswordChangedRecently => t!("You changed your password a moment ago. Wait a minute, then try again."),
        FieldMessage::PasswordContainsLogin => t!("Choose a password that doesn't contain your email or name."),
        FieldMessage::PasswordBreached => t!("This password appeared in a data breach. Choose another one."),
        FieldMessage::DisplayNameBlank => t!("Enter a display name."),
        FieldMessage::DisplayNameTooLong => t!("Choose a display name of up to 40 characters."),
        FieldMessage::DisplayNameInvalid => t!("Use only plain letters, digits and spaces in your display name."),
        FieldMessage::DisplayNameTaken => t!("Someone else has this display name. Choose another one."),
        FieldMessage::Unusable => t!("You can't use this. Enter something else."),
    }
}

pub(crate) fn password_error(error: PasswordError) -> Message {
    match error {
        PasswordError::LinkExpired => {
            message(t!("This link is no longer valid."), t!("Reset links work once and expire after a few minutes. Request a new one."))
        }
        PasswordError::SecondFactorRequired => message(
            t!("Two-factor authentication protects this account, so the link alone can't change its password."),
            t!("Sign in with your password and a code, or with a recovery code."),
        ),
        PasswordError::NotConfigured => message(t!("This site can't send reset links."), t!("Sign in with your password.")),
        PasswordError::TooManyAttempts => message(t!("Too many attempts."), t!("Wait a minute, then try again.")),
        PasswordError::Unavailable => {
            message(t!("The sign-in service isn't responding right now."), t!("Nothing was lost. Try again in a moment."))
        }
    }
}

pub(crate) fn password_hint(hint: PasswordHint) -> String {
    match hint {
        PasswordHint::MinLength(characters) => t!("At least {} characters", characters),
        PasswordHint::MixedCase => t!("Uppercase and lowercase letters").to_owned(),
        PasswordHint::Digit => t!("At least one digit").to_owned(),
        PasswordHint::Symbol => t!("At least one symbol, such as ! or #").to_owned(),
    }
}

pub(crate) fn post(post: PostMessage, max_chars: usize) -> String {
    match post {
        PostMessage::Empty => t!("Write something first.").to_owned(),
        PostMessage::TooLong => t!("A post can have up to {} characters.", max_chars),
        PostMessage::ControlCharacter => {
            t!("Your post contains invisible control characters. Use only text, line breaks and tabs.").to_owned()
        }
        PostMessage::TooManyMarks => t!("A letter in your post has too many accents. Remove some of them.").to_owned(),
    }
}

pub(crate) fn cart(cart: CartMessage, max_quantity: i64) -> String {
    match cart {
        CartMessage::QuantityOutOfRange => t!("Enter a whole number from 1 to {}.", max_quantity),
        CartMessage::OutOfStock { left: 0 } => t!("This product is sold out.").to_owned(),
        CartMessage::OutOfStock { left: 1 } => t!("Only 1 left in stock.").to_owned(),
        CartMessage::OutOfStock { left } => t!("Only {} left in stock.", left),
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
        AddressMessage::NameBlank => t!("Enter the recipient's full name.").to_owned(),
        AddressMessage::StreetBlank => t!("Enter the street and house number.").to_owned(),
        AddressMessage::PostalCodeBlank => t!("Enter the postal code.").to_owned(),
        AddressMessage::PostalCodeUnfit(example) => t!("Enter a postal code for this country, such as {}.", example),
        AddressMessage::CityBlank => t!("Enter the city.").to_owned(),
        AddressMessage::CountryUnknown => t!("Choose a country from the list.").to_owned(),
        AddressMessage::TooLong => t!("Shorten this to 100 characters.").to_owned(),
        AddressMessage::Unusable => t!("Remove the characters that we can't print on a parcel label.").to_owned(),
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
            t!("We're packing your order. You can cancel it until we send it. You pay by invoice. You'll find it in the parcel.")
        }
        OrderMessage::Shipped => t!("Your order is on its way. You can return it within 30 days."),
        OrderMessage::Cancelled => t!("This order is cancelled. We won't send anything, and you don't have to pay."),
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
            "Thank you for your order {}.\n\n{}\n{}\nTotal: {}\n\nYou pay by invoice. You'll find it in the parcel. You can cancel the \
             order under “Your orders” in the Store until we send it.",
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
        assert_eq!(text(1), "Only 1 left in stock.");
        assert_eq!(text(7), "Only 7 left in stock.");
    }
}
