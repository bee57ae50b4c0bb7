//! Where each answer to a sign-in leads, and the texts for it. Pure: the views are in the files beside this one.

use super::static_form::{PASSWORD, USERNAME};
use crate::ui::form::{Field, FormError};
use leptos_fusionauth::{SignInOutcome, TwoFactorMethod};

/// The form or page of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// E-mail and password.
    Password,
    /// The second factor's code.
    Code(Challenge),
    /// The password was right, but something else has to be done first.
    Blocked(Blocked),
}

/// A request of FusionAuth for a second factor's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The id to send with the code.
    pub two_factor_id: String,
    /// The ways to get a code.
    pub methods: Vec<TwoFactorMethod>,
}

/// What has to be done before this account can sign in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// 202.
    NotRegistered,
    /// 203, with FusionAuth's reason.
    PasswordChangeRequired(Option<String>),
    /// 212.
    EmailNotVerified,
    /// 213.
    RegistrationNotVerified,
}

/// Why the same form stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// Unknown user or wrong password; which of the two is not told.
    InvalidCredentials,
    /// Wrong code.
    InvalidCode,
    /// The code came too late.
    CodeExpired,
    /// Too many attempts, or the like.
    Prevented,
    /// The account has expired.
    AccountExpired,
    /// The account is locked.
    Locked,
    /// The site is set up wrongly; the shopper can do nothing about it.
    Misconfigured(Misconfiguration),
    /// FusionAuth answered, but not about the credentials.
    Unavailable,
    /// No answer.
    NoAnswer,
}

/// Which setting is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misconfiguration {
    /// FusionAuth wants an API key for this application.
    ApiKeyRequired,
    /// FusionAuth could not use the request.
    Invalid,
    /// The token is for another application.
    UnusableToken,
}

/// A field of the sign-in forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInField {
    /// E-mail.
    Username,
    /// Password.
    Password,
    /// Second factor's code.
    Code,
}

/// Where an answer leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Signed in.
    Done,
    /// The same form stays, with this error.
    Stay(SignInError),
    /// Another form or page comes, perhaps with the reason.
    Go(Stage, Option<SignInError>),
}

/// Where `answer` leads. No two answers look the same.
pub fn next(answer: SignInOutcome) -> Next {
    match answer {
        SignInOutcome::SignedIn => Next::Done,
        SignInOutcome::NotRegistered => Next::Go(Stage::Blocked(Blocked::NotRegistered), None),
        SignInOutcome::PasswordChangeRequired { reason, .. } => Next::Go(Stage::Blocked(Blocked::PasswordChangeRequired(reason)), None),
        SignInOutcome::EmailNotVerified => Next::Go(Stage::Blocked(Blocked::EmailNotVerified), None),
        SignInOutcome::RegistrationNotVerified => Next::Go(Stage::Blocked(Blocked::RegistrationNotVerified), None),
        SignInOutcome::TwoFactorRequired { two_factor_id, methods } => Next::Go(Stage::Code(Challenge { two_factor_id, methods }), None),
        SignInOutcome::TwoFactorExpired => Next::Go(Stage::Password, Some(SignInError::CodeExpired)),
        SignInOutcome::InvalidCredentials => Next::Stay(SignInError::InvalidCredentials),
        SignInOutcome::InvalidCode => Next::Stay(SignInError::InvalidCode),
        SignInOutcome::Prevented => Next::Stay(SignInError::Prevented),
        SignInOutcome::AccountExpired => Next::Stay(SignInError::AccountExpired),
        SignInOutcome::Locked => Next::Stay(SignInError::Locked),
        SignInOutcome::ApiKeyRequired => Next::Stay(SignInError::Misconfigured(Misconfiguration::ApiKeyRequired)),
        SignInOutcome::Invalid => Next::Stay(SignInError::Misconfigured(Misconfiguration::Invalid)),
        SignInOutcome::UnusableToken => Next::Stay(SignInError::Misconfigured(Misconfiguration::UnusableToken)),
        SignInOutcome::Unavailable { .. } => Next::Stay(SignInError::Unavailable),
        SignInOutcome::NoAnswer => Next::Stay(SignInError::NoAnswer),
    }
}

/// The fields of the password form that are empty. Nothing else is checked: any password may be right.
pub fn empty_fields(username: &str, password: &str) -> Vec<SignInField> {
    let fields = [(SignInField::Username, username.trim().is_empty()), (SignInField::Password, password.is_empty())];
    fields.into_iter().filter_map(|(field, is_empty)| is_empty.then_some(field)).collect()
}

impl SignInField {
    /// The ids of the field.
    pub const fn field(self) -> Field {
        match self {
            Self::Username => Field { id: USERNAME, error_id: "username-error" },
            Self::Password => Field { id: PASSWORD, error_id: "password-error" },
            Self::Code => Field { id: "code", error_id: "code-error" },
        }
    }

    /// The message beside the field when it is empty.
    pub fn empty_message(self) -> &'static str {
        match self {
            Self::Username => "Enter your email address",
            Self::Password => "Enter your password",
            Self::Code => "Enter your code",
        }
    }
}

impl SignInError {
    /// Whether sending the same once more may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable | Self::NoAnswer)
    }

    /// The error as the form's summary shows it.
    pub fn message(&self) -> FormError {
        let (what, next) = self.text();
        if self.is_retryable() { FormError::Retryable(what.to_owned(), next) } else { FormError::Form(what.to_owned(), next) }
    }

    /// What happened, and what to do next.
    pub fn text(&self) -> (&'static str, &'static str) {
        match self {
            Self::InvalidCredentials => ("The email or password is not correct.", "Check both and try again."),
            Self::InvalidCode => ("That code is not correct.", "Codes change every 30 seconds. Enter the one that shows now."),
            Self::CodeExpired => ("The code came too late.", "Enter your password once more to get another try."),
            Self::Prevented => ("Sign-in is blocked for now.", "Wait a few minutes, then try again."),
            Self::AccountExpired => ("This account has expired.", "Contact us to have it opened again."),
            Self::Locked => ("This account is locked.", "Contact us to have it unlocked."),
            Self::Misconfigured(Misconfiguration::ApiKeyRequired) => (
                "Sign-in is not set up correctly on this site.",
                "It is not your email or password. For the site's developers: FusionAuth asks for an API key (401); switch off \
                 requireAuthentication in the application's login settings.",
            ),
            Self::Misconfigured(Misconfiguration::Invalid) => (
                "Sign-in is not set up correctly on this site.",
                "It is not your email or password. For the site's developers: FusionAuth could not use the request (400); check the \
                 application id.",
            ),
            Self::Misconfigured(Misconfiguration::UnusableToken) => (
                "Sign-in is not set up correctly on this site.",
                "It is not your email or password. For the site's developers: the access token is for another application.",
            ),
            Self::Unavailable => ("The sign-in service can't answer right now.", "Nothing was lost. Try again in a moment."),
            Self::NoAnswer => ("The sign-in service could not be reached.", "Nothing was lost. Check your connection and try again."),
        }
    }
}

impl Stage {
    /// The page's heading and title.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Password => "Sign in",
            Self::Code(_) => "Enter your code",
            Self::Blocked(blocked) => blocked.text().0,
        }
    }
}

impl Blocked {
    /// The page's heading, what happened, and what to do next.
    pub fn text(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::NotRegistered => (
                "Not registered here",
                "Your email and password are correct, but this account is not registered for this site.",
                "Contact us to be added, or use another account.",
            ),
            Self::PasswordChangeRequired(reason) => ("Change your password", change_reason(reason.as_deref()), CHANGE_FIRST),
            Self::EmailNotVerified => (
                "Confirm your email address",
                "Your password is correct, but your email address is not confirmed yet.",
                "Open the link in the message that we sent you, then sign in again.",
            ),
            Self::RegistrationNotVerified => (
                "Confirm your registration",
                "Your password is correct, but your registration for this site is not confirmed yet.",
                "Open the link in the message that we sent you, then sign in again.",
            ),
        }
    }
}

const CHANGE_FIRST: &str = "Use the link for a new password that we sent you, or contact us for one. Then sign in with the new password.";

fn change_reason(reason: Option<&str>) -> &'static str {
    match reason {
        Some("Breached") => "Your password was found in a known data breach, so it has to be changed before you can sign in.",
        Some("Expired") => "Your password is too old, so it has to be changed before you can sign in.",
        Some("Validation") => "Your password no longer meets the rules, so it has to be changed before you can sign in.",
        _ => "Your password has to be changed before you can sign in.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_answer() -> Vec<SignInOutcome> {
        let change =
            |reason: Option<&str>| SignInOutcome::PasswordChangeRequired { change_password_id: None, reason: reason.map(Into::into) };
        vec![
            SignInOutcome::SignedIn,
            SignInOutcome::NotRegistered,
            change(None),
            change(Some("Breached")),
            change(Some("Expired")),
            change(Some("Validation")),
            SignInOutcome::EmailNotVerified,
            SignInOutcome::RegistrationNotVerified,
            SignInOutcome::TwoFactorRequired { two_factor_id: "id".into(), methods: vec![] },
            SignInOutcome::InvalidCredentials,
            SignInOutcome::InvalidCode,
            SignInOutcome::TwoFactorExpired,
            SignInOutcome::Prevented,
            SignInOutcome::AccountExpired,
            SignInOutcome::Locked,
            SignInOutcome::ApiKeyRequired,
            SignInOutcome::Invalid,
            SignInOutcome::UnusableToken,
            SignInOutcome::Unavailable { status: 503 },
            SignInOutcome::NoAnswer,
        ]
    }

    #[test]
    fn no_answer_is_taken_for_another() {
        let all = every_answer();
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                let (one, other) = (next(one.clone()), next(other.clone()));
                assert_ne!(shown(&one), shown(&other), "{one:?} and {other:?} look the same");
            }
        }
    }

    #[test]
    fn only_signed_in_is_done() {
        for answer in every_answer() {
            assert_eq!(next(answer.clone()) == Next::Done, answer == SignInOutcome::SignedIn, "{answer:?}");
        }
    }

    #[test]
    fn texts_blame_nobody_and_say_what_to_do() {
        for answer in every_answer() {
            let text = shown(&next(answer)).to_lowercase();
            for word in ["please", "sorry", "invalid", "oops", "forbidden"] {
                assert!(!text.contains(word), "{text:?} says {word:?}");
            }
        }
        assert!(
            SignInError::NoAnswer.is_retryable()
                && SignInError::Unavailable.is_retryable()
                && !SignInError::InvalidCredentials.is_retryable()
        );
    }

    #[test]
    fn only_empty_fields_are_refused_before_sending() {
        assert_eq!(empty_fields("  ", ""), [SignInField::Username, SignInField::Password]);
        assert_eq!(empty_fields("shopper@example.com", ""), [SignInField::Password]);
        assert_eq!(empty_fields("", " "), [SignInField::Username]);
        assert_eq!(empty_fields("shopper", " "), []);
    }

    /// All that a person sees of it.
    fn shown(next: &Next) -> String {
        match next {
            Next::Done => "signed in".into(),
            Next::Stay(error) => format!("{:?}", error.text()),
            Next::Go(Stage::Password, error) => format!("password {:?}", error.as_ref().map(SignInError::text)),
            Next::Go(Stage::Code(_), _) => "code".into(),
            Next::Go(Stage::Blocked(blocked), _) => format!("{:?}", blocked.text()),
        }
    }
}
